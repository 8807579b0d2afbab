"""Rules that are wrong: each says where, what, and what to do, and no other exception leaves."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.segments.problems import MAX_DEPTH, bounded
from chalicelib.segments.rule import KINDS, parse
from chalicelib.tracking.problems import Invalid

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*KINDS, "equals", "in", "is", "above", "x"]) | st.text(max_size=3), inner)
    ),
    max_leaves=12,
)


@pytest.mark.parametrize(
    ("rule", "path", "problem"),
    [
        (None, "rule", "This is not a rule"),
        ([], "rule", "This is not a rule"),
        ({}, "rule", "This rule is of no kind that is known"),
        ({"eval": "1"}, "rule", "This rule is of no kind that is known"),
        ({"all": [], "any": []}, "rule", "This rule is of 2 kinds"),
        ({"all": []}, "rule.all", "This list is empty"),
        ({"all": {}}, "rule.all", "This is not a list"),
        ({"all": [{"stage": ["wat"]}]}, "rule.all[0].stage[0]", "This stage is not known"),
        ({"not": {"not": {"fact": "x", "above": 1}}}, "rule.not.not.fact", "This fact is not known"),
        ({"fact": "revenue"}, "rule", "This rule has no condition, or an empty one"),
        ({"fact": "revenue", "above": None}, "rule", "This rule has no condition, or an empty one"),
        ({"fact": "revenue", "above": "1"}, "rule.above", "This is not a number"),
        ({"fact": "revenue", "above": True}, "rule.above", "This is not a number"),
        ({"fact": "revenue", "above": 1e300}, "rule.above", "This number is out of range"),
        ({"fact": "revenue", "above": 10**400}, "rule.above", "This number is out of range"),
        ({"fact": "revenue", "above": float("nan")}, "rule.above", "This number is out of range"),
        ({"fact": "revenue", "above": 1, "code": "x"}, "rule.code", "This is not known here"),
        ({"fact": "revenue", "equals": "1"}, "rule", "This fact is a number"),
        ({"fact": "revenue", "contains": 1}, "rule", "This fact is a number"),
        ({"fact": "top_category", "above": 1}, "rule", "This fact is no number"),
        ({"account": "stage"}, "rule", "This rule has no condition, or an empty one"),
        ({"trait": "", "exists": True}, "rule.trait", "This text is empty"),
        ({"trait": "x", "exists": "yes"}, "rule.exists", "This is not true or false"),
        ({"trait": "x", "equals": ["y"]}, "rule.equals", "This is not a text, a number, true or false"),
        ({"trait": "x", "equals": "\ud800"}, "rule.equals", "This text is too long or not printable"),
        ({"trait": "x", "in": ["y"] * 201}, "rule.in", "This list has more than 200 members"),
        ({"event": ""}, "rule.event", "This text is empty"),
        ({"event": "A", "within": "30 days"}, "rule.within", "'30 days' is not a duration"),
        ({"event": "A", "within": "P0D"}, "rule.within", "This lasts no time at all"),
        ({"event": "A", "within": "P1D", "between": ["2026-01-01", "2026-02-01"]}, "rule", "This rule has two windows"),
        ({"event": "A", "between": ["2026-02-01", "2026-01-01"]}, "rule", "This window ends before it begins"),
        ({"event": "A", "between": ["2026-02-01"]}, "rule.between[1]", "This is required and is not there"),
        ({"event": "A", "between": ["1.2.2026", "2026-03-01"]}, "rule.between[0]", "This is neither a date nor a time"),
        (
            {"event": "A", "between": ["0001-01-01", "2026-03-01"]},
            "rule.between[0]",
            "This is neither a date nor a time",
        ),
        ({"event": "A", "count": {}}, "rule.count", "This rule has no condition, or an empty one"),
        ({"event": "A", "count": 3}, "rule.count", "This is not an object"),
        ({"event": "A", "sum": {"above": 3}}, "rule.sum.property", "This is required and is not there"),
        (
            {"event": "A", "count": {"above": 3}, "last": {"within_last": "P1D"}},
            "rule",
            "This rule asks for count and last at once",
        ),
        ({"event": "A", "where": [{"property": "x"}]}, "rule.where[0]", "This rule has no condition, or an empty one"),
        ({"event": "A", "where": [{"property": "x", "above": "9"}]}, "rule.where[0].above", "This is not a number"),
        (
            {"event": "A", "followed_by": {"within": "P1D"}},
            "rule.followed_by.event",
            "This is required and is not there",
        ),
        ({"event": "A", "last": {}}, "rule.last", "This rule has no condition, or an empty one"),
        ({"trait": "b", "anniversary": {}}, "rule.anniversary", "This needs one condition"),
        ({"trait": "b", "before": "soon"}, "rule.before", "This is neither a date nor a time"),
        ({"message": "opened", "channel": "sms"}, "rule", "Of sms it is not told that a message was opened"),
        ({"message": "sent", "channel": "fax"}, "rule.channel", "Input should be 'email', 'sms', 'push' or 'onsite'"),
        ({"message": "read"}, "rule.message", "Input should be 'sent', 'received', 'opened' or 'clicked'"),
        ({"phase": "race"}, "rule.in", "This is required and is not there"),
        ({"segment": "A b"}, "rule.segment", "This is not a name"),
        ({"consent": "email"}, "rule.is", "This is required and is not there"),
        ({"consent": "email", "is": "granted", "topic": "A b"}, "rule.topic", "This is not a name"),
    ],
)
def test_a_wrong_rule_says_where_and_what(rule: Any, path: str, problem: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse(rule)
    (found,) = refused.value.problems
    assert (found.path, found.problem) == (path, problem)
    assert found.hint.endswith(".") or found.hint.endswith("}") or found.hint.endswith("]")
    assert set(found.details()) == {"path", "problem", "hint"}


def test_a_rule_can_be_neither_too_deep_nor_too_large() -> None:
    deep: Any = {"stage": ["new"]}
    for _ in range(10_000):
        deep = {"not": deep}
    for raw in (deep, {"all": [{"stage": ["new"]}] * 5_000}, {"trait": "x", "equals": "y" * 300_001}):
        with pytest.raises(Invalid) as refused:
            parse(raw)
        assert refused.value.problems[0].path == ""


def test_depth_is_counted_in_levels() -> None:
    nested: Any = 1
    for _ in range(MAX_DEPTH):
        nested = [nested]
    bounded(nested)
    with pytest.raises(Invalid):
        bounded([nested])


@given(json_values)
def test_any_json_is_a_rule_or_says_why_not(raw: Any) -> None:
    answer = _parsed(raw)
    if isinstance(answer, Invalid):
        assert answer.problems
        json.dumps([problem.details() for problem in answer.problems])
    else:
        assert isinstance(answer, tuple(KINDS.values()))


def _parsed(raw: Any) -> Any:
    try:
        return parse(raw)
    except Invalid as refused:
        return refused
