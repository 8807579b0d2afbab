"""A logistic regression on recency, frequency, age and value; and the same tool for Platt's calibration.

It has no model of people, only five numbers, and errs elsewhere than the MBG/NBD does: the mean of both ranks buyers
better than either (docs/MODELS.md has the figures). It is fitted to who bought in the last two windows. Solved by
Newton's method with a ridge (a normal prior on each weight), which keeps it finite however few there are.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:  # the type only: scoring imports little
    from chalicelib.lifecycle.history import View

RIDGE: Final = (0.1, 1.0, 1.0, 1.0, 1.0)
_FURTHEST: Final = 5.0  # a mean value more than e^5 times the typical one, or less than a e^5th, counts as so much
_STEPS: Final = 30
_CERTAIN: Final = 35.0  # log odds beyond which a probability is 0 or 1 in floating point


def features(repeats: int, spread: float, silence: float, mean: float, typical: float | None) -> tuple[float, ...]:
    """1, frequency, recency, age and value, all but the first in logarithms. Spans in weeks."""
    worth = 0.0
    if typical:
        worth = math.log(mean / typical) if mean > 0 else -_FURTHEST
        worth = min(_FURTHEST, max(-_FURTHEST, worth))
    return 1.0, math.log1p(repeats), math.log1p(silence), math.log1p(spread + silence), worth


def features_of(view: View, typical: float | None) -> tuple[float, ...]:
    """The same of a view."""
    return features(view.repeats, view.spread, view.silence, view.revenue / view.occasions, typical)


def sigmoid(odds: float) -> float:
    """The probability of these log odds."""
    return 1 / (1 + math.exp(-min(_CERTAIN, max(-_CERTAIN, odds))))


def log_odds(chance: float) -> float:
    """The log odds of a probability, finite at 0 and 1 too."""
    chance = min(1 - 1e-12, max(1e-12, chance))
    return math.log(chance) - math.log1p(-chance)


def weigh(weights: Sequence[float], row: Sequence[float]) -> float:
    """The log odds that the weights give."""
    return math.fsum([weight * value for weight, value in zip(weights, row, strict=True)])


def fit_logistic(
    rows: Sequence[Sequence[float]], happened: Sequence[bool], centre: Sequence[float], ridge: Sequence[float]
) -> tuple[float, ...]:
    """The weights most likely under normal priors around `centre` with precisions `ridge` (> 0). Never fails."""
    size = len(centre)
    weights = list(centre)
    for _ in range(_STEPS):
        slope = [-hold * (weight - at) for hold, weight, at in zip(ridge, weights, centre, strict=True)]
        bend = [[ridge[i] if i == j else 0.0 for j in range(size)] for i in range(size)]
        for row, did in zip(rows, happened, strict=True):
            chance = sigmoid(weigh(weights, row))
            error, spread = did - chance, chance * (1 - chance)
            for i, value in enumerate(row):
                slope[i] += error * value
                line, part = bend[i], spread * value
                for j in range(i + 1):
                    line[j] += part * row[j]
        for i in range(size):
            for j in range(i):
                bend[j][i] = bend[i][j]
        step = _solved(bend, slope)
        longest = max(map(abs, step))
        share = min(1.0, 4.0 / longest) if longest else 0.0
        weights = [weight + share * by for weight, by in zip(weights, step, strict=True)]
        if longest < 1e-7:
            break
    return tuple(weights)


def _solved(matrix: list[list[float]], right: list[float]) -> list[float]:
    """The solution of a positive definite system: Cholesky's decomposition."""
    size = len(right)
    root = [[0.0] * size for _ in range(size)]
    for i in range(size):
        for j in range(i + 1):
            rest = matrix[i][j] - sum(root[i][k] * root[j][k] for k in range(j))
            root[i][j] = math.sqrt(max(rest, 1e-12)) if i == j else rest / root[j][j]
    forward: list[float] = []
    for i in range(size):
        forward.append((right[i] - sum(root[i][k] * forward[k] for k in range(i))) / root[i][i])
    found = [0.0] * size
    for i in reversed(range(size)):
        found[i] = (forward[i] - sum(root[k][i] * found[k] for k in range(i + 1, size))) / root[i][i]
    return found
