"""Consent by the API: stated by whoever heard it, read with its whole history."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from chalicelib import times
from tests.api.test_confirmation import CONSENT, standing
from tests.fakes.world import World
from tests.flow.story import says

PATH = "/v1/customers/bob/consents"
FORM = {"action": "subscribe", "source": "checkout form"}


@pytest.fixture
def known(world: World) -> World:
    """Bob is known."""
    assert world.ask("PUT", "/v1/settings/consent", CONSENT).status == 200
    says(world, "identify", "bob", traits={"email": "bob@example.com"})
    world.settle()
    return world


def states(world: World, **said: Any) -> Any:
    answer = world.ask("POST", PATH, FORM | said)
    assert answer.status == 200, answer.text
    world.settle()
    return answer.json()


@pytest.mark.parametrize(
    ("said", "to", "status"),
    [
        ({}, "email", "granted"),
        ({"channel": "sms"}, "sms", "granted"),
        ({"channel": "advertising", "action": "unsubscribe"}, "advertising", "withdrawn"),
        ({"topic": "offers"}, "email/offers", "granted"),
        ({"topic": "letter"}, "email/letter", "pending"),
        ({"topic": "letter", "proof": {"recording": "call-7"}}, "email/letter", "granted"),
        ({"topic": "letter", "action": "unsubscribe"}, "email/letter", "withdrawn"),
    ],
)
def test_a_statement_takes_effect(known: World, said: dict[str, Any], to: str, status: str) -> None:
    answer = states(known, **said)
    assert (answer["to"], answer["status"]) == (to, status)
    assert standing(known) == {to: status}
    assert len(known.mails("bob@example.com")) == (status == "pending")


def test_a_statement_keeps_what_it_rests_on(known: World) -> None:
    states(known, topic="letter", proof={"recording": "call-7"}, wording="v9")
    states(known, topic="letter", action="unsubscribe")
    history = known.ask("GET", PATH).json()["history"]
    assert [(one["action"], one["wording"], one["proof"]) for one in history if one["action"] == "subscribed"] == [
        ("subscribed", "v9", {"recording": "call-7"})
    ]
    assert {one["source"] for one in history} == {"checkout form"}
    states(known, topic="letter", source="call centre", at=times.text(known.now - timedelta(days=1)))
    assert {one["wording"] for one in known.ask("GET", PATH).json()["history"]} == {"v9", None, "2026-11"}


def test_the_same_statement_is_taken_once(known: World) -> None:
    for _ in range(3):
        states(known, id="form-17", at=times.text(known.now - timedelta(hours=1)))
    assert len(known.ask("GET", PATH).json()["history"]) == 1


def test_the_future_is_not_known(known: World) -> None:
    answer = states(known, at=times.text(known.now + timedelta(days=9)))
    assert times.parse(answer["at"]) == known.now


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"action": "subscribe"},
        FORM | {"channel": "pigeon"},
        FORM | {"at": "2026-11-22T10:00:00"},
        FORM | {"proof": {"text": "x" * 5_000}},
        FORM | {"granted": True},
        FORM | {"source": " "},
    ],
)
def test_what_is_no_statement_is_refused(known: World, body: dict[str, Any]) -> None:
    answer = known.ask("POST", PATH, body)
    assert (answer.status, answer.json()["code"]) == (400, "invalid_body")


@pytest.mark.parametrize("customer", ["u%23", "%00", "x" * 300])
def test_nobody_can_have_such_an_id(known: World, customer: str) -> None:
    answer = known.ask("POST", f"/v1/customers/{customer}/consents", FORM)
    assert answer.status == (200 if customer == "u%23" else 400)


def test_consent_may_come_before_the_person(known: World) -> None:
    assert known.ask("GET", "/v1/customers/eva/consents").status == 404
    assert known.ask("POST", "/v1/customers/eva/consents", FORM).status == 200
    known.settle()
    assert standing(known, "eva") == {"email": "granted"}


def test_the_history_is_read_in_pages_and_whole(known: World) -> None:
    for number in range(7):
        states(known, channel="sms", action="subscribe" if number % 2 else "unsubscribe", id=f"s{number}")
        known.wait(timedelta(minutes=1))
    whole = known.ask("GET", PATH).json()
    assert whole["cursor"] is None
    assert len(whole["history"]) == 7
    assert [one["at"] for one in whole["history"]] == sorted((one["at"] for one in whole["history"]), reverse=True)
    assert known.ask("GET", PATH, cursor="nonsense").json()["code"] == "invalid_cursor"


def test_the_topics_are_listed(known: World) -> None:
    answer = known.ask("GET", "/v1/topics").json()
    assert [(one["key"], one["double_opt_in"]) for one in answer["topics"]] == [
        ("email/letter", True),
        ("email/offers", False),
    ]
    assert answer["unknown"] == []
