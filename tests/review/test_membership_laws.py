"""Whatever happens in whatever order: who is in which segment is what asking every rule of everything stored says, at
every moment until the promised one, and at that one again, once somebody has looked."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.tracking.event import Event
from tests.customers.events import DAY, event, order, refund
from tests.review.conditions import Conditioned
from tests.review.faults import Crash, counting, crashing

A_DAY = timedelta(days=1)
_HOURS = st.integers(0, 24 * 40)
_MEASURED = st.sampled_from(
    [{}, {"count": {"at_least": 2}}, {"sum": {"property": "total", "above": 30}}, {"last": {"more_than_ago": "P3D"}}]
)
_WINDOWS = st.sampled_from([{}, {"within": "P7D"}, {"within": "P2D"}, {"between": ["2026-11-01", "2026-12-02"]}])
_LEAVES = st.one_of(
    st.builds(
        lambda name, window, measure: {"event": name, **window, **measure},
        st.sampled_from(["Product Viewed", "Order Completed", "Product Added"]),
        _WINDOWS,
        _MEASURED,
    ),
    st.builds(lambda days: {"fact": "days_since_last_order", "at_least": days}, st.integers(1, 40)),
    st.builds(lambda count: {"fact": "order_count", "at_least": count}, st.integers(1, 3)),
    st.just({"fact": "sessions_last_7_days", "at_least": 1}),
    st.builds(lambda stage: {"stage": [stage]}, st.sampled_from(["occasional", "waiting", "lead", "new"])),
    st.builds(lambda country: {"trait": "country", "equals": country}, st.sampled_from(["IT", "RO"])),
    st.just({"consent": "email", "is": "granted"}),
    st.builds(lambda name: {"segment": name}, st.sampled_from(["a", "b", "c"])),
)
RULES = st.recursive(
    _LEAVES,
    lambda inner: st.one_of(
        st.builds(lambda several: {"all": several}, st.lists(inner, min_size=1, max_size=2)),
        st.builds(lambda several: {"any": several}, st.lists(inner, min_size=1, max_size=2)),
        st.builds(lambda one: {"not": one}, inner),
    ),
    max_leaves=3,
)


def _asks(rule: Any) -> set[str]:
    if isinstance(rule, dict):
        named = {rule["segment"]} if "segment" in rule else set()
        return named.union(*(_asks(value) for value in rule.values()))
    return set[str]().union(*(_asks(value) for value in rule)) if isinstance(rule, list) else set()


@st.composite
def lives(draw: st.DrawFn) -> dict[str, Any]:
    """Segments a to d, each asking only for those before it: publishing refuses circles."""
    found: dict[str, Any] = {}
    for name in "abcd":
        rule = draw(RULES)
        found[name] = rule if _asks(rule) <= found.keys() else {"fact": "order_count", "at_least": 1}
    return found


def _event(kind: int, at: datetime, late: int) -> Event:
    given: dict[str, Any] = {"received_at": at + timedelta(hours=late)}
    match kind:
        case 0:
            return event(at=at, **given)
        case 1:
            return order(str(at.hour % 3), at, total="20").model_copy(update=given)
        case 2:
            return event("Product Added", at, **given)
        case 3:
            return event("Identify", at, traits={"country": "IT" if at.hour % 2 else "RO"}, **given)
        case 4:
            return refund(str(at.hour % 3), at).model_copy(update=given)
        case _:
            return event("Subscribed", at, **given).model_copy(update={"properties": {"channel": "email"}})


EVENTS = st.lists(
    st.builds(
        _event,
        st.integers(0, 5),
        _HOURS.map(lambda hours: DAY + timedelta(hours=hours)),
        st.sampled_from([0, 0, 0, 5, 70]),
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=80, suppress_health_check=[HealthCheck.too_slow])
@given(lives(), EVENTS, st.data())
def test_membership_is_the_answer_of_all_rules_to_all_events(
    live: dict[str, Any], events: list[Event], data: st.DataObject
) -> None:
    world = Conditioned(live, now=DAY)
    for arrived in sorted(events, key=lambda each: each.received_at):
        for _ in range(30):  # the worker of the due index comes to every moment before the next event
            due = world.state().due_at
            if due is None or due >= arrived.received_at or data.draw(st.booleans()):
                break
            world.look(max(due, world.now))
            assert world.segments() == world.from_scratch()
        world.come(arrived)
        assert world.segments() == world.from_scratch()
        assert world.check() == []
    for _ in range(data.draw(st.integers(1, 4))):
        due = world.state().due_at
        world.now = _between(world.now, (due or world.now + 30 * A_DAY) - timedelta(milliseconds=1), data)
        assert world.segments() == world.from_scratch(), "before the promised moment nothing changes"
        if due is None:
            break
        world.look(due)
        assert world.segments() == world.from_scratch(), "at the promised moment it has been seen to"


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(lives(), EVENTS, st.randoms(use_true_random=False))
def test_in_any_order_and_batches_and_however_often(live: dict[str, Any], events: list[Event], random: Any) -> None:
    world = Conditioned(live, now=max(each.received_at for each in events))
    records = world.store(events)
    again = [*records, *random.choices(records, k=len(records) // 2)]
    random.shuffle(again)
    while again:
        size = random.randint(1, 4)
        world.project(again[:size])
        again = again[size:]
    if world.state().rebuild is not None:  # what came in an order that no fold can take
        world.rebuild()
    assert world.segments() == world.from_scratch()
    world.rebuild()
    assert world.segments() == world.from_scratch()
    assert world.rejudge() == "same"


@pytest.mark.parametrize("acknowledged", [False, True])
def test_a_worker_that_dies_leaves_nothing_half_done_and_a_replay_tells_nothing_twice(acknowledged: bool) -> None:
    """Memberships and what must follow are the write that counts the event: all of it or nothing."""
    rich = {"event": "Order Completed", "where": [{"property": "total", "at_least": 50}]}
    for call in range(_calls(rich)):
        world = Conditioned({"buyers": {"fact": "order_count", "at_least": 1}, "rich": rich})
        records = world.store([order("1", total="60"), event("Identify", traits={"a": 1})])
        with suppress(Crash):
            world.project(records, db=crashing(world.db, call, acknowledged=acknowledged))
        world.project(records)
        assert world.segments() == {"buyers", "rich"}
        assert sorted(what for what, _, _ in world.turns()) == ["+buyers", "+rich"]


def _calls(rich: Any) -> int:
    world = Conditioned({"buyers": {"fact": "order_count", "at_least": 1}, "rich": rich})
    db, calls = counting(world.db)
    world.project(world.store([order("1", total="60"), event("Identify", traits={"a": 1})]), db=db)
    return calls()


def _between(first: datetime, last: datetime, data: st.DataObject) -> datetime:
    if last <= first:
        return first
    return first + timedelta(milliseconds=data.draw(st.integers(0, (last - first) // timedelta(milliseconds=1))))
