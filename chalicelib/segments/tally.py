"""What events come to, now and at every later moment. Pure.

As time passes, events only leave a window, and only at its end; so everything follows from how many have left.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import tzinfo
from decimal import Decimal
from typing import Any

from chalicelib.segments.moments import Moments
from chalicelib.segments.occurrence import Question
from chalicelib.segments.outlook import Outlook, every, steady, tried
from chalicelib.segments.values import written_number
from chalicelib.times import after_epoch


@dataclass(frozen=True)
class Tally:
    """The events that a question is about, ascending.

    ats: when (milliseconds since 1970). values: of each, the property that is added up or told apart; None for what is
    only counted. before: how many older ones to add to their number. span: how long each stays in the window; None:
    for good.
    """

    ats: tuple[int, ...]
    values: tuple[Any, ...] = ()
    before: int = 0
    span: int | None = None

    def left(self, at: int) -> int:
        """How many have left the window at a moment."""
        return 0 if self.span is None else bisect_right(self.ats, at - self.span)

    @property
    def ends(self) -> list[int]:
        """The moments at which they leave it."""
        return [] if self.span is None else [at + self.span for at in self.ats]


def answer(question: Question, tally: Tally, zone: tzinfo, now: int) -> tuple[Outlook, Any]:
    """How the question stands, and what is the case: the number, the sum, the moment."""
    if isinstance(question.asked, Moments):
        return _moment(question.asked, tally, question.measure == "first", zone, now)
    asked, worth = question.asked, _worth(question.measure, tally)

    def holds(at: int) -> bool:
        actual = worth[tally.left(at)]
        return actual >= 1 if asked is None else asked.hold(actual)

    return tried(holds, now, tally.ends), worth[tally.left(now)]


def _worth(measure: str, tally: Tally) -> list[Decimal | int]:
    """By how many events have left: what the others come to."""
    if measure == "sum":
        return _sums(tally.values)
    if measure == "distinct":
        return _distinct(tally.values)
    return [len(tally.ats) - left + tally.before for left in range(len(tally.ats) + 1)]


def _sums(values: tuple[Any, ...]) -> list[Decimal | int]:
    total = Decimal(0)
    sums: list[Decimal | int] = [total]
    for value in reversed(values):
        total += written_number(value) or 0
        sums.append(total)
    return sums[::-1]


def _distinct(values: tuple[Any, ...]) -> list[Decimal | int]:
    met = set[tuple[type, Any]]()
    counts: list[Decimal | int] = [0]
    for value in reversed(values):
        members = value if isinstance(value, list | tuple) else (value,)
        met.update(_told_apart(each) for each in members if isinstance(each, str | int | float | Decimal))
        counts.append(len(met))
    return counts[::-1]


def _told_apart(value: Any) -> tuple[type, Any]:
    """True is not 1, and "1" is not 1; 1.0 is."""
    return (type(value), value) if isinstance(value, str | bool) else (Decimal, value)


def _moment(asked: Moments, tally: Tally, first: bool, zone: tzinfo, now: int) -> tuple[Outlook, Any]:
    """Conditions on the first or the last of the events that are in the window."""

    def one(at: int) -> int | None:
        rest = tally.ats[tally.left(at) :]
        return (rest[0] if first else rest[-1]) if rest else None

    def outlook(moment: int | None) -> Outlook:
        return every([each for _, each in asked.outlooks(moment, zone, now)])

    current = one(now)
    actual = None if current is None else after_epoch(current)
    if not tally.ends:
        return (outlook(current) if tally.ats else steady(False)), actual
    turns = [turn for at in {one(end - 1) for end in tally.ends if end > now} for turn in outlook(at).turns]
    return tried(lambda at: asked.hold(one(at), zone, at), now, [*tally.ends, *turns]), actual
