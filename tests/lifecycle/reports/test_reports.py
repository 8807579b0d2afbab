"""The figures of docs/REPORTS.md on small bases, computed by hand; and what holds for every base."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.customers.facts import Facts
from chalicelib.customers.fold import fold
from chalicelib.customers.state import State
from chalicelib.lifecycle.frame import frames
from chalicelib.lifecycle.history import Before, History
from chalicelib.lifecycle.parameters import DEFAULT
from chalicelib.lifecycle.reading import DAY_MS
from chalicelib.lifecycle.reports.census import Census, census
from chalicelib.lifecycle.reports.cohorts import cohorts
from chalicelib.lifecycle.reports.estimate import Amount, Count, Scale, Share
from chalicelib.lifecycle.reports.forecast import AHEAD_DAYS, forecast
from chalicelib.lifecycle.reports.person import Person, person_of
from chalicelib.lifecycle.reports.rates import rates, second_at
from chalicelib.lifecycle.reports.risk import risk
from chalicelib.lifecycle.rules import Stage
from chalicelib.times import milliseconds
from tests.customers.events import event, order
from tests.lifecycle.test_hostile import HOSTILE

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
DAY = timedelta(days=1)


def bought(*days_ago: float) -> History:
    """Somebody who ordered so many days ago, 10 each."""
    ascending = sorted(milliseconds(NOW - each * DAY) for each in days_ago)
    return History(tuple(ascending), (10.0,) * len(ascending))


def whole(number: int) -> Scale:
    return Scale(number, number)


def exactly(share: float, of: int) -> Share:
    return Share(round(share, 6), 0.0, of)


# --- churn, repeat, win-back: who had ordered in the 91 days before the last 91, and who orders since ---

SHOP = [
    bought(100, 10),  # active then, and since
    bought(100),  # active then, and not since: churned
    bought(180, 120),  # the same, with two occasions
    bought(300, 200),  # lapsed, and still
    bought(400, 30),  # lapsed, and won back
    bought(20),  # nobody yet when the period began
    bought(15, 12),  # nor this one; two orders within a week are one occasion
]


def test_churn_is_of_the_active_and_win_back_of_the_lapsed() -> None:
    found = rates(SHOP, whole(7), NOW)
    assert found.churn == exactly(2 / 3, 3)
    assert found.win_back == exactly(1 / 2, 2)
    assert found.repeat == exactly(4 / 7, 7)
    assert found.buyers == Count(7, 0)


@pytest.mark.parametrize(
    ("days_ago", "churned", "active"),
    [
        ((91.001,), 1, 1),
        ((91,), 0, 0),  # on the moment at which the period began: in it, so a first order
        ((182,), 1, 1),
        ((182.001,), 0, 0),
        ((182, 91), 0, 1),
        ((182, 0), 0, 1),  # this very moment
    ],
)
def test_where_the_period_begins(days_ago: tuple[float, ...], churned: int, active: int) -> None:
    found = rates([bought(*days_ago)], whole(1), NOW)
    assert (found.churn.of, found.churn.share) == (active, churned / active if active else None)


def test_of_nobody_there_are_no_rates() -> None:
    found = rates([], whole(0), NOW)
    assert found.churn == found.win_back == found.repeat == Share(None, None, 0)
    assert (found.second_order.median, found.second_order.came_back) == (None, Count(0, 0))


def test_time_to_the_second_order() -> None:
    base = [
        bought(200, 190),
        bought(200, 160),
        bought(200, 120),
        bought(200),
        bought(50, 45),
        bought(40, 25),
        bought(5),
    ]
    found = rates(base, whole(7), NOW).second_order
    assert found.came_back == Count(4, 0)  # after 10, 40, 80 and 15 days; five days are the same occasion
    assert (found.lower_quartile, found.median, found.upper_quartile) == (13.75, 27.5, 50.0)
    assert [(each.days, each.came_back) for each in found.within] == [
        (30, exactly(2 / 6, 6)),
        (60, exactly(2 / 4, 4)),
        (90, exactly(3 / 4, 4)),
    ]


@pytest.mark.parametrize(
    ("occasions", "began_days_ago", "second_days_ago"),
    [(1, 400, 30), (2, 300, 300), (3, 300, None)],
)
def test_the_second_occasion_among_orders_that_are_sums(
    occasions: int, began_days_ago: int, second_days_ago: int | None
) -> None:
    at = [milliseconds(NOW - each * DAY) for each in (400, began_days_ago, began_days_ago - 1, 30)]
    history = History((at[3],), (10.0,), Before(occasions, 5, 50.0, at[0], at[2], at[1]))
    assert second_at(history) == (None if second_days_ago is None else milliseconds(NOW - second_days_ago * DAY))
    assert rates([history], whole(1), NOW).second_order.untold.customers == (second_days_ago is None)


# --- cohorts ---


def on(*dates: str) -> History:
    ascending = tuple(milliseconds(datetime.fromisoformat(f"{each}T12:00:00+00:00")) for each in dates)
    return History(ascending, (10.0,) * len(ascending))


def test_cohorts_by_the_month_of_the_first_order() -> None:
    base = [
        on("2026-08-01", "2026-08-20", "2026-10-03"),
        on("2026-08-31", "2026-09-01"),
        on("2026-08-15"),
        on("2026-10-01", "2026-11-01"),
        on("2026-11-02"),
        on("2024-11-30"),  # 24 months ago: no longer told
        on("2024-12-01"),
    ]
    oldest, august, october, november = cohorts(base, whole(7), NOW)
    assert (august.month, august.buyers) == ("2026-08", Count(3, 0))
    assert [(each.month, each.ordered, each.still) for each in august.months] == [
        (1, exactly(1 / 3, 3), exactly(2 / 3, 3)),
        (2, exactly(1 / 3, 3), exactly(1 / 3, 3)),
    ]
    assert (october.month, october.months) == ("2026-10", ()), "November has not ended"
    assert (november.month, november.buyers.customers) == ("2026-11", 1)
    assert (oldest.month, len(oldest.months)) == ("2024-12", 22)


def test_months_of_orders_that_are_sums_are_not_guessed() -> None:
    first, began, last = (on(day).times[0] for day in ("2026-06-05", "2026-09-01", "2026-09-03"))
    heavy = replace(on("2026-10-02"), before=Before(4, 13, 130.0, first, last, began))
    (june,) = cohorts([heavy], whole(1), NOW)
    assert [(each.ordered.of, each.ordered.share, each.still.share) for each in june.months] == [
        (0, None, 1.0),  # July and August: nobody knows any more
        (0, None, 1.0),
        (1, 1.0, 1.0),
        (1, 1.0, 1.0),
    ]


# --- forecast ---


def due(days: float, stage_from: Stage = Stage.REPEAT, stage_to: Stage = Stage.AT_RISK) -> Person:
    return Person(stage_from, milliseconds(NOW + days * DAY), stage_to)


def test_the_forecast_is_the_stored_dates_by_day() -> None:
    people = [due(-1), due(0.1), due(0.6), due(0.6, Stage.NEW, Stage.WAITING), due(89.9), due(90), Person(Stage.LOST)]
    found = forecast(people, whole(7), NOW)
    assert [(each.day, each.stage_from, each.stage_to, each.count.customers) for each in found] == [
        ("2026-11-22", "repeat", "at_risk", 2),  # at ten in the morning; one was due yesterday
        ("2026-11-23", "new", "waiting", 1),
        ("2026-11-23", "repeat", "at_risk", 1),
        ("2027-02-20", "repeat", "at_risk", 1),
    ]


# --- risk ---


def test_tenths_of_risk_as_it_was_against_what_happened() -> None:
    base = [*[bought(100, 95, 10)] * 10, *[bought(900)] * 10]
    found = risk([Person(Stage.LOST, history=each) for each in base], whole(20), DEFAULT, NOW)
    assert [each.tenth for each in found.tenths] == list(range(1, 11))
    assert [each.actual for each in found.tenths] == [exactly(0, 2)] * 5 + [exactly(1, 2)] * 5
    predicted = [each.predicted for each in found.tenths]
    assert predicted == sorted(predicted)
    assert (found.since, found.foretold, found.horizon_days) == (NOW - 91 * DAY, True, 91)


def test_a_fit_that_knew_what_happened_does_not_foretell() -> None:
    for as_of, foretold in ((NOW - 91 * DAY, True), (NOW - 90 * DAY, False)):
        parameters = replace(DEFAULT, fitted=replace(DEFAULT.fitted, as_of=as_of))
        assert risk([], whole(0), parameters, NOW).foretold is foretold


def test_value_at_risk_is_a_sum_for_each_currency() -> None:
    people = [Person(Stage.AT_RISK, at_risk=("EUR", 12.5)), Person(Stage.AT_RISK, at_risk=("EUR", 7.5))]
    people += [Person(Stage.AT_RISK, at_risk=("", 3.0)), Person(Stage.AT_RISK)]
    found = risk(people, whole(4), DEFAULT, NOW).value_at_risk
    assert [(each.currency, each.buyers, each.expected_value) for each in found] == [
        ("", Count(1, 0), Amount(3.0, 0.0)),
        ("EUR", Count(2, 0), Amount(20.0, 0.0)),
    ]


def test_what_is_looked_at_of_a_stored_customer() -> None:
    facts = fold(Facts(), [event(type="identify", traits={"email": "a@b.example"}), order("1")])
    state = State("u#ann", v=1, facts=facts, stage="at_risk", next_at=NOW + DAY, next_stage="lost")
    seen = person_of(state, DEFAULT, list(frames().values()), NOW)
    assert seen is not None
    assert seen.history is not None
    assert seen.at_risk is not None
    assert (seen.stage, seen.next_stage, len(seen.phases)) == (Stage.AT_RISK, Stage.LOST, len(frames()))
    assert seen.at_risk[1] > 0
    assert person_of(State("u#nobody"), DEFAULT, [], NOW) is None
    ghost = person_of(State("a#1", v=1, stage="ghost"), DEFAULT, [], NOW)
    assert ghost == Person(Stage.GHOST)


# --- laws ---

DAYS = st.floats(0, 1500, allow_nan=False)
STAGES = st.sampled_from(list(Stage))


@st.composite
def somebody(draw: Any) -> Person:
    stage, history = draw(STAGES), None
    if draw(st.booleans()):
        history = bought(*draw(st.lists(DAYS, min_size=1, max_size=12)))
    next_at = milliseconds(NOW + draw(st.floats(-5, 200, allow_nan=False)) * DAY) if draw(st.booleans()) else None
    to = draw(STAGES.filter(lambda each: each != stage)) if next_at is not None else None
    worth = ("EUR", draw(st.floats(0, 1e6))) if stage is Stage.AT_RISK and history else None
    phases = tuple(draw(st.sampled_from(sorted(frame.phases))) for frame in FRAMES.values())
    return Person(stage, next_at, to, history, worth, phases)


FRAMES = frames()
BASES = st.lists(somebody(), max_size=40)


def taken(base: list[Person], total: int | None = None) -> Census:
    return census(base, total or len(base), DEFAULT, FRAMES, NOW, complete=total is None)


@given(BASES)
def test_of_a_whole_base_everything_is_exact(base: list[Person]) -> None:
    found = taken(base)
    assert (found.customers, found.sampled, found.complete) == (len(base), len(base), True)
    counts = Counter(str(person.stage) for person in base)
    assert {part.name: part.count.customers for part in found.stages} == {str(stage): counts[stage] for stage in Stage}
    assert all(margin == 0 for margin in margins(found))
    held = sum(person.at_risk[1] for person in base if person.at_risk)
    assert sum(each.expected_value.amount for each in found.risk.value_at_risk) == pytest.approx(held, abs=0.01)


@given(BASES, st.integers(1, 50))
def test_shares_sum_to_one_and_the_forecast_to_the_dates(base: list[Person], factor: int) -> None:
    found = taken(base, len(base) * factor)
    for parts in (found.stages, *found.frames.values()):
        assert sum(part.share.share or 0 for part in parts) == pytest.approx(1 if base else 0, abs=1e-4)
    until = milliseconds(NOW) + AHEAD_DAYS * DAY_MS
    dated = sum(person.next_at is not None and person.next_at < until for person in base)
    assert sum(each.count.customers for each in found.forecast) == dated * (factor if base else 0)


@given(BASES, st.integers(2, 50))
def test_what_is_estimated_says_so(base: list[Person], factor: int) -> None:
    found = taken(base, len(base) * factor)
    if base:
        assert all(part.count.margin > 0 and (part.share.margin or 0) > 0 for part in found.stages)
    text = json.dumps(found.as_dict())
    assert "NaN" not in text
    assert "Infinity" not in text
    assert all(0 <= share <= 1 for share in shares(found))


def margins(found: Census) -> list[float]:
    return [each for name, each in leaves(found.as_dict()) if name == "margin" and each is not None]


def shares(found: Census) -> list[float]:
    return [each for name, each in leaves(found.as_dict()) if name == "share" and isinstance(each, float)]


def leaves(value: Any, name: str = "") -> list[tuple[str, Any]]:
    if isinstance(value, dict):
        return [leaf for inner, held in value.items() for leaf in leaves(held, inner)]
    if isinstance(value, list | tuple):
        return [leaf for held in value for leaf in leaves(held, name)]
    return [(name, value)]


def test_a_sample_comes_near_and_its_margin_holds() -> None:
    """Of 20,000 with 30 % at risk, 500 are looked at, 200 times over: 19 in 20 intervals hold the truth."""
    from random import Random

    dice = Random(20261122)
    held = 0
    for _ in range(200):
        found = sum(dice.random() < 0.3 for _ in range(500))
        estimate = Scale(500, 20_000).share(found, 500)
        held += abs((estimate.share or 0) - 0.3) <= (estimate.margin or 0)
    assert 180 <= held <= 199


@pytest.mark.parametrize(
    ("sampled", "total", "found", "count"),
    [
        (100, 100, 7, Count(7, 0)),
        (100, 1_000, 0, Count(0, 26)),
        (100, 1_000, 30, Count(300, 85)),
        (0, 0, 0, Count(0, 0)),
    ],
)
def test_counts_with_their_margins(sampled: int, total: int, found: int, count: Count) -> None:
    assert Scale.of(sampled, total, complete=sampled == total).count(found) == count


def test_an_estimate_of_the_base_below_the_sample_is_the_sample() -> None:
    assert Scale.of(120, 100, complete=False) == Scale(120, 120)


def test_the_margin_of_a_sum() -> None:
    """Ten of 1,000, values 0 to 9 (deviation 3.02765): 1000 * 1.96 * 3.02765 / sqrt(10) * sqrt(.99) = 1867.15."""
    assert Scale(10, 1_000).amount([float(each) for each in range(10)]) == Amount(4500.0, 1867.15)
    assert Scale(10, 1_000).amount([9.0]).margin == pytest.approx(1000 * 1.96 * 2.84605 / 10**0.5 * 0.99**0.5, rel=1e-4)


@pytest.mark.parametrize("known", HOSTILE.values(), ids=HOSTILE.keys())
@pytest.mark.parametrize("now", [datetime(1970, 1, 2, tzinfo=UTC), NOW, datetime(9999, 6, 1, tzinfo=UTC)])
def test_facts_that_make_no_sense_break_no_report(known: Facts, now: datetime) -> None:
    state = State("u#odd", v=1, facts=known, stage="at_risk", next_at=now + DAY, next_stage="lost")
    seen = person_of(state, DEFAULT, list(FRAMES.values()), now)
    assert seen is not None
    found = census([seen, seen], 9, DEFAULT, FRAMES, now, complete=False)
    text = json.dumps(found.as_dict(), allow_nan=False)
    assert all(0 <= share <= 1 for share in shares(found))
    assert found.forecast[0].count.customers == 9
    assert text
