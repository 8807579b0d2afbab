"""A change of stage is kept once: as history, as an event of the customer, and in the counts."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.aws.database import Database, TransactionConflict
from chalicelib.customers.stages import StageChange
from chalicelib.customers.state import State
from chalicelib.customers.store import CustomerStore
from chalicelib.errors import Transient
from chalicelib.resources import CUSTOMERS, EVENTS, WORK
from chalicelib.review.changes import KEPT_FOR, Move, Place, counted, moves
from chalicelib.review.changes.store import SHARDS, TOGETHER, ChangeStore
from chalicelib.review.effects import Change, of_changes
from chalicelib.tracking.event import OURS, Event, from_item, is_counted
from chalicelib.tracking.store import EventStore
from tests.fakes.database import MemoryDatabase

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
DAY = timedelta(days=1)
ANN, BOB = "u#ann", "a#bob"
REASON = {"rule": "buyer.cooling", "values": {"orders": 3, "worth": 12.5}, "thresholds": {"warm": 0.5}}


def moved(customer: str = ANN, v: int = 2, **given: Any) -> Move:
    said = {"stage_from": "repeat", "stage_to": "at_risk", "cause": "time", "at": NOW, "v": v, "since": NOW}
    return Move(customer, f"stage#{v}#0", StageChange(**cast(Any, {**said, "reason": REASON, **given})))


def first(customer: str = ANN) -> Move:
    return moved(customer, 1, stage_from=None, stage_to="new", cause="first")


@pytest.fixture
def store(database: Database) -> ChangeStore:
    for customer in (ANN, BOB):
        CustomerStore(database).save(State(customer, v=1, stage="new", stage_since=NOW))
    return ChangeStore(database, EventStore(database))


def events(store: ChangeStore) -> list[Event]:
    return sorted(map(from_item, store.db.scan(EVENTS).items), key=lambda event: (event.subject, event.key))


def counts(store: ChangeStore) -> Counter[Place]:
    return store.counts(date(2026, 11, 1), date(2026, 11, 30))


def test_a_change_is_an_event_of_the_customer(store: ChangeStore) -> None:
    assert store.keep([moved()], NOW + timedelta(seconds=2)) == []
    (event,) = events(store)
    assert (event.subject, event.name, event.type, event.source) == (ANN, "Stage Changed", "track", OURS)
    assert (event.message_id, event.at, event.timestamp) == ("stage#2#0", NOW, NOW)
    assert event.received_at == NOW + timedelta(seconds=2)
    assert event.properties == {
        "from": "repeat",
        "to": "at_risk",
        "cause": "time",
        "since": "2026-11-22T10:00:00.000Z",
        "reason": REASON,
    }
    assert not is_counted(event)


def test_and_an_entry_of_the_history_and_one_in_the_counts(store: ChangeStore) -> None:
    store.keep([moved(), moved(BOB, 5)], NOW)
    (entry,) = CustomerStore(store.db).history(ANN, limit=9)
    assert entry == moved().change
    assert counts(store) == {Place("2026-11-22", "time", "repeat", "at_risk"): 2}


def test_the_first_stage_of_all_is_history_and_nothing_else(store: ChangeStore) -> None:
    store.keep([first()], NOW)
    assert [entry.cause for entry in CustomerStore(store.db).history(ANN, limit=9)] == ["first"]
    assert (events(store), counts(store), store.db.scan(WORK).items) == ([], Counter(), [])


def test_first_stages_are_kept_once_and_not_of_whom_was_erased_meanwhile(store: ChangeStore) -> None:
    for _ in range(2):
        assert store.keep([first(), first("u#gone"), moved(BOB), first()], NOW) == []
    kept = [item["pk"] for item in store.db.scan(CUSTOMERS).items if item["sk"].startswith("stage#")]
    assert sorted(kept) == [BOB, ANN]


def test_a_first_stage_is_one_write_and_needs_no_transaction() -> None:
    class Plain(MemoryDatabase):
        def transact(self, writes: Any) -> None:
            assert len(writes) == 1, "a transaction costs twice"
            super().transact(writes)

    db = Plain()
    CustomerStore(db).save(State(ANN, v=1))
    before = len(db.changes)
    ChangeStore(db, EventStore(db)).keep([first()], NOW)
    assert [change.table for change in db.changes[before:]] == [CUSTOMERS]


def test_first_stages_that_cannot_be_written_are_brought_again() -> None:
    class Away(MemoryDatabase):
        def insert_all(self, table: str, items: Any) -> list[bool]:
            raise Transient("away")

    db = Away()
    assert ChangeStore(db, EventStore(db)).keep([first()], NOW) == [first()]


@pytest.mark.parametrize("times_over", [1, 2, 3])
def test_a_replay_changes_nothing(store: ChangeStore, times_over: int) -> None:
    every = [moved(), moved(BOB), moved(v=3, stage_from="at_risk", stage_to="repeat", cause="event")]
    for turn in range(times_over):
        assert store.keep(every[turn:], NOW + turn * DAY) == []
        assert store.keep([*every, *every], NOW + turn * DAY) == []
    assert len(events(store)) == 3
    assert counts(store) == {
        Place("2026-11-22", "time", "repeat", "at_risk"): 2,
        Place("2026-11-22", "event", "at_risk", "repeat"): 1,
    }


def test_of_somebody_who_was_erased_meanwhile_nothing_is_kept(store: ChangeStore) -> None:
    assert store.keep([moved("u#gone"), moved()], NOW) == []
    assert [event.subject for event in events(store)] == [ANN]
    assert sum(counts(store).values()) == 1


def test_a_batch_is_few_writes() -> None:
    db = MemoryDatabase()
    for n in range(25):
        CustomerStore(db).save(State(f"u#{n}", v=1))
    before = len(db.changes)
    ChangeStore(db, EventStore(db)).keep([moved(f"u#{n}") for n in range(25)], NOW)
    written = Counter(change.table for change in db.changes[before:])
    assert written == {CUSTOMERS: 25, EVENTS: 25, WORK: -(-25 // TOGETHER)}


def test_who_meets_another_writer_counts_under_another_shard() -> None:
    class Contended(MemoryDatabase):
        refused = 0

        def transact(self, writes: Any) -> None:
            held = {write.sk for write in writes if getattr(write, "table", "") == WORK}
            if held and self.refused < 3:
                self.refused += 1
                raise TransactionConflict(str(held))
            super().transact(writes)

    db = Contended()
    CustomerStore(db).save(State(ANN, v=1))
    store = ChangeStore(db, EventStore(db))
    assert store.keep([moved()], NOW) == []
    assert counts(store) == {Place("2026-11-22", "time", "repeat", "at_risk"): 1}
    assert 0 <= int(db.items(WORK)[0]["sk"].rpartition("#")[2]) < SHARDS


def test_what_could_not_be_kept_is_said_and_the_others_are_kept() -> None:
    class Broken(MemoryDatabase):
        def transact(self, writes: Any) -> None:
            if any(getattr(write, "item", {}).get("pk") == ANN for write in writes):
                raise TransactionConflict("busy")
            super().transact(writes)

    db = Broken()
    CustomerStore(db).save(State(BOB, v=1))
    store = ChangeStore(db, EventStore(db))
    assert store.keep([moved(), moved(BOB)], NOW) == [moved()]
    assert [event.subject for event in events(store)] == [BOB]


def test_days_before_counts_are_kept_are_not_counted_and_the_event_is_there(store: ChangeStore) -> None:
    old = NOW - KEPT_FOR - DAY
    store.keep([moved(at=old, since=old, cause="import")], NOW)
    assert store.counts(old.date(), NOW.date()) == Counter()
    assert len(events(store)) == 1


def test_counts_of_a_period_are_those_of_its_days_across_months_and_years(store: ChangeStore) -> None:
    at = [datetime(2026, 1, 1, tzinfo=UTC) + n * 7 * DAY for n in range(40)]
    for n, moment in enumerate(at):
        store.keep([moved(v=n + 2, at=moment, since=moment)], NOW)
    for first_day, last_day in ((date(2026, 1, 1), date(2026, 12, 31)), (date(2026, 2, 5), date(2026, 3, 5))):
        expected = sum(first_day <= moment.date() <= last_day for moment in at)
        assert sum(store.counts(first_day, last_day).values()) == expected
    assert sum(store.counts(date(2025, 12, 1), date(2026, 1, 1)).values()) == 1


def test_what_review_writes_into_the_outbox_is_read() -> None:
    changes = [
        Change(None, "new", "first", NOW, NOW, REASON),
        Change("new", "waiting", "event", NOW, NOW + DAY, REASON),
    ]
    state = replace(State(ANN), v=7, fx=tuple(of_changes(changes, 7)))
    assert [(one.customer, one.id, one.change.stage_from, one.change.v) for one in moves(state.to_item())] == [
        (ANN, "stage#7#0", None, 7),
        (ANN, "stage#7#1", "new", 7),
    ]
    assert moves(state.to_item())[1].change.since == NOW + DAY


STAGES = st.sampled_from(["new", "lead", "repeat"])


@given(st.lists(st.tuples(st.sampled_from([ANN, BOB]), st.integers(2, 9), STAGES, STAGES), max_size=30), st.randoms())
def test_counts_equal_the_events_whatever_comes_again(given: list[tuple[str, int, str, str]], dice: Any) -> None:
    db = MemoryDatabase()
    for customer in (ANN, BOB):
        CustomerStore(db).save(State(customer, v=1))
    store = ChangeStore(db, EventStore(db))
    once = {(who, v): moved(who, v, stage_from=a, stage_to=b) for who, v, a, b in given if a != b}
    every = [*once.values(), *once.values()]
    dice.shuffle(every)
    while every:
        size = dice.randint(1, 14)
        batch, every = every[:size], every[size:]
        assert store.keep(batch, NOW) == []
    told = Counter((event.properties["from"], event.properties["to"]) for event in events(store))
    assert told == Counter((one.change.stage_from, one.change.stage_to) for one in once.values())
    assert told == Counter({(p.stage_from, p.stage_to): n for p, n in counts(store).items()})
    assert counted(once.values(), NOW) == counts(store)
