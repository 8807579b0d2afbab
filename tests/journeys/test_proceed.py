"""Onwards when a wait is over: walked once, whoever else walks, and never lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib import resources, times
from chalicelib.aws.database import Database
from chalicelib.customers.store import CustomerStore
from chalicelib.journeys.proceed import proceed, proceed_one
from tests.fakes.database import MemoryDatabase
from tests.fakes.queues import MemoryQueues
from tests.journeys.definitions import branch, journey, leave, send, wait
from tests.journeys.world import WHO, World
from tests.segments.people import DAY, NOW

PLAN = journey(
    send("hello"),
    wait("pause", "P3D"),
    branch("hero", ({"stage": ["hero"]}, [leave("is-hero")]), otherwise=[send("nudge")]),
    wait("week", "P7D"),
    send("last"),
)
KEY = "trial#once"


@pytest.fixture
def world() -> World:
    made = World(MemoryDatabase())
    made.customer()
    made.publish(PLAN)
    made.identified()
    return made


def test_a_journey_is_walked_to_its_end(database: Database) -> None:
    world = World(database)
    world.customer()
    world.publish(PLAN)
    world.identified()
    assert world.walk(NOW + 2 * DAY) == []
    assert world.walk(NOW + 3 * DAY) == ["walked"]
    assert world.walk(NOW + 3 * DAY) == []
    assert world.walk(NOW + 10 * DAY) == ["ended"]
    assert world.steps() == ["hello", "nudge", "last"]
    enrolled = world.engine.enrolments.get(WHO, KEY)
    assert enrolled is not None
    assert (enrolled.status, enrolled.reason, enrolled.due_at) == ("done", "completed", None)
    assert [passed.step for passed in enrolled.trail] == [
        "hello",
        "pause",
        "pause",
        "hero",
        "nudge",
        "week",
        "week",
        "last",
    ]
    assert isinstance(world.queues, MemoryQueues)
    assert [body["send"] for body in world.queues.take(resources.JOURNEYS)] == [row.id for row in world.sends()]


def test_what_happened_meanwhile_decides(world: World) -> None:
    world.customer(stage="hero")
    assert world.walk(NOW + 3 * DAY) == ["ended"]
    enrolled = world.engine.enrolments.get(WHO, KEY)
    assert enrolled is not None
    assert (enrolled.status, enrolled.reason, world.steps()) == ("exited", "exit", ["hello"])


def test_those_inside_stay_with_their_version(world: World) -> None:
    world.publish(journey(send("other"), wait("pause", "P3D"), send("new-nudge")))
    world.walk(NOW + 3 * DAY)
    assert world.steps() == ["hello", "nudge"]


def test_two_workers_on_one_enrolment_decide_once(world: World) -> None:
    rival = World(world.db)
    world.now = rival.now = NOW + 3 * DAY
    standing = world.engine.enrolments.get(WHO, KEY)
    assert proceed_one(WHO, KEY, rival.engine) == "walked"
    world.engine.enrolments.get = lambda customer, key: standing  # type: ignore[method-assign]  # read before the rival wrote
    assert proceed_one(WHO, KEY, world.engine) == "lost"
    assert world.steps() == ["hello", "nudge"]
    assert isinstance(world.queues, MemoryQueues)
    assert len(world.queues.take(resources.JOURNEYS)) == 1, "the loser announces nothing"


def test_one_enrolment_can_be_asked_for_and_is_walked_only_when_due(world: World) -> None:
    body = {"customer": WHO, "enrolment": KEY}
    assert proceed(body, world.engine) == ["not_due"]
    world.now = NOW + 3 * DAY
    assert proceed(body, world.engine) == ["walked"]
    world.now = NOW + 10 * DAY
    assert proceed(body, world.engine) == ["ended"]
    assert proceed(body, world.engine) == ["over"]
    assert proceed({"customer": WHO, "enrolment": "trial#other"}, world.engine) == ["missing"]


def test_what_is_due_a_little_later_gets_a_message_for_its_moment(world: World) -> None:
    assert isinstance(world.queues, MemoryQueues)
    shard = world.engine.enrolments.get(WHO, KEY).to_item()["due_shard"]  # type: ignore[union-attr]
    until = times.text(NOW + 3 * DAY + timedelta(seconds=10))
    world.now = NOW + 3 * DAY - timedelta(seconds=50, milliseconds=1)
    assert proceed({"shard": shard, "until": until}, world.engine) == []
    (message,) = [sent for sent in world.queues.sent if sent.queue == resources.WALKS]
    assert (message.body, message.delay) == ({"shard": shard, "until": until}, 51)
    world.now = NOW + 3 * DAY
    assert proceed(message.body, world.engine) == ["walked"]


def test_a_long_page_stops_in_time_and_goes_on_in_another_message(world: World) -> None:
    assert isinstance(world.queues, MemoryQueues)
    world.publish(journey(send("b"), wait("pause", "P3D"), name="second"))
    world.now += timedelta(seconds=30)
    world.identified()
    hours = iter(range(100))
    slow = World(world.db, world.queues)
    slow.engine = replace(slow.engine, clock=lambda: NOW + 4 * DAY + timedelta(seconds=8 * next(hours)))
    shard = world.engine.enrolments.get(WHO, KEY).to_item()["due_shard"]  # type: ignore[union-attr]
    body = {"shard": shard, "until": times.text(NOW + 9 * DAY)}
    assert proceed(body, slow.engine) == ["walked"]
    assert [(sent.body, sent.delay) for sent in world.queues.sent if sent.queue == resources.WALKS] == [(body, 0)]


def test_a_paused_journey_holds_those_inside_and_a_resumed_one_goes_on(world: World) -> None:
    world.pause("trial")
    world.now += timedelta(minutes=1)
    assert world.walk(NOW + 3 * DAY) == ["paused"]
    assert world.walk(NOW + 3 * DAY + timedelta(minutes=59)) == []
    world.publish(PLAN)
    assert world.walk(NOW + 3 * DAY + timedelta(hours=1)) == ["walked"]
    assert world.steps() == ["hello", "nudge"]


def test_whoever_is_gone_leaves(world: World) -> None:
    world.db.delete(resources.CUSTOMERS, WHO, "state")
    assert CustomerStore(world.db).load(WHO).v == 0
    assert world.walk(NOW + 3 * DAY) == ["ended"]
    assert world.engine.enrolments.get(WHO, KEY).reason == "the customer is gone"  # type: ignore[union-attr]


def test_a_version_that_is_missing_is_looked_for_again(world: World) -> None:
    world.db.delete(resources.CATALOG, "journey", "version#trial#000001")
    later = World(world.db)
    assert later.walk(NOW + 3 * DAY) == ["missing"]
    enrolled = later.engine.enrolments.get(WHO, KEY)
    assert enrolled is not None
    assert (enrolled.status, enrolled.due_at) == ("active", NOW + 3 * DAY + timedelta(hours=6))


def test_a_row_that_cannot_be_read_holds_up_no_other(world: World) -> None:
    world.publish(journey(send("b"), wait("pause", "P3D"), name="second"))
    world.now += timedelta(seconds=30)
    world.identified()
    broken = world.db.get(resources.ENROLMENTS, WHO, KEY)
    assert broken is not None
    world.db.put(resources.ENROLMENTS, {**broken, "trail": "?"})
    assert world.walk(NOW + 4 * DAY) == ["unreadable", "ended"]
    assert world.walk(NOW + 4 * DAY) == []
    assert world.walk(NOW + 4 * DAY + timedelta(hours=6)) == ["unreadable"]
