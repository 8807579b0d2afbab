"""How long those take who come back: quantiles of the wait for the second occasion, and the rhythm after the third.

Waits that are too long to have ended yet are not seen, so what is seen is too short, the more so the younger the shop.
Each wait was seen because it is shorter than the time since the first order; Lynden-Bell's estimator for such right
truncation (1971, "A method of allowing for known observational selection ...", MNRAS 155) corrects for that:

    F(w-) = product over waits v >= w of (1 - d(v) / n(v)),    n(v) = how many with wait <= v <= time since first order

Beyond the shop's own age nothing can be known, so what it shows counts by its age, up to a year.
"""

from __future__ import annotations

import itertools
import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from chalicelib.lifecycle.figures import Rhythm

if TYPE_CHECKING:  # the type only: scoring imports little
    from chalicelib.lifecycle.history import History

DAY_MS: Final = 86_400_000
POINTS: Final = (0.5, 0.8, 0.95)
PRIOR_WAITS: Final = 20.0
"""How many who came back the prior's quantiles are worth: about what is needed to know one to within a third, and
shops differ by more than that."""
_YEAR: Final = 365.0
_MOST_WAITS: Final = 5000


def returned_after(history: History) -> float | None:
    """Days from the first occasion to the second; None where there is none, or where it is no longer known."""
    starts = history.starts
    if history.before is None:
        return (starts[1] - starts[0]) / DAY_MS if len(starts) > 1 else None
    if history.before.occasions == 1 and starts:
        return (starts[0] - history.before.first_at) / DAY_MS
    if history.before.occasions == 2:
        return (history.before.began_at - history.before.first_at) / DAY_MS
    if history.before.occasions > 2:  # known only on average, and better so than not at all
        return (history.before.began_at - history.before.first_at) / DAY_MS / (history.before.occasions - 1)
    return None


def quantiles(seen: Iterable[tuple[float, float]], prior: Sequence[float], age: float) -> tuple[float, float, float]:
    """Median, 80 % and 95 % point in days of waits given as (wait, days since the first order), drawn to `prior`.

    `age`: days since the shop's first order. Between prior and estimate lies their geometric mean, by weight.
    """
    known = sorted((wait, since) for wait, since in seen if 0 < wait <= since)
    weight = len(known) * min(1.0, age / _YEAR)
    if not known or weight <= 0:
        return prior[0], prior[1], prior[2]
    own = _untruncated(known[:: max(1, len(known) // _MOST_WAITS)])
    drawn = [
        math.exp((weight * math.log(mine) + PRIOR_WAITS * math.log(usual)) / (weight + PRIOR_WAITS))
        for mine, usual in zip(own, prior, strict=True)
    ]
    return drawn[0], drawn[1], drawn[2]


def _untruncated(known: Sequence[tuple[float, float]]) -> list[float]:
    """The three quantiles of waits, ascending by wait, by Lynden-Bell's estimator."""
    waits = [wait for wait, _ in known]
    times = sorted(since for _, since in known)
    below, found = 1.0, [waits[-1]] * len(POINTS)  # below: F just below the wait looked at
    place = len(waits)
    while place:
        wait = waits[place - 1]
        first = bisect_left(waits, wait, 0, place)
        at_risk = bisect_right(waits, wait) - bisect_left(times, wait)
        for point, share in enumerate(POINTS):
            if below >= share:
                found[point] = wait
        # one alone at risk says nothing of what is below him: without this the product would end at 0
        below *= 1 - min(place - first, max(1, at_risk) - 0.5) / max(1, at_risk)
        place = first
    return found


def fit_rhythm(histories: Iterable[History], prior: Rhythm) -> Rhythm:
    """The rhythm of those with four occasions or more known one by one: the last wait against the ones before it."""
    usual: list[float] = []
    last: list[tuple[float, int, float]] = []
    for history in histories:
        starts = history.starts
        if len(starts) >= 4:
            waits = [(b - a) / DAY_MS for a, b in itertools.pairwise(starts)]
            usual.append(sum(waits) / len(waits))
            last.append(((starts[-2] - starts[0]) / DAY_MS, len(waits) - 1, waits[-1]))
    if not usual:
        return prior
    days = _drawn(_quantile(sorted(usual), 0.5), prior.days, len(usual))
    ratios = sorted(wait / ((spread + prior.weight * days) / (count + prior.weight)) for spread, count, wait in last)
    early, middle, late = (
        _drawn(_quantile(ratios, share), usually, len(ratios))
        for share, usually in ((0.1, prior.early), (0.5, prior.middle), (0.9, prior.late))
    )
    return Rhythm(days, prior.weight, early, middle, late)


def next_wait(rhythm: Rhythm, repeats: int, spread: float) -> tuple[float, float, float] | None:
    """(early, expected, late) days from the last order to the next, if there is one; None before the third occasion.

    `spread`: weeks from the first order to the last. Four in five of those who buy again do so between early and late.
    """
    if repeats < 2:
        return None
    usual = (spread * 7 + rhythm.weight * rhythm.days) / (repeats + rhythm.weight)
    return usual * rhythm.early, usual * rhythm.middle, usual * rhythm.late


def _drawn(own: float, usual: float, count: int) -> float:
    return math.exp((count * math.log(max(own, 1e-3)) + PRIOR_WAITS * math.log(usual)) / (count + PRIOR_WAITS))


def _quantile(ascending: Sequence[float], share: float) -> float:
    return ascending[min(len(ascending) - 1, int(share * len(ascending)))]
