"""Figures about everybody from a sample of them, each with its sampling error.

A margin is half of the interval that holds the figure of the whole base in 19 of 20 samples: 1.96 standard errors,
with the finite population correction sqrt(1 - n / N), so that of a complete base every margin is 0. Shares are moved
towards a half by two customers on either side before their error is taken (Agresti, Coull 1998): none of 30 is not
certainly none.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_Z: Final = 1.96
_ADDED: Final = 4


@dataclass(frozen=True, slots=True)
class Count:
    """So many customers, give or take `margin`."""

    customers: int
    margin: int


@dataclass(frozen=True, slots=True)
class Share:
    """A share of `of` customers, 0 to 1, give or take `margin`; both None of nobody."""

    share: float | None
    margin: float | None
    of: int


@dataclass(frozen=True, slots=True)
class Amount:
    """A sum of money, give or take `margin`."""

    amount: float
    margin: float


@dataclass(frozen=True, slots=True)
class Scale:
    """`sampled` customers of `total`; all of them if the two are equal."""

    sampled: int
    total: int

    @classmethod
    def of(cls, sampled: int, total: int, *, complete: bool) -> Scale:
        """The scale of a sample, whose estimate of the total may lie below what was seen."""
        return cls(sampled, sampled if complete else max(sampled, total))

    @property
    def factor(self) -> float:
        """How many customers one of the sample stands for."""
        return self.total / self.sampled if self.sampled else 0.0

    def count(self, found: int) -> Count:
        """`found` of the sample, scaled to the base."""
        return Count(round(found * self.factor), math.ceil(self._error(found, self.sampled) * self.total))

    def share(self, found: int, of: int) -> Share:
        """`found` of `of` customers of the sample."""
        scaled = round(of * self.factor)
        if not of:
            return Share(None, None, scaled)
        return Share(round(found / of, 6), round(self._error(found, of), 6), scaled)

    def amount(self, values: Sequence[float]) -> Amount:
        """The sum over the base of what these of the sample have, and the others have not."""
        n = self.sampled
        if not n:
            return Amount(0.0, 0.0)
        total = sum(values)
        spread = sum(value * value for value in values) - total * total / n
        error = math.sqrt(max(0.0, spread) / max(1, n - 1) / n) * self._correction
        return Amount(round(total * self.factor, 2), round(_Z * error * self.total, 2))

    @property
    def _correction(self) -> float:
        return math.sqrt(1 - self.sampled / self.total) if self.total else 0.0

    def _error(self, found: int, of: int) -> float:
        share = (found + _ADDED / 2) / (of + _ADDED)
        return _Z * math.sqrt(share * (1 - share) / (of + _ADDED)) * self._correction
