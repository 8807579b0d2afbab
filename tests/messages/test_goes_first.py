"""Who goes first under a cap, what was said already, whose wish it is: as senders ask it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from benchmarks import units
from benchmarks.fivemails import Metered
from chalicelib import resources
from chalicelib.aws.values import encode_item
from chalicelib.journeys.send import Send, Status, send_id
from chalicelib.journeys.store import TemplateStore
from chalicelib.messages import ledger, rivals
from chalicelib.messages.permission import Permit, Policy, Sent, Waiting, counted
from tests.messages.samples import DAY, MINUTE, NOW, TEXT, receipt, send, template
from tests.messages.world import World

PRIORITIES = {"welcome": 40, "cart": 80, "win_back": 40}
CART = send(id="20261122T0900-cart", journey="cart", enrolment="cart#e2")


def ordered(**changes: Any) -> World:
    at = World(**changes)
    at.customer()
    at.with_(priorities=lambda: PRIORITIES)
    return at


def test_the_message_of_higher_priority_takes_the_room() -> None:
    at = ordered()
    low, high = at.plan(send()), at.plan(CART)
    assert at.dispatch(low) == Status.PLANNED
    assert (at.row(low).reason, at.row(low).due_at) == ("outranked", NOW + 4 * MINUTE)
    assert at.dispatch(high) == Status.SENT
    at.wait(4 * MINUTE)
    assert at.dispatch(low) == Status.PLANNED
    assert (at.row(low).reason, at.row(low).due_at) == ("capped", NOW + DAY), "a day after the other has left"


def test_the_one_of_lower_priority_leaves_if_the_other_does_not() -> None:
    at = ordered()
    low, high = at.plan(send()), at.plan(CART)
    at.dispatch(low)
    assert at.dispatcher.sends.save(high, ledger.skip(high, "journey_exited"))
    at.wait(4 * MINUTE)
    assert at.dispatch(low) == Status.SENT


def test_among_equals_whoever_asks_first_goes_first() -> None:
    at = ordered()
    one, other = at.plan(send()), at.plan(send(id="20261122T0900-back", journey="win_back"))
    assert at.dispatch(one) == Status.SENT
    assert at.dispatch(other) == Status.PLANNED
    assert at.row(other).reason == "capped"


WAITING: list[tuple[str, Send, bool]] = [
    ("planned a moment ago", CART, True),
    ("capped until tomorrow", ledger.postpone(CART, "capped", NOW + DAY), True),
    ("quiet until the morning", ledger.postpone(CART, "quiet_hours", NOW + DAY), True),
    ("refused for now", ledger.again(ledger.claim(CART, "me", NOW), "throttled", NOW), True),
    ("waits for a ticket", ledger.postpone(CART, "open_ticket", NOW + DAY), False),
    ("waits for its budget", ledger.postpone(CART, "budget_reached", NOW + DAY), False),
    ("waits for SES", ledger.hold(ledger.claim(CART, "me", NOW), "sandbox", NOW), False),
    ("left", ledger.accepted(ledger.claim(CART, "me", NOW), "ses"), False),
    ("will not leave", ledger.skip(CART, "no_consent"), False),
    ("too late", send(id="x", journey="cart", deadline=NOW), False),
    ("of no higher priority", send(id="x", journey="win_back"), False),
    ("of a journey that is not live", send(id="x", journey="gone"), True),
    ("the message itself", send(journey="cart"), False),
]


@pytest.mark.parametrize(("other", "goes_first"), [one[1:] for one in WAITING], ids=[one[0] for one in WAITING])
def test_which_messages_go_first(other: Send, goes_first: bool) -> None:
    found = rivals.first(send(), [other], PRIORITIES, NOW)
    expected = (Waiting("email", other.due_at, other.deadline, "marketing"),) if goes_first and other.due_at else ()
    assert found == expected


def test_by_which_channel_it_will_come_may_not_be_known_yet() -> None:
    (preferred,) = rivals.first(send(), [send(id="x", journey="cart", channel="preferred")], PRIORITIES, NOW)
    call = send(id="x", journey="cart", channel="task", content={"by": "phone"})
    (task,) = rivals.first(send(), [call], PRIORITIES, NOW)
    assert (preferred.channel, task.channel) == (None, "phone")


def test_nobody_looks_where_no_journey_goes_before() -> None:
    reads: list[str] = []

    class Told(type(World().db)):  # type: ignore[misc]
        def query(self, table: str, *args: Any, **kwargs: Any) -> Any:
            reads.append(table)
            return super().query(table, *args, **kwargs)

    at = ordered(db=Told())
    at.dispatch(at.plan(CART))
    assert resources.SENDS not in reads
    at.dispatch(at.plan(send()))
    assert reads.count(resources.SENDS) == 1


# what was said

ONCE = Policy(caps=())


def test_the_same_words_are_not_said_twice() -> None:
    at = World(policy=ONCE)
    at.customer()
    first, second = at.plan(send()), at.plan(send(id="20261122T0901-second", journey="news"))
    assert at.dispatch(first) == Status.SENT
    assert at.dispatch(second) == Status.SKIPPED
    assert at.row(second).reason == "duplicate"


def test_other_words_of_the_same_template_are() -> None:
    at = World(policy=ONCE)
    at.customer()
    assert at.dispatch(at.plan(send())) == Status.SENT
    other = template(subject="Hello again")
    TemplateStore(at.db).put("hello", "Hello", other.body(), NOW, in_force=True)
    at.wait(MINUTE)
    assert at.dispatch(at.plan(send(id="20261122T0901-second"))) == Status.SENT


def test_nor_is_the_same_said_by_another_template() -> None:
    at = World(policy=ONCE)
    at.customer()
    copy = template(name="copy", subject="Hello", text=TEXT)
    TemplateStore(at.db).put("copy", "Copy", copy.body(), NOW, in_force=True)
    assert at.dispatch(at.plan(send())) == Status.SENT
    second = at.plan(send(id="20261122T0901-second", template="copy"))
    assert (at.dispatch(second), at.row(second).reason) == (Status.SKIPPED, "duplicate")


def test_it_may_be_said_again_after_a_week_and_receipts_at_any_time() -> None:
    at = World(policy=ONCE)
    at.customer()
    at.dispatch(at.plan(send()))
    for number in range(2):
        assert at.dispatch(at.plan(receipt(id=f"20261122T0901-receipt-{number}"))) == Status.SENT
    at.wait(7 * DAY)
    assert (
        at.dispatch(at.plan(send(id="20261129T0900-second", planned_at=at.now, deadline=at.now + DAY))) == Status.SENT
    )


def test_a_message_whose_call_failed_is_not_its_own_duplicate() -> None:
    from chalicelib.errors import Transient

    at = World(policy=ONCE)
    at.customer()
    row = at.plan(send())
    at.mail.next = [Transient("throttled")]
    assert at.dispatch(row) == Status.RETRY
    at.wait(timedelta(hours=1))
    assert at.dispatch(row) == Status.SENT


# the person's own wish


def test_whoever_asks_for_one_a_month_gets_one_a_month() -> None:
    at = World(policy=Policy(caps=(), repeat_after=None))
    at.customer(message_frequency="monthly")
    assert at.dispatch(at.plan(send())) == Status.SENT
    at.wait(20 * DAY)
    second = at.plan(send(id="20261212T0900-second", planned_at=at.now, deadline=at.now + 30 * DAY))
    assert at.dispatch(second) == Status.PLANNED
    assert (at.row(second).reason, at.row(second).due_at) == ("own_frequency", NOW + 30 * DAY)
    assert at.dispatch(at.plan(receipt(id="20261212T0900-slip", deadline=at.now + DAY))) == Status.SENT
    at.wait(10 * DAY)
    assert at.dispatch(second) == Status.SENT


# what it costs


def test_the_permit_of_a_full_window_is_one_unit() -> None:
    """A kilobyte is a write unit, and the permit is written with every message that counts."""
    policy, permit = Policy(), Permit()
    for number in range(12):
        at = NOW + number * DAY / 2
        row = send(id=send_id(at, f"o{number}", "step", 0))
        permit = Permit(1, counted(permit, row, Sent(at, "email", words="0123456789ab"), policy))
    assert len(permit.sent) == 12
    texts = {key: sent.to_text() for key, sent in permit.sent.items()}
    item = {"pk": "u#" + "c" * 64, "sk": "!permit", "version": 1_000, "schema_v": 1, "sent": texts}
    assert units.size(encode_item(item)) < 1_000


@pytest.mark.parametrize(("priorities", "reads"), [({}, 2.0), (PRIORITIES, 4.0)])
def test_a_message_costs_no_more_units_than_before_there_was_an_order(priorities: dict[str, int], reads: float) -> None:
    """Two units for the permit, in the transaction that claims; where another journey goes first, one read beside."""
    tables = Metered()
    at = World(db=tables)
    at.customer()
    at.with_(priorities=lambda: priorities)
    row = at.plan(send())
    tables.on = True
    assert at.dispatch(row) == Status.SENT
    assert tables.writes[resources.CUSTOMERS] == 2.0
    assert tables.reads[resources.SENDS] == reads, "in halves"
