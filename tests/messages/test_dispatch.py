"""Dispatch, one circumstance at a time. What happens when workers die between any two calls: tests/proof."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib import resources
from chalicelib.errors import Held, Permanent, Transient, Unanswered
from chalicelib.journeys.enrolment import Enrolment
from chalicelib.journeys.send import Status
from chalicelib.journeys.store import TemplateStore
from chalicelib.journeys.walk import Passed, Position
from chalicelib.messages import dispatch, ledger
from chalicelib.messages.permission import Policy
from chalicelib.messages.ready import PACED, QUOTA
from chalicelib.messages.store import Claim, SendStore
from tests.fakes.mail import headers, tags
from tests.messages.samples import DAY, MINUTE, NOW, receipt, send, template
from tests.messages.world import World, world


def test_a_planned_mail_leaves() -> None:
    at, row = world()
    assert at.dispatch(row) == Status.SENT
    (request,) = at.mail.sent
    assert request["Destination"] == {"ToAddresses": ["ada@example.com"]}
    assert tags(request)["send"] == row.id
    assert headers(request)["List-Unsubscribe"].startswith("<https://shop.example/api/u/1")
    assert "Hello Ada" in request["Content"]["Simple"]["Body"]["Text"]["Data"]
    assert "1 High Street, Bath" in request["Content"]["Simple"]["Body"]["Html"]["Data"]
    sent = at.row(row)
    assert (sent.provider_id, sent.template_version, sent.attempts, sent.due_at) == ("ses-1", 1, 1, None)


def test_a_message_delivered_twice_by_the_queue_leaves_once() -> None:
    at, row = world()
    body = {"customer": row.customer, "send": row.id}
    assert dispatch.handle(resources.JOURNEYS, body, at.dispatcher) == [Status.SENT]
    assert dispatch.handle(resources.JOURNEYS, body, at.dispatcher) == ["over"]
    assert len(at.mail.sent) == 1


def test_a_row_that_is_gone_is_nobody_s_business() -> None:
    at, row = world()
    assert at.dispatch(replace(row, id="other")) == "missing"


def test_what_is_not_sent_says_why_and_is_asked_when_sending_not_when_planning() -> None:
    at, row = world()
    at.says(consent=False)
    assert at.dispatch(row) == Status.SKIPPED
    assert (at.row(row).reason, at.mail.sent) == ("unsubscribed", [])


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"template": "nothing"}, "no_such_template"),
        ({"template": "receipt"}, "template_of_another_class"),
        ({"channel": "pigeon"}, "no_such_channel"),
    ],
)
def test_a_plan_that_cannot_be_carried_out_says_why(changes: dict[str, Any], reason: str) -> None:
    at = World()
    at.customer()
    row = at.plan(send(**changes))
    assert at.dispatch(row) == Status.SKIPPED
    assert at.row(row).reason == reason


def test_a_template_that_fails_for_somebody_skips_that_message() -> None:
    at, row = world()
    broken = template(subject="{{ customer.age | divided_by: 0 }}")
    TemplateStore(at.db).put("hello", "Hello", broken.body(), NOW, in_force=True)
    assert at.dispatch(row) == Status.SKIPPED
    assert at.row(row).reason == "template_error"


def test_a_second_mail_on_one_day_waits_until_the_cap_allows_it() -> None:
    at, first = world()
    second = at.plan(send(id="20261122T0901-second"))
    at.dispatch(first)
    at.wait(MINUTE)
    assert at.dispatch(second) == Status.PLANNED
    assert (at.row(second).reason, at.row(second).due_at) == ("capped", NOW + DAY)
    assert at.dispatch(second) == "not_due"
    at.wait(DAY)
    assert at.dispatch(second) == Status.SENT


def test_a_receipt_neither_counts_nor_waits() -> None:
    at, first = world()
    at.dispatch(first)
    row = at.plan(receipt(id="20261122T0901-receipt"))
    assert at.dispatch(row) == Status.SENT
    assert "List-Unsubscribe" not in headers(at.mail.sent[1])


@pytest.mark.parametrize(
    ("ending", "status", "reason"),
    [
        (Transient("throttled"), Status.RETRY, "throttled"),
        (Held("sandbox"), Status.HELD, "sandbox"),
        (Permanent("rejected"), Status.FAILED, "rejected"),
        (Unanswered("ReadTimeoutError"), Status.UNKNOWN, "unanswered"),
    ],
)
def test_how_a_call_ends_is_the_row_s_next_state(ending: Exception, status: Status, reason: str) -> None:
    at, row = world()
    at.mail.next = [ending]
    assert at.dispatch(row) == status
    assert (at.row(row).reason, at.mail.sent) == (reason, [])


def test_a_throttled_mail_leaves_later_and_its_own_claim_is_no_cap() -> None:
    at, row = world()
    at.mail.next = [Transient("throttled")]
    at.dispatch(row)
    assert at.dispatch(row) == "not_due"
    at.wait(ledger.backoff(at.row(row)))
    assert at.dispatch(row) == Status.SENT


def test_a_held_mail_leaves_by_itself_once_the_account_is_in_order() -> None:
    at, row = world()
    at.mail.next = [Held("sandbox"), Held("sandbox")]
    assert at.dispatch(row) == Status.HELD
    at.wait(ledger.HOLD)
    assert at.dispatch(row) == Status.HELD
    at.wait(ledger.HOLD)
    assert at.dispatch(row) == Status.SENT
    assert len(at.mail.sent) == 1


def test_a_held_mail_is_not_sent_when_nobody_wants_it_any_more() -> None:
    at, row = world()
    at.mail.next = [Held("sandbox")]
    at.dispatch(row)
    at.wait(3 * DAY)
    assert at.dispatch(row) == Status.SKIPPED
    assert at.row(row).reason == "too_late"


def test_silence_is_waited_out_and_marketing_assumed_sent() -> None:
    at, row = world()
    at.mail.next = [Unanswered("?")]
    at.dispatch(row)
    at.wait(ledger.SETTLE - MINUTE)
    assert at.dispatch(row) == "not_due"
    at.wait(MINUTE)
    assert at.dispatch(row) == Status.SENT
    assert (at.row(row).reason, at.mail.sent) == (ledger.ASSUMED, [])


def test_after_silence_a_receipt_is_sent_again_once() -> None:
    at = World()
    at.customer()
    row = at.plan(receipt())
    at.mail.next = [Unanswered("?"), Unanswered("?")]
    at.dispatch(row)
    at.wait(ledger.SETTLE)
    assert at.dispatch(row) == Status.UNKNOWN
    assert (at.row(row).attempts, ledger.RESENT in at.row(row).outcomes) == (2, True)
    at.wait(ledger.SETTLE)
    assert at.dispatch(row) == Status.SENT
    assert (at.row(row).reason, at.mail.sent) == (ledger.ASSUMED, [])


def test_a_mistake_in_a_channel_is_no_reason_to_send_twice() -> None:
    at, row = world()
    at.mail.next = [RuntimeError("a bug")]
    with pytest.raises(RuntimeError):
        at.dispatch(row)
    assert at.row(row).status is Status.CLAIMED
    assert at.dispatch(row) == "not_due"


def test_leaving_a_journey_takes_back_what_it_planned() -> None:
    at, row = world()
    left = Enrolment(
        row.customer, "welcome", "e1", "o1", 1, {"id": "t"}, NOW, Position("wait", NOW), status="exited",
        reason="exit_when: has ordered", trail=(Passed("hello", NOW, "decided"), Passed("wait", NOW, "waits")),
    )  # fmt: skip
    at.db.put(resources.ENROLMENTS, left.to_item())
    assert at.dispatch(row) == Status.SKIPPED
    assert at.row(row).reason == "journey_exited"


def test_a_journey_that_ends_by_leaving_sends_its_last_message() -> None:
    at, row = world()
    left = Enrolment(
        row.customer, "welcome", "e1", "o1", 1, {"id": "t"}, NOW, Position("bye", NOW), status="exited",
        reason="enough", trail=(Passed("hello", NOW, "decided"), Passed("bye", NOW, "enough")),
    )  # fmt: skip
    at.db.put(resources.ENROLMENTS, left.to_item())
    assert at.dispatch(row) == Status.SENT


def test_what_led_to_a_message_can_be_said_in_it() -> None:
    at, row = world()
    told = template(subject="You left {{ event.product }} behind, {{ stage }}")
    TemplateStore(at.db).put("hello", "Hello", told.body(), NOW, in_force=True)
    trigger = {"id": "t", "kind": "event", "properties": {"product": "a kettle"}}
    enrolment = Enrolment(row.customer, "welcome", "e1", "o1", 1, trigger, NOW, Position(None, NOW), status="done")
    at.db.put(resources.ENROLMENTS, enrolment.to_item())
    at.dispatch(row)
    assert at.mail.sent[0]["Content"]["Simple"]["Subject"]["Data"] == "You left a kettle behind, lead"


def test_outside_production_only_those_on_the_list_get_mail() -> None:
    at, row = world(policy=Policy(only_to=("*@shop.example",)))
    at.dispatch(row)
    assert at.row(row).reason == "not_allowed_recipient"


def test_a_turn_far_away_is_waited_for_in_the_ledger_and_taken_once() -> None:
    at, row = world()
    turns = [2.4]
    at.turn = lambda: turns.pop()
    assert at.dispatch(row) == Status.PLANNED
    assert (at.row(row).reason, at.row(row).due_at) == (PACED, NOW + timedelta(seconds=3))
    at.wait(timedelta(seconds=3))
    assert at.dispatch(row) == Status.SENT


def test_what_is_left_of_the_day_is_kept_for_others_and_asked_for_anew() -> None:
    at, row = world()
    kept = replace(at.dispatcher, spare=lambda channel: 900.0)
    assert dispatch.dispatch(row.customer, row.id, kept) == Status.PLANNED
    assert (at.row(row).reason, at.row(row).due_at, at.row(row).attempts) == (QUOTA, NOW + 15 * MINUTE, 0)
    at.wait(15 * MINUTE)
    assert dispatch.dispatch(row.customer, row.id, kept) == Status.PLANNED
    at.wait(15 * MINUTE)
    assert at.dispatch(row) == Status.SENT


def test_who_is_throttled_slows_the_container_down_and_the_row_waits() -> None:
    at, row = world()
    told: list[tuple[str, float]] = []
    throttled = replace(at.dispatcher, throttled=lambda channel, wait: told.append((channel, wait)))
    at.mail.next = [Transient("quota", timedelta(minutes=15)), None]
    assert dispatch.dispatch(row.customer, row.id, throttled) == Status.RETRY
    assert told == [("email", 900.0)]
    at.wait(20 * MINUTE)
    assert at.dispatch(row) == Status.SENT


def test_consent_withdrawn_between_reading_and_claiming_stops_the_mail() -> None:
    at, row = world()
    store = SendStore(at.db)
    claim, moved = store.claim, list[bool]()

    class Slow(SendStore):
        def claim(self, *arguments: Any) -> Claim:
            if not moved:
                at.says(consent=False)
                moved.append(True)
            return claim(*arguments)

    at.dispatcher = replace(at.dispatcher, sends=Slow(at.db))
    assert at.dispatch(row) == Status.SKIPPED
    assert (at.row(row).reason, at.mail.sent) == ("unsubscribed", [])
