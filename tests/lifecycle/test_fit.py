"""A whole fit: what it says of a simulated shop, of a tiny one, and how it is checked on a window it did not know."""

from __future__ import annotations

import itertools
import json
import math
import random
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.lifecycle.assess import assess, assess_fit, auc, chance_of
from chalicelib.lifecycle.figures import Calibration, OrderValue, Regression
from chalicelib.lifecycle.fit import before, fit
from chalicelib.lifecycle.fitted import PRIOR, Fitted
from chalicelib.lifecycle.history import History, as_of, history_of
from chalicelib.lifecycle.risk import Buyer, Model
from chalicelib.lifecycle.score import buys, expected_occasions, lifetime_value
from chalicelib.lifecycle.waits import DAY_MS
from chalicelib.times import milliseconds
from tests.lifecycle.people import TODAY, ago
from tests.lifecycle.strategies import facts

SHOP = Model(1.2, 8.0, 0.5, 2.0)


def simulated(count: int, model: Model = SHOP, days: float = 600, seed: int = 1) -> list[History]:
    """People who came over `days` and buy by the model, from `days` ago to a quarter ahead."""
    dice, start, found = random.Random(seed), milliseconds(ago(days)), []
    for _ in range(count):
        rate, leave = dice.gammavariate(model.r, 1 / model.alpha), dice.betavariate(model.a, model.b)
        at, mean = dice.uniform(0, days), math.exp(dice.gauss(3.5, 0.5))
        times = [start + round(at * DAY_MS)]
        while dice.random() >= leave and len(times) < 60:
            at += 7.01 + 7 * dice.expovariate(rate) if rate > 1e-9 else 1e9
            if at >= days + 91:
                break
            times.append(start + round(at * DAY_MS))
        found.append(History(tuple(times), tuple(round(dice.gammavariate(4, mean / 4), 2) for _ in times)))
    return found


@pytest.fixture(scope="module")
def shop() -> list[History]:
    return simulated(3000)


@pytest.fixture(scope="module")
def found(shop: list[History]) -> Fitted:
    return fit(shop, TODAY)


def test_what_a_fit_says(found: Fitted) -> None:
    assert (found.version, found.source, found.customers) == (1, "fit", 3000)
    assert found.buyers == 3000
    assert found.returned > 1000
    assert found.value.typical == pytest.approx(math.exp(3.5 + 0.125), rel=0.1)
    assert found.regression is not None
    assert 0.4 < found.regression.share <= 0.5
    assert found.hero_value is not None
    assert found.hero_value > 100
    assert found.trust.level == "shop"
    assert found.trust.checked
    assert found.as_of == TODAY


def test_it_is_stored_and_read_back(found: Fitted) -> None:
    assert Fitted.from_dict(json.loads(json.dumps(found.as_dict()))) == found


def test_what_it_foretells_comes_true(shop: list[History], found: Fitted) -> None:
    """The quarter after today, of which the fit knew nothing."""
    result = assess_fit(found, shop, TODAY)
    assert result is not None
    assert result.ratio == pytest.approx(0, abs=0.1)
    assert result.calibration_error < 0.03
    assert result.auc is not None
    assert result.auc > 0.75
    prior = assess_fit(PRIOR, shop, TODAY)
    assert prior is not None
    assert result.log_loss < prior.log_loss


def test_its_own_check_was_about_right(shop: list[History], found: Fitted) -> None:
    """The figures of the newest known window are what the next window shows, too."""
    result = assess_fit(found, shop, TODAY)
    assert result is not None
    assert found.checks["log_loss"] == pytest.approx(result.log_loss, abs=0.03)
    assert len(found.calibration_table) == 10
    assert len(found.drift) == 2
    assert not found.drifted


def test_nothing_later_than_now_is_looked_at(shop: list[History], found: Fitted) -> None:
    assert fit([before(history, milliseconds(TODAY)) for history in shop], TODAY) == found


def test_the_same_again_is_the_same(shop: list[History], found: Fitted) -> None:
    again = fit(shop, TODAY, found)
    assert again.version == 2
    assert again.model.r == pytest.approx(found.model.r, rel=1e-3)
    assert fit(shop, TODAY, found) == again


def test_nobody() -> None:
    empty = fit([], TODAY)
    assert (empty.model, empty.value, empty.regression, empty.calibration) == (
        Model(),
        OrderValue(),
        None,
        Calibration(),
    )
    assert empty.once_days == (60, 180, 365)
    assert empty.trust.level == "prior"


@pytest.mark.parametrize("count", [1, 2, 5, 20, 60, 150])
def test_few_buyers_are_drawn_to_the_prior(shop: list[History], count: int) -> None:
    small = fit(shop[:count], TODAY)
    assert small.trust.level == "little"
    assert all(0.02 < each < 100 for each in (small.model.r, small.model.alpha, small.model.a, small.model.b))
    result = assess_fit(small, shop[1000:], TODAY)
    assert result is not None
    assert result.log_loss < 0.75
    if small.regression is not None:
        assert small.regression.share < 0.4


def test_growing_does_not_jump(shop: list[History]) -> None:
    """Of one and the same buyer, fitted on 8 more each time."""
    fits = [fit(shop[:count], TODAY) for count in range(160, 240, 8)]
    view = as_of(shop[1], TODAY)
    assert view is not None
    chances = [chance_of(each, view) for each in fits]
    assert max(abs(a - b) for a, b in itertools.pairwise(chances)) < 0.08


