"""A marketer's mapping: what it reads, and how it is refused."""

from __future__ import annotations

from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.tracking import mapping, paths
from chalicelib.tracking.contact import address_id
from chalicelib.tracking.paths import MOST
from chalicelib.tracking.problems import Invalid, Problem
from tests.tracking.making import json_values

PAYLOAD = {
    "type": "sale.done",
    "id": 7,
    "paid": True,
    "nothing": None,
    "customer": {"id": "c-1", "e-mail": "Ash@Example.com", "full name": "Ash"},
    "lines": [{"sku": "A", "price": "1.10", "tags": ["x", "y"]}, {"sku": "B", "tags": ["z"]}, 5],
    "matrix": [[1, 2], [3]],
}


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("plain", "plain"),
        (7, 7),
        (True, True),
        ("$", PAYLOAD),
        ("$.id", 7),
        ("$.customer.id", "c-1"),
        ("$.customer.e-mail", "Ash@Example.com"),
        ("$.customer['full name']", "Ash"),
        ("$.lines[0].sku", "A"),
        ("$.lines[9].sku", None),
        ("$.lines[*].sku", ["A", "B"]),
        ("$.lines[*].tags[*]", ["x", "y", "z"]),
        ("$.lines[*].tags", [["x", "y"], ["z"]]),
        ("$.matrix[*][0]", [1, 3]),
        ("$.customer[*]", []),
        ("$.nothing", None),
        ("$.nothing.at.all", None),
        ("$.type.length", None),
        ("$.id[0]", None),
        ({"constant": "$.id"}, "$.id"),
        ({"first": ["$.nothing", "$.missing", "$.id", "$.type"]}, 7),
        ({"first": []}, None),
        ({"join": ["sale-", "$.id"]}, "sale-7"),
        ({"join": ["sale-", "$.missing"]}, None),
        ({"each": "$.lines[*]", "as": {"s": "$.sku", "p": "$.price"}}, [{"s": "A", "p": "1.10"}, {"s": "B"}, {}]),
        ({"each": "$.type", "as": "$"}, None),
        ({"a": "$.id", "b": {"c": "$.paid"}, "d": "$.missing"}, {"a": 7, "b": {"c": True}}),
        (["$.id", "x", "$.missing"], [7, "x"]),
    ],
)
def test_a_value_reads(value: object, read: object) -> None:
    problems: list[Problem] = []
    assert paths.value(value, "v", problems).of(PAYLOAD) == read
    assert problems == []


@pytest.mark.parametrize(
    ("value", "where"),
    [
        ("$id", "v"),
        ("$.", "v"),
        ("$..id", "v"),
        ("$.a b", "v"),
        ("$[x]", "v"),
        ("$[-1]", "v"),
        ("$.a[?(@.b)]", "v"),
        ("$" + ".a" * 13, "v"),
        ("$" + "[*]" * 3, "v"),
        ("$." + "a" * 400, "v"),
        ({"a": {"b": "$["}}, "v.a.b"),
        ({"first": ["$.a", "$("]}, "v.first[1]"),
        ({"each": "lines", "as": "$"}, "v.each"),
        ({"each": "$.l", "as": {"x": "$!"}}, "v.as.x"),
        ({"a": {"a": {"a": {"a": {"a": {"a": {"a": 1}}}}}}}, "v.a.a.a.a.a.a.a"),
        (list(range(MOST + 1)), "v"),
    ],
)
def test_what_is_no_value_is_said_with_its_place(value: object, where: str) -> None:
    problems: list[Problem] = []
    paths.value(value, "v", problems)
    assert [problem.path for problem in problems] == [where]


def calls(raw: object, payload: object = PAYLOAD) -> list[dict[str, Any]]:
    """The calls that a payload gives."""
    made = mapping.compiled(raw).calls(payload).calls
    assert all(isinstance(call, dict) for call in made)
    return list(cast("list[dict[str, Any]]", made))


def event(**said: Any) -> dict[str, Any]:
    return {"event": "Order Completed", "userId": "$.customer.id", **said}


@pytest.mark.parametrize(
    ("when", "made"),
    [
        ({}, 1),
        ({"$.type": "sale.done"}, 1),
        ({"$.type": ["sale.begun", "sale.done"]}, 1),
        ({"$.type": "sale.begun"}, 0),
        ({"$.type": "sale.done", "$.paid": True}, 1),
        ({"$.type": "sale.done", "$.paid": False}, 0),
        ({"$.paid": "true"}, 1),
        ({"$.id": "7"}, 1),
        ({"$.id": 7}, 1),
        ({"$.missing": "x"}, 0),
        ({"$.customer": "x"}, 0),
    ],
)
def test_an_event_is_made_when_all_conditions_hold(when: dict[str, Any], made: int) -> None:
    told = mapping.compiled({"events": [event(when=when)]}).calls(PAYLOAD)
    assert (len(told.calls), len(told.refusals)) == (made, 1 - made)


