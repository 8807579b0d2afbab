"""`rebuild --check` finds who is in a segment, or is not, against what the rule says of the stored events."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from chalicelib.customers.state import State
from chalicelib.customers.store import CustomerStore
from chalicelib.segments.conditions import key_of
from tests.customers.events import DAY, order
from tests.review.conditions import Conditioned

BUYERS = {"event": "Order Completed", "within": "P30D"}


def _tampered(world: Conditioned, **changed: object) -> None:
    state: State = replace(world.state(), v=world.state().v + 1, fx=(), **changed)  # type: ignore[arg-type]
    CustomerStore(world.db).save(state)


def test_nothing_is_found_where_all_is_well() -> None:
    world = Conditioned({"buyers": BUYERS})
    world.come(order("1"))
    assert world.segments() == {"buyers"}
    assert world.check() == []


def test_a_membership_that_was_lost_is_found() -> None:
    world = Conditioned({"buyers": BUYERS})
    world.come(order("1"))
    _tampered(world, memberships={})
    assert world.check() == ["conditions:  != segment/buyers"]
    world.rebuild()
    assert world.check() == []


def test_a_membership_that_nothing_gave_is_found() -> None:
    world = Conditioned({"buyers": BUYERS})
    world.come(order("1"))
    world.publish("others", {"event": "Product Viewed"})
    _tampered(world, memberships={**world.state().memberships, key_of("segment/others"): 1}, conditions_v=2)
    assert world.check() == ["conditions: segment/buyers, segment/others != segment/buyers"]


def test_what_waits_to_be_judged_is_no_difference() -> None:
    world = Conditioned({"buyers": BUYERS})
    world.come(order("1"))
    world.publish("others", {"event": "Order Completed"})
    assert world.check() == [], "the job that judges everybody has not come to her"
    world.rejudge()
    world.now = DAY + timedelta(days=40)
    assert world.check() == [], "the moment has passed, and the due index is about to look at her"
