"""Cohort retention: of those who first ordered in one month, who ordered in each month after it.

Months are calendar months in UTC. A month counts once it has ended. Orders that are kept only as sums tell no month but
those of the first and the last of them, so for the months between these somebody with such orders is left out of
`ordered`; `still` needs only the last order and has everybody.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from chalicelib.lifecycle.history import History
from chalicelib.lifecycle.reading import moment_of
from chalicelib.lifecycle.reports.estimate import Count, Scale, Share
from chalicelib.lifecycle.reports.rates import last_order

MONTHS: Final = 24
"""Cohorts that are told: this month's and the 23 before it."""


@dataclass(frozen=True, slots=True)
class Month:
    """One month after the first. ordered: in it. still: in it or later."""

    month: int
    ordered: Share
    still: Share


@dataclass(frozen=True, slots=True)
class Cohort:
    """Who first ordered in `month`, such as `2026-11`."""

    month: str
    buyers: Count
    months: tuple[Month, ...]


@dataclass
class _Tally:
    told: int = 0
    ordered: int = 0
    still: int = 0


def cohorts(histories: Sequence[History], scale: Scale, now: datetime) -> tuple[Cohort, ...]:
    """The cohorts of the last 24 months that have anybody in them, the oldest first."""
    this = _number(now)
    sizes: defaultdict[int, int] = defaultdict(int)
    tallies: defaultdict[tuple[int, int], _Tally] = defaultdict(_Tally)
    for history in histories:
        first = _month(history.first_at)
        if first is None or not this - MONTHS < first <= this:
            continue
        sizes[first] += 1
        for after, ordered, still in _seen(history, first, this):
            tally = tallies[first, after]
            tally.still += still
            if ordered is not None:
                tally.told, tally.ordered = tally.told + 1, tally.ordered + ordered
    return tuple(
        Cohort(
            month=f"{first // 12:04d}-{first % 12 + 1:02d}",
            buyers=scale.count(size),
            months=tuple(
                Month(after, scale.share(t.ordered, t.told), scale.share(t.still, size))
                for after in range(1, this - first)
                for t in [tallies[first, after]]
            ),
        )
        for first, size in sorted(sizes.items())
    )


def _seen(history: History, first: int, this: int) -> Iterator[tuple[int, bool | None, bool]]:
    """(months after the first, whether there was an order in it if that is known, whether in it or later)."""
    bought = {_month(at) for at in history.times}
    untold_until = first
    if history.before is not None:
        bought |= {_month(history.before.began_at), _month(history.before.last_at)}
        untold_until = _month(history.before.last_at) or first
    last = _month(last_order(history)) or first
    for month in range(first + 1, this):
        ordered = None if month < untold_until and month not in bought else month in bought
        yield month - first, ordered, last >= month


def _month(at: int | None) -> int | None:
    moment = None if at is None else moment_of(at)
    return None if moment is None else _number(moment)


def _number(moment: datetime) -> int:
    return moment.year * 12 + moment.month - 1
