"""What is said of what would change a stage is true: it is done, at any moment of the span, and looked at."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.customers.facts import Facts
from chalicelib.customers.fold import fold
from chalicelib.lifecycle.explain.acts import ACTS, ORDER, Situation
from chalicelib.lifecycle.explain.whatif import WhatIf, what_ifs
from chalicelib.lifecycle.parameters import DEFAULT, Parameters
from chalicelib.lifecycle.rules import Stage
from chalicelib.lifecycle.stage import Judgement, judge
from chalicelib.tracking.event import Event
from tests.customers.events import event, order
from tests.lifecycle.people import TODAY, every, person
from tests.lifecycle.strategies import YEAR_MS, facts, parameters

MILLISECOND = timedelta(milliseconds=1)
END = datetime(9990, 1, 1, tzinfo=UTC)
some_parameters = st.one_of(st.just(DEFAULT), parameters())


def at(share: float, start: datetime, end: datetime) -> datetime:
    """A moment of the span, which does not hold its end; in whole milliseconds."""
    return start + (end - start - MILLISECOND) * share // MILLISECOND * MILLISECOND


def judged(known: Facts, identified: bool, chosen: Parameters, now: datetime) -> Judgement:
    return judge(known, identified or known.identified_at is not None, chosen, now)


def stages_until(known: Facts, identified: bool, chosen: Parameters, now: datetime, end: datetime) -> list[Stage]:
    """Every stage from `now` to `end`, both included."""
    found = []
    while now <= end:
        judgement = judged(known, identified, chosen, now)
        found.append(judgement.stage)
        now = judgement.next_at or END + timedelta(days=1)
    return found


@settings(max_examples=120)
@given(
    facts(), some_parameters, st.integers(0, YEAR_MS), st.booleans(), st.lists(st.floats(0, 1), min_size=4, max_size=4)
)
def test_what_is_said_is_true(
    known: Facts, chosen: Parameters, later: int, identified: bool, shares: Sequence[float]
) -> None:
    assert_true(Situation(known, identified, chosen), newest(known) + timedelta(milliseconds=later), shares)


def assert_true(situation: Situation, now: datetime, shares: Sequence[float]) -> None:
    known, identified, chosen = situation.facts, situation.identified, situation.parameters
    without = judged(known, identified, chosen, now)
    for said in what_ifs(situation, now):
        last = said.before or now + timedelta(days=366)
        for moment in (now, last - MILLISECOND, *(at(share, now, last) for share in shares)):
            after = fold(known, ACTS[said.act].events(situation, moment))
            assert judged(after, identified, chosen, moment).stage == said.stage
        assert_prevents(said, situation, without, now, shares)
        assert_lasts(said, situation, now)


def assert_prevents(
    said: WhatIf, situation: Situation, without: Judgement, now: datetime, shares: Sequence[float]
) -> None:
    if said.prevents is None:
        assert said.prevents_before is None is said.prevents_from
        return
    assert said.prevents_before is not None
    assert without.next_at is not None
    assert said.prevents == without.next_stage
    assert said.prevents_before <= without.next_at
    start = said.prevents_from or now
    for moment in (start, *(at(share, start, said.prevents_before) for share in shares)):
        after = fold(situation.facts, ACTS[said.act].events(situation, moment))
        passed = stages_until(after, situation.identified, situation.parameters, moment, without.next_at)
        assert said.prevents not in passed


def assert_lasts(said: WhatIf, situation: Situation, now: datetime) -> None:
    after = fold(situation.facts, ACTS[said.act].events(situation, now))
    until = END if said.lasts_until is None else said.lasts_until
    before, then = (judged(after, situation.identified, situation.parameters, t) for t in (until - MILLISECOND, until))
    assert before.stage == said.stage
    assert then.stage == (said.then or said.stage)


def newest(known: Facts) -> datetime:
    """The last moment of which the facts say anything."""
    moments = [known.last_at, known.identified_at, *(order.at for order in known.orders)]
    days = [*known.active_days, *(day for day, _ in known.intent)]
    ends = [datetime.fromordinal(day).replace(tzinfo=UTC) for day in days]
    return max([moment for moment in (*moments, *ends) if moment], default=TODAY)


def told(known: Facts, now: datetime = TODAY, identified: bool = True) -> dict[str, WhatIf]:
    return {one.act: one for one in what_ifs(Situation(known, identified, DEFAULT), now)}


def test_an_order_in_time_keeps_her_out_of_at_risk() -> None:
    known = fold(Facts(), [order(f"o{days}", at=TODAY - timedelta(days=days)) for days in (75, 40, 8)])
    without = judge(known, True, DEFAULT, TODAY)
    assert (without.stage, without.next_stage) == (Stage.REPEAT, Stage.AT_RISK)
    said = told(known)["order"]
    assert (said.stage, said.prevents) == (Stage.REPEAT, Stage.AT_RISK)
    assert said.prevents_before == without.next_at is not None
    assert without.next_at is not None
    in_time = fold(known, [order("next", at=without.next_at - timedelta(minutes=1))])
    assert judge(in_time, True, DEFAULT, without.next_at).stage is Stage.REPEAT
    assert judge(known, True, DEFAULT, without.next_at).stage is Stage.AT_RISK


def test_an_order_too_soon_after_the_last_is_the_same_occasion() -> None:
    said = told(person(orders=[0]))["order"]
    assert said.stage is Stage.OCCASIONAL
    assert said.prevents is Stage.WAITING
    assert said.prevents_from is not None


def test_a_visit_lifts_a_silent_buyer_for_thirty_days() -> None:
    said = told(person(orders=[185]))["visit"]
    assert (said.stage, said.lasts_until, said.then) == (Stage.WAITING, TODAY + timedelta(days=30), Stage.AT_RISK)
    assert "cart" not in told(person(orders=[185])), "a cart comes to the same as a visit"


def test_nothing_keeps_a_ghost_but_her_name() -> None:
    assert list(told(person(visits=[1]), identified=False)) == ["identify"]


def test_a_refund_takes_away_and_prevents_nothing() -> None:
    said = told(person(orders=[200, 80, 10]))["refund"]
    assert said.stage is Stage.OCCASIONAL
    assert said.prevents is None


def test_a_hero_need_only_be_active() -> None:
    known = person(orders=every(30, 80, 350), visits=[80])
    assert {"order", "visit"} <= told(known).keys()


def test_of_a_clock_that_is_ahead_nothing_is_foretold() -> None:
    assert told(person(orders=[-3])) == {}


def test_acts_are_told_in_an_order() -> None:
    assert sorted(ORDER) == sorted(ACTS)


def of_contract(name: str, days: float, **properties: Any) -> Event:
    """Something told of a contract, so many days ago."""
    return event(name, TODAY - timedelta(days=days), properties={"subscription_id": "s1", "plan": "Pro", **properties})


def _in(days: float) -> str:
    return (TODAY + timedelta(days=days)).isoformat()


STARTED = of_contract("Subscription Started", 100, renews_at=_in(20))
FAILED = of_contract("Payment Failed", 5)
LEAVING = of_contract("Subscription Cancellation Scheduled", 5)
TRYING = of_contract("Trial Started", 4, trial_end_date=_in(10))
PAUSED = of_contract("Subscription Paused", 3)


@pytest.mark.parametrize(
    ("history", "act", "stage", "prevents"),
    [
        ([STARTED], "cancel", Stage.LOST, None),
        ([STARTED, FAILED], "pay", Stage.REPEAT, Stage.LOST),
        ([STARTED, LEAVING], "stay", Stage.OCCASIONAL, Stage.LOST),
        ([TRYING], "subscribe", Stage.OCCASIONAL, Stage.WAITING),
        ([STARTED, PAUSED], "resume", Stage.OCCASIONAL, None),
    ],
)
def test_what_becomes_of_a_contract(history: list[Event], act: str, stage: Stage, prevents: Stage | None) -> None:
    said = told(fold(Facts(), history))[act]
    assert (said.stage, said.prevents) == (stage, prevents)


@st.composite
def histories(draw: st.DrawFn) -> Facts:
    """Facts of somebody who has bought, wanted, tried and subscribed in the last two years."""
    told_of = st.fixed_dictionaries(
        {},
        optional={
            "renews_at": st.integers(-200, 400).map(_in),
            "trial_end_date": st.integers(-100, 60).map(_in),
            "cancel_at_period_end": st.booleans(),
            "amount": st.sampled_from(["10", "900"]),
            "interval": st.sampled_from(["month", "year"]),
        },
    )
    made = []
    for number in range(draw(st.integers(1, 9))):
        days = draw(st.floats(0.01, 700))
        if draw(st.booleans()):
            made.append(of_contract(draw(st.sampled_from(CONTRACT_EVENTS)), days, **draw(told_of)))
        else:
            name = draw(
                st.sampled_from(["Order Completed", "Product Added", "Quote Requested", "Page", "Cart Cleared"])
            )
            said = {"order_id": f"o{number}", "total": "20"} if name == "Order Completed" else {}
            made.append(event(name, TODAY - timedelta(days=days), properties=said))
    return fold(Facts(), sorted(made, key=lambda one: one.at))


SHOP_EVENTS = ["Order Completed", "Product Added", "Quote Requested", "Page", "Cart Cleared"]
CONTRACT_EVENTS = [
    "Subscription Started",
    "Subscription Renewed",
    "Subscription Paused",
    "Subscription Cancelled",
    "Subscription Cancellation Scheduled",
    "Trial Started",
    "Payment Failed",
]


@settings(max_examples=80)
@given(histories(), st.integers(0, YEAR_MS), st.lists(st.floats(0, 1), min_size=4, max_size=4))
def test_what_is_said_of_contracts_and_carts_is_true(known: Facts, later: int, shares: Sequence[float]) -> None:
    assert_true(Situation(known, True, DEFAULT), TODAY + timedelta(milliseconds=later), shares)
