"""Who enters a journey, why somebody does not, and that the same trigger never enters twice."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from chalicelib import resources, times
from chalicelib.aws.database import Database, Put
from chalicelib.aws.streams import new_images
from chalicelib.customers.store import CustomerStore
from chalicelib.errors import Transient
from chalicelib.journeys.enrol import Started, start_journeys
from tests.fakes.database import MemoryDatabase
from tests.fakes.queues import MemoryQueues
from tests.journeys.definitions import journey, leave, send, wait
from tests.journeys.world import WHO, World
from tests.segments.people import DAY, NOW

WELCOME = journey(send("hello"), wait("pause", "P3D"), send("nudge"), name="welcome")
AT_RISK = {"on": "stage", "entered": ["at_risk"]}


@pytest.fixture
def world() -> World:
    made = World(MemoryDatabase())
    made.customer()
    return made


def test_a_trigger_enrols_takes_the_first_walk_and_tells_the_senders(database: Database) -> None:
    world = World(database)
    world.customer()
    world.publish(WELCOME)
    assert world.identified() == [Started("welcome", "entered")]
    (enrolled,) = world.engine.enrolments.of(WHO)
    assert (enrolled.journey, enrolled.version, enrolled.status) == ("welcome", 1, "active")
    assert (enrolled.position.step, enrolled.due_at) == ("pause", NOW + 3 * DAY)
    assert enrolled.trigger == {"id": "identified", "kind": "identified", "at": times.text(NOW)}
    (row,) = world.sends()
    assert (row.step, row.template, row.message_class, row.enrolment) == (
        "hello",
        "hello-mail",
        "marketing",
        enrolled.key,
    )
    assert (row.planned_at, row.deadline) == (NOW, NOW + DAY)
    assert isinstance(world.queues, MemoryQueues)
    assert world.queues.take(resources.JOURNEYS) == [{"customer": WHO, "send": row.id}]


def test_each_class_has_its_own_queue(world: World) -> None:
    world.publish(journey(send("receipt"), class_="transactional"))
    world.identified()
    assert isinstance(world.queues, MemoryQueues)
    assert len(world.queues.take(resources.TRANSACTIONAL)) == 1
    assert world.queues.take(resources.JOURNEYS) == []


def test_the_same_trigger_twice_enters_once(world: World) -> None:
    world.publish(WELCOME, journey(send("x"), name="always", re_entry="always"))
    world.identified()
    world.now += timedelta(minutes=5)
    assert world.identified() == [Started("always", "already_entered"), Started("welcome", "already_entered")]
    assert sorted(world.steps()) == ["hello", "x"]


@pytest.mark.parametrize(
    ("trigger", "said", "heard"),
    [
        ({"on": "identified"}, {"kind": "identified"}, True),
        ({"on": "identified"}, {"kind": "stage", "from": "new", "to": "lead", "cause": "event"}, False),
        (AT_RISK, {"kind": "stage", "from": "hero", "to": "at_risk", "cause": "time"}, True),
        (AT_RISK, {"kind": "stage", "from": "at_risk", "to": "lost", "cause": "time"}, False),
        (AT_RISK, {"kind": "identified"}, False),
        ({"on": "stage", "left": ["hero"]}, {"kind": "stage", "from": "hero", "to": "lost", "cause": "time"}, True),
        (
            {"on": "stage", "left": ["hero"], "entered": ["lost"]},
            {"kind": "stage", "from": "repeat", "to": "lost", "cause": "time"},
            False,
        ),
        ({"on": "event", "name": "Order Completed"}, {"kind": "event", "name": "Order Completed"}, True),
        ({"on": "event", "name": "Order Completed"}, {"kind": "event", "name": "order completed"}, False),
    ],
)
def test_what_a_trigger_hears(world: World, trigger: dict[str, Any], said: dict[str, Any], heard: bool) -> None:
    world.publish(journey(send("x"), trigger=trigger))
    assert world.effect({"id": "e", **said}) == ([Started("trial", "entered")] if heard else [])


@pytest.mark.parametrize("cause", ["first", "import", "model", "settings", "merge", "rebuild", "something new"])
def test_silent_causes_start_nothing(world: World, cause: str) -> None:
    world.publish(journey(send("x"), trigger=AT_RISK))
    assert world.stage("at_risk", cause) == [Started("trial", "silent")]
    assert world.steps() == []


def test_what_happened_long_ago_starts_nothing(world: World) -> None:
    world.publish(WELCOME, journey(send("x"), name="patient", max_age="P2D"))
    assert world.identified(at=NOW - timedelta(hours=1)) == [
        Started("patient", "entered"),
        Started("welcome", "entered"),
    ]
    world.customer("u#2")
    assert world.identified("u#2", NOW - timedelta(hours=1, milliseconds=1)) == [
        Started("patient", "entered"),
        Started("welcome", "stale"),
    ]


def test_the_entry_rule_decides_who_may(world: World) -> None:
    world.publish(journey(send("x"), entry={"trait": "vip", "equals": True}))
    assert world.identified() == [Started("trial", "entry_rule")]
    world.customer(traits={"vip": True})
    assert world.identified() == [Started("trial", "entered")]


def test_once_is_once_for_all_triggers_and_versions(world: World) -> None:
    world.publish(journey(send("x"), trigger=AT_RISK))
    assert world.stage("at_risk", v=1) == [Started("trial", "entered")]
    world.publish(journey(send("y"), trigger=AT_RISK))
    world.now += timedelta(minutes=1)
    assert world.stage("at_risk", v=2) == [Started("trial", "already_entered")]
    assert world.steps() == ["x"]


def test_always_enters_at_every_trigger(world: World) -> None:
    world.publish(journey(send("x"), trigger=AT_RISK, re_entry="always"))
    assert [world.stage("at_risk", v=v)[0].outcome for v in (1, 2, 2)] == ["entered", "entered", "already_entered"]
    assert world.steps() == ["x", "x"]


def test_again_only_after_a_while(world: World) -> None:
    world.publish(journey(send("x"), trigger=AT_RISK, re_entry={"after": "P30D"}))
    assert world.stage("at_risk", v=1)[0].outcome == "entered"
    world.now += 30 * DAY - timedelta(seconds=1)
    assert world.stage("at_risk", v=2)[0].outcome == "too_soon"
    world.now += timedelta(seconds=1)
    assert world.stage("at_risk", v=3)[0].outcome == "entered"
    assert world.stage("at_risk", v=3)[0].outcome == "too_soon", "the same trigger again"
    assert world.steps() == ["x", "x"]


def test_whoever_should_leave_at_once_is_sent_nothing(world: World) -> None:
    world.publish(journey(send("x"), exit_when={"stage": ["new"]}))
    assert world.identified() == [Started("trial", "entered")]
    (enrolled,) = world.engine.enrolments.of(WHO)
    assert (enrolled.status, enrolled.due_at, world.steps()) == ("exited", None, [])


def test_somebody_who_is_gone_is_not_enrolled(world: World) -> None:
    world.publish(WELCOME)
    assert world.identified("u#unknown") == [Started("welcome", "customer_missing")]


def test_a_paused_journey_takes_nobody(world: World) -> None:
    world.publish(WELCOME)
    world.pause("welcome")
    assert world.identified() == []


def test_a_container_learns_of_a_publication_within_half_a_minute(world: World) -> None:
    assert world.identified() == []
    world.publish(WELCOME)
    assert world.identified() == []
    world.now += timedelta(seconds=30)
    assert world.identified() == [Started("welcome", "entered")]


def test_a_journey_that_cannot_be_read_holds_up_no_other(world: World) -> None:
    world.publish(WELCOME, journey(leave("end"), name="newer"))
    item = world.db.get(resources.CATALOG, "journey", "version#newer#000001")
    assert item is not None
    world.db.put(resources.CATALOG, {**item, "body": '{"name": "newer", "steps": [{"do": "teleport"}]}'})
    assert world.identified() == [Started("welcome", "entered")]


def test_every_change_of_stage_is_history_whatever_its_cause(world: World) -> None:
    for cause in ("import", "time", "time"):
        world.stage("at_risk", cause)
        world.now += DAY
    history = CustomerStore(world.db).history(WHO, limit=9)
    assert [(change.stage_from, change.stage_to, change.cause) for change in history] == [
        ("repeat", "at_risk", "time"),
        ("repeat", "at_risk", "time"),
        ("repeat", "at_risk", "import"),
    ]


ON_CHANGE = journey(send("hello"), name="moved", trigger={"on": "event", "name": "Stage Changed"})


@pytest.mark.parametrize(
    ("cause", "entered"),
    [("event", True), ("time", True), ("import", False), ("model", False), ("settings", False), ("merge", False)],
)
def test_a_journey_may_listen_to_stage_changed_and_hears_what_starts_journeys(
    world: World, cause: str, entered: bool
) -> None:
    world.publish(ON_CHANGE)
    assert world.stage("at_risk", cause) == ([Started("moved", "entered")] if entered else [])
    assert world.stage("at_risk", cause) == ([Started("moved", "already_entered")] if entered else [])
    if entered:
        (enrolled,) = world.engine.enrolments.of(WHO)
        assert enrolled.trigger["properties"]["to"] == "at_risk"


def test_what_a_client_sends_by_that_name_starts_nothing(world: World) -> None:
    world.publish(ON_CHANGE, journey(leave("end"), name="risky", trigger=AT_RISK))
    said = {"kind": "event", "name": "Stage Changed", "properties": {"from": "hero", "to": "at_risk", "cause": "event"}}
    assert world.effect({"id": "event#m-1", "message_id": "m-1", **said}) == []
    assert ON_CHANGE.trigger.events() == ()


def test_a_record_whose_change_cannot_be_kept_is_brought_again_and_starts_nothing_until_then() -> None:
    class Refusing(MemoryDatabase):
        broken = True

        def transact(self, writes: Any) -> None:
            if self.broken and any(getattr(write, "table", "") == resources.WORK for write in writes):
                raise Transient("busy")
            super().transact(writes)

    world = World(Refusing())
    world.customer()
    world.publish(journey(send("hello"), name="risky", trigger=AT_RISK))
    with pytest.raises(Transient):
        world.stage("at_risk")
    assert world.steps() == []
    Refusing.broken = False
    assert world.stage("at_risk") == [Started("risky", "entered")]


def _stream(world: World, *customers: str) -> Any:
    assert isinstance(world.db, MemoryDatabase)
    since = len(world.db.changes)
    for customer in customers:
        said = {"id": "identified", "kind": "identified", "at": times.text(NOW)}
        world.customer(customer, fx=(said,))
    return new_images(world.db.stream(resources.CUSTOMERS, since))


def test_a_record_that_fails_is_named_and_holds_up_no_other(world: World) -> None:
    world.publish(WELCOME)
    first, second, third = _stream(world, "u#7", "u#8", "u#9")
    second.item["fx"] = "not JSON"
    assert start_journeys([first, second, third], world.engine) == [second.sequence]
    assert (world.steps("u#7"), world.steps("u#8"), world.steps("u#9")) == (["hello"], [], ["hello"])


class _Crowded(MemoryDatabase):
    """Others enter, long ago, at every moment between a worker's reading and its writing."""

    def transact(self, writes: Any) -> None:
        for write in writes:
            if write.table == resources.ENROLMENTS and write.item["sk"] == "!trial":
                others = NOW - (400 + len(self.changes)) * DAY
                super().transact([Put(write.table, {**write.item, "entered_at": times.text(others)})])
        super().transact(writes)


def test_whoever_loses_the_race_at_the_gate_reads_again_and_gives_up_for_now() -> None:
    world = World(_Crowded())
    world.customer()
    world.publish(journey(send("x"), trigger=AT_RISK, re_entry={"after": "P30D"}))
    with pytest.raises(Transient, match="same moment"):
        world.stage("at_risk")
    assert world.steps() == []
