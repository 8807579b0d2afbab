"""Published parameters, to the printed digits, and another library's predictions, to a millionth."""

from __future__ import annotations

import itertools
import math
from collections import Counter

import pytest

from chalicelib.lifecycle import gamma, nbd, sbg
from chalicelib.lifecycle.figures import OrderValue, Renewals
from chalicelib.lifecycle.fitted import Fitted
from chalicelib.lifecycle.nbd import Likelihood, fit_model, grouped
from chalicelib.lifecycle.risk import Buyer, Model
from chalicelib.lifecycle.score import occasion_value
from tests.lifecycle import bgnbd
from tests.lifecycle.cdnow import sample

NO_PRIOR = (0.0, 0.0, 0.0, 0.0)
TRIPLES = [(row.repeats, row.last, row.age) for row in sample()]
CAME_BACK = [(row.repeats, row.repeat_revenue / row.repeats) for row in sample() if row.repeat_revenue > 0]


def test_bg_nbd() -> None:
    """Fader, Hardie, Lee 2005, table 2."""
    counted = [(x, last, age, count) for (x, last, age), count in Counter(TRIPLES).items()]
    found = bgnbd.fit(counted)
    assert [round(each, 3) for each in found] == [0.243, 4.414, 0.793, 2.426]
    assert round(bgnbd.log_likelihood(counted, *found), 1) == -9582.4


def test_mbg_nbd() -> None:
    """BTYDplus; ln L likewise from there, to the digit printed."""
    found = fit_model(TRIPLES, precision=NO_PRIOR)
    assert [round(each, 3) for each in (found.r, found.alpha, found.a, found.b)] == [0.525, 6.183, 0.891, 1.614]
    assert round(Likelihood(grouped(TRIPLES))(found)[0], 1) == -9582.1


def test_the_prior_hardly_matters_where_there_is_data() -> None:
    free, held = fit_model(TRIPLES, precision=NO_PRIOR), fit_model(TRIPLES)
    for one, other in zip((free.r, free.alpha, free.a, free.b), (held.r, held.alpha, held.a, held.b), strict=True):
        assert other == pytest.approx(one, rel=0.02)


def test_gamma_gamma() -> None:
    """Fader, Hardie, Lee 2005 (JMR), on the 946 who came back."""
    assert len(CAME_BACK) == 946
    assert [round(each, 2) for each in gamma.most_likely(CAME_BACK, precision=0)] == [6.25, 3.74, 15.44]


def subscribers(left_over: list[int]) -> list[sbg.Term]:
    terms = [(n, True) for n, (a, b) in enumerate(itertools.pairwise(left_over)) for _ in range(a - b)]
    return terms + [(len(left_over) - 1, False)] * left_over[-1]


@pytest.mark.parametrize(
    ("left_over", "alpha", "beta", "log_likelihood"),
    [
        ([1000, 869, 743, 653, 593, 551, 517, 491], 0.668, 3.806, -1611.2),
        ([1000, 631, 468, 382, 326, 289, 262, 241], 0.704, 1.182, -1680.3),
    ],
    ids=["high end", "regular"],
)
def test_shifted_beta_geometric(left_over: list[int], alpha: float, beta: float, log_likelihood: float) -> None:
    """Fader, Hardie 2007: two segments of a thousand each, seven renewals."""
    terms = subscribers(left_over)
    found = sbg.fit_renewals(terms, precision=0)
    assert (round(found.alpha, 3), round(found.beta, 3)) == (alpha, beta)
    assert round(sbg.log_likelihood(terms, found), 1) == log_likelihood


def test_the_papers_projection_of_the_high_end_segment() -> None:
    """Of a thousand, after twelve years: the paper's chart ends at 12 years with 38 %."""
    model = Renewals(0.668, 3.806)
    assert sbg.survives(model, 0, 7) == pytest.approx(0.491, abs=0.005)
    assert sbg.survives(model, 0, 12) == pytest.approx(0.38, abs=0.01)


# Lifetimes 0.11.3 (numpy 2.4.6, scipy 1.17.1) on this sample, `params_` set to the published ones:
# ModifiedBetaGeoFitter().conditional_expected_number_of_purchases_up_to_time(39, x, t_x, T) and
# .conditional_probability_alive(x, t_x, T). `make bench-lifecycle` does the same for everybody, against the library.
LIFETIMES = [
    ((2, 213, 272), 1.2630502633419103, 0.706215055462196),
    ((1, 12, 272), 0.18899155059454867, 0.1709674880405188),
    ((7, 206, 272), 3.1679428220914887, 0.6227650391061397),
    ((5, 253, 267), 3.260907426457309, 0.85189100814919),
    ((0, 0, 235), 0.17873382101816293, 0.40543840698547173),
    ((0, 0, 189), 0.2207145436414699, 0.42849443148199895),
]
PUBLISHED = Model(0.525, 6.183, 0.891, 1.614)


@pytest.mark.parametrize(("days", "orders", "alive"), LIFETIMES)
def test_lifetimes_predicts_the_same_of_one(days: tuple[int, int, int], orders: float, alive: float) -> None:
    repeats, last, age = days
    buyer = Buyer(PUBLISHED, repeats, last / 7, 13)
    assert buyer.expected_orders((age - last) / 7, 39) == pytest.approx(orders, abs=1e-6)
    assert buyer.alive((age - last) / 7) == pytest.approx(alive, abs=1e-6)


def test_lifetimes_predicts_the_same_of_all() -> None:
    buyers = [(Buyer(PUBLISHED, x, last, 13), age - last) for x, last, age in TRIPLES]
    orders = math.fsum(buyer.expected_orders(silence, 39) for buyer, silence in buyers)
    alive = math.fsum(buyer.alive(silence) for buyer, silence in buyers)
    assert orders == pytest.approx(1577.1287999297688, abs=1e-6 * len(buyers))
    assert alive == pytest.approx(1057.7278391298514, abs=1e-6 * len(buyers))


def test_lifetimes_gives_orders_the_same_value() -> None:
    """GammaGammaFitter().conditional_expected_average_profit of those who came back, p = 6.25, q = 3.74, v = 15.44."""
    shop = Fitted(value=OrderValue(6.25 * 15.44 / 2.74, 2.74 / 6.25, 6.25, 3.74, 15.44))
    assert occasion_value(shop, 2, 2 * 22.345) == pytest.approx(24.659612860892388, abs=1e-6)
    total = math.fsum(occasion_value(shop, orders, orders * mean) for orders, mean in CAME_BACK)
    assert total == pytest.approx(33473.60271469267, abs=1e-6 * len(CAME_BACK))


def test_the_centre_of_the_prior_is_the_model_of_nobody() -> None:
    assert fit_model([]) == nbd.CENTRE == Model()
