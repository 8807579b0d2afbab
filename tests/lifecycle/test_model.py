"""The model against numbers that were computed otherwise: published, by another library, by the closed form with
2F1, by quadrature, and by simulating the process that it assumes."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.lifecycle.fitted import PRIOR as PRIOR_FIT
from chalicelib.lifecycle.fitted import Fitted, OrderValue
from chalicelib.lifecycle.risk import WEEK_MS, Buyer, Model
from chalicelib.lifecycle.score import lifetime_value, occasion_value

PUBLISHED = Model(r=0.525, alpha=6.183, a=0.891, b=1.614)  # CDNOW sample, in weeks (BTYDplus, lifetimes)
PRIOR = Model()

# Lifetimes 0.11.3 with scipy 1.11.4: ModifiedBetaGeoFitter().conditional_probability_alive(x, t_x, T) and
# .conditional_expected_number_of_purchases_up_to_time(39, x, t_x, T), params_ set to the model's
LIFETIMES = [
    (PUBLISHED, 0, 0, 39, 0.38934764866359717, 0.15343944844865084),
    (PUBLISHED, 1, 2, 39, 0.1780789719780029, 0.19632283953164012),
    (PUBLISHED, 2, 30.43, 38.86, 0.7062022651184873, 1.2629606232673432),
    (PUBLISHED, 5, 30, 32, 0.8464921169700049, 3.648806843756273),
    (PUBLISHED, 26, 30.86, 31, 0.9655661441440616, 19.450722652158557),
    (PUBLISHED, 60, 70, 78, 0.1409522504969718, 3.3316925974618448),
    (PRIOR, 0, 0, 39, 0.37383611406474593, 0.1697203533780618),
    (PRIOR, 1, 2, 39, 0.17010285038611409, 0.19938079723746036),
    (PRIOR, 2, 30.43, 38.86, 0.7236975004836278, 1.355222033122977),
    (PRIOR, 26, 30.86, 31, 0.9689351213227316, 20.249850675897694),
]


def hyp2f1(a: float, b: float, c: float, z: float) -> float:
    """Gauss's series, for |z| < 1: slow and direct."""
    term, total, n = 1.0, 1.0, 0
    while abs(term) > 1e-17 * abs(total):
        term *= (a + n) * (b + n) / ((c + n) * (n + 1)) * z
        total += term
        n += 1
    return total


def closed_form(model: Model, x: int, t_x: float, age: float, t: float) -> float:
    """E[orders within t] of the MBG/NBD with 2F1, as lifetimes and BTYDplus have it. Not for a = 1."""
    r, alpha, a, b = model.r, model.alpha, model.a, model.b
    decay = ((alpha + age) / (alpha + t + age)) ** (r + x)
    hyper = hyp2f1(r + x, b + x + 1, a + b + x, t / (alpha + age + t))
    dead = a / (b + x) * ((alpha + age) / (alpha + t_x)) ** (r + x)
    return float((a + b + x) / (a - 1) * (1 - hyper * decay) / (1 + dead))


def test_the_reference_series_gives_the_published_prediction() -> None:
    """BG/NBD, CDNOW: x = 2, t_x = 30.43, T = 38.86, 39 weeks ahead: 1.226 (Fader, Hardie, Lee 2005)."""
    r, alpha, a, b, x, t_x, age, t = 0.243, 4.414, 0.793, 2.426, 2, 30.43, 38.86, 39
    hyper = hyp2f1(r + x, b + x, a + b + x - 1, t / (alpha + age + t))
    decay = ((alpha + age) / (alpha + age + t)) ** (r + x)
    dead = a / (b + x - 1) * ((alpha + age) / (alpha + t_x)) ** (r + x)
    assert (a + b + x - 1) / (a - 1) * (1 - decay * hyper) / (1 + dead) == pytest.approx(1.226, abs=5e-4)


@pytest.mark.parametrize(("model", "x", "t_x", "age", "alive", "orders"), LIFETIMES)
def test_lifetimes(model: Model, x: int, t_x: float, age: float, alive: float, orders: float) -> None:
    buyer = Buyer(model, x, t_x, 13)
    assert buyer.alive(age - t_x) == pytest.approx(alive, rel=1e-9)
    assert buyer.expected_orders(age - t_x, 39) == pytest.approx(orders, rel=1e-7)


@pytest.mark.parametrize("a", [0.2, 0.9, 1.5, 4.0])
@pytest.mark.parametrize(("x", "t_x", "silence"), [(0, 0, 5), (3, 20, 8), (40, 50, 1), (150, 150, 2)])
def test_expected_orders_equal_the_closed_form(a: float, x: int, t_x: float, silence: float) -> None:
    model = Model(0.6, 6.0, a, 1.6)
    found = Buyer(model, x, t_x, 13).expected_orders(silence, 52)
    assert found == pytest.approx(closed_form(model, x, t_x, t_x + silence, 52), rel=1e-6)


def test_the_pole_of_the_closed_form_is_none() -> None:
    near, at = (Buyer(Model(0.6, 6.0, a, 1.6), 3, 20, 13).expected_orders(8, 52) for a in (1 + 1e-7, 1.0))
    assert at == pytest.approx(near, rel=1e-6)


