"""The small values that a fit is made of: what each model needs to be computed. ValueError for impossible numbers.

They are named tuples, which every process that judges makes three times as fast as frozen dataclasses when it starts.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple, TypeVar

_Kind = TypeVar("_Kind", bound=type)


def finite(value: Any) -> None:
    """ValueError if a float among the fields is none that can be reckoned with."""
    for name in getattr(value, "_fields", None) or value.__dataclass_fields__:
        number = getattr(value, name)
        if isinstance(number, float) and not math.isfinite(number):
            raise ValueError(f"{name} must be finite: {value!r}")


def checked(kind: _Kind) -> _Kind:
    """Of a named tuple with a method `check`: every value is checked when it is made."""
    plain: Any = kind.__new__

    def new(cls: type, *values: Any, **named: Any) -> Any:
        made = plain(cls, *values, **named)
        made.check()
        return made

    kind.__new__ = staticmethod(new)  # type: ignore[assignment]
    return kind


@checked
class Calibration(NamedTuple):
    """What the last windows taught: log odds become `intercept + slope * log odds`."""

    intercept: float = 0.0
    slope: float = 1.0

    def check(self) -> None:
        """ValueError for impossible numbers."""
        finite(self)
        if self.slope <= 0:
            raise ValueError(f"the slope must be positive: {self}")


@checked
class OrderValue(NamedTuple):
    """Expected value of one order: the buyer's mean, drawn to `typical` as if that had been seen `weight` times.

    That is the posterior mean of the Gamma-Gamma model with typical = p gamma / (q - 1), weight = (q - 1) / p (Fader,
    Hardie 2013, "The Gamma-Gamma model of monetary value", equation 5). p, q and gamma are None where it was not
    fitted and the two numbers come from elsewhere. typical None: nothing is known, everybody's own mean stands.
    """

    typical: float | None = None
    weight: float = 0.6
    p: float | None = None
    q: float | None = None
    gamma: float | None = None

    def check(self) -> None:
        """ValueError for impossible numbers."""
        finite(self)
        if self.weight < 0 or (self.typical is not None and self.typical < 0):
            raise ValueError(f"a typical value and its weight cannot be negative: {self}")


@checked
class Rhythm(NamedTuple):
    """When a buyer with at least three occasions buys again: his own usual wait, drawn to the shop's, times a factor.

    days:   the shop's usual wait between two occasions, worth `weight` waits of one's own.
    early, middle, late: of those who buy again, one in ten does before `early` times the usual wait, half before
            `middle` times, nine in ten before `late` times. The prior lies between somebody who buys at random (.1,
            .7, 2.3) and somebody punctual (1, 1, 1).
    """

    days: float = 45.0
    weight: float = 1.0
    early: float = 0.25
    middle: float = 0.85
    late: float = 2.2

    def check(self) -> None:
        """ValueError for impossible numbers."""
        finite(self)
        if not (self.days > 0 and self.weight >= 0 and 0 < self.early <= self.middle <= self.late):
            raise ValueError(f"a rhythm is days > 0, weight >= 0, 0 < early <= middle <= late: {self}")


@checked
class Renewals(NamedTuple):
    """Shifted-beta-geometric model of renewals: each subscriber leaves at a renewal with a chance Beta(alpha, beta)."""

    alpha: float = 0.7
    beta: float = 2.0

    def check(self) -> None:
        """ValueError for impossible numbers."""
        finite(self)
        if self.alpha <= 0 or self.beta <= 0:
            raise ValueError(f"alpha and beta must be positive: {self}")


@checked
class Regression(NamedTuple):
    """A logistic regression on recency, frequency and value (regression.py), and how much it counts in the mean."""

    weights: tuple[float, ...]
    share: float

    def check(self) -> None:
        """ValueError for impossible numbers."""
        if not all(math.isfinite(weight) for weight in self.weights) or not 0 <= self.share <= 1:
            raise ValueError(f"weights must be finite and the share in [0, 1]: {self}")


class Bin(NamedTuple):
    """Customers of similar risk in one window: how many, the mean probability foretold, the share that bought."""

    count: int  # type: ignore[assignment]  # tuples have a method of that name
    predicted: float
    actual: float
