"""Stages over time, and who moved from where to where: from counts of the index and counts of changes. Pure.

Counts of changes are exact (review/changes). Counts of the index are taken once a day, soon after midnight (UTC). A day
without them is walked to from the next known day, backwards: whoever moved is put back. Who first appeared on a day,
was erased, or turned out to be somebody else has no change of stage, so what is walked to is called an estimate.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from chalicelib.lifecycle.rules import Stage

_DAY: Final = timedelta(days=1)

Moves = Mapping[tuple[date, Stage, Stage], int]
"""How many moved, by day and stages."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How many stood in each stage at a moment: counted, or walked to."""

    at: datetime
    counted: bool
    stages: Mapping[Stage, int]


def over_time(
    now: datetime, current: Mapping[Stage, int], known: Mapping[date, Standing], moves: Moves, first: date
) -> list[Standing]:
    """How many stood in each stage when each day from `first` to that of `now` began, and at `now` last.

    known: what was counted, by day. moves: of all these days.
    """
    back: dict[date, Counter[Stage]] = {}
    for (day, stage_from, stage_to), number in moves.items():
        put_back = back.setdefault(day, Counter())
        put_back[stage_from] += number
        put_back[stage_to] -= number
    found = [Standing(now, True, current)]
    day = now.astimezone(UTC).date()
    while day >= first:
        after = found[-1].stages
        undone = back.get(day, Counter[Stage]())
        walked = {stage: max(0, after.get(stage, 0) + undone[stage]) for stage in Stage}
        midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
        found.append(known.get(day) or Standing(midnight, False, walked))
        day -= _DAY
    return found[::-1]
