"""Renewals of a contract: the shifted-beta-geometric model (Fader, Hardie 2007, "How to project customer retention",
Journal of Interactive Marketing 21:1).

At every renewal a subscriber leaves with a chance of his own, Beta(alpha, beta) over subscribers. So those who have
renewed before are the better ones, and the chance to leave falls with every renewal although nobody changes:

    P(leaves at the next renewal | renewed n times) = alpha / (alpha + beta + n)          from equation 7

Renewals are no orders: subscriptions are kept out of the order process, and this out of the rest.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from chalicelib.lifecycle.figures import Renewals

PRECISION: Final = 1.0  # of ln alpha and ln beta around Renewals(): two in three are within a factor of 2.7
_BOUND: Final = 12.0
_MOST_TERMS: Final = 1200  # a century of months

Term = tuple[int, bool]
"""(renewals that were made, whether the subscriber then left at the next one)."""


def leaves(model: Renewals, renewed: int) -> float:
    """The chance to leave at the next renewal, having renewed so often."""
    return model.alpha / (model.alpha + model.beta + max(0, renewed))


def survives(model: Renewals, renewed: int, terms: int) -> float:
    """The chance to make the next `terms` renewals too, having renewed so often."""
    chance = 1.0
    for n in range(terms):
        chance *= 1 - leaves(model, renewed + n)
    return chance


def remaining_value(model: Renewals, renewed: int, each: float, discount: float, terms: int | None = None) -> float:
    """Expected value of the renewals to come, `each` a time, discounted by `discount` per term, 0 <= discount.

    With no limit of terms, until what is added is nothing (at most 1,200); without discount the sum may be as long as
    the limit. Fader and Hardie 2010, "Customer-base valuation in a contractual setting", equation 6, added up.
    """
    total, chance = 0.0, 1.0
    for n in range(_MOST_TERMS if terms is None else terms):
        chance *= (1 - leaves(model, renewed + n)) / (1 + discount)
        total += chance
        if chance < 1e-12:
            break
    return max(0.0, each) * total


def fit_renewals(terms: Iterable[Term], precision: float = PRECISION) -> Renewals:
    """The most likely model of these subscribers under the prior; with nobody given, the prior. Never fails."""
    from chalicelib.lifecycle.optimise import minimise  # here, because scoring, which imports this, does not fit

    counted = sorted(Counter(terms).items())
    centre = [math.log(Renewals().alpha), math.log(Renewals().beta)]

    def objective(point: Sequence[float]) -> tuple[float, list[float]]:
        if any(abs(each) > _BOUND for each in point):
            return math.inf, [0.0, 0.0]
        alpha, beta = map(math.exp, point)
        value, by_alpha, by_beta = _likelihood(counted, alpha, beta)
        away = [each - there for each, there in zip(point, centre, strict=True)]
        total = -value + precision * sum(each * each for each in away) / 2
        return total, [precision * away[0] - by_alpha * alpha, precision * away[1] - by_beta * beta]

    found = minimise(objective, centre, tolerance=1e-7 * max(1, len(counted)), steps=200).point
    return Renewals(*map(math.exp, found))


def log_likelihood(terms: Iterable[Term], model: Renewals) -> float:
    """ln L of these subscribers (equations 5 and 6 of the paper)."""
    return _likelihood(sorted(Counter(terms).items()), model.alpha, model.beta)[0]


def _likelihood(counted: Sequence[tuple[Term, int]], alpha: float, beta: float) -> tuple[float, float, float]:
    """(ln L, by alpha, by beta): products of the chances to stay, and one to leave."""
    most = max((renewed for (renewed, _), _ in counted), default=0)
    stayed = [(0.0, 0.0, 0.0)]
    for n in range(most):
        value, by_alpha, by_beta = stayed[-1]
        whole = alpha + beta + n
        stayed.append(
            (value + math.log((beta + n) / whole), by_alpha - 1 / whole, by_beta + 1 / (beta + n) - 1 / whole)
        )
    total = slope_alpha = slope_beta = 0.0
    for (renewed, left), count in counted:
        value, by_alpha, by_beta = stayed[renewed]
        if left:
            whole = alpha + beta + renewed
            value, by_alpha, by_beta = (
                value + math.log(alpha / whole),
                by_alpha + 1 / alpha - 1 / whole,
                by_beta - 1 / whole,
            )
        total, slope_alpha, slope_beta = (
            total + count * value,
            slope_alpha + count * by_alpha,
            slope_beta + count * by_beta,
        )
    return total, slope_alpha, slope_beta
