"""The forecast of changes: who changes to what, on which day, if nobody does anything.

It is made of the dates alone that are stored with everybody, each the exact moment at which time changes the stage. So
it knows of each customer the next change and none behind it, and nothing of what events will do.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from chalicelib.lifecycle.reading import DAY_MS
from chalicelib.lifecycle.reports.estimate import Count, Scale
from chalicelib.lifecycle.reports.person import Person
from chalicelib.lifecycle.rules import Stage
from chalicelib.times import milliseconds

AHEAD_DAYS: Final = 90


@dataclass(frozen=True, slots=True)
class Expected:
    """How many change from one stage to another on one day, `2026-11-22`, in UTC."""

    day: str
    stage_from: Stage
    stage_to: Stage
    count: Count


def forecast(people: Iterable[Person], scale: Scale, now: datetime) -> tuple[Expected, ...]:
    """The changes of the next 90 days, by day and stages. Whoever was due already, and is about to be looked at,
    changes today."""
    moment = milliseconds(now)
    until = moment + AHEAD_DAYS * DAY_MS
    found: Counter[tuple[str, Stage, Stage]] = Counter()
    for person in people:
        if person.next_at is not None and person.next_stage is not None and person.next_at < until:
            day = (now + timedelta(milliseconds=max(0, person.next_at - moment))).date()
            found[day.isoformat(), person.stage, person.next_stage] += 1
    return tuple(Expected(*place, scale.count(number)) for place, number in sorted(found.items()))
