"""Text and push messages over HTTP: put, previewed with their price, tried."""

from __future__ import annotations

from chalicelib import resources
from chalicelib.journeys.send import Send
from chalicelib.tracking.keys import EVERYTHING, KeyKind
from chalicelib.wiring import Perennial
from tests.fakes.database import MemoryDatabase
from tests.fakes.queues import MemoryQueues
from tests.messages.samples import NOW
from tests.messages.templates.test_api import Call, call, customer, perennial

__all__ = ["call", "perennial"]  # fixtures

SHORT = {
    "class": "marketing",
    "sms": {"text": "Coșul tău, {{ customer.first_name }}. STOP"},
    "push": {"title": "Hello {{ customer.first_name }}", "body": "Your cart waits.", "url": "shop://cart"},
}


def test_what_is_put_says_what_makes_it_dear(call: Call) -> None:
    answer = call("PUT", "/v1/templates/short", SHORT).json_body
    assert [(each["path"], "ș ă" in each["problem"]) for each in answer["advice"]] == [("sms.text", True)]
    listed = call("GET", "/v1/templates").json_body["definitions"]
    assert [each["title"] for each in listed] == ["Coșul tău, {{ customer.first_name }}. STOP"]
    refused = call("PUT", "/v1/templates/bad", {**SHORT, "sms": {"text": "Buy"}})
    assert (refused.status_code, refused.json_body["details"][0]["path"]) == (400, "sms.text")


def test_a_preview_shows_each_channel_and_what_a_text_message_costs(call: Call, perennial: Perennial) -> None:
    owner = perennial.keys.create(KeyKind.SECRET, "owner", [EVERYTHING], NOW)
    assert call("PUT", "/v1/settings/sms", {"prices": {"+40": 0.07}}, key=owner).status_code == 200
    call("PUT", "/v1/templates/short", SHORT)
    customer(perennial)
    answer = call("POST", "/v1/templates/short/preview", {"customer": "u#bob"}).json_body
    assert (answer["subject"], answer["html"], answer["html_bytes"]) == (None, None, 0)
    assert answer["sms"] == {
        "text": "Coșul tău, Bob. STOP",
        "locale": "en",
        "encoding": "UCS-2",
        "units": 20,
        "segments": 1,
        "costly": ["ș", "ă"],
        "costs": {"+40": 0.07},
    }
    assert answer["push"] == {
        "title": "Hello Bob",
        "body": "Your cart waits.",
        "locale": "en",
        "url": "shop://cart",
        "image": None,
    }


def test_a_draft_that_may_not_be_sent_is_previewed_with_its_problems(call: Call) -> None:
    draft = {"definition": {**SHORT, "sms": {"text": "Buy"}}}
    answer = call("POST", "/v1/templates/new/preview", draft).json_body
    assert [each["path"] for each in answer["problems"]] == ["sms.text"]


def test_a_test_goes_by_the_channel_that_is_asked_for(call: Call, perennial: Perennial) -> None:
    object.__setattr__(perennial.settings, "allowed_recipients", ("+4072*", "ios:*"))
    call("PUT", "/v1/templates/short", SHORT)
    for to, channel in (("+40721000000", "sms"), ("ios:a1b2c3d4e5f60718", "push")):
        answer = call("POST", "/v1/templates/short/test", {"to": to, "channel": channel})
        assert answer.status_code == 200, answer.json_body
        assert isinstance(perennial.db, MemoryDatabase)
        rows = [Send.from_item(item) for item in perennial.db.items(resources.SENDS)]
        assert (rows[-1].channel, (rows[-1].test or {})["to"]) in [(each, to) for each in ("sms", "push")]
    assert isinstance(perennial.queues, MemoryQueues)
    assert len(perennial.queues.sent) == 2
    silent = call("POST", "/v1/templates/short/test", {"to": "ios:x", "channel": "email"})
    assert (silent.status_code, silent.json_body["code"]) == (400, "not_rendered")
