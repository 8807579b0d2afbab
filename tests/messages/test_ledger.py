"""The table of transitions is the specification: every pair of states is either reachable as written or refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import get_args

import pytest

from chalicelib.journeys.send import MessageClass, Send, Status
from chalicelib.messages import ledger
from tests.messages.samples import DAY, MINUTE, NOW, receipt, send

EVENTS: dict[str, Callable[[Send], Send]] = {
    "claim": lambda row: ledger.claim(row, "me", NOW),
    "accepted": lambda row: ledger.accepted(row, "ses-1"),
    "again": lambda row: ledger.again(row, "throttled", NOW),
    "hold": lambda row: ledger.hold(row, "sandbox", NOW),
    "refuse": lambda row: ledger.refuse(row, "rejected"),
    "unanswered": ledger.unanswered,
    "settle": lambda row: ledger.settle(row, NOW),
    "skip": lambda row: ledger.skip(row, "no_consent"),
    "postpone": lambda row: ledger.postpone(row, "capped", NOW + DAY),
    "evidence": lambda row: ledger.evidence(row, "delivered_at", NOW, "ses-1"),
    "rejected": lambda row: ledger.evidence(row, ledger.REJECTED, NOW, "ses-1"),
}
EVIDENCE = {"evidence": "sent", "rejected": "failed"}
WAITING = {"claim": "claimed", "skip": "skipped", "postpone": "planned", **EVIDENCE}
AFTER: dict[str, dict[str, str]] = {
    "planned": WAITING,
    "retry": WAITING,
    "held": WAITING,
    "claimed": {
        "accepted": "sent",
        "again": "retry",
        "hold": "held",
        "refuse": "failed",
        "unanswered": "unknown",
        "settle": "sent",
        **EVIDENCE,
    },
    "unknown": {"settle": "sent", **EVIDENCE},
    "sent": EVIDENCE,
    "skipped": EVIDENCE,
    "failed": EVIDENCE,
}


@pytest.mark.parametrize("status", list(Status))
@pytest.mark.parametrize("event", list(EVENTS))
def test_every_event_leads_where_the_table_says_or_is_refused(status: Status, event: str) -> None:
    row = send(status=status, owner="me", claimed_at=NOW, attempts=1)
    expected = AFTER[status].get(event)
    if expected is None:
        with pytest.raises(ledger.NotAllowed):
            EVENTS[event](row)
    else:
        after = EVENTS[event](row)
        assert (str(after.status), after.v) == (expected, row.v + 1)


@pytest.mark.parametrize("message_class", get_args(MessageClass))
@pytest.mark.parametrize("event", list(EVENTS))
def test_a_row_is_in_the_due_index_exactly_while_it_waits(event: str, message_class: MessageClass) -> None:
    for status in Status:
        row = send(status=status, message_class=message_class, claimed_at=NOW, attempts=1)
        try:
            after = EVENTS[event](row)
        except ledger.NotAllowed:
            continue
        assert (after.due_at is None) == (after.status in ledger.FINAL)
        assert Send.from_item(after.to_item()) == after


def test_a_claim_is_found_again_when_it_can_be_settled_and_not_before() -> None:
    claimed = ledger.claim(send(), "me", NOW)
    assert (claimed.owner, claimed.attempts) == ("me", 1)
    assert not ledger.ready(claimed, NOW + ledger.SETTLE - MINUTE)
    assert ledger.ready(claimed, NOW + ledger.SETTLE)
    assert ledger.unanswered(claimed).due_at == claimed.due_at


def test_a_new_row_is_ready_at_once_a_postponed_one_when_it_is_due() -> None:
    assert ledger.ready(send(), NOW)
    postponed = ledger.postpone(send(), "capped", NOW + DAY)
    assert not ledger.ready(postponed, NOW)
    assert ledger.ready(postponed, NOW + DAY)
    assert not ledger.ready(ledger.skip(send(), "no_consent"), NOW + DAY)


def test_an_unanswered_receipt_is_sent_again_once() -> None:
    now = NOW + ledger.SETTLE
    unknown = ledger.unanswered(ledger.claim(receipt(), "me", NOW))
    second = ledger.settle(unknown, now)
    assert (second.status, second.due_at, second.outcomes) == (Status.RETRY, now, {ledger.RESENT: now})
    settled = ledger.settle(ledger.unanswered(ledger.claim(second, "me", now)), now + ledger.SETTLE)
    assert (settled.status, settled.reason) == (Status.SENT, ledger.ASSUMED)


def test_an_unanswered_receipt_that_is_no_longer_worth_sending_is_assumed_sent() -> None:
    unknown = ledger.unanswered(ledger.claim(receipt(deadline=NOW + 10 * MINUTE), "me", NOW))
    settled = ledger.settle(unknown, NOW + ledger.SETTLE)
    assert (settled.status, settled.reason) == (Status.SENT, ledger.ASSUMED)


def test_unanswered_marketing_is_assumed_sent() -> None:
    settled = ledger.settle(ledger.claim(send(), "me", NOW), NOW + ledger.SETTLE)
    assert (settled.status, settled.reason, settled.due_at) == (Status.SENT, ledger.ASSUMED, None)


def test_evidence_turns_an_assumption_into_knowledge() -> None:
    assumed = ledger.settle(ledger.claim(send(), "me", NOW), NOW + ledger.SETTLE)
    known = ledger.evidence(assumed, "delivered_at", NOW, "ses-1")
    assert (known.status, known.reason, known.provider_id) == (Status.SENT, None, "ses-1")


def test_evidence_saves_the_second_receipt() -> None:
    unknown = ledger.unanswered(ledger.claim(receipt(), "me", NOW))
    retry = ledger.settle(unknown, NOW + ledger.SETTLE)
    assert ledger.evidence(retry, "delivered_at", NOW, "ses-1").status is Status.SENT


def test_evidence_that_says_nothing_new_changes_nothing() -> None:
    sent = ledger.evidence(ledger.accepted(ledger.claim(send(), "me", NOW), "ses-1"), "opened_at", NOW, "ses-1")
    assert ledger.evidence(sent, "opened_at", NOW, "ses-1") is sent
    assert ledger.evidence(sent, "opened_at", NOW + MINUTE, "ses-1") is sent
    assert ledger.evidence(sent, "opened_at", NOW - MINUTE, "ses-1").outcomes["opened_at"] == NOW - MINUTE


@pytest.mark.parametrize("first", ["delivered_at", ledger.REJECTED])
def test_a_rejection_stands_in_whatever_order_the_events_come(first: str) -> None:
    sent = ledger.accepted(ledger.claim(send(), "me", NOW), "ses-1")
    for outcome in (first, "delivered_at", ledger.REJECTED, "delivered_at"):
        sent = ledger.evidence(sent, outcome, NOW, "ses-1")
    assert (sent.status, sent.reason) == (Status.FAILED, "rejected_by_provider")


def test_backing_off_grows_is_spread_and_repeats() -> None:
    waits = [ledger.backoff(send(attempts=attempt)) for attempt in range(1, 30)]
    assert waits == [ledger.backoff(send(attempts=attempt)) for attempt in range(1, 30)]
    assert all(ledger.FIRST_WAIT / 2 <= wait <= ledger.LONGEST_WAIT * 1.5 for wait in waits)
    assert waits[-1] > 10 * waits[0]
    others = {ledger.backoff(send(id=f"s{number}", attempts=3)) for number in range(50)}
    assert len(others) > 45


def test_a_provider_may_ask_for_a_longer_wait() -> None:
    claimed = ledger.claim(send(), "me", NOW)
    assert ledger.again(claimed, "quota", NOW, timedelta(hours=2)).due_at == NOW + timedelta(hours=2)
    due = ledger.again(claimed, "throttled", NOW).due_at
    assert due == NOW + ledger.backoff(claimed)


@pytest.mark.parametrize(
    ("minutes_left", "asked_to_wait", "again_in"),
    [
        (10, None, 5),  # backing off would be longer: half-way to the deadline
        (10, 4, 5),
        (10, 5.5, 10),  # half-way is of no use: at the deadline it is told as too late
        (10, 15, 10),
        (0.25, None, 0.25),
        (-1, None, 0),
    ],
)
def test_what_is_soon_not_worth_sending_is_tried_before_that(
    minutes_left: float, asked_to_wait: float | None, again_in: float
) -> None:
    claimed = ledger.claim(send(attempts=20, deadline=NOW + minutes_left * MINUTE), "me", NOW)
    assert ledger.backoff(claimed) > 10 * MINUTE
    wait = None if asked_to_wait is None else asked_to_wait * MINUTE
    assert ledger.again(claimed, "throttled", NOW, wait).due_at == NOW + again_in * MINUTE


def test_trying_again_comes_to_an_end_at_the_deadline_and_never_behind_it() -> None:
    deadline = NOW + timedelta(hours=3)
    for move in (ledger.again, ledger.hold):
        row, now, tries = send(deadline=deadline), NOW, 0
        while now < deadline:
            row = move(ledger.claim(row, "me", now), "throttled", now)
            assert row.due_at is not None
            assert now < row.due_at <= deadline
            now, tries = row.due_at, tries + 1
        assert 4 < tries < 40


def test_what_holds_a_message_comes_with_advice() -> None:
    held = ledger.hold(ledger.claim(send(), "me", NOW), "sandbox", NOW)
    assert (held.status, held.due_at) == (Status.HELD, NOW + ledger.HOLD)
    assert "production access" in ledger.ADVICE[held.reason or ""]


def test_no_state_that_waits_is_a_dead_end() -> None:
    for status in set(Status) - ledger.FINAL:
        assert any(status in ledger.ALLOWED[event] for event in ("skip", "settle", "accepted"))