def test_a_young_shop_learns_from_no_window() -> None:
    young = fit(simulated(300, days=100), TODAY)
    assert young.regression is None
    assert young.checks == {}
    assert not young.trust.checked


def test_drift_is_two_windows_running_on_one_side() -> None:
    assert Fitted(drift=(0.3, 0.26)).drifted
    assert Fitted(drift=(0.1, -0.3, -0.4)).drifted
    assert not Fitted(drift=(0.3, -0.3)).drifted
    assert not Fitted(drift=(0.3, 0.2)).drifted
    assert not Fitted(drift=(0.9,)).drifted


def test_a_shop_that_stopped_drifts() -> None:
    """Regulars, all of whom stopped 190 days ago: two windows running far too many are foretold."""
    last = milliseconds(ago(190))
    stopped = [
        History(
            tuple(at for at in history.times if at < last), history.values[: sum(at < last for at in history.times)]
        )
        for history in simulated(2000, Model(2.0, 6.0, 0.1, 4.0), days=900)
    ]
    assert fit(stopped, TODAY).drifted


@settings(max_examples=25)
@given(st.lists(facts(), max_size=12))
def test_whatever_the_facts_are(known: list[object]) -> None:
    result = fit([history_of(each) for each in known], TODAY)  # type: ignore[arg-type]
    assert all(math.isfinite(each) and each > 0 for each in (result.model.r, result.model.alpha, result.model.a))
    json.dumps(result.as_dict(), allow_nan=False)


class TestScores:
    BUYER = Buyer(Model(), 3, 30.0, 13)

    def test_the_prior_is_the_model(self) -> None:
        assert buys(PRIOR, self.BUYER, 5.0) == self.BUYER.buys(5.0)
        alone = self.BUYER.buys(5.0)
        assert expected_occasions(self.BUYER, 5.0, 13, alone) == self.BUYER.expected_orders(5.0, 13)

    def test_calibrated_and_averaged(self) -> None:
        steep = Fitted(calibration=Calibration(0.0, 2.0))
        chance = self.BUYER.buys(20.0)
        odds = chance / (1 - chance)
        assert buys(steep, self.BUYER, 20.0) == pytest.approx(odds**2 / (1 + odds**2))
        certain = Fitted(regression=Regression((50.0, 0, 0, 0, 0), 0.25))
        assert buys(certain, self.BUYER, 20.0) == pytest.approx(0.75 * chance + 0.25)

    def test_another_horizon_than_was_learned(self) -> None:
        certain = Fitted(regression=Regression((50.0, 0, 0, 0, 0), 0.25), horizon_days=28)
        assert buys(certain, self.BUYER, 20.0) == self.BUYER.buys(20.0)

    def test_lifetime_value(self) -> None:
        plain = lifetime_value(self.BUYER, 5.0, self.BUYER.buys(5.0), 40.0, 52)
        assert plain == pytest.approx(40 * self.BUYER.expected_orders(5.0, 52))
        assert lifetime_value(self.BUYER, 5.0, self.BUYER.buys(5.0), 40.0, 52, margin=0.3) == pytest.approx(0.3 * plain)
        discounted = lifetime_value(self.BUYER, 5.0, self.BUYER.buys(5.0), 40.0, 52, yearly=0.1)
        assert plain / 1.1 < discounted < plain
        assert discounted == pytest.approx(plain / 1.1**0.47, rel=0.01)

    @pytest.mark.parametrize(("each", "margin"), [(0.0, 1.0), (-5.0, 1.0), (40.0, 0.0), (40.0, -1.0)])
    def test_never_negative(self, each: float, margin: float) -> None:
        assert lifetime_value(self.BUYER, 5.0, 0.5, each, 52, margin, 0.1) == 0


class TestAssessment:
    def test_figures(self) -> None:
        result = assess([0.9, 0.8, 0.3, 0.1], [True, False, True, False])
        assert result is not None
        assert result.auc == 0.75
        assert result.brier == pytest.approx((0.01 + 0.64 + 0.49 + 0.01) / 4)
        assert result.log_loss == pytest.approx(-sum(map(math.log, (0.9, 0.2, 0.3, 0.9))) / 4)
        assert result.ratio == pytest.approx(math.log(2.6 / 2.5))
        assert result.calibration_error == pytest.approx((0.1 + 0.8 + 0.7 + 0.1) / 4)
        assert result.checks["bought"] == 2

    def test_tenths(self) -> None:
        result = assess([n / 100 for n in range(100)], [n >= 50 for n in range(100)])
        assert result is not None
        assert [each.actual for each in result.table] == [0] * 5 + [1] * 5
        assert result.table[0].predicted == pytest.approx(0.045)

    def test_nobody_and_no_buyers(self) -> None:
        assert assess([], []) is None
        result = assess([0.2, 0.0], [False, False])
        assert result is not None
        assert result.auc is None
        assert result.ratio == pytest.approx(math.log(0.7 / 0.5))
        assert "auc" not in result.checks

    def test_ties_count_half(self) -> None:
        assert auc([0.5] * 10, [True] * 3 + [False] * 7) == 0.5

    def test_before_the_first_order_nobody_is_judged(self) -> None:
        assert assess_fit(PRIOR, simulated(20), TODAY - timedelta(days=4000)) is None
