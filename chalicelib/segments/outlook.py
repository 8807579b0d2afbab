"""An answer now, and every moment at which time alone turns it into the opposite. Pure.

Each condition gives one (match.py), and those of several are put together here exactly, as sets of moments are. So the
moment that a rule promises is right by construction: nothing is tried out, and nothing between two moments is missed.

Times are whole milliseconds since 1970. Nobody waits longer than ten years for a date: what lies beyond is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

DAY_MS: Final = 86_400_000
HORIZON_MS: Final = 3_660 * DAY_MS


@dataclass(frozen=True, slots=True)
class Outlook:
    """holds: the answer now. turns: the moments after now, ascending, at each of which it becomes the opposite.
    again: from when on nothing is said, because nobody looked further (only of the lifecycle's scores); None for never.
    """

    holds: bool
    turns: tuple[int, ...] = ()
    again: int | None = None

    @property
    def until(self) -> int | None:
        """From when on the answer is another, if nothing happens, or has to be asked again; None for never."""
        return self.turns[0] if self.turns else self.again


ALWAYS: Final = Outlook(True)
NEVER: Final = Outlook(False)


def steady(holds: bool) -> Outlook:
    """An answer that only an event can change."""
    return ALWAYS if holds else NEVER


def during(spans: Iterable[tuple[int | None, int | None]], now: int) -> Outlook:
    """What holds in these spans, `[from, to)` each, and at no other time. None: from ever, for ever."""
    starts_and_ends = [each for each in spans if each[0] is None or each[1] is None or each[0] < each[1]]

    def holds(at: int) -> bool:
        return any((a is None or a <= at) and (b is None or at < b) for a, b in starts_and_ends)

    return tried(holds, now, (moment for span in starts_and_ends for moment in span if moment is not None))


def tried(holds: Callable[[int], bool], now: int, moments: Iterable[int]) -> Outlook:
    """What `holds` says now and from each of these moments on; between them it must not change."""
    first = last = holds(now)
    turns = []
    for moment in sorted({moment for moment in moments if now < moment <= now + HORIZON_MS}):
        if holds(moment) is not last:
            last = not last
            turns.append(moment)
    return Outlook(first, tuple(turns))


def opposite(outlook: Outlook) -> Outlook:
    """Not it."""
    return Outlook(not outlook.holds, outlook.turns, outlook.again)


def every(outlooks: Sequence[Outlook]) -> Outlook:
    """All of them; of none: always."""
    changing = [each for each in outlooks if each.turns or each.again is not None]
    if any(not each.holds for each in outlooks if not each.turns and each.again is None):
        return NEVER
    if not changing:
        return ALWAYS
    if len(changing) == 1:
        return changing[0]
    return _united(changing)


def some(outlooks: Sequence[Outlook]) -> Outlook:
    """At least one of them; of none: never."""
    return opposite(every([opposite(each) for each in outlooks]))


def _united(outlooks: Sequence[Outlook]) -> Outlook:
    failing = sum(not each.holds for each in outlooks)
    first = last = not failing
    holding = [each.holds for each in outlooks]
    turns: list[int] = []
    moments = sorted((moment, place) for place, each in enumerate(outlooks) for moment in each.turns)
    for number, (moment, place) in enumerate(moments):
        holding[place] = not holding[place]
        failing += -1 if holding[place] else 1
        together = number + 1 < len(moments) and moments[number + 1][0] == moment
        if not together and (not failing) is not last:
            last = not last
            turns.append(moment)
    again = min((each.again for each in outlooks if each.again is not None), default=None)
    return Outlook(first, tuple(turn for turn in turns if again is None or turn < again), again)
