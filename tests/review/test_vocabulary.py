"""A workspace changes what its events mean: everybody is counted anew by whoever looks next, and nobody is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.customers.facts import Facts
from chalicelib.customers.fold import FOLD_VERSION, fold, fold_version
from chalicelib.customers.shards import due_shard
from chalicelib.customers.store import CustomerStore
from chalicelib.customers.vocabulary import CONVERSIONS, Conversion, Vocabulary
from chalicelib.review.advance import Rules
from chalicelib.review.due import Reviewer
from chalicelib.review.rebuild import Rebuilder
from chalicelib.review.store import DueIndex, EventLog
from tests.customers.events import DAY, event
from tests.review.world import RULES, World

BOOKINGS = Vocabulary(conversions=(*CONVERSIONS, Conversion("Booking Confirmed", "booking_id", ("price",))))
REWORDED = replace(RULES, vocabulary=BOOKINGS)
BOOKED = event("Booking Confirmed", DAY, properties={"booking_id": 7, "price": "80"})


def told(world: World) -> list[tuple[object, ...]]:
    said = [effect for effect in world.effects().values() if effect["kind"] == "stage"]
    return [(one["from"], one["to"], one["cause"]) for one in said]


def rebuilt(world: World, rules: Rules) -> None:
    Rebuilder(CustomerStore(world.db), EventLog(world.db)).rebuild("u#ann", rules, world.now)


def test_facts_of_another_vocabulary_are_folded_anew_and_silently() -> None:
    world = World()
    world.project(world.store([BOOKED]))
    assert (world.state().facts.order_count, world.state().fold_v) == (0, FOLD_VERSION)
    stage = world.state().stage
    rebuilt(world, REWORDED)
    state = world.state()
    assert (state.facts.order_count, state.stage, state.cause) == (1, "occasional", "settings")
    assert state.fold_v == fold_version(BOOKINGS)
    assert state.facts == fold(Facts(), [BOOKED], vocabulary=BOOKINGS)
    assert told(world) == [(None, stage, "first"), (stage, "occasional", "settings")]


def test_an_event_that_comes_with_it_is_told_apart() -> None:
    """The new words move her silently, and only then the event does what it does."""
    world = World()
    world.project(world.store([BOOKED]))
    stage = world.state().stage
    world.store([event("Booking Confirmed", DAY + timedelta(days=1), properties={"booking_id": 8, "price": "9"})])
    world.now = DAY + timedelta(days=1)
    rebuilt(world, REWORDED)
    assert told(world) == [(None, stage, "first"), (stage, "occasional", "settings")]
    assert world.state().facts.order_count == 2


@pytest.mark.parametrize("again", [1, 2])
def test_the_reviewer_folds_anew_and_goes_back_as_well(again: int) -> None:
    world = World()
    world.project(world.store([BOOKED]))
    for rules, orders in ((REWORDED, 1), (RULES, 0)) * again:
        CustomerStore(world.db).mark("u#ann", "facts of another fold", world.now)
        review(world, rules)
        assert world.state().facts.order_count == orders
        assert world.state().rebuild is None


def review(world: World, rules: Rules) -> None:
    stores = CustomerStore(world.db), EventLog(world.db), DueIndex(world.db), world.queues
    Reviewer(*stores, lambda: rules, lambda: world.now).review(
        {"shard": due_shard("u#ann"), "until": world.now.isoformat()}
    )


def test_events_that_come_after_make_the_projector_fold_anew() -> None:
    world = World()
    world.project(world.store([BOOKED]))
    again = event("Booking Confirmed", DAY + timedelta(minutes=9), properties={"booking_id": 8, "price": "9"})
    world.project(world.store([again]), rules=REWORDED)
    assert world.state().facts.order_count == 2
    assert ("settings" in {cause for _, _, cause in told(world)}) is True


def test_somebody_new_needs_no_rebuild() -> None:
    assert Rules(RULES.parameters).fold_v == FOLD_VERSION != REWORDED.fold_v
