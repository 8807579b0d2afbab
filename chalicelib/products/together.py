"""Which products go together: counted over many people, in bounded memory. Pure.

What is counted are baskets: what one person bought, or looked at, within one week, as the facts keep it
(customers/interests.py: 24 cells of 13 weeks). So the night's census, which reads a sample of the customers anyway,
counts them on its way, and no event is read for it. A basket weighs half as much every four weeks: what sells in
autumn says little about spring (docs/PRODUCTS.md has what that is worth).

Pairs are kept by *lossy counting* (Manku and Motwani 2002, "Approximate Frequency Counts over Data Streams"): when
there are more than `most`, those of least weight are dropped and the floor below which a pair may be missing rises. A
pair's weight is too small by at most `floor`, and never too large.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import combinations
from threading import Lock
from typing import Final, TypeVar

from chalicelib.customers.interests import BOUGHT, Interests

HALF_LIFE: Final = 4  # weeks
OLDEST: Final = 26  # weeks: what is older than that weighs less than a hundredth
MOST_PAIRS: Final = 300_000  # some 60 MB
MOST_PRODUCTS: Final = 50_000

T = TypeVar("T", str, tuple[str, str])


class Together:
    """Weights of products and of pairs of them. `week`: the present one, an ordinal of days over seven."""

    def __init__(self, week: int, most: int = MOST_PAIRS, most_products: int = MOST_PRODUCTS) -> None:
        self._week = week
        self._most = most
        self._most_products = most_products
        self.singles: dict[str, float] = {}
        self.pairs: dict[tuple[str, str], float] = {}
        self.floor = 0.0
        self.baskets = 0

    def add(self, week: int, basket: Collection[str]) -> None:
        """Count one basket of a week. One of the future weighs like one of now."""
        age = max(0, self._week - week)
        if age > OLDEST or not basket:
            return
        weight, ordered = float(0.5 ** (age / HALF_LIFE)), sorted(set(basket))
        self.baskets += 1
        for one in ordered:
            self.singles[one] = self.singles.get(one, 0.0) + weight
        for pair in combinations(ordered, 2):
            self.pairs[pair] = self.pairs.get(pair, 0.0) + weight
        if len(self.pairs) > self._most:
            self._drop_pairs()
        if len(self.singles) > self._most_products:
            self.singles = dict(_heaviest(self.singles, self._most_products // 2))

    def _drop_pairs(self) -> None:
        """Keep the heavier half, so that dropping is rare."""
        kept = _heaviest(self.pairs, self._most // 2)
        dropped = len(self.pairs) - len(kept)
        self.floor += max(sorted(self.pairs.values())[:dropped], default=0.0)
        self.pairs = dict(kept)


class Watcher:
    """What people bought together, and what they looked at together. Fed person by person, by several threads."""

    def __init__(self, week: int, most: int = MOST_PAIRS) -> None:
        self._one_at_a_time = Lock()
        self.bought = Together(week, most)
        self.viewed = Together(week, most)

    def see(self, interests: Interests) -> None:
        """Count what one person's facts keep."""
        with self._one_at_a_time:
            for together, kind in ((self.bought, True), (self.viewed, False)):
                for week, basket in baskets(interests, bought=kind):
                    together.add(week, basket)


def baskets(interests: Interests, *, bought: bool) -> Iterator[tuple[int, set[str]]]:
    """Week by week: what was bought; or else what was looked at or put into a cart."""
    weeks: dict[int, set[str]] = {}
    for cell in interests.products:
        if (cell.kind == BOUGHT) == bought:
            weeks.setdefault(cell.week, set()).add(cell.name)
    yield from sorted(weeks.items())


def _heaviest(weights: dict[T, float], most: int) -> list[tuple[T, float]]:
    return sorted(weights.items(), key=lambda each: (-each[1], each[0]))[:most]
