"""The Gamma-Gamma model of order value: what a buyer's orders are worth, drawn from what they were.

A buyer's mean over x orders, m, is Gamma(p x, nu x) with nu ~ Gamma(q, gamma) over buyers (Fader, Hardie, Lee 2005,
"RFM and CLV", JMR 42:4, equation 1a in the note of Fader and Hardie 2013):

    ln L = lnG(p x + q) - lnG(p x) - lnG(q) + q ln gamma + (p x - 1) ln m + p x ln x - (p x + q) ln(gamma + m x)

The expected value of an order is p (gamma + x m) / (p x + q - 1): the buyer's mean drawn to p gamma / (q - 1), which
counts as (q - 1) / p orders. It is fitted on all orders, the first included: that ranks buyers better, and somebody
who bought once keeps a value of his own. With q <= 1 there is no mean, and with few who came back no way to tell
buyers from orders: then the mean of all is the typical order, at the weight of the prior.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Final

from chalicelib.lifecycle.figures import OrderValue
from chalicelib.lifecycle.optimise import minimise

_MOST_BUYERS: Final = 5000  # more change p, q and gamma by less than they are known
_FEW: Final = 20  # who came back: below, orders and buyers cannot be told apart
_CAP: Final = 0.99  # while fitting only: above this quantile values are cut to it
_CENTRE: Final = (math.log(5.0), math.log(4.0))  # of ln p and ln q: published fits lie around it; precision 1
_PRIOR_WEIGHT: Final = 0.6  # (q - 1) / p there: orders that the typical one is worth where no fit says otherwise
_BOUND: Final = 15.0
_USUAL_WEIGHT: Final = (0.02, 50.0)


def fit_values(buyers: Iterable[tuple[int, float]]) -> OrderValue:
    """The model of (orders, mean value of one) of many buyers. Values not above 0 are left out. Never fails."""
    known = sorted((orders, mean) for orders, mean in buyers if orders > 0 and 0 < mean < math.inf)
    if not known:
        return OrderValue()
    known = known[:: max(1, len(known) // _MOST_BUYERS)]
    cap = sorted(mean for _, mean in known)[min(len(known) - 1, int(_CAP * len(known)))]
    typical = sum(min(mean, cap) for _, mean in known) / len(known)
    if sum(orders > 1 for orders, _ in known) < _FEW:
        return OrderValue(typical, _PRIOR_WEIGHT)
    p, q, scale = most_likely([(orders, min(mean, cap) / typical) for orders, mean in known])
    if q > 1 and _USUAL_WEIGHT[0] <= (q - 1) / p <= _USUAL_WEIGHT[1]:
        gamma = scale * typical
        return OrderValue(p * gamma / (q - 1), (q - 1) / p, p, q, gamma)
    return OrderValue(typical, _PRIOR_WEIGHT)


def most_likely(buyers: Sequence[tuple[int, float]], precision: float = 1.0) -> tuple[float, float, float]:
    """(p, q, gamma) under a log-normal prior of this precision on p and q; 0 is plain maximum likelihood.

    `buyers`: (orders > 0, mean > 0), means around 1 or so.
    """
    rows = [(orders, [mean for _, mean in same]) for orders, same in groupby(sorted(buyers), key=lambda each: each[0])]
    logs = [math.fsum(map(math.log, means)) for _, means in rows]
    mean = sum(math.fsum(means) for _, means in rows) / max(1, len(buyers))

    def objective(point: Sequence[float]) -> tuple[float, list[float]]:
        if any(abs(each) > _BOUND for each in point):
            return math.inf, [0.0, 0.0, 0.0]
        value, slopes = _likelihood(rows, logs, *map(math.exp, point))
        away = [each - there for each, there in zip(point[:2], _CENTRE, strict=True)]
        pull = [precision * each for each in away] + [0.0]
        total = -value + precision * sum(each * each for each in away) / 2
        return total, [back - slope * math.exp(at) for back, slope, at in zip(pull, slopes, point, strict=True)]

    start = [*_CENTRE, math.log(mean * _PRIOR_WEIGHT)]  # where the mean is right: p gamma / (q - 1)
    found = minimise(objective, start, tolerance=1e-7 * max(1, len(buyers)), steps=200).point
    p, q, gamma = map(math.exp, found)
    return p, q, gamma


def log_likelihood(buyers: Sequence[tuple[int, float]], p: float, q: float, gamma: float) -> float:
    """ln L of (orders, mean) of these buyers."""
    rows = [(orders, [mean]) for orders, mean in buyers]
    return _likelihood(rows, [math.log(mean) for _, mean in buyers], p, q, gamma)[0]


def _likelihood(
    rows: Sequence[tuple[int, list[float]]], logs: Sequence[float], p: float, q: float, gamma: float
) -> tuple[float, tuple[float, float, float]]:
    """(ln L, its derivatives by p, q and gamma). `rows`: buyers by orders; `logs`: the sum of ln m of each row."""
    total = by_p = by_q = by_gamma = 0.0
    log_gamma, whole_q, slope_q = math.log(gamma), math.lgamma(q), digamma(q)
    for (x, means), sum_log in zip(rows, logs, strict=True):
        count, shape = len(means), p * x
        sums = [gamma + x * mean for mean in means]
        spread = math.fsum(map(math.log, sums))
        inverse = math.fsum(1 / each for each in sums)
        slope = digamma(shape + q)
        total += count * (math.lgamma(shape + q) - math.lgamma(shape) - whole_q + q * log_gamma + shape * math.log(x))
        total += (shape - 1) * sum_log - (shape + q) * spread
        by_p += x * (count * (slope - digamma(shape) + math.log(x)) + sum_log - spread)
        by_q += count * (slope - slope_q + log_gamma) - spread
        by_gamma += count * q / gamma - (shape + q) * inverse
    return total, (by_p, by_q, by_gamma)


def digamma(x: float) -> float:
    """The derivative of lnG for x > 0: to 6 by recurrence, then the asymptotic series (Abramowitz, Stegun 6.3.18)."""
    found = 0.0
    while x < 6:
        found -= 1 / x
        x += 1
    y = 1 / (x * x)
    return found + math.log(x) - 0.5 / x - y * (1 / 12 - y * (1 / 120 - y * (1 / 252 - y * (1 / 240 - y / 132))))
