"""How many are in each segment, day by day. Pure: where it is kept is in store.py."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from chalicelib.customers.state import State
from chalicelib.lifecycle.reports.estimate import Scale
from chalicelib.segments.conditions import LiveConditions


@dataclass(frozen=True)
class Size:
    """So many customers at a moment, give or take `margin`: 0 where everybody was asked."""

    customers: int
    margin: int
    as_of: datetime


class Watcher:
    """Counts who is in which segment among customers that somebody reads, from several threads.

    inside: how many of them by the segment's name; those that were counted `before` included.
    """

    def __init__(self, live: LiveConditions, before: Mapping[str, int] | None = None) -> None:
        self._names = {condition.key: condition.segment for condition in live.conditions if condition.segment}
        self.inside = Counter[str](before)
        self._seen = 0
        self._turn = threading.Lock()

    def see(self, state: State) -> None:
        """One of them."""
        found = [name for key in state.memberships if (name := self._names.get(key))]
        with self._turn:
            self._seen += 1
            self.inside.update(found)

    def estimate(self, total: int, now: datetime) -> Mapping[str, Size]:
        """The sizes of all segments, when those who were seen are a sample of `total` customers, or all of them."""
        scale = Scale.of(self._seen, total, complete=self._seen >= total)
        counts = {name: scale.count(self.inside[name]) for name in self._names.values()}
        return {name: Size(count.customers, count.margin, now) for name, count in counts.items()}

    def exact(self, now: datetime) -> Mapping[str, Size]:
        """The sizes, when everybody was seen."""
        return {name: Size(self.inside[name], 0, now) for name in self._names.values()}
