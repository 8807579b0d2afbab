"""Churn, repeat and win-back rates, and the time to the second order.

They go by orders alone, not by stages, so that neither thresholds nor a refit change what they say of the past. The
period is the last 91 days. A buyer was *active* when it began who had ordered in the 91 days before it, and *lapsed*
who had ordered, but not then.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from chalicelib.lifecycle.history import History, as_of
from chalicelib.lifecycle.reading import DAY_MS
from chalicelib.lifecycle.reports.estimate import Count, Scale, Share
from chalicelib.times import milliseconds

PERIOD_DAYS: Final = 91
WITHIN_DAYS: Final = (30, 60, 90)


@dataclass(frozen=True, slots=True)
class Within:
    """Who had a second occasion within so many days of the first order, of those whose first lies as far back."""

    days: int
    came_back: Share


@dataclass(frozen=True, slots=True)
class SecondOrder:
    """How long the second occasion took, of those who had one. Days; None when nobody had.

    untold: who came back, but whose second occasion is not known any more: among the orders kept as sums.
    """

    came_back: Count
    lower_quartile: float | None
    median: float | None
    upper_quartile: float | None
    within: tuple[Within, ...]
    untold: Count


@dataclass(frozen=True, slots=True)
class Rates:
    """period_days: how far back churn and win-back look, and how far back from there.

    churn:    of the active, who did not order in the period.
    win_back: of the lapsed, who did.
    repeat:   of all buyers, who bought on two occasions or more.
    """

    period_days: int
    buyers: Count
    churn: Share
    win_back: Share
    repeat: Share
    second_order: SecondOrder


def rates(histories: Sequence[History], scale: Scale, now: datetime) -> Rates:
    """The rates of buyers with these histories, as of `now`."""
    moment = milliseconds(now)
    began = moment - PERIOD_DAYS * DAY_MS
    active = churned = lapsed = won_back = repeated = 0
    for history in histories:
        view, ordered = as_of(history, began), last_order(history) >= began
        if view is not None and view.silence * 7 <= PERIOD_DAYS:
            active, churned = active + 1, churned + (not ordered)
        elif view is not None:
            lapsed, won_back = lapsed + 1, won_back + ordered
        repeated += occasions(history) > 1
    return Rates(
        period_days=PERIOD_DAYS,
        buyers=scale.count(len(histories)),
        churn=scale.share(churned, active),
        win_back=scale.share(won_back, lapsed),
        repeat=scale.share(repeated, len(histories)),
        second_order=second_order(histories, scale, moment),
    )


def second_order(histories: Sequence[History], scale: Scale, moment: int) -> SecondOrder:
    """The distribution of the waits for the second occasion."""
    waits: list[int] = []
    known: list[tuple[int, int | None]] = []  # (days since the first order, days until the second occasion)
    for history in histories:
        first, second = history.first_at, second_at(history)
        if first is not None and (second is not None or occasions(history) == 1):
            wait = None if second is None else second - first
            known.append((moment - first, wait))
            waits += [] if wait is None else [wait]
    waits.sort()
    within = []
    for days in WITHIN_DAYS:
        old = [wait for age, wait in known if age >= days * DAY_MS]
        came = sum(wait is not None and wait <= days * DAY_MS for wait in old)
        within.append(Within(days, scale.share(came, len(old))))
    return SecondOrder(
        came_back=scale.count(len(waits)),
        lower_quartile=_quantile(waits, 0.25),
        median=_quantile(waits, 0.5),
        upper_quartile=_quantile(waits, 0.75),
        within=tuple(within),
        untold=scale.count(len(histories) - len(known)),
    )


def last_order(history: History) -> int:
    """The last order of somebody who has one."""
    return history.times[-1] if history.times or history.before is None else history.before.last_at


def occasions(history: History) -> int:
    """How many buying occasions there were."""
    return len(history.starts) + (history.before.occasions if history.before else 0)


def second_at(history: History) -> int | None:
    """When the second occasion began; None if there was none, or if it is not known any more."""
    before, starts = history.before, history.starts
    if before is None:
        return starts[1] if len(starts) > 1 else None
    if before.occasions == 1:
        return starts[0] if starts else None
    return before.began_at if before.occasions == 2 else None


def _quantile(ascending: Sequence[int], place: float) -> float | None:
    """By linear interpolation between the two nearest, in days."""
    if not ascending:
        return None
    at = place * (len(ascending) - 1)
    low = int(at)
    high = min(low + 1, len(ascending) - 1)
    return round((ascending[low] + (at - low) * (ascending[high] - ascending[low])) / DAY_MS, 2)
