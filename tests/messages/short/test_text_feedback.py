"""What becomes of text messages, and what people write back."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from chalicelib import resources
from chalicelib.customers.facts import ConsentStatus, Facts
from chalicelib.customers.fold import fold
from chalicelib.errors import Permanent, Unanswered
from chalicelib.journeys.send import Send, Status
from chalicelib.journeys.store import TemplateStore
from chalicelib.messages import feedback, heeding, ledger, trial
from chalicelib.messages.compiling import made
from chalicelib.messages.heeding import Heeding
from chalicelib.tracking.event import Event
from chalicelib.tracking.store import EventStore
from chalicelib.tracking.tags import customer_tag
from tests.fakes.database import MemoryDatabase
from tests.messages.samples import template
from tests.messages.short.test_sms import NUMBER, text, world
from tests.messages.world import World

MILLISECONDS = 1795337999000  # 2026-11-22T08:59:59Z


def report(row: Send, kind: str, **said: Any) -> dict[str, Any]:
    context = {"customer": customer_tag(row.customer), "send": row.id, "journey": row.journey}
    return {"eventType": kind, "eventTimestamp": MILLISECONDS, "messageId": "text-1", "context": context, **said}


def written(body: str, id: str = "in-1") -> dict[str, Any]:
    said = {"originationNumber": NUMBER, "destinationNumber": "+12065550152", "messageBody": body}
    return {**said, "inboundMessageId": id, "messageKeyword": "KEYWORD"}


def stored(at: World) -> list[tuple[str, str]]:
    assert isinstance(at.db, MemoryDatabase)
    return sorted((item["pk"], item["name"]) for item in at.db.items(resources.EVENTS))


@pytest.mark.parametrize(
    ("kind", "outcome", "event"),
    [
        ("TEXT_PENDING", "sent_at", "SMS Sent"),
        ("TEXT_SUCCESSFUL", "sent_at", "SMS Sent"),
        ("TEXT_DELIVERED", "delivered_at", "SMS Delivered"),
        ("TEXT_CARRIER_BLOCKED", "failed_at", "SMS Failed"),
        ("TEXT_INVALID", "failed_at", "SMS Failed"),
    ],
)
def test_a_report_is_an_event_and_an_outcome(kind: str, outcome: str, event: str) -> None:
    at, _ = world()
    row = at.plan(text())
    at.dispatch(row)
    assert feedback.take(report(row, kind), at.desk) == [row.id]
    assert feedback.take({"Message": json.dumps(report(row, kind))}, at.desk) == []
    assert list(at.row(row).outcomes) == [outcome]
    assert at.row(row).status is Status.SENT
    assert stored(at) == [("u#ada", event)]


def test_a_report_is_the_answer_that_was_lost() -> None:
    at, texts = world()
    texts.next = [Unanswered("?")]
    row = at.plan(text())
    assert at.dispatch(row) == Status.UNKNOWN
    feedback.take(report(row, "TEXT_QUEUED"), at.desk)
    assert (at.row(row).status, at.row(row).provider_id) == (Status.SENT, "text-1")
    at.wait(ledger.SETTLE)
    assert at.dispatch(row) == "over"


def test_what_nobody_knows_after_three_days_says_nothing() -> None:
    at, _ = world()
    row = at.plan(text())
    at.dispatch(row)
    assert feedback.take(report(row, "TEXT_UNKNOWN"), at.desk) == []
    assert stored(at) == []


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ("STOP", ["SMS Received", "Unsubscribed"]),
        ("Dezabonare", ["SMS Received", "Unsubscribed"]),
        ("START", ["SMS Received", "Subscribed"]),
        ("HELP", ["SMS Received"]),
        ("In blue, please", ["SMS Received"]),
    ],
)
def test_what_somebody_writes_is_told_of_every_customer_with_the_number(body: str, names: list[str]) -> None:
    at, _ = world()
    desk = replace(at.desk, people=lambda number: ["u#ada", "u#bob"] if number == NUMBER else [])
    feedback.take(written(body), desk)
    feedback.take(written(body), desk)  # SNS delivers more than once: under another time, but the same message id
    found = stored(at)
    assert sorted({name for _, name in found}) == names
    assert {who for who, _ in found} == {"u#ada", "u#bob"}


def test_what_somebody_unknown_writes_is_told_of_the_number() -> None:
    at, _ = world()
    feedback.take(written("STOP"), at.desk)
    assert {who[:8] for who, _ in stored(at)} == {"a#phone:"}


def test_stop_withdraws_consent_and_start_gives_it_again_by_the_persons_own_word() -> None:
    def after(*bodies: str) -> ConsentStatus | None:
        at, _ = world()
        desk = replace(at.desk, people=lambda number: ["u#ada"])
        for number, body in enumerate(bodies):
            feedback.take(written(body, f"in-{number}"), desk)
            at.wait(ledger.SETTLE)
        events = sorted(read(at), key=lambda event: event.at)
        return fold(Facts(), events).consent_status("sms")

    at, _ = world()
    feedback.take(written("START"), replace(at.desk, people=lambda number: ["u#ada"]))
    assert fold(Facts(), read(at)).consent["sms"].confirmed  # as after a double opt-in, so that it counts after erasure
    assert after("STOP") == "withdrawn"
    assert after("STOP", "START") == "granted"
    assert after("START", "stop it") == "withdrawn"
    assert after("hello") is None


def test_after_a_number_that_is_none_nothing_more_is_sent_there() -> None:
    at, _ = world()
    row = at.plan(text())
    at.dispatch(row)
    feedback.take(report(row, "TEXT_INVALID", destinationPhoneNumber=NUMBER), at.desk)
    facts = fold(Facts(), read(at))
    assert facts.suppressed["sms"].reason == "bounce"
    assert facts.suppressed["sms"].holds("+40 721 000 000")
    assert not facts.suppressed["sms"].holds("+40722000000")  # who gets another number gets messages again
    assert "email" not in facts.suppressed
    forged = [event.model_copy(update={"source": "segment"}) for event in read(at)]
    assert fold(Facts(), forged).suppressed == {}


def read(at: World) -> list[Event]:
    return list(EventStore(at.db).all_of("u#ada"))


def test_whom_aws_has_stopped_by_itself_has_left() -> None:
    at, texts = world()
    now = made(template(**{"name": "text-now", "class": "transactional", "sms": {"text": "It is there."}}), {})
    TemplateStore(at.db).put("text-now", "text-now", now.stored(), at.now, in_force=True)
    told: list[Event] = []
    gateway = Heeding(texts, lambda request: told.extend(heeding.told(request, at.now)))
    object.__setattr__(at.dispatcher, "gateways", {"sms": gateway})
    texts.next = [Permanent("opted_out"), Permanent("country_blocked")]
    rows = [at.plan(text(message_class="transactional", template="text-now", id=f"20261122T0900-{n}")) for n in "12"]
    assert [(at.dispatch(row), at.row(row).reason) for row in rows] == [
        (Status.FAILED, "opted_out"),
        (Status.FAILED, "country_blocked"),
    ]
    assert [(event.subject, event.name) for event in told] == [("u#ada", "Unsubscribed")]
    assert fold(Facts(), told).consent_status("sms") == "withdrawn"
    assert heeding.told({"customer": trial.SUBJECT + "x"}, at.now) == []
