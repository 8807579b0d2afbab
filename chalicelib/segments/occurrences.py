"""What a question about events (occurrence.py) comes to, now and at every later moment. Pure.

As time passes, events only leave a window, and only at its end; so everything follows from how many have left.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from decimal import Decimal
from typing import Any, Final

from chalicelib.segments.history import Deed, History
from chalicelib.segments.known import Standing, Window, of_item, window
from chalicelib.segments.moments import Moments
from chalicelib.segments.occurrence import Distinct, Followed, Question, Sum, Where
from chalicelib.segments.outlook import Outlook, every, steady, tried
from chalicelib.segments.values import Numbers, look_up, written_number
from chalicelib.segments.view import View
from chalicelib.times import after_epoch

_NO_HISTORY: Final = History()


@dataclass(frozen=True)
class Found:
    """The answer to a question. actual: the number, the sum, the moment; known: False where a history was needed that
    is not there, so that the answer is as if nothing had happened."""

    outlook: Outlook
    actual: Any
    known: bool = True


def missing(question: Question, view: View, now: int) -> Window | None:
    """The window of which the history is needed and not there; None if the question can be answered."""
    seen = window(question, view.local.zone, now)
    if of_item(question, view.facts.happenings, seen) is not None:
        return None
    there = view.history is not None and view.history.covers(question.spoken_of, seen.since)
    return None if there else seen


def holds(question: Question, view: View, now: int) -> bool:
    """Whether the answer is yes now, in less time than `find` takes where the item knows."""
    if question.asked is None or isinstance(question.asked, Numbers):
        standing = of_item(question, view.facts.happenings, seen := window(question, view.local.zone, now))
        if standing is not None and question.measure == "count":
            count = len(standing.ats) + standing.before
            if seen.since is not None:
                count -= bisect_left(standing.ats, seen.since)
            return count >= 1 if question.asked is None else question.asked.hold(count)
    return find(question, view, now).outlook.holds


def find(question: Question, view: View, now: int) -> Found:
    """How the question is answered."""
    zone = view.local.zone
    seen = window(question, zone, now)
    standing = of_item(question, view.facts.happenings, seen)
    if standing is not None:
        return _told(question, [(at, None) for at in standing.ats], standing, seen, zone, now)
    history = view.history or _NO_HISTORY
    known = history.covers(question.spoken_of, seen.since)
    deeds = _asked_for(question, history, seen, zone, now) if known else []
    held = [(deed.at, _value(question, deed)) for deed in deeds]
    found = _told(question, held, Standing(()), seen, zone, now)
    return found if known else Found(found.outlook, found.actual, known=False)


def _asked_for(question: Question, history: History, seen: Window, zone: tzinfo, now: int) -> list[Deed]:
    """The events in the window that are as they should be."""
    until = now + 1 if seen.until is None else min(seen.until, now + 1)
    deeds = _between(history.of_names(question.names), seen.since, until)
    if question.where:
        deeds = [deed for deed in deeds if _is(deed, question.where, zone)]
    if question.followed_by is not None and deeds:
        return _followed(deeds, question.followed_by, history, zone, now)
    return deeds


def _between(deeds: Sequence[Deed], since: int | None, until: int) -> list[Deed]:
    start = 0 if since is None else bisect_left(deeds, since, key=_at)
    return list(deeds[start : bisect_left(deeds, until, key=_at)])


def _followed(deeds: list[Deed], by: Followed, history: History, zone: tzinfo, now: int) -> list[Deed]:
    later = [deed for deed in history.of_names({by.event}) if deed.at <= now and _is(deed, by.where or (), zone)]
    span = None if by.within is None else int(by.within.total_seconds() * 1_000)

    def is_followed(deed: Deed) -> bool:
        for place in range(bisect_left(later, deed.at, key=_at), len(later)):
            if span is not None and later[place].at >= deed.at + span:
                return False
            if later[place].id != deed.id:
                return True
        return False

    return [deed for deed in deeds if is_followed(deed)]


def _at(deed: Deed) -> int:
    return deed.at


def _is(deed: Deed, where: Sequence[Where], zone: tzinfo) -> bool:
    return all(each.holds(deed.properties, zone) for each in where)


def _value(question: Question, deed: Deed) -> Any:
    asked = question.asked
    return look_up(deed.properties, asked.property) if isinstance(asked, Sum | Distinct) else None


def _told(
    question: Question, held: list[tuple[int, Any]], standing: Standing, seen: Window, zone: tzinfo, now: int
) -> Found:
    """held: the events that decide, ascending: when, and the property that is added up or told apart."""
    ats = [at for at, _ in held]
    left = _left(ats, seen.span)
    if isinstance(question.asked, Moments):
        return _moment(question, question.asked, ats, left, seen.span, zone, now)
    worth = _worth(question, [value for _, value in held], standing.before)
    asked = question.asked

    def holds(at: int) -> bool:
        actual = worth[left(at)]
        return actual >= 1 if asked is None else asked.hold(actual)

    actual = worth[left(now)]
    if seen.span is None or not ats:
        return Found(steady(holds(now)), actual)
    return Found(tried(holds, now, [at + seen.span for at in ats]), actual)


def _left(ats: Sequence[int], span: int | None) -> Callable[[int], int]:
    """How many have left the window at a moment."""
    if span is None:
        return lambda at: 0
    return lambda at: bisect_right(ats, at - span)


def _worth(question: Question, values: list[Any], before: int) -> list[Decimal | int]:
    """By how many events have left: what the others come to."""
    if question.measure == "sum":
        return _sums(values)
    if question.measure == "distinct":
        return _distinct(values)
    return [len(values) - left + before for left in range(len(values) + 1)]


def _sums(values: list[Any]) -> list[Decimal | int]:
    total, sums = Decimal(0), [Decimal(0)]
    for value in reversed(values):
        total += written_number(value) or 0
        sums.append(total)
    return list(reversed(sums))


def _distinct(values: list[Any]) -> list[Decimal | int]:
    met: set[tuple[type, Any]] = set()
    counts = [0]
    for value in reversed(values):
        members = value if isinstance(value, list | tuple) else (value,)
        met.update(_told_apart(each) for each in members if isinstance(each, str | int | float | Decimal))
        counts.append(len(met))
    return list(reversed(counts))


def _told_apart(value: Any) -> tuple[type, Any]:
    """True is not 1, and "1" is not 1; 1.0 is."""
    return (type(value), value) if isinstance(value, str | bool) else (Decimal, value)


def _moment(
    question: Question,
    asked: Moments,
    ats: list[int],
    left: Callable[[int], int],
    span: int | None,
    zone: tzinfo,
    now: int,
) -> Found:
    """Conditions on the first or the last of the events."""

    def one(at: int) -> int | None:
        place = left(at)
        return None if place == len(ats) else ats[place] if question.measure == "first" else ats[-1]

    def outlook(moment: int | None, at: int) -> Outlook:
        return every([each for _, each in asked.outlooks(moment, zone, at)])

    current = one(now)
    actual = None if current is None else after_epoch(current)
    if span is None or not ats:
        return Found(outlook(current, now), actual)
    ends = [at + span for at in ats]
    turns = [turn for at in {one(end - 1) for end in ends if end > now} for turn in outlook(at, now).turns]
    return Found(tried(lambda at: asked.hold(one(at), zone, at), now, [*ends, *turns]), actual)
