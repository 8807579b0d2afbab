"""Journeys as their authors write them: what is accepted, and how what is wrong is said."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib import plugins
from chalicelib.journeys.journey import MAX_STEPS, Journey, parse
from chalicelib.journeys.re_entry import Again
from chalicelib.journeys.step import PACKAGE
from chalicelib.tracking.problems import Invalid
from tests.journeys.definitions import branch, journey, journeys, leave, raw, send, wait

BOUGHT = {"fact": "order_count", "above": 0}

keys = st.sampled_from(
    ["id", "do", "for", "template", "branches", "when", "steps", "otherwise", "on", "entered", "name", "after"]
)
values = st.sampled_from(["send", "wait", "branch", "exit", "P1D", "stage", "event", "at_risk", "once", "a"])
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | values | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys | st.text(max_size=3), inner, max_size=4),
    max_leaves=15,
)


def problems(body: Any) -> list[tuple[str, str]]:
    """The paths and problems of a body, which is wrong."""
    with pytest.raises(Invalid) as refused:
        parse(body)
    return [(problem.path, problem.problem) for problem in refused.value.problems]


def test_what_is_left_out_has_defaults() -> None:
    plan = journey(send("hello"))
    assert (plan.max_age, plan.re_entry) == (timedelta(hours=1), Again("once"))
    assert (plan.entry, plan.exit_when) == (None, None)
    assert plan.body()["steps"] == [
        {"id": "hello", "do": "send", "template": "hello-mail", "channel": "email", "within": "P1D"}
    ]


def test_re_entry_is_said_in_one_of_three_ways() -> None:
    assert journey(send("a"), re_entry="always").re_entry == Again("always")
    assert journey(send("a"), re_entry={"after": "P30D"}).re_entry == Again("after", timedelta(days=30))
    assert journey(send("a"), re_entry={"after": "P30D"}).body()["re_entry"] == {"after": "P30D"}
    assert journey(send("a"), trigger={"on": "call"}, re_entry="per_key").re_entry == Again("per_key")
    assert problems(raw(send("a"), re_entry="never")) == [("re_entry", "This does not say who enters again")]
    assert problems(raw(send("a"), re_entry={"after": "soon"})) == [("re_entry", "'soon' is not a duration")]


def test_templates_are_found_wherever_they_are_sent() -> None:
    plan = journey(send("b"), branch("c", (BOUGHT, [send("a")]), otherwise=[send("d"), send("e", template="b-mail")]))
    assert plan.templates == ("a-mail", "b-mail", "d-mail")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (5, [("", "This is not an object")]),
        ([], [("", "This is not an object")]),
        (raw(), [("steps", "This list is empty")]),
        (raw(send("a"), steps={}), [("steps", "This is not a list")]),
        (raw(send("a"), name="Trial 1"), [("name", "This is not a name")]),
        (raw(send("a"), name="a\n"), [("name", "This is not a name")]),
        (raw(send("a"), name=7), [("name", "This is not a text")]),
        (raw(send("a"), title=" "), [("title", "This text is empty")]),
        (raw(send("a"), class_="bulk"), [("class", "Input should be 'transactional' or 'marketing'")]),
        (raw(send("a"), colour="red"), [("colour", "This is not known here")]),
        (raw(send("a"), max_age="1h"), [("max_age", "'1h' is not a duration")]),
        (raw(send("a"), max_age="PT0S"), [("max_age", "This lasts no time at all")]),
        (raw(send("a"), max_age="P9999W"), [("max_age", "This is longer than P730D")]),
        (raw(send("a"), max_age=60), [("max_age", "This is not a duration")]),
        (raw(send("a"), trigger="identified"), [("trigger", "This is not a trigger")]),
        (
            raw(send("a"), trigger={"on": "moon"}),
            [("trigger", "This trigger does not say on what, or nothing that is known")],
        ),
        (raw(send("a"), trigger={"on": "stage"}), [("trigger", "This trigger names no stage")]),
        (
            raw(send("a"), trigger={"on": "stage", "entered": ["x"]}),
            [("trigger.entered[0]", "This stage is not known")],
        ),
        (raw(send("a"), trigger={"on": "event"}), [("trigger.name", "This is required and is not there")]),
        (raw(send("a"), entry={"fact": "x"}), [("entry.fact", "This fact is not known")]),
        (raw(send("a"), exit_when={}), [("exit_when", "This rule is of no kind that is known")]),
        ({**raw(), "steps": ["send"]}, [("steps[0]", "This is not a step")]),
        (raw({"id": "a"}), [("steps[0]", "This step does not say what to do")]),
        (raw({"id": "a", "do": "loop"}), [("steps[0]", "There is no step of this kind")]),
        (raw({"id": "a", "do": ["send"]}), [("steps[0]", "This step does not say what to do")]),
        (raw({"do": "exit"}), [("steps[0].id", "This is required and is not there")]),
        (raw(leave("A")), [("steps[0].id", "This is not a name")]),
        (raw(send("a", template="../x")), [("steps[0].template", "This is not a name")]),
        (
            raw(send("a", channel="pigeon")),
            [("steps[0].channel", "Input should be 'email', 'sms', 'push', 'onsite' or 'preferred'")],
        ),
        (raw(wait("a", "-P1D")), [("steps[0].for", "'-P1D' is not a duration")]),
        (raw(branch("a")), [("steps[0].branches", "This list is empty")]),
        (
            raw(send("a"), branch("b", (BOUGHT, [wait("c", "x")]))),
            [("steps[1].branches[0].steps[0].for", "'x' is not a duration")],
        ),
        (
            raw(branch("b", (BOUGHT, []), otherwise=[leave("b")])),
            [("steps[0].otherwise[0].id", "Another step has this id")],
        ),
        (raw(*[leave(f"s{n}") for n in range(MAX_STEPS + 1)]), [("", f"There are more than {MAX_STEPS} steps")]),
    ],
)
def test_a_wrong_journey_says_where_and_what(body: Any, expected: list[tuple[str, str]]) -> None:
    assert problems(body) == expected


def test_an_unknown_step_is_answered_with_the_known_ones() -> None:
    with pytest.raises(Invalid) as refused:
        parse(raw({"id": "a", "do": "loop"}))
    assert refused.value.problems[0].hint == f"Use one of: {', '.join(plugins.names(PACKAGE))}."


def test_every_problem_is_found_at_once() -> None:
    body = raw(
        send("a", template="?"), {"id": "b", "do": "hop"}, branch("c", ({"fact": "x", "above": 1}, [])), title=""
    )
    assert [path for path, _ in problems(body)] == [
        "title",
        "steps[0].template",
        "steps[1]",
        "steps[2].branches[0].when.fact",
    ]


def test_branches_can_be_nested_only_so_deep() -> None:
    step: dict[str, Any] = leave("end")
    for number in range(20):
        step = branch(f"b{number}", (BOUGHT, [step]))
    assert problems(raw(step)) == [("", "This is nested more than 24 levels deep")]


@given(json_values)
def test_any_json_is_a_journey_or_says_why_not(body: Any) -> None:
    for candidate in (body, raw(body), {**raw(send("a")), "trigger": body}, {**raw(send("a")), "re_entry": body}):
        answer = _parsed(candidate)
        if isinstance(answer, Invalid):
            assert answer.problems
            json.dumps([problem.details() for problem in answer.problems])
        else:
            assert isinstance(answer, Journey)


@settings(max_examples=40)
@given(journeys())
def test_a_journey_survives_its_own_json(plan: Journey) -> None:
    assert parse(json.loads(json.dumps(plan.body()))) == plan


def _parsed(body: Any) -> Any:
    try:
        return parse(body)
    except Invalid as refused:
        return refused