def test_many_orders_where_the_chance_of_none_underflows() -> None:
    """(1 / 3)^3000 is 0 in floating point; with nobody leaving, the mean of an NBD is k * weeks / u."""
    loyal = Buyer(Model(0.6, 6.0, 1e-9, 1e6), 3000, 20.0, 13)
    assert loyal.expected_orders(0, 52) == pytest.approx(3000.6 / 26 * 52, rel=1e-6)


def integral(density: Callable[[float], float], top: float, pieces: int = 40_000) -> float:
    """Simpson's rule on (0, top]."""
    step = top / pieces
    inner = (density(n * step) * (4 if n % 2 else 2) for n in range(1, pieces))
    return step / 3 * (math.fsum(inner) + density(top))


@pytest.mark.parametrize(("x", "t_x", "silence"), [(1, 12, 3), (4, 30, 10)])
def test_the_chance_to_buy_is_the_integral_over_rates(x: int, t_x: float, silence: float) -> None:
    """P(buys) = P(alive) * integral of (1 - e^(-rate h)) over the rates of those alive, Gamma(r + x, alpha + T)."""
    k, u, h = PRIOR.r + x, PRIOR.alpha + t_x + silence, 13.0
    log_scale = k * math.log(u) - math.lgamma(k)

    def density(rate: float) -> float:
        return math.exp(log_scale + (k - 1) * math.log(rate) - u * rate) * -math.expm1(-h * rate)

    buyer = Buyer(PRIOR, x, t_x, h)
    assert buyer.buys(silence) == pytest.approx(buyer.alive(silence) * integral(density, 5.0), rel=1e-6)


def test_simulated_customers_do_what_is_predicted() -> None:
    """30 weeks of the process, then 13 more: sums of predictions against sums of what happened, by repeat orders."""
    dice, watched, ahead = random.Random(20260615), 30.0, 13.0
    sums: dict[int, list[float]] = {}
    for _ in range(20_000):
        times = _orders(dice, PRIOR, watched + ahead)
        past = [at for at in times if at < watched]
        buyer = Buyer(PRIOR, len(past) - 1, past[-1], ahead)
        silence, future = watched - past[-1], len(times) - len(past)
        tally = sums.setdefault(min(len(past), 4), [0.0] * 4)
        for place, value in enumerate((buyer.buys(silence), future > 0, buyer.expected_orders(silence, ahead), future)):
            tally[place] += value
    for predicted, actual, predicted_orders, actual_orders in sums.values():
        assert predicted == pytest.approx(actual, rel=0.1)
        assert predicted_orders == pytest.approx(actual_orders, rel=0.1)


def _orders(dice: random.Random, model: Model, until: float) -> list[float]:
    rate, leave = dice.gammavariate(model.r, 1 / model.alpha), dice.betavariate(model.a, model.b)
    times = [0.0]
    while dice.random() >= leave:
        at = times[-1] + (dice.expovariate(rate) if rate > 0 else math.inf)
        if at >= until:
            break
        times.append(at)
    return times


models = st.builds(Model, *(st.floats(0.01, 30) for _ in range(4)))
buyers = st.builds(Buyer, models, st.integers(0, 400), st.floats(0, 2000), st.floats(0.5, 60))


@given(buyers, st.lists(st.floats(0, 5000), min_size=2, max_size=6))
def test_warmth_is_one_at_the_order_and_only_falls(buyer: Buyer, silences: list[float]) -> None:
    assert buyer.warmth(0) == 1
    warmths = [buyer.warmth(silence) for silence in sorted(silences)]
    assert all(0 <= colder <= warmer <= 1 for warmer, colder in itertools.pairwise(warmths))


@given(buyers, st.floats(0.001, 1), st.integers(1, 5000 * 86_400_000))
def test_the_boundary_is_exact_to_the_millisecond(buyer: Buyer, threshold: float, at_most: int) -> None:
    boundary = buyer.cools_after(threshold, at_most)
    assert 0 < boundary <= at_most
    if boundary < at_most:
        assert buyer.warmth(boundary / WEEK_MS) < threshold
    assert boundary == 1 or buyer.warmth((boundary - 1) / WEEK_MS) >= threshold


def test_order_value_is_drawn_towards_the_shops() -> None:
    shop = Fitted(value=OrderValue(typical=50.0, weight=2))
    assert occasion_value(shop, 1, 200.0) == 100.0
    assert occasion_value(shop, 98, 98 * 200.0) == 197.0
    assert occasion_value(PRIOR_FIT, 4, 200.0) == 50.0
    assert occasion_value(PRIOR_FIT, 3, 0.0) == occasion_value(PRIOR_FIT, 3, -5.0) == 0.0


def test_expected_value_falls_with_silence() -> None:
    buyer = Buyer(PRIOR, 5, 30.0, 13)
    now, later = (lifetime_value(buyer, silence, buyer.buys(silence), 40.0, 365 / 7) for silence in (0.0, 20.0))
    assert 0 < later < now
    assert now == pytest.approx(40 * closed_form(PRIOR, 5, 30, 30, 365 / 7), rel=1e-6)


@pytest.mark.parametrize("broken", [0.0, -1.0, math.nan, math.inf])
def test_a_model_is_positive_and_finite(broken: float) -> None:
    with pytest.raises(ValueError, match="positive and finite"):
        Model(r=broken)
