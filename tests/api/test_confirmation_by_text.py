"""Double opt-in for text messages, as people see it: they are asked by one, and answer it with a word."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from chalicelib import resources
from chalicelib.customers.facts import address_mark
from chalicelib.journeys import confirm
from chalicelib.messages.builtin import BUILT_IN
from chalicelib.messages.gsm import measured
from chalicelib.messages.render import Rendered, render
from chalicelib.messages.samples import nobody
from chalicelib.tracking import event as events
from chalicelib.tracking.keywords import names_confirmation
from tests.api.test_confirmation import standing
from tests.fakes.world import NOW, World
from tests.flow.story import says

BOB, EVA, NOBODY = "+40721000001", "+40721000002", "+40721000009"
CONSENT = {
    "topics": [
        {"name": "drops", "channel": "sms", "title": {"en": "New drops"}, "double_opt_in": True, "wording": "2026-11"}
    ],
    "double_opt_in": ["sms", "email"],
    "wording": {"sms": "2026-10"},
}
JOURNEY: dict[str, Any] = {
    "name": "flash",
    "title": "Flash",
    "class": "marketing",
    "trigger": {"on": "event", "name": "Flash Due"},
    "re_entry": "always",
    "steps": [{"id": "flash", "do": "send", "template": "flash", "channel": "sms", "within": "P1D"}],
}
TEMPLATES = {"flash": {"class": "marketing", "sms": {"text": "Sale! Reply STOP to leave."}}}


@pytest.fixture
def shop(world: World) -> World:
    """A shop where consent to text messages must be confirmed, and that has something to say by them."""
    assert world.ask("PUT", "/v1/settings/consent", CONSENT).status == 200
    world.define(JOURNEY, TEMPLATES)
    return world


def asks_for_texts(world: World, user: str, phone: str | None, topic: str | None = None, **traits: Any) -> None:
    """Somebody fills in a form of the shop's."""
    if phone:
        says(world, "identify", user, traits={"phone": phone, **traits})
    about = {"channel": "sms", **({"topic": topic} if topic else {}), "source": "footer form"}
    id = f"{user}-{topic}-{world.now.timestamp()}"
    says(world, "track", user, event="Subscribed", messageId=id, properties=about)
    world.settle()


def texted(world: World, number: str) -> list[str]:
    return [one["MessageBody"] for one in world.platform.texted() if one["DestinationPhoneNumber"] == number]


def writes(world: World, number: str, text: str, answers: str | None = None) -> None:
    """Somebody writes to the shop's number, a minute later."""
    world.wait(timedelta(minutes=1))
    said = {"originationNumber": number, "destinationNumber": "+40700000000", "messageBody": text}
    named = {"previousPublishedMessageId": answers} if answers else {}
    world.report_anything(json.dumps({**said, **named, "inboundMessageId": f"in-{text}-{world.now.timestamp()}"}))
    world.settle()


def sent(world: World) -> Sequence[dict[str, Any]]:
    """The text messages that asked, as the ledger has them."""
    return [item for item in world.items(resources.SENDS) if item.get("confirms")]


def flash_due(world: World, user: str) -> tuple[str, str | None]:
    """Something is to be said by text message: what became of it, and why not."""
    says(world, "track", user, event="Flash Due", messageId=f"{user}-{world.now.timestamp()}")
    world.settle()
    rows = [item for item in world.items(resources.SENDS) if item["journey"] == "flash" and item["pk"] == f"u#{user}"]
    return rows[-1]["status"], rows[-1].get("reason")


def test_who_asks_for_texts_is_asked_by_a_text_and_gets_none_before_the_answer(shop: World) -> None:
    asks_for_texts(shop, "bob", BOB, email="bob@example.com")
    asked = "Shop: Reply YES to get our text messages. STOP ends them. Was it not you? Do nothing."
    assert texted(shop, BOB) == [asked]
    assert shop.mails("bob@example.com") == [], "a mail proves nothing of a telephone"
    assert (sent(shop)[0]["class"], sent(shop)[0]["channel"]) == ("transactional", "sms")
    assert standing(shop) == {"sms": "pending"}
    assert flash_due(shop, "bob") == ("skipped", "unconfirmed")
    writes(shop, BOB, "Yes!")
    assert standing(shop) == {"sms": "granted"}
    assert flash_due(shop, "bob") == ("sent", None)


