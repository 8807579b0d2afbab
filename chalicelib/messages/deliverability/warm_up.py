"""How to begin with a domain that mailboxes do not know yet: a little, to those who answer most, and more each day
while nobody complains. Pure."""

from __future__ import annotations

from typing import Final

FIRST: Final = 200
GROWTH: Final = 1.6
KNOWN: Final = 5_000
"""Who has sent so many in a day lately needs no warm-up."""

MOST: Final = 100_000
LONGEST: Final = 30


def plan(best_day: int, quota: float | None) -> list[int]:
    """Mails a day, at most, for each day to come: from what was sent lately on the best day up to a whole day's quota.
    Empty for a domain that is known."""
    goal = min(int(quota), MOST) if quota and quota > 0 else MOST
    if best_day >= min(KNOWN, goal):
        return []
    day, days = max(FIRST, round(best_day * GROWTH)), list[int]()
    while len(days) < LONGEST:
        days.append(min(day, goal))
        if day >= goal:
            break
        day = _round(day * GROWTH)
    return days


def _round(mails: float) -> int:
    """To two figures, as people plan."""
    step = 10 ** max(0, len(str(int(mails))) - 2)
    return int(mails // step * step)