def test_every_event_whose_conditions_hold_is_made_in_its_order() -> None:
    events = [event(event="One"), event(event="Never", when={"$.id": 8}), {"type": "identify", "traits": {"n": "$.id"}}]
    made = calls({"who": {"userId": "$.customer.id"}, "events": events})
    assert [(call["type"], call.get("event"), call["userId"]) for call in made] == [
        ("track", "One", "c-1"),
        ("identify", None, "c-1"),
    ]


def test_an_address_stands_for_a_visitor_where_nobody_else_is_named() -> None:
    email = "$.customer.e-mail"
    (call,) = calls({"events": [{"event": "Called", "email": email}]})
    assert call["anonymousId"] == address_id("email", "ash@example.com")
    assert call["context"] == {"traits": {"email": "ash@example.com"}}
    (call,) = calls({"events": [event(email=email)]})
    assert "anonymousId" not in call
    (call,) = calls({"events": [{"type": "identify", "email": email}]})
    assert call["traits"] == {"email": "ash@example.com"}


def test_what_no_event_speaks_of_is_kept_under_its_topic() -> None:
    made = {"topic": "$.type", "who": {"userId": "$.customer.id"}, "events": [event(when={"$.id": 8})]}
    (call,) = calls(made)
    assert (call["event"], call["userId"], call["properties"]) == ("sale.done", "c-1", PAYLOAD)
    assert calls(made, {"customer": {"id": 1}}) == []


@pytest.mark.parametrize(
    ("raw", "places"),
    [
        (None, ["mapping"]),
        ([], ["mapping"]),
        ({}, ["mapping.events"]),
        ({"events": {}}, ["mapping.events"]),
        ({"events": []}, ["mapping.events"]),
        ({"events": [7]}, ["mapping.events[0]"]),
        ({"events": [event()] * 51}, ["mapping.events"]),
        ({"rules": [], "topic": "$.type"}, ["mapping.rules"]),
        ({"topic": "$type"}, ["mapping.topic"]),
        ({"events": [{"userId": "$.id"}]}, ["mapping.events[0].event"]),
        ({"events": [{"event": "X"}]}, ["mapping.events[0]"]),
        ({"events": [event(type="delete")]}, ["mapping.events[0].type"]),
        ({"events": [event(type=["track"])]}, ["mapping.events[0].type"]),
        ({"events": [event(user="$.id")]}, ["mapping.events[0].user"]),
        ({"events": [event(properties=7)]}, ["mapping.events[0].properties"]),
        ({"events": [event(traits=["a"])]}, ["mapping.events[0].traits"]),
        ({"events": [event(when=[])]}, ["mapping.events[0].when"]),
        ({"events": [event(when={"type": "x"})]}, ["mapping.events[0].when.type"]),
        ({"events": [event(when={"$.type": None})]}, ["mapping.events[0].when.$.type"]),
        ({"events": [event(when={"$.type": []})]}, ["mapping.events[0].when.$.type"]),
        ({"events": [event(when={"$.type": {"above": 3}})]}, ["mapping.events[0].when.$.type"]),
        ({"events": [event(when={"$[": "x"})]}, ["mapping.events[0].when.$["]),
        (
            {"who": {"name": "$.a"}, "events": [event(timestamp="$("), event(event="$)")]},
            ["mapping.who.name", "mapping.events[0].timestamp", "mapping.events[1].event"],
        ),
    ],
)
def test_a_mapping_that_cannot_be_used_is_refused_with_every_place(raw: object, places: list[str]) -> None:
    with pytest.raises(Invalid) as refused:
        mapping.compiled(raw)
    assert [problem.path for problem in refused.value.problems] == places
    assert all(problem.problem and problem.hint.endswith((".", "]")) for problem in refused.value.problems)


@given(raw=json_values)
def test_any_json_is_a_mapping_or_is_refused(raw: object) -> None:
    for tried in (raw, {"events": [raw]}, {"topic": "$.t", "events": [{"event": raw, "userId": raw, "when": raw}]}):
        try:
            made = mapping.compiled(tried)
        except Invalid:
            continue
        made.calls(PAYLOAD)


@given(payload=json_values, path=st.sampled_from(["$", "$.a", "$[0]", "$[*]", "$.a[*].b", "$[*][*]", "$['a'][0]"]))
def test_any_payload_can_be_read(payload: object, path: str) -> None:
    said = {"each": path, "as": {"x": path}}
    raw = {"topic": path, "events": [{"event": path, "userId": path, "properties": {"p": said}, "when": {path: "x"}}]}
    mapping.compiled(raw).calls(payload)
