"""The BG/NBD model, which Perennial does not use: its likelihood, to hold the optimiser against published figures.

Fader, Hardie, Lee 2005, Marketing Science 24:2, equation 6 (as in their note on spreadsheets: the four terms A1 to A4).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from chalicelib.lifecycle.optimise import minimise


def log_likelihood(
    counted: Iterable[tuple[int, float, float, int]], r: float, alpha: float, a: float, b: float
) -> float:
    """ln L of (x, t_x, T, how many)."""
    total = 0.0
    for x, last, age, count in counted:
        first = math.lgamma(r + x) - math.lgamma(r) + r * math.log(alpha)
        second = math.lgamma(a + b) + math.lgamma(b + x) - math.lgamma(b) - math.lgamma(a + b + x)
        third = -(r + x) * math.log(alpha + age)
        left = (
            math.log(a) - math.log(b + x - 1) + (r + x) * math.log((alpha + age) / (alpha + last)) if x else -math.inf
        )
        total += count * (first + second + third + math.log1p(math.exp(left)))
    return total


def fit(counted: Sequence[tuple[int, float, float, int]]) -> tuple[float, float, float, float]:
    """(r, alpha, a, b) of the greatest likelihood, by the product's optimiser on a gradient by differences."""

    def value(point: Sequence[float]) -> float:
        r, alpha, a, b = map(math.exp, point)
        return -log_likelihood(counted, r, alpha, a, b)

    def objective(point: Sequence[float]) -> tuple[float, list[float]]:
        slopes = []
        for place in range(4):
            low, high = list(point), list(point)
            low[place] -= 1e-5
            high[place] += 1e-5
            slopes.append((value(high) - value(low)) / 2e-5)
        return value(point), slopes

    r, alpha, a, b = map(math.exp, minimise(objective, [0.0] * 4, tolerance=1e-3).point)
    return r, alpha, a, b
