"""Streams repeat, reorder, delay and split; workers die at any call and overlap at any call. The end is always the
same: facts equal to the fold of the stored events, every effect once, nothing altered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.aws.streams import Record
from chalicelib.errors import Transient
from chalicelib.tracking.event import Event
from tests.customers.events import DAY, event, histories, order, refund
from tests.review.faults import Crash, counting, crashing, failing, intruded
from tests.review.world import World

HOUR = timedelta(hours=1)


def received(each: Event, hours: float) -> Event:
    """The same event, received so many hours before DAY."""
    return each.model_copy(update={"received_at": max(each.at, DAY - timedelta(hours=hours))})


def resent(each: Event, minutes: int) -> Event:
    """The same event, sent again by a client that changes the timestamp."""
    later = each.timestamp + timedelta(minutes=minutes)
    return each.model_copy(update={"timestamp": later, "received_at": each.received_at + timedelta(minutes=1)})


def busy_day() -> list[Event]:
    """Two customers: identified, consenting, buying, refunded, suppressed; two events stored twice."""
    bought = order("1", DAY - 3 * HOUR, total="20")
    added = event("Product Added", DAY - 2 * HOUR)
    return [
        event("Identify", DAY - 5 * HOUR, traits={"email": "ann@shop.example", "name": "Ann"}),
        event("Subscribed", DAY - 5 * HOUR, properties={"channel": "email"}),
        bought,
        resent(bought, 7),
        added,
        resent(added, 3),
        refund("1", DAY - HOUR, total="5"),
        event("Email Bounced", DAY - HOUR, source="ses", properties={"bounce_type": "Permanent"}),
        event("Product Viewed", DAY - 4 * HOUR, user_id="bob"),
    ]


def in_batches(records: Sequence[Record], size: int) -> list[Sequence[Record]]:
    return [records[start : start + size] for start in range(0, len(records), size)]


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[list[Event], list[list[int]]]:
    """Events, some stored twice, and batches of places among their records: everything at least once."""
    plain = [received(each, draw(st.integers(0, 20))) for each in draw(histories(max_size=25))]
    plain = [each.model_copy(update={"anonymous_id": None, "user_id": "ann"}) for each in plain]
    twins = [resent(each, draw(st.integers(1, 90))) for each in plain if draw(st.integers(0, 4)) == 0]
    stored = draw(st.permutations([*plain, *twins]))
    places = list(range(len(stored)))
    batches = draw(st.lists(st.lists(st.sampled_from(places), max_size=8), max_size=8)) if places else []
    return stored, [*batches, *([place] for place in draw(st.permutations(places)))]


@given(deliveries())
@settings(max_examples=150, deadline=None)
def test_any_delivery_comes_to_the_fold(made: tuple[list[Event], list[list[int]]]) -> None:
    stored, batches = made
    world = World()
    records = world.store(stored)
    for batch in batches:
        world.project([records[place] for place in batch if place < len(records)])
    if stored:
        world.audit()


@given(deliveries())
@settings(max_examples=40, deadline=None)
def test_a_replay_of_everything_writes_nothing(made: tuple[list[Event], list[list[int]]]) -> None:
    world = World()
    records = world.store(made[0])
    world.project(records)
    before = len(world.db.changes)
    world.project(list(reversed(records)))
    assert len(world.db.changes) == before


def test_the_day_of_these_tests_exercises_what_matters() -> None:
    world = World()
    report = world.project(world.store(busy_day()))
    assert report == {"customers": 2, "records": 9, "folded": 7, "twins": 2, "effects": 5}
    world.audit("u#ann")
    world.audit("u#bob")


def calls_of_a_day(size: int) -> int:
    world = World()
    db, calls = counting(world.db)
    for batch in in_batches(world.store(busy_day()), size):
        world.project(batch, db)
    return calls()


@pytest.mark.parametrize("acknowledged", [False, True])
@pytest.mark.parametrize("size", [3, 9])
def test_a_crash_at_any_call_loses_nothing_and_repeats_nothing(size: int, acknowledged: bool) -> None:
    for at in range(calls_of_a_day(size)):
        world = World()
        batches = in_batches(world.store(busy_day()), size)
        db = crashing(world.db, at, acknowledged=acknowledged)
        died = False
        for batch in batches:
            try:
                world.project(batch, db)
            except Crash:
                died = True
                world.project(batch)  # Lambda brings the batch to another worker
        assert died
        world.audit("u#ann")
        world.audit("u#bob")


@pytest.mark.parametrize("done", [False, True])
def test_a_lost_answer_at_any_call_is_made_good_by_the_next_delivery(done: bool) -> None:
    for at in range(calls_of_a_day(9)):
        world = World()
        records = world.store(busy_day())
        with pytest.raises(Transient):
            world.project(records, failing(world.db, at, done=done))
        for record in records:  # bisected, this time
            world.project([record])
        world.audit("u#ann")
        world.audit("u#bob")


@pytest.mark.parametrize(
    ("mine", "others"),
    [
        ([0, 1, 2, 3, 4, 8], [5, 6, 7]),
        ([1, 2, 4, 6, 7, 8], [3, 5, 0]),
        ([0, 1, 2, 3, 4, 5, 6, 7, 8], [0, 1, 2, 3, 4, 5, 6, 7, 8]),
        ([0, 1, 2, 3, 4, 5, 6, 7, 8], [8, 3, 5]),  # one comes with a twin, the other with its twin alone
        ([2, 3, 4, 5, 8], [6, 0, 1, 7]),
    ],
)
def test_two_workers_at_one_customer_lose_nothing_of_each_other(mine: list[int], others: list[int]) -> None:
    """Whoever writes second must not write over the first. Nothing is delivered again afterwards."""
    for at in range(calls_of_a_day(9)):
        world = World()
        records = world.store(busy_day())
        came_in = list[int]()

        def meanwhile(world: World = world, records: list[Record] = records, came: list[int] = came_in) -> None:
            came.append(1)
            world.project([records[place] for place in others])

        world.project([records[place] for place in mine], intruded(world.db, at, before=meanwhile, after=lambda: None))
        if not came_in:  # the worker was done before the other came in
            assert at >= 4
            return
        world.audit("u#ann")
        if 8 in mine:
            world.audit("u#bob")


def test_a_rebuild_in_the_middle_of_a_batch_and_a_batch_in_the_middle_of_a_rebuild() -> None:
    for at in range(calls_of_a_day(9)):
        world = World()
        records = world.store(busy_day())
        world.project(records, intruded(world.db, at, before=world.rebuild, after=lambda: None))
        world.project(records)
        world.audit("u#ann")
    for at in range(40):
        world = World()
        records = world.store(busy_day())
        world.project(records[:3])
        db, calls = counting(world.db)
        inside = intruded(db, at, before=lambda w=world, r=records: w.project(r) and None, after=lambda: None)  # type: ignore[misc]
        world.rebuild(db=inside)
        world.project(records)
        world.audit("u#ann")
        if calls() <= at:
            break


def test_a_rebuild_that_dies_at_any_call() -> None:
    for acknowledged in (False, True):
        for at in range(40):
            world = World()
            records = world.store(busy_day())
            world.project(records[:4])
            try:
                world.rebuild(db=crashing(world.db, at, acknowledged=acknowledged))
            except Crash:
                world.project(records)
                world.audit("u#ann")
            else:
                break
        else:
            pytest.fail("the rebuild never came to its end")