def test_the_proof_is_the_persons_own_word_with_the_version_of_the_wording(shop: World) -> None:
    asks_for_texts(shop, "bob", BOB, "drops")
    assert "(New drops)" in texted(shop, BOB)[0]
    for _ in range(2):  # impatient, and SNS delivers more than once
        writes(shop, BOB, "YES")
    said = [events.from_item(item) for item in shop.items(resources.EVENTS) if item["name"] == "Subscribed"]
    (word,) = [event for event in said if event.source == "perennial"]
    assert (word.properties["channel"], word.properties["topic"]) == ("sms", "drops")
    assert word.properties["source"] == "double_opt_in"
    proof = word.properties["proof"]
    assert set(proof) == {"kind", "text", "provider_id", "confirmed_at", "statement", "send_id", "of", "wording"}
    assert proof["of"] == address_mark(BOB)
    assert (proof["kind"], proof["text"], proof["wording"]) == ("sms", "YES", "2026-11")
    assert BOB not in json.dumps(word.properties), "the proof needs no number"


@pytest.mark.parametrize(
    "text", ["yes", " YES. ", "Sì!", "SI 👍", "sí, por favor", "da", "Da, vă rog", "Confirmo", "Y"]
)
def test_a_word_in_any_of_the_languages_confirms(shop: World, text: str) -> None:
    asks_for_texts(shop, "bob", BOB)
    writes(shop, BOB, text)
    assert standing(shop) == {"sms": "granted"}


@pytest.mark.parametrize("text", ["no", "yes but who are you?", "ok", "👍", "HELP", "yesterday", "da capo"])
def test_anything_else_confirms_nothing(shop: World, text: str) -> None:
    asks_for_texts(shop, "bob", BOB)
    writes(shop, BOB, text)
    assert standing(shop) == {"sms": "pending"}


def test_yes_to_nothing_is_nothing(shop: World) -> None:
    says(shop, "identify", "bob", traits={"phone": BOB})
    shop.settle()
    writes(shop, BOB, "YES")
    writes(shop, NOBODY, "YES")
    assert standing(shop) == {}
    assert [item["name"] for item in shop.items(resources.EVENTS) if item["name"] == "Subscribed"] == []


def test_yes_to_what_was_said_since_confirms_nothing(shop: World) -> None:
    receipt = {"class": "transactional", "sms": {"text": "Reply YES if the courier may leave it at the door."}}
    asks_for_texts(shop, "bob", BOB)
    shop.wait(timedelta(minutes=1))
    shop.define(JOURNEY | {"name": "parcel", "class": "transactional"} | _sending("parcel"), {"parcel": receipt})
    says(shop, "track", "bob", event="Flash Due", messageId="parcel")
    shop.settle()
    assert texted(shop, BOB)[-1].startswith("Reply YES if the courier")
    writes(shop, BOB, "YES")
    assert standing(shop) == {"sms": "pending"}
    writes(shop, BOB, "YES", answers=sent(shop)[0]["provider_id"])  # unless AWS says what it answers
    assert standing(shop) == {"sms": "granted"}


def _sending(template: str) -> dict[str, Any]:
    return {"steps": [{"id": "say", "do": "send", "template": template, "channel": "sms", "within": "P1D"}]}


def test_who_has_left_since_is_not_brought_back_by_an_old_yes(shop: World) -> None:
    asks_for_texts(shop, "bob", BOB)
    writes(shop, BOB, "STOP")
    writes(shop, BOB, "YES")
    assert standing(shop) == {"sms": "withdrawn"}


def test_what_was_asked_long_ago_is_answered_by_nothing(shop: World) -> None:
    asks_for_texts(shop, "bob", BOB)
    shop.wait(timedelta(days=31))
    writes(shop, BOB, "YES")
    assert standing(shop) == {"sms": "pending"}


def test_of_two_with_one_number_the_one_is_confirmed_who_was_asked(shop: World) -> None:
    asks_for_texts(shop, "bob", BOB)
    says(shop, "identify", "eva", traits={"phone": BOB})
    shop.settle()
    writes(shop, BOB, "YES")
    assert (standing(shop, "bob"), standing(shop, "eva")) == ({"sms": "granted"}, {})


def test_a_visitor_who_says_her_name_meanwhile_is_confirmed(shop: World) -> None:
    visitor: dict[str, Any] = {"anonymousId": "v1"}
    shop.post("/v1/batch", {"batch": [{"type": "identify", **visitor, "messageId": "v-1", "traits": {"phone": EVA}}]})
    about = {"event": "Subscribed", "properties": {"channel": "sms"}}
    shop.post("/v1/batch", {"batch": [{"type": "track", **visitor, "messageId": "v-2", **about}]})
    shop.settle()
    assert len(texted(shop, EVA)) == 1
    says(shop, "identify", "eva", anonymousId="v1", traits={"first_name": "Eva"})
    shop.settle()
    writes(shop, EVA, "YES")
    assert standing(shop, "eva") == {"sms": "granted"}


