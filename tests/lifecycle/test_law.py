"""The law of the next change: nothing before it, a different stage at it, and nothing ever where there is none."""

from __future__ import annotations

import itertools
import json
import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.customers.facts import Facts
from chalicelib.lifecycle.explain import outlook, sentence
from chalicelib.lifecycle.parameters import DEFAULT, Parameters
from chalicelib.lifecycle.stage import Judgement, Reason, Stage, judge
from tests.lifecycle.people import TODAY, every, person
from tests.lifecycle.strategies import facts, parameters, times

END = datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
some_parameters = st.one_of(st.just(DEFAULT), parameters())


@settings(max_examples=250, deadline=None)
@given(facts(), some_parameters, times, st.booleans(), st.floats(0, 1))
def test_nothing_changes_before_the_next_change(
    known: Facts, chosen: Parameters, now: datetime, identified: bool, share: float
) -> None:
    judged = judge(known, identified, chosen, now)
    last = END if judged.next_at is None else judged.next_at - MICROSECOND
    between = now + share * (last - now)
    for moment in (now, min(between, last), last, min(now + timedelta(days=1), last)):
        again = judge(known, identified, chosen, moment)
        assert again.stage == judged.stage
        assert (again.next_at, again.next_stage) == (judged.next_at, judged.next_stage)


@settings(max_examples=250, deadline=None)
@given(facts(), some_parameters, times)
def test_the_stage_differs_at_the_next_change(known: Facts, chosen: Parameters, now: datetime) -> None:
    judged = judge(known, True, chosen, now)
    for _ in range(12):
        if judged.next_at is None:
            break
        assert judged.next_at > now
        assert judged.next_at.microsecond % 1000 == 0  # storage keeps milliseconds
        then = judge(known, True, chosen, judged.next_at)
        assert then.stage == judged.next_stage != judged.stage
        now, judged = judged.next_at, then
    assert judged.next_at is None  # nobody changes for ever


@settings(max_examples=100, deadline=None)
@given(facts(), some_parameters, times, st.booleans())
def test_everybody_has_a_stage_a_reason_and_finite_scores(
    known: Facts, chosen: Parameters, now: datetime, identified: bool
) -> None:
    judged = judge(known, identified, chosen, now)
    assert_sound(judged)
    assert (judged.stage is Stage.GHOST) is not identified
    assert judged.churn_risk is not None or known.order_count == 0
    assert (judged.warmth is None) is (known.order_count == 0)
    assert all(each.expires > now for each in judged.open_intents)


def assert_sound(judged: Judgement) -> None:
    assert (judged.next_at is None) is (judged.next_stage is None)
    assert judged.next_order is None or judged.next_order.early <= judged.next_order.at <= judged.next_order.late
    for score, most in ((judged.churn_risk, 1), (judged.warmth, 1), (judged.expected_value, math.inf)):
        assert score is None or (0 <= score <= most and math.isfinite(score))
    assert outlook(judged)
    for reason in judged.reasons:
        stored = json.loads(json.dumps(reason.as_dict(), allow_nan=False))
        assert Reason(**stored) == reason
        assert "{" not in sentence(reason)


@settings(max_examples=100, deadline=None)
@given(facts(), times, times)
def test_warmth_and_value_only_fall(known: Facts, one: datetime, other: datetime) -> None:
    earlier, later = (judge(known, True, DEFAULT, moment) for moment in sorted((one, other)))
    if earlier.warmth is None or later.warmth is None:
        return
    if known.subscriptions.held:  # a contract says what it says, not what silence does
        assert earlier.warmth >= later.warmth
        return
    assert earlier.warmth >= later.warmth
    assert (earlier.churn_risk or 0) <= (later.churn_risk or 0) + 1e-12
    assert (earlier.expected_value or 0) * (1 + 1e-9) >= (later.expected_value or 0)


@pytest.mark.parametrize("days", [7.5, 20, 45, 90, 200])
def test_the_date_of_at_risk_is_where_warmth_crosses(days: float) -> None:
    known = person(orders=[400 - n * days for n in range(8)])
    judged = judge(known, True, DEFAULT, TODAY - timedelta(days=400 - 7 * days))
    while judged.next_at is not None and judged.next_stage is not Stage.AT_RISK:
        judged = judge(known, True, DEFAULT, judged.next_at)
    assert judged.next_at is not None
    just_before = judge(known, True, DEFAULT, judged.next_at - timedelta(milliseconds=1))
    at = judge(known, True, DEFAULT, judged.next_at)
    assert just_before.warmth is not None
    assert at.warmth is not None
    assert at.warmth < DEFAULT.warm <= just_before.warmth


def test_the_dates_of_one_order_by_hand() -> None:
    known = person(orders=[0])
    dates = [(0, Stage.OCCASIONAL), (60, Stage.WAITING), (180, Stage.AT_RISK), (365, Stage.LOST)]
    for (start, stage), (end, following) in itertools.pairwise(dates):
        judged = judge(known, True, DEFAULT, TODAY + timedelta(days=start))
        assert judged.stage is stage
        assert (judged.next_at, judged.next_stage) == (TODAY + timedelta(days=end), following)


def test_twelve_monthly_orders_take_about_a_hundred_days_to_at_risk() -> None:
    known = person(orders=every(30, 0, 330))
    judged = judge(known, True, DEFAULT, TODAY)
    while judged.next_at is not None and judged.next_stage is not Stage.AT_RISK:
        judged = judge(known, True, DEFAULT, judged.next_at)
    assert judged.next_at is not None
    assert 85 <= (judged.next_at - TODAY).days <= 115


def test_a_browsing_customer_waits_exactly_until_the_activity_is_old() -> None:
    judged = judge(person(orders=[185], visits=[4]), True, DEFAULT, TODAY)
    assert judged.next_at == TODAY + timedelta(days=26)


def test_one_order_does_not_make_a_lapsed_hero_a_hero() -> None:
    lapsed = every(30, 700, 1000)
    assert judge(person(orders=lapsed), True, DEFAULT, TODAY - timedelta(days=700)).stage is Stage.HERO
    assert judge(person(orders=lapsed), True, DEFAULT, TODAY).stage is Stage.LOST
    assert judge(person(orders=[*lapsed, 1]), True, DEFAULT, TODAY).stage is Stage.OCCASIONAL
