"""The fits themselves: right slopes, true parameters found again, and never a failure, however odd the shop."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.lifecycle import gamma, sbg
from chalicelib.lifecycle.figures import OrderValue, Renewals, Rhythm
from chalicelib.lifecycle.history import History
from chalicelib.lifecycle.nbd import Likelihood, fit_model, grouped
from chalicelib.lifecycle.optimise import minimise
from chalicelib.lifecycle.regression import fit_logistic, sigmoid
from chalicelib.lifecycle.risk import Model
from chalicelib.lifecycle.waits import DAY_MS, fit_rhythm, next_wait, quantiles, returned_after
from tests.lifecycle.cdnow import sample

TRIPLES = [(row.repeats, row.last, row.age) for row in sample()]


def test_the_optimiser_finds_the_valley_of_rosenbrock() -> None:
    def rosenbrock(point: Sequence[float]) -> tuple[float, list[float]]:
        x, y = point
        return (1 - x) ** 2 + 100 * (y - x * x) ** 2, [2 * (x - 1) - 400 * x * (y - x * x), 200 * (y - x * x)]

    found = minimise(rosenbrock, [-1.2, 1.0])
    assert found.converged
    assert found.point == pytest.approx([1, 1], abs=1e-5)


def test_a_function_that_is_not_finite_at_the_start_is_refused() -> None:
    with pytest.raises(ValueError, match="not finite"):
        minimise(lambda _: (math.nan, [0.0]), [1.0])


@pytest.mark.parametrize("model", [Model(), Model(0.1, 30, 2.0, 0.3), Model(3.0, 1.0, 0.05, 9.0)])
def test_the_slopes_are_those_of_the_likelihood(model: Model) -> None:
    likelihood = Likelihood(grouped(TRIPLES))
    values = [model.r, model.alpha, model.a, model.b]
    _, slopes = likelihood(model)
    for place, slope in enumerate(slopes):
        step = 1e-5 * values[place]
        low, high = list(values), list(values)
        low[place] -= step
        high[place] += step
        expected = (likelihood(Model(*high))[0] - likelihood(Model(*low))[0]) / (2 * step)
        assert slope == pytest.approx(expected, rel=1e-5, abs=1e-3)


def test_a_long_list_is_searched_as_well_as_a_short_one() -> None:
    """Beyond 6,000 kinds of customer a part of them shows the way."""
    dice = random.Random(7)
    many = [(x, last * dice.uniform(0.5, 1), age * dice.uniform(1, 1.5)) for x, last, age in TRIPLES * 9]
    assert len(grouped(many)) > 6000
    found, again = fit_model(many), fit_model(many, start=Model(0.2, 20.0, 2.0, 0.5))
    slopes = Likelihood(grouped(many))(found)[1]
    assert [
        each * by for each, by in zip(slopes, (found.r, found.alpha, found.a, found.b), strict=True)
    ] == pytest.approx([0] * 4, abs=5.0)
    assert again.r == pytest.approx(found.r, rel=1e-3)
    assert again.a == pytest.approx(found.a, rel=1e-3)


days = st.floats(0, 3000)
customers = st.lists(st.tuples(st.integers(0, 300), days, days), max_size=30).map(
    lambda rows: [(min(x, int(min(one, other)) + 1), min(one, other), max(one, other)) for x, one, other in rows]
)
"""No more repeats than weeks, as histories have it; but a spread without a repeat, which they do not have."""


@settings(max_examples=60)
@given(customers)
def test_no_shop_breaks_the_fit(shop: list[tuple[int, float, float]]) -> None:
    found = fit_model(shop)
    assert all(1e-5 < each < 2e5 for each in (found.r, found.alpha, found.a, found.b))


@pytest.mark.parametrize(
    "shop",
    [
        [(0, 0.0, age / 7) for age in range(200)],
        [(0, 0.0, 0.0)] * 50,
        [(200, 400.0, 400.0)],
        [(50, 50.0, 50.0)] * 500,
        [(1, 500.0, 500.0)] * 20,
    ],
    ids=["all one-time buyers", "all today", "one whale", "all regulars", "yearly"],
)
def test_shops_that_run_plain_likelihood_to_the_edge(shop: list[tuple[int, float, float]]) -> None:
    found = fit_model(shop)
    assert all(0.003 < each < 2000 for each in (found.r, found.alpha, found.a, found.b)), found


def test_growing_does_not_jump() -> None:
    """One customer more never moves a parameter by more than a third, and less and less."""
    dice = random.Random(3)
    shop = dice.sample(TRIPLES, 300)
    models = [fit_model(shop[:count]) for count in range(0, 300, 4)]
    for one, other in itertools.pairwise(models):
        for name in ("r", "alpha", "a", "b"):
            assert abs(math.log(getattr(other, name) / getattr(one, name))) < 0.7


class TestOrderValue:
    @pytest.mark.parametrize("x", [0.1, 0.7, 1.0, 3.3, 6.0, 40.0, 1e5])
    def test_digamma(self, x: float) -> None:
        step = 1e-4 * x
        slope = (math.lgamma(x + step) - math.lgamma(x - step)) / (2 * step)
        assert gamma.digamma(x) == pytest.approx(slope, rel=1e-5, abs=1e-6)

    def test_found_again(self) -> None:
        dice = random.Random(11)
        buyers = []
        for _ in range(4000):
            rate = dice.gammavariate(4.0, 1 / 60)
            orders = dice.choice([1, 1, 2, 3, 5, 9])
            buyers.append((orders, sum(dice.gammavariate(5.0, 1 / rate) for _ in range(orders)) / orders))
        p, q, scale = gamma.most_likely(buyers)
        assert (p, q) == pytest.approx((5.0, 4.0), rel=0.1)
        assert p * scale / (q - 1) == pytest.approx(100, rel=0.05)
        assert gamma.fit_values(buyers).typical == pytest.approx(100, rel=0.05)

    @pytest.mark.parametrize(
        ("buyers", "typical"),
        [
            ([], None),
            ([(1, 0.0), (2, -5.0), (0, 3.0), (1, math.inf)], None),
            ([(1, 50.0)], 50.0),
            ([(1, 20.0), (3, 40.0)], 30.0),
            ([(2, 10.0)] * 100, 10.0),
        ],
    )
    def test_few_or_strange_buyers(self, buyers: list[tuple[int, float]], typical: float | None) -> None:
        found = gamma.fit_values(buyers)
        assert found.typical == (None if typical is None else pytest.approx(typical, rel=0.02))
        assert 0.02 <= found.weight <= 50

    def test_without_a_mean_the_shops_own_stands(self) -> None:
        """Buyers so unequal that q <= 1: the Gamma-Gamma model has no expected value."""
        dice = random.Random(5)
        found = gamma.fit_values([(2, math.exp(dice.gauss(0, 4))) for _ in range(500)])
        assert found.q is None
        assert found.typical is not None
        assert found.weight == OrderValue().weight

    @given(st.lists(st.tuples(st.integers(-3, 400), st.floats(-1e15, 1e15)), max_size=60))
    @settings(max_examples=60)
    def test_never_fails(self, buyers: list[tuple[int, float]]) -> None:
        found = gamma.fit_values(buyers)
        assert found.typical is None or 0 <= found.typical < math.inf


class TestRenewals:
    def test_the_chance_to_leave_falls_with_every_renewal(self) -> None:
        chances = [sbg.leaves(Renewals(), renewed) for renewed in range(20)]
        assert chances == sorted(chances, reverse=True)
        assert chances[0] == pytest.approx(0.7 / 2.7)

    def test_the_value_left(self) -> None:
        model = Renewals(1.0, 1.0)  # of those who renewed n times 1 / (n + 2) leave: half, a third, a quarter
        assert sbg.remaining_value(model, 0, 10.0, 0.0, terms=3) == pytest.approx(10 * (1 / 2 + 1 / 3 + 1 / 4))
        assert sbg.remaining_value(model, 0, 10.0, 1.0, terms=2) == pytest.approx(10 * (1 / 4 + 1 / 12))
        assert sbg.remaining_value(model, 5, -10.0, 0.1) == 0
        longer, forever = (sbg.remaining_value(Renewals(0.1, 9.0), 9, 10.0, 0.1, terms) for terms in (300, None))
        assert longer == pytest.approx(forever)

    def test_nobody_and_few(self) -> None:
        assert sbg.fit_renewals([]) == Renewals()
        for terms in ([(0, True)], [(30, False)], [(0, True)] * 500, [(24, False)] * 500):
            found = sbg.fit_renewals(terms)
            assert 1e-3 < found.alpha < 1e3
            assert 1e-3 < found.beta < 1e3


class TestRegression:
    def test_found_again(self) -> None:
        dice = random.Random(2)
        rows = [(1.0, dice.gauss(0, 1), dice.gauss(0, 1)) for _ in range(4000)]
        bought = [dice.random() < sigmoid(-1 + 0.8 * row[1] - 0.5 * row[2]) for row in rows]
        found = fit_logistic(rows, bought, (0.0, 0.0, 0.0), (0.1, 1.0, 1.0))
        assert found == pytest.approx((-1, 0.8, -0.5), abs=0.12)

    @pytest.mark.parametrize("bought", [[True] * 40, [False] * 40])
    def test_finite_when_everybody_is_alike(self, bought: list[bool]) -> None:
        rows = [(1.0, float(n), 1e6) for n in range(40)]
        assert all(math.isfinite(weight) for weight in fit_logistic(rows, bought, (0.0,) * 3, (0.1, 1.0, 1.0)))

    def test_nobody(self) -> None:
        assert fit_logistic([], [], (0.0, 1.0), (4.0, 10.0)) == (0.0, 1.0)


def orders(*at: float) -> History:
    return History(tuple(round(day * DAY_MS) for day in at), (1.0,) * len(at))


class TestWaits:
    PRIOR = (60.0, 180.0, 365.0)

    def test_the_wait_for_the_second_occasion(self) -> None:
        assert returned_after(orders(10)) is None
        assert returned_after(orders(10, 13)) is None
        assert returned_after(orders(10, 13, 50, 90)) == 40

    def test_nobody_came_back_and_the_prior_speaks(self) -> None:
        assert quantiles([], self.PRIOR, 400) == self.PRIOR

    def test_few_draw_a_little_and_many_decide(self) -> None:
        few = quantiles([(10.0, 400.0)] * 2, self.PRIOR, 400)
        many = quantiles([(10.0 + n / 1000, 400.0) for n in range(4000)], self.PRIOR, 400)
        assert 45 < few[0] < 60
        assert many == pytest.approx((12, 13.2, 13.8), rel=0.05)

    def test_what_a_young_shop_cannot_have_seen_yet_is_allowed_for(self) -> None:
        """Waits are exponential with a mean of 60 days; people came evenly over 150 days. Only short waits are seen."""
        dice = random.Random(4)
        drawn = [(dice.expovariate(1 / 60), dice.uniform(0, 150)) for _ in range(20_000)]
        seen = [(wait, since) for wait, since in drawn if wait <= since]
        naive = sorted(wait for wait, _ in seen)[len(seen) // 2]
        whole = 1 - math.exp(-150 / 60)  # no wait beyond the shop's age can be seen at all
        true = -60 * math.log(1 - 0.5 * whole)
        found = quantiles(seen, self.PRIOR, 150)[0]
        assert naive < 0.8 * true
        assert found == pytest.approx(true, rel=0.05)

    def test_a_younger_shop_counts_less(self) -> None:
        seen = [(10.0, 40.0)] * 30
        old, young = (quantiles(seen, self.PRIOR, age)[0] for age in (365, 40))
        assert old < young < 60

    @given(st.lists(st.tuples(st.floats(-5, 4000), st.floats(-5, 4000)), max_size=50), st.floats(0, 4000))
    def test_always_positive_and_ascending(self, seen: list[tuple[float, float]], age: float) -> None:
        found = quantiles(seen, self.PRIOR, age)
        assert 0 < found[0] <= found[1] <= found[2] < math.inf


class TestRhythm:
    def test_nobody(self) -> None:
        assert fit_rhythm([orders(1, 30, 60)], Rhythm()) == Rhythm()

    def test_a_punctual_shop(self) -> None:
        found = fit_rhythm([orders(*range(start, start + 300, 30)) for start in range(600)], Rhythm())
        assert found.days == pytest.approx(30, rel=0.02)
        assert (found.early, found.middle, found.late) == pytest.approx((1, 1, 1), rel=0.06)
        early, expected, late = next_wait(found, 4, 120 / 7) or (0, 0, 0)
        assert early <= expected <= late
        assert expected == pytest.approx(30, rel=0.05)

    def test_before_the_third_occasion_nothing_is_said(self) -> None:
        assert next_wait(Rhythm(), 1, 10.0) is None
        assert next_wait(Rhythm(), 0, 0.0) is None
        assert next_wait(Rhythm(), 2, 20.0) is not None

    def test_four_in_five_fall_between(self) -> None:
        dice = random.Random(9)

        def buyer() -> list[float]:
            mean, at, found = dice.gammavariate(4, 12), 0.0, [0.0]
            for _ in range(6):
                at += 8 + dice.gammavariate(2, mean / 2)
                found.append(at)
            return found

        rhythm = fit_rhythm([orders(*buyer()) for _ in range(500)], Rhythm())
        inside = 0
        for _ in range(1000):
            at = buyer()
            early, _, late = next_wait(rhythm, 5, at[5] / 7) or (0, 0, 0)
            inside += early <= at[6] - at[5] <= late
        assert 760 <= inside <= 840
