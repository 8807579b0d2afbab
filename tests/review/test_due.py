"""The tick sends what falls due to its worker at its moment; the worker judges, sets the next date, stops in time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from chalicelib import resources, times
from chalicelib.aws.database import Database
from chalicelib.customers.shards import due_shard
from chalicelib.customers.state import State
from chalicelib.customers.store import CustomerStore
from chalicelib.resources import BULK, CUSTOMERS, ENROLMENTS, JOURNEYS, RECOMPUTE, SENDS, TRANSACTIONAL, WALKS
from chalicelib.review.due import AHEAD, ASIDE, Reviewer, delay, tick
from chalicelib.review.store import DueIndex, EventLog
from tests.customers.events import event, order
from tests.fakes.queues import MemoryQueues, Sent
from tests.review.faults import Crash, counting, crashing, intruded
from tests.review.world import NOW, RULES, World

SECOND = timedelta(seconds=1)


def waiting(table: str, shard: str, due_at: datetime, name: str = "x") -> dict[str, Any]:
    return {"pk": name, "sk": f"{table}-{shard}", "due_shard": shard, "due_at": times.text(due_at)}


def test_the_tick_sends_each_shard_to_its_worker_at_its_moment(database: Database) -> None:
    for table, shard, seconds in [
        (CUSTOMERS, "07", 30.2),
        (CUSTOMERS, "07", 60),
        (CUSTOMERS, "08", 76),
        (ENROLMENTS, "00", -500),
        (SENDS, "63", 75),
        (SENDS, "b15", 0),
    ]:
        database.put(table, waiting(table, shard, NOW + seconds * SECOND, f"{seconds}"))
    queues = MemoryQueues()
    assert tick(DueIndex(database), queues, NOW, workers=1) == {CUSTOMERS: 1, ENROLMENTS: 1, SENDS: 2}
    until = times.text(NOW + AHEAD)
    assert sorted(queues.sent, key=lambda sent: sent.queue) == [
        Sent(BULK, {"shard": "b15", "until": until}, 0),
        Sent(JOURNEYS, {"shard": "63", "until": until}, 75),
        Sent(RECOMPUTE, {"shard": "07", "until": until}, 31),
        Sent(TRANSACTIONAL, {"shard": "63", "until": until}, 75),
        Sent(WALKS, {"shard": "00", "until": until}, 0),
    ]


def test_an_idle_deployment_sends_nothing() -> None:
    world = World()
    db, calls = counting(world.db)
    assert tick(DueIndex(db), world.queues, NOW) == {}
    assert (world.queues.sent, calls()) == ([], 3 * resources.DUE_SHARDS + resources.BULK_SHARDS)


def test_a_queue_holds_nothing_back_for_more_than_a_quarter_of_an_hour() -> None:
    assert delay(NOW, NOW + timedelta(days=1)) == 900
    assert delay(NOW, NOW - timedelta(days=1)) == 0


def buyer(world: World, customer: str, days_ago: float, seconds: float = 0) -> None:
    """Somebody whose only order was so long ago; at 60 days Occasional becomes Waiting."""
    at = world.now - timedelta(days=days_ago) + timedelta(seconds=seconds)
    world.project(world.store([order("1", at, user_id=customer).model_copy(update={"received_at": at})]))


def at_day(world: World, days: float) -> None:
    world.now = NOW + timedelta(days=days)


def test_at_its_moment_a_customer_is_judged_and_the_next_date_set() -> None:
    world = World()
    buyer(world, "ann", 0)
    at_day(world, 60)
    shard = due_shard("u#ann")
    assert world.review(shard) == {"due": 1, "judged": 1, "effects": 1}
    state = world.state()
    assert (state.stage, state.cause, state.stage_since) == ("waiting", "time", world.now)
    assert state.due_at == state.next_at == NOW + timedelta(days=180)
    assert world.review(shard) == {}, "a message that comes twice finds nothing due"
    world.audit()


def test_a_second_before_its_moment_nobody_is_touched() -> None:
    world = World()
    buyer(world, "ann", 0)
    at_day(world, 60)
    world.now -= SECOND
    before = len(world.db.changes)
    assert world.review(due_shard("u#ann"), world.now + AHEAD) == {}
    assert len(world.db.changes) == before
    (sent,) = world.queues.sent
    assert (sent.queue, sent.delay) == (RECOMPUTE, 1), "what falls due before the tick looks again"


def test_a_review_that_events_made_needless_changes_nothing_but_the_date() -> None:
    world = World()
    buyer(world, "ann", 0)
    at_day(world, 50)
    world.project(world.store([order("2", world.now).model_copy(update={"received_at": world.now})]))
    assert world.state().due_at == NOW + timedelta(days=60), "events leave the date early: moving it costs writes"
    at_day(world, 60)
    assert world.review(due_shard("u#ann"))["effects"] == 0
    assert world.state().due_at == world.state().next_at


def shard_mates(count: int) -> list[str]:
    """User ids whose customers share a shard of the index."""
    shard = due_shard("u#0")
    return [str(n) for n in range(100 * count) if due_shard(f"u#{n}") == shard][:count]


def reviewer(world: World, clock: Callable[[], datetime], db: Database | None = None) -> Reviewer:
    db = db or world.db
    return Reviewer(CustomerStore(db), EventLog(db), DueIndex(db), world.queues, lambda: RULES, clock)


def test_what_does_not_fit_into_its_time_gets_a_message_of_its_own() -> None:
    world = World()
    mates = shard_mates(60)
    for mate in mates:
        buyer(world, mate, 0)
    at_day(world, 61)
    ticking = [world.now + n * SECOND for n in range(200)]
    body = {"shard": due_shard("u#0"), "until": times.text(world.now)}
    report = reviewer(world, lambda: ticking.pop(0)).review(body)
    assert report["judged"] == 3
    assert world.queues.take(RECOMPUTE) == [body]
    while True:
        world.review(body["shard"], world.now)
        if not world.queues.take(RECOMPUTE):
            break
    assert {world.state(f"u#{mate}").stage for mate in mates} == {"waiting"}


@pytest.mark.parametrize("acknowledged", [False, True])
def test_a_worker_that_dies_at_any_call_leaves_the_rest_due(acknowledged: bool) -> None:
    for at in range(20):
        world = World()
        mates = shard_mates(3)
        for mate in mates:
            buyer(world, mate, 0)
        at_day(world, 61)
        body = {"shard": due_shard("u#0"), "until": times.text(world.now)}
        try:
            reviewer(world, lambda w=world: w.now, crashing(world.db, at, acknowledged=acknowledged)).review(body)  # type: ignore[misc]
        except Crash:
            assert tick(DueIndex(world.db), world.queues, world.now, workers=1) in ({CUSTOMERS: 1}, {})
            world.review(body["shard"])
            for mate in mates:
                world.audit(f"u#{mate}")
        else:
            return
    pytest.fail("the review never came to its end")


def test_two_workers_on_one_shard_say_each_change_once() -> None:
    for at in range(12):
        world = World()
        mates = shard_mates(3)
        for mate in mates:
            buyer(world, mate, 0)
        at_day(world, 61)
        body = {"shard": due_shard("u#0"), "until": times.text(world.now)}
        db = intruded(world.db, at, before=lambda w=world, b=body: w.review(b["shard"]) and None, after=lambda: None)  # type: ignore[misc]
        reviewer(world, lambda w=world: w.now, db).review(body)  # type: ignore[misc]
        for mate in mates:
            world.audit(f"u#{mate}")
            assert world.state(f"u#{mate}").v == 2


def test_a_review_and_a_projector_at_one_customer() -> None:
    for at in range(6):
        world = World()
        buyer(world, "ann", 0)
        at_day(world, 61)
        records = world.store([event("Product Added", world.now, received_at=world.now)])
        db = intruded(world.db, at, before=lambda w=world, r=records: w.project(r) and None, after=lambda: None)  # type: ignore[misc]
        body = {"shard": due_shard("u#ann"), "until": times.text(world.now)}
        reviewer(world, lambda w=world: w.now, db).review(body)  # type: ignore[misc]
        world.project(records)
        world.audit()
        assert [said["cause"] for said in world.effects().values() if said["kind"] == "stage"] == ["first", "time"]


def test_a_stale_entry_of_the_index_is_passed_over() -> None:
    world = World()
    store = CustomerStore(world.db)
    state = State("u#ann", v=1, stage="lead", stage_since=NOW, due_at=NOW)
    store.save(state)

    class Lagging:
        def __getattr__(self, name: str) -> Any:
            return getattr(world.db, name)

        def query_index(self, *args: Any, **given: Any) -> Any:
            page = world.db.query_index(*args, **given)
            store.save(replace(state, v=2, due_at=NOW + ASIDE)) if world.state().v == 1 else None
            return page

    body = {"shard": due_shard("u#ann"), "until": times.text(NOW)}
    report = reviewer(world, lambda: NOW, Lagging()).review(body)
    assert report == {"due": 1}
    assert world.state().v == 2


@pytest.mark.parametrize("body", [{}, {"shard": "07"}, {"shard": "07", "until": "soon"}])
def test_a_body_that_is_none_is_an_error_of_its_own(body: dict[str, str]) -> None:
    with pytest.raises((KeyError, ValueError)):
        reviewer(World(), lambda: NOW).review(body)
