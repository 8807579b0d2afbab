"""Inside a journey: what ends a wait, who leaves and when, what a goal is worth, and who may be in what at once."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.journeys.enrol import Started
from chalicelib.journeys.enrolment import Enrolment, takes_back
from tests.fakes.database import MemoryDatabase
from tests.journeys.definitions import journey, send, wait
from tests.journeys.world import WHO, World
from tests.segments.people import DAY, NOW

HOUR = timedelta(hours=1)
GOAL = {"when": {"event": "Order Completed"}, "within": "P14D", "value": "total"}


@pytest.fixture
def world() -> World:
    made = World(MemoryDatabase())
    made.customer()
    return made


def event(name: str, number: int = 1, **properties: Any) -> dict[str, Any]:
    said = {"id": f"event#{name}{number}", "kind": "event", "name": name, "message_id": f"{name}{number}"}
    return {**said, "properties": properties}


def condition(what: str, *, journey: str = "trial", version: int = 1, entered: bool = True) -> dict[str, Any]:
    name = f"journey/{journey}/{version}/{what}"
    return {"id": f"condition#{name}", "kind": "condition", "name": name, "entered": entered, "cause": "event"}


def only(world: World, customer: str = WHO) -> Enrolment:
    (row,) = world.engine.enrolments.of(customer)
    return row


def outcomes(started: list[Started]) -> list[str]:
    return [one.outcome for one in started]


def until(event: str, *timeout: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"id": "until", "do": "wait_until", "event": event, "within": "P3D", "timeout": list(timeout), **fields}


def test_what_somebody_waits_for_is_heard_at_once(world: World) -> None:
    world.publish(journey(send("hello"), until("Order Completed", send("nudge")), send("thanks")))
    world.identified()
    world.now += HOUR
    assert outcomes(world.effect(event("Cart Viewed"))) == []
    assert outcomes(world.effect(event("Order Completed"))) == ["woken"]
    assert world.steps() == ["hello", "thanks"]
    assert only(world).status == "done"


def test_what_does_not_come_in_time_takes_the_other_way(world: World) -> None:
    world.publish(journey(send("hello"), until("Order Completed", send("nudge")), send("more")))
    world.identified()
    world.walk(NOW + 4 * DAY)
    assert world.steps() == ["hello", "more", "nudge"] or world.steps() == ["hello", "nudge", "more"]
    assert outcomes(world.effect(event("Order Completed"))) == []


def test_an_event_that_is_delivered_again_ends_one_wait(world: World) -> None:
    second = {**until("Order Completed"), "id": "again"}
    world.publish(journey(until("Order Completed"), second, send("thanks")))
    world.identified()
    for _ in range(3):
        world.effect(event("Order Completed"))
    assert world.steps() == []
    world.effect(event("Order Completed", 2))
    assert world.steps() == ["thanks"]


def test_with_a_key_only_the_same_cart_counts(world: World) -> None:
    trigger = {"on": "event", "name": "Cart Updated", "key": "cart_id"}
    world.publish(journey(until("Order Completed", send("nudge"), key="cart_id"), trigger=trigger))
    for number, cart in enumerate(["a", "b", "a"]):
        world.effect(event("Cart Updated", number, cart_id=cart))
    assert [row.status for row in world.engine.enrolments.of(WHO)] == ["active", "active"], "once for each cart"
    assert outcomes(world.effect(event("Cart Updated", 9))) == ["no_key"]
    world.effect(event("Order Completed", cart_id="b"))
    world.walk(NOW + 4 * DAY)
    assert world.steps() == ["nudge"]


def test_whoever_reaches_the_goal_leaves_at_that_moment(world: World) -> None:
    world.publish(journey(send("hello"), wait("days", "P3D"), send("nudge"), goal=GOAL))
    world.identified()
    world.now += DAY
    assert outcomes(world.effect(event("Order Completed", total="49.90", currency="eur"))) == ["goal"]
    row = only(world)
    assert (row.status, row.reason, row.due_at) == ("exited", "goal: Order Completed", None)
    assert row.goal is not None
    assert (row.goal.value, row.goal.currency) == (Decimal("49.90"), "EUR")
    world.walk(NOW + 9 * DAY)
    assert world.steps() == ["hello"]
    assert takes_back(row, NOW), "what was planned and has not left is taken back"


def test_a_goal_counts_after_the_end_and_within_its_time_and_once(world: World) -> None:
    world.publish(journey(send("hello"), goal=GOAL))
    world.identified()
    assert only(world).status == "done"
    world.now += 13 * DAY
    assert outcomes(world.effect(event("Order Completed", total=10))) == ["goal"]
    assert outcomes(world.effect(event("Order Completed", 2, total=20))) == []
    assert only(world).status == "done"
    world.customer("u#late")
    world.now = NOW
    world.identified("u#late")
    world.now += 15 * DAY
    assert outcomes(world.effect(event("Order Completed"), "u#late")) == []


def test_a_goal_that_is_a_rule_lets_in_nobody_who_has_reached_it(world: World) -> None:
    world.publish(journey(send("hello"), wait("days", "P3D"), goal={"when": {"stage": ["repeat"]}}))
    world.customer("u#2", stage="repeat")
    assert outcomes(world.identified("u#2")) == ["goal_reached"]
    assert outcomes(world.identified()) == ["entered"]
    assert outcomes(world.effect(condition("goal"))) == ["goal"]


def test_the_exit_is_heard_at_any_time(world: World) -> None:
    rule = {"trait": "vip", "exists": True}
    world.publish(journey(send("hello"), wait("days", "P3D"), send("nudge"), exit_when=rule))
    world.identified()
    world.customer(traits={"vip": True})
    assert outcomes(world.effect(condition("exit"))) == ["left"]
    assert outcomes(world.effect(condition("exit"))) == []
    assert only(world).reason.startswith("exit_when")


def test_after_the_end_the_exit_takes_back_what_has_not_left(world: World) -> None:
    world.publish(journey(send("hello", within="P2D"), exit_when={"trait": "vip", "exists": True}))
    world.identified()
    world.now += DAY
    assert outcomes(world.effect(condition("exit"))) == ["left"]
    assert takes_back(only(world), NOW)
    world.customer("u#2")
    world.identified("u#2")
    world.now += 3 * DAY
    assert outcomes(world.effect(condition("exit"), "u#2")) == [], "everything has left"


def test_one_is_in_one_journey_of_a_group_and_the_higher_priority_wins(world: World) -> None:
    def of(name: str, priority: int) -> Any:
        trigger = {"on": "event", "name": name}
        return journey(wait("days", "P3D"), send("a"), name=name, trigger=trigger, group="g", priority=priority)

    world.publish(of("low", 10), of("middle", 50), of("equal", 50), of("high", 90))
    assert outcomes(world.effect(event("middle"))) == ["entered"]
    assert outcomes(world.effect(event("low"))) == ["group"]
    assert outcomes(world.effect(event("equal"))) == ["group"]
    assert outcomes(world.effect(event("high"))) == ["entered"]
    rows = {row.journey: (row.status, row.reason) for row in world.engine.enrolments.of(WHO)}
    assert rows["middle"] == ("exited", "gave way to high")
    assert rows["high"][0] == "active"
    world.walk(NOW + 4 * DAY)
    assert outcomes(world.effect(event("low", 2))) == ["entered"], "the group is free again"


def test_of_two_that_one_effect_starts_the_higher_priority_enters(world: World) -> None:
    plans = [journey(wait("d", "P1D"), name=name, group="g", priority=at) for name, at in (("a", 10), ("b", 20))]
    world.publish(*plans)
    assert [(one.journey, one.outcome) for one in world.identified()] == [("b", "entered"), ("a", "group")]


def test_a_date_lets_in_at_its_time_of_the_customers_day(world: World) -> None:
    trigger = {"on": "date", "trait": "birthday", "yearly": True, "at": "09:00"}
    world.publish(journey(send("hello"), trigger=trigger, max_age="P1D"))
    world.customer(traits={"timezone": "America/New_York"})
    assert outcomes(world.effect(condition("trigger"))) == ["entered"]
    assert world.steps() == []
    assert only(world).due_at == NOW + 5 * HOUR, "it is four in the morning there"
    world.walk(NOW + 5 * HOUR)
    assert world.steps() == ["hello"]


def test_what_a_client_says_calls_nobody(world: World) -> None:
    world.publish(journey(send("hello"), trigger={"on": "call"}))
    said = event("Journey Called", journey="trial", key="k")
    assert outcomes(world.effect(said)) == []
    assert outcomes(world.effect({**said, "source": "perennial"})) == ["entered"]
    assert outcomes(world.effect({**said, "source": "perennial"})) == ["already_entered"]
