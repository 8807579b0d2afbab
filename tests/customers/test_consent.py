"""Consent: what is a statement, which must be confirmed, and where a person stands after them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from chalicelib.customers import consent, fold
from chalicelib.customers.consent import ConsentSettings, awaits_confirmation, consent_key, received, said_in
from chalicelib.customers.facts import Facts
from chalicelib.customers.packing import pack, unpack
from chalicelib.tracking.event import Event
from tests.customers.events import DAY, event

HOUR = timedelta(hours=1)
NEWS = {"name": "newsletter", "title": {"en": "The letter", "de": "Der Brief"}, "double_opt_in": True, "wording": "v3"}
SETTINGS = ConsentSettings.model_validate(
    {
        "topics": [NEWS, {"name": "offers", "title": {"en": "Offers"}}],
        "double_opt_in": ["sms"],
        "wording": {"email": "v1"},
    }
)


def said(name: str, at: float = 0, **given_: Any) -> Event:
    """`Subscribed` or `Unsubscribed` so many hours after DAY."""
    fields = {key: given_.pop(key) for key in ("source", "unproven") if key in given_}
    moment = DAY + at * HOUR
    id = given_.pop("id", f"{name}-{at}-{sorted(given_.items())}-{fields}")
    return event(name, moment, message_id=id, properties=given_, **fields)


@pytest.mark.parametrize(
    ("properties", "key"),
    [
        ({}, "email"),
        ({"channel": "sms"}, "sms"),
        ({"channel": "email", "topic": "newsletter"}, "email/newsletter"),
        ({"list_id": 7}, "email/7"),
        ({"channel": ["email"]}, None),
        ({"topic": {"a": 1}}, None),
        ({"topic": "x" * 101}, None),
    ],
)
def test_what_a_statement_is_about(properties: dict[str, Any], key: str | None) -> None:
    assert consent_key(properties) == key


PROOF = {"token": "t", "confirmed_at": "2026-11-20T12:00:00.000Z"}
MUST: list[tuple[str, Event, bool]] = [
    ("a topic that asks for it", said("Subscribed", topic="newsletter"), True),
    ("whatever the case of the name", said("subscribed", topic="newsletter"), True),
    ("a topic that does not", said("Subscribed", topic="offers"), False),
    ("the channel of a topic that does", said("Subscribed"), False),
    ("a channel that does", said("Subscribed", channel="sms"), True),
    ("an unknown topic goes by its channel", said("Subscribed", channel="sms", topic="x"), True),
    ("an unknown topic of another channel", said("Subscribed", topic="x"), False),
    ("proven by a trusted caller", said("Subscribed", topic="newsletter", proof=PROOF), False),
    ("an empty proof is none", said("Subscribed", topic="newsletter", proof={}), True),
    ("anybody can claim a proof", said("Subscribed", topic="newsletter", proof=PROOF, unproven=True), True),
    ("confirmed on our own page", said("Subscribed", topic="newsletter", source="perennial"), False),
    ("agreed elsewhere, imported", said("Subscribed", topic="newsletter", source="import"), False),
    ("withdrawing needs no confirmation", said("Unsubscribed", topic="newsletter"), False),
    ("nothing that can be named", said("Subscribed", channel="sms", topic={"a": 1}), False),
]


@pytest.mark.parametrize(("statement", "must"), [case[1:] for case in MUST], ids=[case[0] for case in MUST])
def test_which_subscriptions_must_be_confirmed(statement: Event, must: bool) -> None:
    stored = received(statement, SETTINGS)
    assert awaits_confirmation(stored) is must
    assert received(stored, SETTINGS) == stored


def test_a_client_cannot_mark_what_needs_no_confirmation() -> None:
    assert received(said("Subscribed", confirmation="required"), SETTINGS) == said(
        "Subscribed", id=said("Subscribed", confirmation="required").message_id
    )


def test_other_events_are_stored_as_they_came() -> None:
    other = event("Order Completed", properties={"confirmation": "required"})
    assert received(other, SETTINGS) is other


ask: dict[str, Any] = {"topic": "newsletter", "confirmation": "required"}
news: dict[str, Any] = {"topic": "newsletter"}
STANDS: list[tuple[str, list[Event], str | None]] = [
    ("nothing was said", [], None),
    ("asked", [said("Subscribed", 1, **ask)], "pending"),
    ("asked and confirmed", [said("Subscribed", 1, **ask), said("Subscribed", 2, **news)], "granted"),
    ("asked and withdrawn", [said("Subscribed", 1, **ask), said("Unsubscribed", 2, **news)], "withdrawn"),
    ("withdrawn, then asked anew", [said("Unsubscribed", 1, **news), said("Subscribed", 2, **ask)], "pending"),
    ("asking again takes nothing away", [said("Subscribed", 1, **news), said("Subscribed", 2, **ask)], "granted"),
    (
        "asked, confirmed, withdrawn, asked",
        [
            said("Subscribed", 1, **ask),
            said("Subscribed", 2, **news),
            said("Unsubscribed", 3, **news),
            said("Subscribed", 4, **ask),
        ],
        "pending",
    ),
]


@pytest.mark.parametrize(("events", "status"), [case[1:] for case in STANDS], ids=[case[0] for case in STANDS])
def test_where_a_person_stands_whatever_the_order(events: list[Event], status: str | None) -> None:
    for order in (events, events[::-1], [*events, *events]):
        facts = fold.fold(Facts(), order)
        assert facts.consent_status("email/newsletter") == status
        assert unpack(pack(facts)) == facts


OURS: dict[str, Any] = {"source": "perennial", **news}
OF_ONE: list[tuple[str, list[Event], dict[str | None, str]]] = [
    ("ours, of one address", [said("Subscribed", proof={"of": "one"}, **OURS)], {"one": "granted", "two": "pending"}),
    ("ours, of the person", [said("Subscribed", proof=PROOF, **OURS)], {"one": "granted", "two": "granted"}),
    ("a caller's own proof", [said("Subscribed", proof={"of": "one"}, **news)], {"one": "granted", "two": "granted"}),
    (
        "the last word's",
        [said("Subscribed", 1, proof={"of": "one"}, **OURS), said("Subscribed", 2, proof={"of": "two"}, **OURS)],
        {"one": "pending", "two": "granted"},
    ),
    (
        "asked anew",
        [said("Subscribed", 1, proof={"of": "one"}, **OURS), said("Subscribed", 2, **ask)],
        {"one": "granted", "two": "pending"},
    ),
    (
        "withdrawn",
        [said("Subscribed", 1, proof={"of": "one"}, **OURS), said("Unsubscribed", 2, **news)],
        {"one": "withdrawn", "two": "withdrawn"},
    ),
]


@pytest.mark.parametrize(("events", "standing"), [case[1:] for case in OF_ONE], ids=[case[0] for case in OF_ONE])
def test_what_the_owner_of_one_address_confirmed_is_not_of_another(events: list[Event], standing: Any) -> None:
    for order in (events, events[::-1]):
        facts = unpack(pack(fold.fold(Facts(), order)))
        assert {of: facts.consent_status("email/newsletter", of) for of in standing} == standing
        of_the_person = facts.consent_status("email/newsletter")
        assert of_the_person == max(standing.values(), key=["pending", "granted", "withdrawn"].index)


statements = st.builds(
    said,
    st.sampled_from(["Subscribed", "Unsubscribed"]),
    st.integers(0, 6),
    topic=st.integers(0, 140).map(str) | st.none(),
    confirmation=st.sampled_from([None, "required"]),
    source=st.sampled_from(["api", "perennial"]),
    proof=st.sampled_from([{}, {"of": "one"}, {"of": "two"}]),
)


@given(st.lists(statements, max_size=60), st.randoms())
def test_consent_does_not_depend_on_the_order(events: list[Event], dice: Any) -> None:
    shuffled = list(events)
    dice.shuffle(shuffled)
    assert unpack(pack(fold.fold(Facts(), events))) == fold.fold(Facts(), events)
    assert fold.fold(Facts(), events) == fold.fold(fold.fold(Facts(), shuffled[:20]), shuffled[20:])


def test_no_client_fills_the_facts_and_no_flood_hides_a_channel() -> None:
    left = said("Unsubscribed", 0)
    flood = [said("Subscribed", 1, topic=str(number), id=f"f{number:04d}") for number in range(300)]
    one, other = fold.fold(Facts(), [left, *flood]), fold.fold(Facts(), [*flood[::-1], left])
    assert one == other
    assert len(one.consent) == fold.MOST_SUBJECTS
    assert one.consent_status("email") == "withdrawn"


def test_a_topic_is_told_in_the_persons_language() -> None:
    (topic, _) = SETTINGS.topics
    told = [said_in(topic.title, wanted, "en") for wanted in ("de", "de-AT", "de_AT", "fr", None, 7)]
    assert told == ["Der Brief", "Der Brief", "Der Brief", "The letter", "The letter", "The letter"]
    assert said_in({}, "de", "en") == ""


def test_the_wording_of_a_topic_else_of_its_channel() -> None:
    assert SETTINGS.wording_of("email/newsletter") == "v3"
    assert SETTINGS.wording_of("email/offers") == "v1"
    assert SETTINGS.wording_of("sms") is None


def test_what_is_known() -> None:
    asked = ("email", "advertising", "email/newsletter", "sms/newsletter", "pigeon")
    assert [SETTINGS.knows(key) for key in asked] == [True, True, True, False, False]


def test_a_topic_is_defined_once() -> None:
    with pytest.raises(ValidationError, match="same name"):
        ConsentSettings.model_validate({"topics": [NEWS, NEWS]})
    sms = NEWS | {"channel": "sms"}
    assert ConsentSettings.model_validate({"topics": [NEWS, sms]}).topic("sms/newsletter") is not None


def test_every_channel_is_a_key_of_its_own() -> None:
    assert {consent.key_of(channel, None) for channel in consent.CHANNELS} == set(consent.CHANNELS)
    assert consent.key_of("email", "news") == "email/news"
