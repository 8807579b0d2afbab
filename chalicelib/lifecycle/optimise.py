"""Minimise a smooth function of a few variables, given its gradient: BFGS with a backtracking line search.

Pure Python, deterministic, and it always ends with the best point seen: callers get a finite answer or, where the
function is not finite at the start itself, a ValueError. (Nocedal, Wright 2006, "Numerical Optimization", algorithm
6.1 with the update 6.17 and the initial scaling 6.20.) Where a step gains nothing the curvature is guessed anew.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

Objective = Callable[[Sequence[float]], tuple[float, list[float]]]

_ENOUGH: Final = 1e-4  # of the decrease that the slope promises (Armijo)
_LONGEST: Final = 1.0  # no step changes a variable by more: the variables are logarithms
_SHORTEST: Final = 1e-10
_STALLED: Final = 1e-11  # a relative decrease below which the curvature is guessed anew


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
    known = [list(row) for row in inverse] if inverse else _scaled_identity(gradient)
    fresh = inverse is None  # nothing is known of the curvature yet
    asked = 1
    for _ in range(steps):
        if max(map(abs, gradient)) <= tolerance:
            return Minimum(point, value, gradient, asked, True, known)
        step = _step(objective, point, value, gradient, known)
        asked += step.asked
        if step.moved is None or value - step.value < _STALLED * (abs(value) + 1):
            if fresh:  # downhill is nowhere, as far as floating point can tell
                break
            known, fresh = _scaled_identity(gradient), True
            if step.moved is None:
                continue
        else:
            turned = [a - b for a, b in zip(step.gradient, gradient, strict=True)]
            known, fresh = _updated(known, step.moved, turned, first=fresh), False
        point, value, gradient = step.point, step.value, step.gradient
    return Minimum(point, value, gradient, asked, False, known)


class _Step(NamedTuple):
    point: list[float]
    value: float
    gradient: list[float]
    moved: list[float] | None  # None: no step went downhill
    asked: int


def _step(
    objective: Objective, point: list[float], value: float, gradient: list[float], known: list[list[float]]
) -> _Step:
    """One step downhill: the whole of what the curvature suggests, or as much of it as decreases the function."""
    direction = [-_dot(row, gradient) for row in known]
    slope = _dot(direction, gradient)
    if not slope < 0:
        return _Step(point, value, gradient, None, 0)
    longest = max(map(abs, direction))
    share, asked = min(1.0, _LONGEST / longest), 0
    while share * longest > _SHORTEST:
        there = [x + share * d for x, d in zip(point, direction, strict=True)]
        found, slopes = objective(there)
        asked += 1
        if _finite(found, slopes) and found <= value + _ENOUGH * share * slope:
            return _Step(there, found, slopes, [share * d for d in direction], asked)
        share *= _shorter(share, slope, found - value) if math.isfinite(found) else 0.5
    return _Step(point, value, gradient, None, asked)


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
