"""`match` against the slow reference: any rule, any history, any moment; and what it promises of the future."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from chalicelib.customers.facts import Facts
from chalicelib.customers.fold import fold
from chalicelib.lifecycle.stage import Stage
from chalicelib.segments.history import History
from chalicelib.segments.match import holds, match
from chalicelib.segments.need import needed
from chalicelib.segments.rule import Rule, parse
from chalicelib.segments.view import View
from chalicelib.tracking.event import Event
from tests.customers.events import DAY, event
from tests.segments import reference
from tests.segments.reference import Person, ms
from tests.segments.rules import NAMES, counts, happenings, messages, moments, nested

A_MILLISECOND = timedelta(milliseconds=1)
EXAMPLES = int(os.environ.get("PERENNIAL_RULES", "120"))

_times = st.integers(0, 40 * 24).map(lambda hours: DAY - timedelta(hours=hours)) | st.integers(0, 5_000_000).map(
    lambda ago: DAY - timedelta(milliseconds=ago * 700)
)
_amounts = st.sampled_from([0, 10, 49.5, "50", "12.5", True, None, "many", 100])
_kinds = st.sampled_from(["a", "b", ["a", "c"], ["b"], 7, None])


@st.composite
def events(draw: st.DrawFn) -> list[Event]:
    found = []
    for number in range(draw(st.integers(0, 12))):
        properties = {
            "total": draw(_amounts),
            "kind": draw(_kinds),
            "order_id": f"o{number}",
            "journey": draw(st.sampled_from(["welcome", "other"])),
            "machine": draw(st.booleans()),
        }
        said = {name: value for name, value in properties.items() if value is not None}
        name = draw(st.sampled_from(NAMES))
        found.append(event(name, draw(_times), message_id=f"m{number}", properties=said))
    return found


_leaves = st.one_of(
    happenings(),
    happenings(),
    messages,
    st.builds(lambda given: {"trait": "born"} | given, moments),
    st.builds(lambda given: {"fact": "order_count"} | given, counts),
    st.builds(lambda given: {"fact": "days_since_last_order"} | given, counts),
    st.fixed_dictionaries({"segment": st.sampled_from(["vip", "other"])}),
    st.fixed_dictionaries({"stage": st.sampled_from([["new"], ["lead", "hero"]])}),
)


RULES = st.recursive(_leaves, nested, max_leaves=5)
PEOPLE = st.builds(
    Person,
    events(),
    st.fixed_dictionaries(
        {}, optional={"born": st.sampled_from(["1990-11-25", "2000-02-29", "2026-11-23T10:00:00Z", 7])}
    ),
    st.sampled_from([frozenset[str](), frozenset({"vip"})]),
    st.sampled_from(["new", "hero", None]),
)
AGES = st.integers(0, 60 * 24 * 60).map(lambda minutes: timedelta(minutes=minutes)) | st.just(timedelta())


def seen(person: Person, rule: Rule, now: datetime) -> View:
    """The customer as the product sees her: facts, and no more history than the rule needs."""
    past = [each for each in person.events if each.at <= now]
    stage = Stage(person.stage) if person.stage else None
    view = View("u#ann", fold(Facts(), past), person.traits, stage, segments=person.segments)
    need = needed([rule], view, now)
    history = None if need is None else History.of(past, need.names, need.since)
    return replace(view, history=history)


@given(raw=RULES, person=PEOPLE, age=AGES)
@settings(max_examples=EXAMPLES, deadline=None)
def test_the_answer_is_that_of_the_reference(raw: Mapping[str, Any], person: Person, age: timedelta) -> None:
    rule, now = parse(raw), DAY - timedelta(days=20) + age
    expected = reference.holds(raw, person, ms(now))
    view = seen(person, rule, now)
    assert match(rule, view, now).matched is expected
    assert holds(rule, view, now) is expected


@given(raw=RULES, person=PEOPLE, share=st.floats(0, 1))
@settings(max_examples=EXAMPLES, deadline=None)
def test_the_promised_moment_is_exact(raw: Mapping[str, Any], person: Person, share: float) -> None:
    """Nothing happens; until then the answer stays, to the millisecond, and then it is another."""
    rule = parse(raw)
    view = seen(person, rule, DAY)
    said = match(rule, view, DAY)
    last = said.until or DAY + timedelta(days=3 * 365)
    moments = [DAY + (last - DAY) * share, last - A_MILLISECOND]
    moments += [each.at + timedelta(days) for each in person.events for days in (1, 1.5, 7, 20, 90)]
    for moment in moments:
        if DAY <= moment < last:
            assert reference.holds(raw, person, ms(moment)) is said.matched
    if said.until is not None:
        assert reference.holds(raw, person, ms(said.until)) is not said.matched
        assert match(rule, view, said.until).matched is not said.matched
        assert holds(rule, view, said.until) is not said.matched


@given(raw=RULES, person=PEOPLE)
@settings(max_examples=EXAMPLES, deadline=None)
def test_no_history_is_asked_for_that_the_item_answers(raw: Mapping[str, Any], person: Person) -> None:
    """And one that was read is enough."""
    rule = parse(raw)
    view = seen(person, rule, DAY)
    assert needed([rule], view, DAY) is None
    whole = replace(view, history=History.of(person.events))
    assume(view.history is None)
    assert match(rule, whole, DAY) == match(rule, view, DAY)
