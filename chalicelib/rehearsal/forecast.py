"""The next 30 days of a journey: entries and messages a day, with an interval. Pure.

Two kinds of run make them:

dated    begun already, or begun by time alone (a stage that ends, a cart that is left, a date). These stand in the
         customers' own dates: each double lives on for 30 days in which nothing is done. Some will not come so, because
         somebody does something first, and others come because somebody did; so the same was asked of the state five
         weeks ago, and what then really came of it, over what was foretold, is the `kept` by which today's is taken.
done     begun by something that is done in those 30 days. They are taken to come as they came in the 30 days that
         began five weeks ago: weekday by weekday, and with what follows within the window only.

    forecast(day) = kept * dated(day) + done(day)

The interval: the customers are drawn anew, with replacement, 100 times (each weighs 0, 1, 2... by a Poisson hash of
its id), and everything above is computed of each draw. That is how far the past could have been otherwise; what is to
come varies as much again, so the spread of the draws is widened by sqrt(1 + 1/scale), where scale is how many customers
one of the sample stands for. It holds 80 of 100 times as long as people go on as they did; it knows nothing of a sale,
a season or a new advertisement.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Self

from chalicelib.ids import fraction
from chalicelib.rehearsal.diary import Diary

DAYS: Final = 30
WEEKS: Final = timedelta(weeks=5)
"""How far back the past begins that is taken for the future: whole weeks, so that weekdays lie on weekdays."""
DRAWS: Final = 100
SURE: Final = 0.8
FEW: Final = 5
"""Fewer dated messages than this say nothing about how many of them come: all are taken to."""
WHAT: Final = ("entered", "sent")
Series = tuple[int, ...]
_NONE: Final = (0,) * DAYS


@dataclass(frozen=True)
class Part:
    """What one customer adds, by day: today's dated, the past's done, and how many dated were foretold and came."""

    dated: Series = _NONE
    done: Series = _NONE
    foretold: int = 0
    came: int = 0

    @property
    def empty(self) -> bool:
        """Whether it adds nothing."""
        return not (any(self.dated) or any(self.done) or self.foretold or self.came)


def parts(journey: str, ahead: Diary, past: Diary, foretold: Diary, now: datetime) -> dict[str, Part]:
    """What one customer adds to each of WHAT.

    ahead: from now on, if nothing is done. past: what was lived through since five weeks ago. foretold: what would have
    been said of that time when it began.
    """
    begin = now - WEEKS
    found = {}
    for what in WHAT:
        dated = _series(ahead, journey, what, now, by_time=None)
        done = _series(past, journey, what, begin, by_time=False)
        said = sum(_series(foretold, journey, what, begin, by_time=None))
        came = sum(_series(past, journey, what, begin, by_time=True))
        found[what] = Part(dated, done, said, came)
    return found


def _series(diary: Diary, journey: str, what: str, begin: datetime, *, by_time: bool | None) -> Series:
    """How often it happened on each of the days after `begin`. by_time: only in runs that time began, or only in those
    that something done began; None for all."""
    cause = {line.origin: line.cause == "time" for line in diary if line.what == "entered"}
    days = [0] * DAYS
    for line in diary:
        place = (line.at - begin) // timedelta(days=1)
        ours = line.journey == journey and line.what == what and 0 <= place < DAYS
        if ours and (by_time is None or cause.get(line.origin, True) is by_time):
            days[place] += 1
    return tuple(days)


@dataclass
class Draws:
    """The sums over customers of one of WHAT, and the same of every draw. The first is the customers as they are."""

    dated: list[list[int]] = field(default_factory=lambda: [[0] * DAYS for _ in range(DRAWS + 1)])
    done: list[list[int]] = field(default_factory=lambda: [[0] * DAYS for _ in range(DRAWS + 1)])
    foretold: list[int] = field(default_factory=lambda: [0] * (DRAWS + 1))
    came: list[int] = field(default_factory=lambda: [0] * (DRAWS + 1))

    def add(self, customer: str, part: Part) -> None:
        """One customer more."""
        if part.empty:
            return
        for draw in range(DRAWS + 1):
            weight = 1 if draw == 0 else _weight(customer, draw)
            if not weight:
                continue
            for day in range(DAYS):
                self.dated[draw][day] += weight * part.dated[day]
                self.done[draw][day] += weight * part.done[day]
            self.foretold[draw] += weight * part.foretold
            self.came[draw] += weight * part.came

    def kept(self, draw: int = 0) -> float:
        """How much of what is dated comes."""
        return self.came[draw] / self.foretold[draw] if self.foretold[draw] >= FEW else 1.0

    def daily(self, draw: int = 0) -> list[float]:
        """The forecast of each day, of the sample."""
        kept = self.kept(draw)
        return [kept * dated + done for dated, done in zip(self.dated[draw], self.done[draw], strict=True)]

    def as_json(self) -> dict[str, Any]:
        """What `from_json` reads."""
        return {"dated": self.dated, "done": self.done, "foretold": self.foretold, "came": self.came}

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> Self:
        """What `as_json` wrote."""
        return cls(
            [list(draw) for draw in said["dated"]],
            [list(draw) for draw in said["done"]],
            list(said["foretold"]),
            list(said["came"]),
        )


def interval(draws: Draws, scale: float, days: slice = slice(None)) -> dict[str, float]:
    """What is foretold for some days together, for everybody: low, likely and high. scale: how many customers one of
    the sample stands for."""
    likely = sum(draws.daily()[days])
    drawn = sorted(sum(draws.daily(draw)[days]) for draw in range(1, DRAWS + 1))
    wider = math.sqrt(1 + 1 / scale)
    tail = (1 - SURE) / 2
    low, high = _quantile(drawn, tail), _quantile(drawn, 1 - tail)
    return {
        "low": round(max(0.0, likely - (likely - low) * wider) * scale, 1),
        "likely": round(likely * scale, 1),
        "high": round((likely + (high - likely) * wider) * scale, 1),
    }


def _quantile(ordered: list[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, max(0, round(share * (len(ordered) - 1))))]


def _weight(customer: str, draw: int) -> int:
    """How often a customer is in a draw: Poisson with mean 1."""
    lot, chance, weight = fraction("draw", str(draw), customer), math.exp(-1), 0
    while lot >= chance and weight < 10:
        lot -= chance
        weight += 1
        chance /= weight
    return weight
