"""What a rule mentions; and that what it does not mention cannot change its answer."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.customers.answering import NAMES
from chalicelib.customers.facts import Facts
from chalicelib.customers.fold import fold
from chalicelib.lifecycle.stage import Stage
from chalicelib.segments.match import match
from chalicelib.segments.measures import MEASURES
from chalicelib.segments.mentions import Mentions, mentions
from chalicelib.segments.rule import parse
from chalicelib.segments.texts import TEXTS
from chalicelib.segments.view import View
from tests.customers.events import DAY, histories
from tests.segments.rules import rules


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({"stage": ["hero"]}, Mentions(stage=True)),
        ({"trait": "country", "equals": "IT"}, Mentions(traits=True)),
        ({"trait": "born", "anniversary": {"on": "today"}}, Mentions(traits=True, time=True)),
        ({"account": "traits.plan", "equals": "pro"}, Mentions(account=True)),
        ({"consent": "email", "is": "granted"}, Mentions(facts=frozenset({"consent", "asked"}), consent=True)),
        ({"segment": "vip"}, Mentions(segments=frozenset({"vip"}))),
        ({"fact": "order_count", "above": 1}, Mentions(facts=frozenset({"orders", "earlier"}))),
        ({"fact": "days_in_stage", "above": 1}, Mentions(stage=True, time=True)),
        ({"fact": "stage_cause", "equals": "time"}, Mentions(stage=True)),
        ({"fact": "answers_to", "equals": "sms"}, Mentions(events=NAMES)),
        (
            {"fact": "churn_risk", "above": 0.5},
            Mentions(facts=MEASURES["churn_risk"].parts, scores=True, time=True),
        ),
        ({"event": "A"}, Mentions(events=frozenset({"A"}))),
        ({"event": "A", "within": "P1D"}, Mentions(events=frozenset({"A"}), time=True)),
        ({"event": "A", "last": {"within_last": "P1D"}}, Mentions(events=frozenset({"A"}), time=True)),
        (
            {"event": "A", "last": {"anniversary": {"on": "today"}}},
            Mentions(events=frozenset({"A"}), traits=True, time=True),
        ),
        ({"event": "A", "between": ["2026-01-01", "2026-02-01"]}, Mentions(events=frozenset({"A"}), traits=True)),
        ({"event": "A", "between": ["2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"]}, Mentions(frozenset({"A"}))),
        ({"event": "A", "followed_by": {"event": "B"}}, Mentions(events=frozenset({"A", "B"}))),
        ({"message": "clicked", "channel": "email"}, Mentions(events=frozenset({"Email Link Clicked"}))),
        (
            {"all": [{"event": "A"}, {"not": {"any": [{"segment": "vip"}, {"stage": ["hero"]}]}}]},
            Mentions(events=frozenset({"A"}), segments=frozenset({"vip"}), stage=True),
        ),
    ],
)
def test_what_a_rule_mentions(rule: dict[str, Any], expected: Mentions) -> None:
    assert mentions(parse(rule)) == expected


def test_every_part_that_a_fact_names_is_one() -> None:
    known = {field.name for field in fields(Facts)}
    for parts in [*(each.parts for each in MEASURES.values()), *(each.parts for each in TEXTS.values())]:
        assert parts <= known


@given(raw=rules(), history=histories(), stage=st.sampled_from([*Stage, None]))
@settings(max_examples=100, deadline=None)
def test_what_it_does_not_mention_cannot_change_the_answer(raw: Any, history: Any, stage: Stage | None) -> None:
    rule = parse(raw)
    view = View("u#ann", fold(Facts(), history), {"country": "IT", "age": 7}, stage, account={"stage": "hero"})
    said = mentions(rule)
    nothing = Facts()
    others = [each.name for each in fields(Facts) if each.name not in said.facts]
    if said.events:
        others.remove("happenings")
    facts = replace(view.facts, **{name: getattr(nothing, name) for name in others})
    changed = replace(view, facts=facts)
    if not said.traits:
        changed = replace(changed, traits={})
    if not said.account:
        changed = replace(changed, account={})
    if not said.stage:
        changed = replace(changed, stage=None)
    assert match(rule, changed, DAY).matched is match(rule, view, DAY).matched
