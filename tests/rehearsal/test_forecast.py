"""Forecasts: what is dated and what is done, draws and intervals, and a forecast held against what came."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from functools import cache

import pytest

from chalicelib.journeys.journey import Live, parse
from chalicelib.lifecycle.parameters import DEFAULT
from chalicelib.rehearsal.diary import Line
from chalicelib.rehearsal.forecast import DAYS, WEEKS, Draws, Part, interval, parts
from chalicelib.rehearsal.foretelling import Lives, Periods
from chalicelib.rehearsal.plan import Plan
from chalicelib.rehearsal.rehearse import lived
from chalicelib.review.advance import Rules
from infra.rehearse import shop
from tests.fakes.world import NOW

DAY = timedelta(days=1)
AFTER_A_WEEK = {
    "name": "after",
    "title": "After",
    "class": "transactional",
    "re_entry": "always",
    "trigger": {"on": "event", "name": "Order Completed"},
    "steps": [{"id": "week", "do": "wait", "for": "P7D"}, {"id": "news", "do": "send", "template": "news"}],
}
AT_RISK = {**AFTER_A_WEEK, "name": "risk", "trigger": {"on": "stage", "entered": ["at_risk"]}}


def entered(day: int, origin: str, cause: str) -> Line:
    return Line(NOW + day * DAY, "entered", "one", origin, cause=cause)


def test_what_time_brings_is_told_apart_from_what_something_done_brings() -> None:
    past = [entered(-35, "a", "time"), entered(-34, "b", "event"), entered(-34, "c", "event")]
    found = parts("one", [entered(3, "d", "time")], past, [entered(-30, "e", "time")], NOW)["entered"]
    assert found.dated == tuple(int(day == 3) for day in range(DAYS))
    assert found.done == tuple(2 * (day == 1) for day in range(DAYS))
    assert (found.foretold, found.came) == (1, 1)


def test_of_what_is_dated_so_much_is_taken_as_came_before() -> None:
    draws = Draws()
    for number in range(20):
        draws.add(f"u#{number}", Part(dated=(1, *(0,) * 29), foretold=1, came=number % 2))
    assert draws.kept() == 0.5
    assert draws.daily()[0] == 10


def test_the_interval_holds_the_figure_and_widens_with_a_sample() -> None:
    draws = Draws()
    for number in range(60):
        draws.add(f"u#{number}", Part(done=(number % 3, *(0,) * 29)))
    all_, sample = interval(draws, 1), interval(draws, 10)
    assert all_["low"] < all_["likely"] == 60 < all_["high"]
    assert sample["likely"] == 600
    assert (sample["high"] - sample["low"]) / 600 < (all_["high"] - all_["low"]) / 60 * 1.1
    assert interval(Draws.from_json(draws.as_json()), 1) == all_


@cache
def foretold() -> dict[str, tuple[dict[str, float], int]]:
    """By journey: what was foretold 100 days before the end of the shop's year for 30 days, and what came."""
    journeys = [Live(parse(body), 1) for body in (AFTER_A_WEEK, AT_RISK)]
    known = shop.of_the_file()[::7]
    now = shop.period(known)[1] - 100 * DAY
    plan = Plan(tuple(journeys), {}, Rules(DEFAULT), now - WEEKS, now + DAYS * DAY)
    periods, until_now = Periods.of(plan, now), plan.during(now, now)
    draws, came = {"after": Draws(), "risk": Draws()}, Counter[str]()
    for one in known:
        life = lived(one, until_now)
        lives = Lives.of(one, life.double.copy(), periods)
        for name, sums in draws.items():
            sums.add(one.customer, lives.add(name)["entered"])
        came.update(line.journey for line in life.on(periods.ahead) if line.what == "entered")
    return {name: (interval(sums, 1), came[name]) for name, sums in draws.items()}


@pytest.mark.parametrize("name", ["after", "risk"])
def test_a_forecast_holds_what_came(name: str) -> None:
    said, came = foretold()[name]
    assert came > 5
    assert said["low"] <= came <= said["high"], (said, came)
