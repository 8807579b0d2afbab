"""Minimise a smooth function of a few variables, given its gradient: BFGS with a backtracking line search.

Pure Python, deterministic, and it always ends with the best point seen: callers get a finite answer or, where the
function is not finite at the start itself, a ValueError. (Nocedal, Wright 2006, "Numerical Optimization", algorithm
6.1 with the update 6.17 and the initial scaling 6.20.)
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

Objective = Callable[[Sequence[float]], tuple[float, list[float]]]

_ENOUGH: Final = 1e-4  # of the decrease that the slope promises (Armijo)
_LONGEST: Final = 2.0  # no step changes a variable by more: the variables are logarithms


class Minimum(NamedTuple):
    """Where the search ended: the point, the value and gradient there, how often the function was asked."""

    point: list[float]
    value: float
    gradient: list[float]
    asked: int
    converged: bool
    inverse: list[list[float]]


def minimise(
    objective: Objective,
    start: Sequence[float],
    *,
    inverse: Sequence[Sequence[float]] | None = None,
    tolerance: float = 1e-6,
    steps: int = 100,
) -> Minimum:
    """The minimum near `start`. `inverse`: the inverse Hessian there, as far as known. `tolerance`: of the gradient."""
    point = list(start)
    value, gradient = objective(point)
    if not _finite(value, gradient):
        raise ValueError(f"the function is not finite at the start: {start!r}")
    guess = [list(row) for row in inverse] if inverse else None
    asked = 1
    for _ in range(steps):
        if max(map(abs, gradient)) <= tolerance:
            return Minimum(point, value, gradient, asked, True, guess or _scaled_identity(gradient))
        known = guess if guess is not None else _scaled_identity(gradient)
        direction = [-_dot(row, gradient) for row in known]
        slope = _dot(direction, gradient)
        if slope >= 0 or not math.isfinite(slope):  # the guess of the curvature has gone bad: begin anew
            known, guess = _scaled_identity(gradient), None
            direction = [-_dot(row, gradient) for row in known]
            slope = _dot(direction, gradient)
        longest = max(map(abs, direction))
        share = min(1.0, _LONGEST / longest)
        while True:
            there = [x + share * d for x, d in zip(point, direction, strict=True)]
            found, slopes = objective(there)
            asked += 1
            if _finite(found, slopes) and found <= value + _ENOUGH * share * slope:
                break
            share *= 0.5 if not math.isfinite(found) else _shorter(share, slope, found - value)
            if share * longest < 1e-12:
                return Minimum(point, value, gradient, asked, max(map(abs, gradient)) <= 1e3 * tolerance, known)
        moved = [a - b for a, b in zip(there, point, strict=True)]
        turned = [a - b for a, b in zip(slopes, gradient, strict=True)]
        guess = _updated(known, moved, turned, first=guess is None)
        point, value, gradient = there, found, slopes
    return Minimum(point, value, gradient, asked, False, guess or _scaled_identity(gradient))


def _shorter(share: float, slope: float, rise: float) -> float:
    """The factor to where the parabola through both ends has its minimum, within reason."""
    bend = rise - share * slope
    return min(0.5, max(0.1, -share * slope / (2 * bend))) if bend > 0 else 0.5


def _updated(inverse: list[list[float]], moved: list[float], turned: list[float], first: bool) -> list[list[float]]:
    curve = _dot(moved, turned)
    if curve <= 1e-12 * math.sqrt(_dot(moved, moved) * _dot(turned, turned)):
        return inverse
    if first:
        scale = curve / _dot(turned, turned)
        inverse = [[scale if i == j else 0.0 for j in range(len(moved))] for i in range(len(moved))]
    weight = 1 / curve
    image = [_dot(row, turned) for row in inverse]
    stretch = weight * (1 + weight * _dot(turned, image))
    return [
        [
            inverse[i][j] + stretch * moved[i] * moved[j] - weight * (image[i] * moved[j] + moved[i] * image[j])
            for j in range(len(moved))
        ]
        for i in range(len(moved))
    ]


def _scaled_identity(gradient: Sequence[float]) -> list[list[float]]:
    """The first step: no variable by more than a half."""
    scale = 0.5 / max(1e-12, *(abs(slope) for slope in gradient))
    size = len(gradient)
    return [[min(1.0, scale) if i == j else 0.0 for j in range(size)] for i in range(size)]


def _dot(one: Sequence[float], other: Sequence[float]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))


def _finite(value: float, gradient: Sequence[float]) -> bool:
    return math.isfinite(value) and all(map(math.isfinite, gradient))