def test_a_form_on_the_site_asks_for_the_number_and_a_text_for_the_word(shop: World) -> None:
    tick = {"label": "Text me about drops.", "to": "sms/drops", "wording": "2026-12"}
    form = {"phone": "Your number", "consent": tick, "submit": "Yes", "thanks": "Look at your telephone."}
    asking = {"class": "marketing", "onsite": {"title": "Drops by text", "form": form}}
    steps = [{"id": "ask", "do": "send", "template": "ask", "channel": "onsite", "within": "P7D"}]
    shop.define(JOURNEY | {"name": "ask", "steps": steps}, {"ask": asking})
    seen = {"type": "track", "event": "Flash Due", "anonymousId": "v1", "messageId": "v-1"}
    shop.post("/v1/batch", {"batch": [seen]})
    shop.settle()
    (row,) = (item for item in shop.items(resources.SENDS) if item["channel"] == "onsite")
    said = {"writeKey": shop.write_key, "anonymousId": "v1", "id": row["sk"], "did": "submitted", "consent": True}
    for phone, status in (("0721 000 002", 400), (EVA, 200), (EVA, 200)):
        answer = shop.http.request("POST", "/v1/onsite", body=json.dumps({**said, "phone": phone}).encode())
        assert answer.status == status, answer.text
    shop.settle()
    assert standing(shop, "a%23v1") == {"sms/drops": "pending"}
    assert len(texted(shop, EVA)) == 1
    writes(shop, EVA, "yes")
    assert standing(shop, "a%23v1") == {"sms/drops": "granted"}


def test_ten_forms_a_day_bring_one_text_and_an_invented_topic_none(shop: World) -> None:
    for _ in range(10):
        asks_for_texts(shop, "bob", BOB)
        shop.wait(timedelta(seconds=5))
    asks_for_texts(shop, "bob", BOB, "invented")
    assert len(texted(shop, BOB)) == 1


def test_a_number_that_many_visitors_enter_is_asked_three_times_a_day(shop: World) -> None:
    for number in range(6):
        asks_for_texts(shop, f"eve{number}", BOB)
    assert len(texted(shop, BOB)) == 3
    assert sorted(str(row.get("reason")) for row in sent(shop)) == ["None"] * 3 + ["asked_often"] * 3
    asks_for_texts(shop, "eva", EVA)
    assert len(texted(shop, EVA)) == 1
    shop.wait(timedelta(days=1))
    asks_for_texts(shop, "bob", BOB)
    assert len(texted(shop, BOB)) == 4


def test_a_stop_finds_its_person_among_any_number_of_visitors_who_entered_the_number(shop: World) -> None:
    entered = {"type": "identify", "traits": {"phone": BOB}}
    said = [{**entered, "anonymousId": f"eve{number}", "messageId": f"eve{number}"} for number in range(60)]
    assert shop.post("/v1/batch", {"batch": said}).status == 200
    asks_for_texts(shop, "bob", BOB)
    writes(shop, BOB, "YES")
    assert standing(shop) == {"sms": "granted"}
    writes(shop, BOB, "STOP")
    assert standing(shop) == {"sms": "withdrawn"}
    assert standing(shop, "a%23eve0") == {"sms": "withdrawn"}


def test_without_a_number_nobody_is_asked(shop: World) -> None:
    asks_for_texts(shop, "eva", None)
    shop.pass_through(shop.now + timedelta(minutes=3))
    assert [(row["status"], row.get("reason")) for row in sent(shop)] == [("skipped", "no_address")]


def test_the_text_may_be_rewritten_and_must_still_ask(shop: World) -> None:
    path = "/v1/templates/confirm-by-text"
    silent = shop.ask("PUT", path, {"class": "transactional", "sms": {"text": "Hello, say yes"}})
    assert (silent.status, "Reply YES" in silent.text) == (400, True)
    assert shop.ask("PUT", path, {"class": "marketing", "sms": {"text": "YES or STOP"}}).status == 400
    assert shop.ask("PUT", path, {"class": "transactional", "subject": "YES?", "text": "YES"}).status == 400
    assert shop.ask("PUT", path, {"class": "transactional", "sms": {"text": "Ja? YES."}}).status == 200
    asks_for_texts(shop, "bob", BOB)
    assert texted(shop, BOB) == ["Ja? YES."]


@pytest.mark.parametrize(
    ("language", "begins"),
    [("it", "Rispondi SI"), ("es-MX", "Responde SI"), ("ro", "Raspunde DA"), ("fr", "Reply YES")],
)
def test_it_speaks_the_persons_language_in_one_segment(language: str, begins: str) -> None:
    template = BUILT_IN[confirm.BY_TEXT]
    said = render(template, nobody(template, NOW) | {"topic": {"title": "Novedades"}}, language, channel="sms")
    assert isinstance(said, Rendered)
    text = str(said.text)
    assert text.startswith(f"Shop: {begins}")
    assert names_confirmation(text)
    assert (measured(text).encoding, measured(text).segments) == ("GSM-7", 1)
