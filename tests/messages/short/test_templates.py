"""What templates say by text message and by push: compiled, checked, rendered in the reader's locale."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chalicelib.journeys.template import Template, parse
from chalicelib.messages import compiled
from chalicelib.messages.channels import channel
from chalicelib.messages.checks import findings
from chalicelib.messages.compiling import made
from chalicelib.messages.context import harmless
from chalicelib.messages.outgoing import Tagging, TrackedLinks
from chalicelib.messages.render import Rendered, TemplateError, render
from chalicelib.messages.shelf import Shelf
from chalicelib.tracking.problems import Invalid
from tests.fakes.database import MemoryDatabase
from tests.hostile import CORPUS
from tests.messages.channel_contract import SENDER, message
from tests.messages.samples import HTML, NOW, template

SMS = {"text": "Hello {{ customer.first_name | default: 'there' }}. Reply STOP to leave."}
PUSH = {"title": "Hello {{ customer.first_name }}!", "body": "Your cart waits.", "url": "https://shop.example/cart"}


def short(**changes: Any) -> Template:
    """A template without a mail."""
    return made(parse({"name": "short", "class": "marketing", "sms": SMS, "push": PUSH} | changes), {})


def said(of: Template, channel: str, wanted: str | None = None, **context: Any) -> Rendered:
    words = render(of, {"customer": {"first_name": "Ada"}, **context}, wanted, channel=channel)
    assert isinstance(words, Rendered), words
    return words


def problems(**changes: Any) -> list[tuple[str, str]]:
    return [(each.path, each.problem) for each in findings(short(**changes), NOW).problems]


def test_one_template_speaks_on_several_channels() -> None:
    both = made(template(sms=SMS), {})
    assert both.channels == {"email", "sms"}
    assert said(both, "email").subject == "Hello"
    assert said(both, "sms").text == "Hello Ada. Reply STOP to leave."
    assert short().channels == {"sms", "push"}
    assert compiled.of(short()).asks >= {"customer"}


def test_a_push_message_has_a_title_a_body_and_where_it_leads() -> None:
    words = said(short(), "push")
    assert (words.subject, words.text, words.url, words.html) == (
        "Hello Ada!",
        "Your cart waits.",
        "https://shop.example/cart",
        None,
    )


def test_each_locale_has_its_own_and_falls_back_to_the_words_outside() -> None:
    told = short(locales={"it": {"sms": {"text": "Ciao. STOP per uscire."}}})
    assert said(told, "sms", "it-CH").text == "Ciao. STOP per uscire."
    assert said(told, "push", "it-CH").subject == "Hello Ada!"


def test_a_channel_that_only_a_locale_speaks_on_is_refused() -> None:
    with pytest.raises(Invalid):
        parse(template().body() | {"locales": {"it": {"sms": SMS}}})


def test_a_mail_is_the_same_version_as_ever() -> None:
    assert "sms" not in template().body()
    assert "push" not in template().body()
    assert compiled.unpack(compiled.pack(compiled.of(short()))) == compiled.of(short())


@pytest.mark.parametrize(
    ("sms", "message_class", "found"),
    [
        ("Buy now", "marketing", "marketing by SMS must tell how to leave, whoever the customer is"),
        (
            "{% if customer.x %}Reply STOP{% else %}Hi{% endif %}",
            "marketing",
            "marketing by SMS must tell how to leave",
        ),
        ("Buy now. {{ links.unsubscribe }}", "marketing", None),
        ("Compra. BAJA para salir", "marketing", None),
        ("Your parcel is there", "transactional", None),
        ("STOP " + "a" * 1530, "marketing", "The text comes to 11 segments; AWS takes 10"),
        ("{{ customer.first_name }}", "transactional", "sms.text cannot be rendered"),
        ("{% nonsense %} STOP", "marketing", "sms.text cannot be rendered"),
    ],
)
def test_what_keeps_a_text_message_from_being_put(sms: str, message_class: str, found: str | None) -> None:
    told = problems(push=None, sms={"text": sms}, **{"class": message_class})
    assert list(dict.fromkeys(path for path, _ in told)) == ([] if found is None else ["sms.text"])
    assert found is None or found.removeprefix("sms.") in told[0][1]


@pytest.mark.parametrize(
    ("push", "path"),
    [
        ({"url": "{{ customer.site }}"}, None),  # whoever has none gets no link
        ({"url": "javascript:alert(1)"}, "push.url"),
        ({"url": "/cart"}, "push.url"),
        ({"image": "http://shop.example/a.jpg"}, "push.image"),
        ({"title": "{{ customer.first_name }}"}, "push.title"),
        ({"body": "é" * 2_000}, "push.body"),
        ({"url": "shop://cart/{{ customer.id }}"}, None),
    ],
)
def test_what_keeps_a_push_message_from_being_put(push: dict[str, str], path: str | None) -> None:
    found = list(dict.fromkeys(where for where, _ in problems(sms=None, push={**PUSH, **push})))
    assert found == ([] if path is None else [path])


def test_whatever_somebody_is_called_a_push_message_stays_what_its_author_made_it() -> None:
    """Scripts are letters to a telephone; lines, controls and quotation marks leave neither the title nor the JSON."""
    told, push = short(), channel("push")
    for name in CORPUS:
        words = render(told, {"customer": {"first_name": name}}, channel="push")
        assert isinstance(words, Rendered), name
        assert words.subject.splitlines() == [words.subject], name
        assert (words.text, words.url) == ("Your cart waits.", "https://shop.example/cart")
        request = push.prepare(message("ios:a1b2c3d4e5f60718", words=words), SENDER)
        payload = json.loads(json.dumps(request["payloads"]["ios"], ensure_ascii=False).encode())
        assert payload["aps"]["alert"] == {"title": words.subject, "body": "Your cart waits."}
        assert set(payload["aps"]) == {"alert", "sound"}


@pytest.mark.parametrize("site", ["javascript:alert(1)", "data:text/html,x", "evil://x", "//evil.example", "x y"])
def test_nobodys_data_chooses_what_a_tap_opens(site: str) -> None:
    told = short(push={**PUSH, "url": "{{ customer.site | default: 'https://shop.example' }}"})
    answer = render(told, {"customer": {"first_name": "Ada", "site": site}}, channel="push")
    assert isinstance(answer, TemplateError)
    assert answer.part == "url"


def test_the_author_is_told_what_it_costs() -> None:
    shelf = Shelf(MemoryDatabase(), lambda: NOW)
    dear = "Coșul tău așteaptă. " * 4 + "Răspunde STOP."
    (letters, several) = shelf.put("short", {"class": "marketing", "sms": {"text": dear}}).advice
    assert letters.problem.endswith("70 letters in a segment where there could be 160: ș ă")
    assert "it comes to 2 segments (UCS-2, 94 places)" in several.problem
    assert shelf.put("plain", {"class": "marketing", "sms": {"text": "“Hi” – reply STOP…"}}).advice == ()


def test_a_links_campaign_is_told_by_push_and_not_paid_for_by_sms() -> None:
    tagging = Tagging(TrackedLinks(), "welcome", "short")
    told = short(sms={"text": "https://shop.example STOP"})
    words = [render(told, {"customer": {"first_name": "Ada"}}, None, tagging, channel) for channel in ("sms", "push")]
    assert all(isinstance(each, Rendered) for each in words)
    assert words[0].text == "https://shop.example STOP"  # type: ignore[union-attr]
    assert "utm_medium=push&utm_campaign=welcome" in (words[1].url or "")  # type: ignore[union-attr]


def test_a_mail_template_is_unchanged_by_it() -> None:
    assert made(parse({**template().body(), "html": HTML}), {}).channels == {"email"}


def test_templates_and_webhooks_see_no_device() -> None:
    assert harmless({"first_name": "Ada", "push_device:1f": {"token": "secret"}}) == {"first_name": "Ada"}
