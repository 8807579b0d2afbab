"""Which ways of a journey's splits have won, as one container knows it: counted anew at most once a minute.

Once a way has won everybody goes it, so it goes on winning: nothing has to be remembered.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from chalicelib.journeys.journey import Journey
from chalicelib.journeys.winner import Contest

FRESH: Final = timedelta(minutes=1)
NOBODY: Final[Mapping[str, str]] = MappingProxyType({})

Counts = Mapping[int | None, Mapping[str, int]]
"""What was counted of a journey, by version (stats/store.py)."""


def winners(journey: Journey, counted: Mapping[str, int]) -> dict[str, str]:
    """By step, the way that has won, of what was counted of a version. Pure."""
    found = {}
    for step, contest in contests(journey).items():
        won = contest.winner({way: counted.get(f"{step}:goal.{way}", 0) for way in contest.shares})
        found.update({step: won} if won else {})
    return found


def contests(journey: Journey) -> dict[str, Contest]:
    """What is to be found out of a journey's steps."""
    known = {placed.step.id: placed.step.contest() for placed in journey.route.values()}
    return {step: contest for step, contest in known.items() if contest is not None}


@dataclass
class Winning:
    """What has won. counts: of a journey, by its name; asked only of one that wants a winner."""

    counts: Callable[[str], Counts]
    clock: Callable[[], datetime]
    _known: dict[tuple[str, int], tuple[datetime, Mapping[str, str]]] = field(default_factory=dict, init=False)

    def of(self, journey: Journey, version: int) -> Mapping[str, str]:
        """By step, the way that has won in a version of a journey."""
        if not contests(journey):
            return NOBODY
        read_at, known = self._known.get((journey.name, version), (None, NOBODY))
        now = self.clock()
        if read_at is None or not read_at <= now < read_at + FRESH:
            known = winners(journey, self.counts(journey.name).get(version, {}))
            self._known[journey.name, version] = (now, known)
        return known
