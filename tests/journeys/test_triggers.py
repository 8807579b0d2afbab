"""Triggers as their authors write them: what each hears, what it watches for, and how what is wrong is said."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib import times
from chalicelib.journeys.effect import NOWHERE, Effect, Place, effect
from chalicelib.journeys.re_entry import Again
from tests.journeys.definitions import journey, raw, send
from tests.journeys.test_journey import problems
from tests.segments.people import NOW

HERE = Place("trial", 3)


def said(kind: str, **fields: Any) -> Effect:
    return effect({"id": "1", "kind": kind, "at": times.text(NOW), **fields})


def event(name: str, source: str | None = None, **properties: Any) -> Effect:
    return said("event", name=name, properties=properties, **({"source": source} if source else {}))


def stage(cause: str, stage_from: str = "lost", to: str = "repeat") -> Effect:
    return said("stage", **{"from": stage_from, "to": to, "cause": cause})


def turned(name: str, entered: bool = True, cause: str = "event") -> Effect:
    return said("condition", name=name, entered=entered, cause=cause)


ORDER = {"on": "event", "name": "Order Completed", "where": [{"property": "total", "at_least": 50}]}
CART = {"on": "event", "name": "Cart Updated", "key": "cart.id"}
OWN = "journey/trial/3/trigger"


@pytest.mark.parametrize(
    ("trigger", "one", "heard"),
    [
        (ORDER, event("Order Completed", total=50), True),
        (ORDER, event("Order Completed", total=49.99), False),
        (ORDER, event("Order Completed", total="50"), True),
        (ORDER, event("Order Completed"), False),
        (ORDER, event("order completed", total=50), False),
        ({"on": "segment", "entered": "vip"}, turned("segment/vip"), True),
        ({"on": "segment", "entered": "vip"}, turned("segment/vip", entered=False), False),
        ({"on": "segment", "left": "vip"}, turned("segment/vip", entered=False), True),
        ({"on": "segment", "left": "vip"}, turned("segment/other", entered=False), False),
        ({"on": "reactivated"}, stage("event"), True),
        ({"on": "reactivated"}, stage("event", to="at_risk"), False),
        ({"on": "reactivated"}, stage("event", stage_from="new"), False),
        ({"on": "reactivated"}, stage("time"), False),
        ({"on": "overdue"}, turned(OWN), True),
        ({"on": "overdue"}, turned(OWN, entered=False), False),
        ({"on": "overdue"}, turned("journey/trial/2/trigger"), False),
        ({"on": "overdue"}, turned("journey/other/3/trigger"), False),
        ({"on": "date", "trait": "birthday", "yearly": True}, turned(OWN), True),
        ({"on": "score", "score": "churn_risk", "above": 0.5}, turned(OWN), True),
        ({"on": "call"}, event("Journey Called", "perennial", journey="trial"), True),
        ({"on": "call"}, event("Journey Called", "perennial", journey="other"), False),
        ({"on": "call"}, event("Journey Called", journey="trial"), False),  # a client's
        ({"on": "event", "name": "Journey Called"}, event("Journey Called", journey="trial"), False),
        ({"on": "schedule", "segment": "all", "at": "2026-12-01T09:00"}, said("schedule", journey="trial"), True),
        ({"on": "schedule", "segment": "all", "at": "2026-12-01T09:00"}, said("schedule", journey="other"), False),
    ],
)
def test_what_a_trigger_hears(trigger: dict[str, Any], one: Effect, heard: bool) -> None:
    assert journey(send("a"), trigger=trigger).trigger.hears(one, HERE) is heard


@pytest.mark.parametrize(
    ("trigger", "rule"),
    [
        ({"on": "overdue"}, {"fact": "days_overdue", "at_least": 0}),
        ({"on": "score", "score": "churn_risk", "above": 0.5}, {"fact": "churn_risk", "above": 0.5}),
        ({"on": "score", "score": "expected_value", "below": 10}, {"fact": "expected_value", "below": 10}),
        ({"on": "date", "trait": "renews", "offset": "-P7D"}, {"trait": "renews", "within_next": "P7D"}),
        ({"on": "date", "trait": "renews"}, {"trait": "renews", "within_last": "P1D"}),
        ({"on": "date", "trait": "renews", "offset": "P3D"}, {"trait": "renews", "within_last": "P1D"}),
        ({"on": "date", "trait": "born", "yearly": True}, {"trait": "born", "anniversary": {"on": "today"}}),
        (
            {"on": "date", "trait": "born", "yearly": True, "offset": "-P7D"},
            {"trait": "born", "anniversary": {"within_next": "P7D"}},
        ),
        (
            {"on": "date", "forecast": "next_order", "offset": "-P3D"},
            {"fact": "days_until_next_order", "at_most": 3},
        ),
        ({"on": "segment", "entered": "vip"}, None),
        (ORDER, None),
    ],
)
def test_the_rule_that_a_trigger_waits_for(trigger: dict[str, Any], rule: dict[str, Any] | None) -> None:
    assert journey(send("a"), trigger=trigger).trigger.rule() == rule


def test_what_lies_after_a_date_is_waited_for_inside() -> None:
    after = journey(send("a"), trigger={"on": "date", "trait": "renews", "offset": "P3D", "at": "09:00"}).trigger
    before = journey(send("a"), trigger={"on": "date", "trait": "renews", "offset": "-P3D"}).trigger
    assert (after.later().days, after.clock()) == (3, "09:00")
    assert (before.later().days, before.clock()) == (0, None)


@pytest.mark.parametrize(
    ("trigger", "one", "audible"),
    [
        ({"on": "stage", "entered": ["repeat"]}, stage("event"), True),
        ({"on": "stage", "entered": ["repeat"]}, stage("import"), False),
        ({"on": "stage", "entered": ["repeat"], "also": ["import"]}, stage("import"), True),
        ({"on": "stage", "entered": ["repeat"], "also": ["import"]}, stage("merge"), False),
        ({"on": "segment", "entered": "vip"}, turned("segment/vip", cause="definition"), False),
        ({"on": "segment", "entered": "vip"}, turned("segment/vip", cause="time"), True),
        ({"on": "segment", "entered": "vip", "also": ["definition"]}, turned("segment/vip", cause="definition"), True),
        (ORDER, event("Order Completed", total=50), True),
    ],
)
def test_silent_causes_start_nothing_unless_the_trigger_says_so(
    trigger: dict[str, Any], one: Effect, audible: bool
) -> None:
    assert journey(send("a"), trigger=trigger).trigger.audible(one) is audible


@pytest.mark.parametrize(
    ("trigger", "one", "key"),
    [
        (CART, event("Cart Updated", cart={"id": "c-7"}), "c-7"),
        (CART, event("Cart Updated", cart={"id": 7}), "7"),
        (CART, event("Cart Updated", **{"cart.id": "whole"}), "whole"),
        (CART, event("Cart Updated", cart={"id": True}), None),
        (CART, event("Cart Updated", cart="c-7"), None),
        (CART, event("Cart Updated"), None),
        ({"on": "call"}, event("Journey Called", "perennial", journey="trial", key="k"), "k"),
        ({"on": "intent", "left_open": ["cart"]}, said("intent", intent="cart", since="2026-01-01"), "cart 2026-01-01"),
    ],
)
def test_the_key_of_what_was_heard(trigger: dict[str, Any], one: Effect, key: str | None) -> None:
    assert journey(send("a"), trigger=trigger).trigger.key_of(one) == key


def test_a_trigger_with_a_key_lets_in_once_for_each() -> None:
    assert journey(send("a"), trigger=CART).re_entry == Again("per_key")
    assert journey(send("a"), trigger=CART, re_entry="once").re_entry == Again("once")
    assert problems(raw(send("a"), re_entry="per_key")) == [("", "What triggers this journey has no key")]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"trigger": {"on": "segment"}}, [("trigger", "This trigger names no segment, or two")]),
        (
            {"trigger": {"on": "segment", "entered": "a", "left": "a"}},
            [("trigger", "This trigger names no segment, or two")],
        ),
        ({"trigger": {"on": "score", "score": "churn_risk"}}, [("trigger", "This trigger names no limit, or two")]),
        ({"trigger": {"on": "date"}}, [("trigger", "This trigger names no date, or two")]),
        (
            {"trigger": {"on": "date", "forecast": "next_order", "yearly": True}},
            [("trigger", "A forecast has no anniversaries")],
        ),
        ({"trigger": {"on": "date", "trait": "a", "offset": "7 days"}}, [("trigger.offset", "This is not an offset")]),
        (
            {"trigger": {"on": "schedule", "segment": "a", "at": "2026-12-01T09:00Z"}},
            [("trigger", "This is not a local time")],
        ),
        ({"trigger": {**ORDER, "where": []}}, [("trigger.where", "This list is empty")]),
        (
            {"trigger": {**ORDER, "where": [{"property": "total"}]}},
            [("trigger.where[0]", "This rule has no condition, or an empty one")],
        ),
        ({"goal": {"when": {"fact": "x"}}}, [("goal.when.fact", "This fact is not known")]),
        ({"goal": {"when": {"event": ""}}}, [("goal.when.event", "This text is empty")]),
        ({"serves": {"stages": ["x"]}}, [("serves.stages[0]", "This stage is not known")]),
    ],
)
def test_what_is_wrong_says_where_and_what(fields: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert problems(raw(send("a"), **fields)) == expected


def test_whatever_is_written_is_read_again() -> None:
    plan = journey(
        send("a"),
        trigger=CART,
        goal={"when": {"event": "Order Completed", "where": [{"property": "total", "above": 0}]}, "value": "total"},
        priority=80,
        group="carts",
        serves={"stages": ["new"], "phases": ["race/convert"], "activity": "recover"},
        budget={"amount": 500, "currency": "EUR"},
        cost={"per_message": 0.5, "currency": "EUR"},
    )
    assert journey(class_="marketing", **_without_class(plan.body())) == plan
    assert plan.trigger.hears(event("Cart Updated"), NOWHERE)


def _without_class(body: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name != "class"}
