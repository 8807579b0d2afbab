"""The section `onsite` of a template: what may be in it, and what comes of it for somebody."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from chalicelib.journeys.onsite import Onsite
from chalicelib.messages.checks import findings
from chalicelib.messages.compiled import Compiled, of, pack, unpack
from chalicelib.messages.compiling import compiled, made
from chalicelib.messages.render import Rendered, TemplateError, render
from chalicelib.tracking.problems import Invalid
from tests.hostile import CORPUS
from tests.messages.onsite.samples import ASK, SALE, asking, template
from tests.messages.samples import NOW


def test_it_is_a_template_without_a_mail() -> None:
    ask = template()
    assert ask.channels == {"onsite"}
    assert ask.title_line == "Stay in touch"
    assert findings(ask, NOW).problems == ()


def test_what_is_compiled_is_what_was_written() -> None:
    kept = compiled(template(), {})
    assert unpack(pack(kept)) == kept
    assert of(made(template(), {})) == kept
    assert isinstance(kept, Compiled)
    assert kept.asks == frozenset()
    assert {"customer", "event"} <= compiled(template({"class": "marketing", "onsite": SALE}), {}).asks


@pytest.mark.parametrize(("wanted", "title"), [("it-CH", "Restiamo in contatto"), ("fr", "Stay in touch")])
def test_it_is_told_in_the_readers_language(wanted: str, title: str) -> None:
    words = render(template(), {}, wanted, channel="onsite")
    assert isinstance(words, Rendered)
    assert words.onsite is not None
    assert words.onsite["title"] == title
    assert words.onsite["show"] == {
        "as": "corner",
        "pages": ["/products/*"],
        "not_on": ["/checkout*"],
        "after": 5,
        "scroll": 25,
        "times": 3,
        "pause": 43200,
    }, "where and when is said once, for all languages"
    assert not words.personal


HOSTILE = "<img src=x onerror=alert(1)>{{ customer }}\u202e\x00"


def test_whatever_is_liquid_is_somebodys_own_and_only_text() -> None:
    context = {"customer": {"first_name": HOSTILE}, "event": {"category": HOSTILE, "url": "/sale?x=1"}}
    words = render(template({"class": "marketing", "onsite": SALE}), context, channel="onsite")
    assert isinstance(words, Rendered)
    assert words.onsite is not None
    assert words.personal
    assert words.onsite["title"] == "<img src=x onerror=alert(1)>{{ customer }}, it is the last day"
    assert words.onsite["button"] == {"label": "Show me", "url": "/sale?x=1"}


@pytest.mark.parametrize("text", CORPUS)
def test_no_data_leaves_its_place(text: str) -> None:
    context = {"customer": {"first_name": text}, "event": {"category": text, "url": "/sale"}}
    words = render(template({"class": "marketing", "onsite": SALE}), context, channel="onsite")
    assert isinstance(words, Rendered)
    assert words.onsite is not None
    assert words.onsite == json.loads(json.dumps(words.onsite))
    assert re.fullmatch(r"Everything in\s.*\sis half price\.", words.onsite["text"], re.DOTALL)
    assert "\n" not in words.onsite["title"]
    assert {name: words.onsite[name] for name in ("button", "close", "failed")} == {
        "button": {"label": "Show me", "url": "/sale"},
        "close": "Close",
        "failed": "That did not work. Please try again.",
    }


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        " java\tscript:alert(1)",
        "data:text/html,x",
        "//evil.example",
        "/\\evil.example",
        "sale",
        "mailto:a@b.example",
        "https://",
        "/a b",
    ],
)
def test_nobodys_data_makes_the_button_do_anything_but_lead_to_a_page(url: str) -> None:
    words = render(template({"class": "marketing", "onsite": SALE}), {"event": {"url": url}}, channel="onsite")
    assert isinstance(words, TemplateError)
    assert words.part == "button.url"


BUTTON = {"label": "Go", "url": "/sale"}


@pytest.mark.parametrize(
    ("section", "problem"),
    [
        ({**ASK, "button": BUTTON}, "There are a button and a form"),
        ({**ASK, "form": {"submit": "Go", "thanks": "Thanks"}}, "The form asks nothing"),
        ({"title": "x", "show": {"pages": ["products"]}}, "String should match pattern"),
        ({"title": "x", "show": {"pages": ["/prodotti/più"]}}, "String should match pattern"),
        ({"title": "x", "show": {"after": "PT31M"}}, "Nobody stays that long on one page"),
        ({"title": "x", "show": {"scroll": 101}}, "Input should be less than or equal to 100"),
        ({"title": "x", "show": {"times": 0}}, "Input should be greater than or equal to 1"),
        ({"title": "x", "show": {"as": "popup"}}, "Input should be 'dialog', 'corner' or 'bar'"),
        ({"title": "x", "html": "<b>x</b>"}, "This is not known here"),
        ({"title": " "}, "This text is empty"),
        (
            {
                "title": "x",
                "form": {**ASK["form"], "consent": {"label": "x", "to": "pigeon"}},
            },
            "String should match pattern",
        ),
        (
            {"title": "x", "form": {**ASK["form"], "questions": [{"name": "a", "label": "x"}] * 2}},
            "Two questions have one name",
        ),
    ],
)
def test_a_wrong_section_says_what(section: dict[str, Any], problem: str) -> None:
    from chalicelib.journeys.template import parse

    with pytest.raises(Invalid) as wrong:
        parse({"name": "ask", "class": "marketing", "onsite": section})
    assert any(problem in each.problem for each in wrong.value.problems), wrong.value.problems


def test_every_language_asks_the_same() -> None:
    other = {**ASK, "form": {**ASK["form"], "questions": []}}
    with pytest.raises(ValueError, match="other things in other locales"):
        template(asking(locales={"it": {"onsite": other}}))


def test_a_title_that_comes_out_empty_is_found_when_it_is_put() -> None:
    found = findings(template({"class": "marketing", "onsite": {"title": "{{ customer.first_name }}"}}), NOW)
    assert [each.path for each in found.problems] == ["onsite.title"]


def test_what_is_said_where_and_when_has_its_defaults() -> None:
    told = Onsite.model_validate({"title": "x"}).told(None)
    assert told["show"] == {"as": "dialog", "times": 3, "pause": 43200}
    assert (told["close"], told["failed"]) == ("Close", "That did not work. Please try again.")
