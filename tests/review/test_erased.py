"""Events of somebody who was erased, arriving later: they make nobody anew, and whoever comes back is somebody new."""

from __future__ import annotations

from datetime import timedelta

from chalicelib.customers.erased import KEPT_FOR, RANGE_KEY, Tombstone, key
from chalicelib.customers.state import STATE
from chalicelib.customers.store import CustomerStore
from chalicelib.resources import CUSTOMERS, EVENTS
from tests.customers.events import DAY, event, order
from tests.review.world import World

ANN = "u#ann"
HOUR = timedelta(hours=1)


def buried(world: World) -> None:
    """Ann, who was counted, is erased."""
    customers = CustomerStore(world.db)
    customers.bury(ANN, Tombstone(world.now, world.state().seen))
    for item in (*world.db.items(CUSTOMERS), *world.db.items(EVENTS)):
        if item["pk"] == ANN:
            world.db.delete(CUSTOMERS if item["sk"] in (STATE, "profile") else EVENTS, item["pk"], item["sk"])


def left(world: World) -> list[str]:
    """What is stored about ann."""
    return [item["sk"] for table in (CUSTOMERS, EVENTS) for item in world.db.items(table) if item["pk"] == ANN]


def test_a_replay_and_a_retry_bring_nobody_back() -> None:
    world = World(DAY)
    once = [event(at=DAY - HOUR), order("1", DAY - HOUR)]
    records = world.store(once)
    world.project(records)
    buried(world)
    assert world.project(records)["erased"] == 2
    retried = world.store(once)
    assert world.project(retried)["erased"] == 2
    assert left(world) == []


def test_what_was_on_its_way_and_what_is_reported_of_old_messages_is_removed() -> None:
    world = World(DAY)
    world.project(world.store([event(at=DAY - HOUR)]))
    buried(world)
    late = event("Page", DAY - 2 * HOUR, message_id="late", received_at=DAY + HOUR)
    again = event(at=DAY + HOUR, message_id=event(at=DAY - HOUR).message_id, received_at=DAY + HOUR)
    opened = event("Email Opened", DAY + HOUR, source="ses", received_at=DAY + HOUR)
    assert world.project(world.store([late, again, opened]))["erased"] == 3
    assert left(world) == []


def test_who_comes_back_is_somebody_new() -> None:
    world = World(DAY)
    world.project(world.store([order("1", DAY - HOUR)]))
    buried(world)
    back = event("Product Viewed", DAY + HOUR, received_at=DAY + HOUR)
    late = order("1", DAY - HOUR)
    world.project(world.store([back, late]))
    state = world.state()
    assert (state.facts.order_count, state.facts.first_at, state.erased_at) == (0, DAY + HOUR, DAY)
    assert world.check() == []
    world.project(world.store([late, order("2", DAY + 2 * HOUR, received_at=DAY + 2 * HOUR)]))
    assert world.state().facts.order_count == 1
    assert world.check() == []


def test_a_tombstone_tells_nothing_and_goes_after_thirty_days() -> None:
    world = World(DAY)
    world.project(world.store([event(at=DAY - HOUR)]))
    buried(world)
    (stone,) = [item for item in world.db.items(CUSTOMERS) if item["sk"] == RANGE_KEY]
    assert "ann" not in str(stone)
    assert stone["pk"] == key(ANN)
    assert stone["expires"] == int((DAY + KEPT_FOR).timestamp())


def test_an_interrupted_erasure_keeps_what_its_first_attempt_knew() -> None:
    world = World(DAY)
    world.project(world.store([event(at=DAY - HOUR)]))
    customers = CustomerStore(world.db)
    customers.bury(ANN, Tombstone(DAY, world.state().seen))
    customers.bury(ANN, Tombstone(DAY + HOUR))
    stone = customers.tombstone(ANN)
    assert stone is not None
    assert stone.at == DAY + HOUR
    assert stone.seen.hours == world.state().seen.hours
