"""From files to definitions: settings put in, letters laid out, what leads nowhere left out."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.journeys.playbooks import letter, playbook, store
from chalicelib.journeys.playbooks.brand import Brand, readable_on, signed
from chalicelib.journeys.playbooks.letter import Unreadable
from chalicelib.journeys.playbooks.make import made
from chalicelib.segments.problems import validated
from chalicelib.tracking.problems import Invalid


@pytest.mark.parametrize(
    ("written", "becomes"),
    [
        ({"for": {"setting": "ahead"}}, {"for": "P3D"}),
        ({"offset": {"setting": "ahead", "before": True}}, {"offset": "-P3D"}),
        ({"do": "send", "coupon": {"setting": "coupon"}}, {"do": "send"}),
        ([1, {"if": "coupon", "then": 2}, {"if": "ahead", "then": [{"setting": "ahead"}]}], [1, ["P3D"]]),
        ({"traits": {"sunset": None}}, {"traits": {"sunset": None}}),
    ],
)
def test_settings_take_their_places(written: Any, becomes: Any) -> None:
    assert playbook.filled(written, {"ahead": "P3D", "coupon": None}) == becomes


def test_what_is_not_said_is_the_default_and_what_must_be_is_asked_for() -> None:
    welcome, launch = (store.read(name).playbook for name in ("welcome", "product_launch"))
    assert playbook.values(welcome, {}) == {"nudge_after": "P3D", "coupon": None}
    assert playbook.values(welcome, {"nudge_after": "PT36H"})["nudge_after"] == "P1DT12H"
    with pytest.raises(Invalid) as refused:
        playbook.values(launch, {"product": "the spring collection"})
    assert [(problem.path, problem.hint) for problem in refused.value.problems] == [("at", "Add it.")]


@pytest.mark.parametrize(
    "wrong",
    [{"nudge_after": "soon"}, {"nudge_after": None}, {"coupon": "Ten Per Cent"}, {"colour": "#ffffff"}, "P3D", []],
)
def test_a_setting_that_cannot_be_is_refused(wrong: object) -> None:
    with pytest.raises(Invalid):
        playbook.values(store.read("welcome").playbook, wrong)


def test_without_a_shop_there_are_no_buttons_and_without_a_coupon_no_place_for_one() -> None:
    files = store.read("welcome")
    plain, full = (
        made(files, store.look(), playbook.values(files.playbook, said), brand).templates["welcome-nudge"]["mjml"]
        for said, brand in (({}, Brand()), ({"coupon": "ten"}, Brand(url="https://shop.example")))
    )
    assert ("<mj-button href" in plain, "coupon.code" in plain) == (False, False)
    assert ("<mj-button href" in full, "coupon.code" in full) == (True, True)
    assert 'href="https://shop.example"' in full


def test_the_language_of_the_brand_is_that_of_whoever_has_none() -> None:
    files = store.read("welcome")
    template = made(files, store.look(), playbook.values(files.playbook, {}), Brand(language="ro")).templates
    assert template["welcome-hello"]["locale"] == "ro"
    assert "Bun venit" in template["welcome-hello"]["subject"]
    assert set(template["welcome-hello"]["locales"]) == {"en", "it", "es"}


@pytest.mark.parametrize(
    ("sender", "called"),
    [
        ("Linden & Co <hello@shop.example>", "Linden & Co"),
        ("hello@shop.example", None),
        ("{{ x }} <a@b.example>", None),
    ],
)
def test_letters_are_signed_by_the_sender_if_nobody_else_is_named(sender: str, called: str | None) -> None:
    assert signed(Brand(), sender).called == called
    assert signed(Brand(called="The Shop"), sender).called == "The Shop"


@pytest.mark.parametrize(("colour", "ink"), [("#1f5f5b", "#ffffff"), ("#f2c14e", "#1a1a1a"), ("#ffffff", "#1a1a1a")])
def test_what_stands_on_a_button_can_be_read(colour: str, ink: str) -> None:
    assert readable_on(colour) == ink


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "javascript:alert(1)"},
        {"url": "https://shop.example/{{ x }}"},
        {"colour": "red"},
        {"called": "{{ customer }}"},
        {"called": "<b>"},
        {"language": "fr"},
    ],
)
def test_a_brand_is_harmless(wrong: dict[str, str]) -> None:
    with pytest.raises(Invalid):
        validated(Brand, wrong)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("subject: A\n\n# B", "begins with subject and preview"),
        ("subject: A\npreview: B\n\nNo heading", "begins with a heading"),
        ("subject: A\npreview: B\n\n# C\n\n@button Nowhere", "where the button leads"),
        ("subject: A\npreview: B\n\n# C\n\n@image x", "there is no block @image"),
    ],
)
def test_a_letter_that_is_not_one_says_why(text: str, why: str) -> None:
    with pytest.raises(Unreadable, match=why):
        letter.parse(text)
