"""Which events a question (occurrence.py) is about, and where they are known from: the item, or the history. Pure.

What they come to is tally.py's.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta, tzinfo
from typing import Any, Final

from chalicelib.segments.history import Deed, History
from chalicelib.segments.known import Window, of_item, window
from chalicelib.segments.occurrence import Distinct, Followed, Question, Sum, Where
from chalicelib.segments.outlook import Outlook
from chalicelib.segments.tally import Tally, answer
from chalicelib.segments.values import Numbers, look_up
from chalicelib.segments.view import View

_NO_HISTORY: Final = History()
_MILLISECOND: Final = timedelta(milliseconds=1)


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


def find(question: Question, view: View, now: int) -> Found:
    """How the question is answered."""
    zone = view.local.zone
    seen = window(question, zone, now)
    standing = of_item(question, view.facts.happenings, seen)
    if standing is not None:
        nothing = (None,) * len(standing.ats)
        return Found(*answer(question, Tally(standing.ats, nothing, standing.before, seen.span), zone, now))
    history = view.history or _NO_HISTORY
    known = history.covers(question.spoken_of, seen.since)
    deeds = _asked_for(question, history, seen, zone, now) if known else []
    values = tuple(_value(question, deed) for deed in deeds)
    return Found(*answer(question, Tally(tuple(map(_at, deeds)), values, 0, seen.span), zone, now), known)


def holds(question: Question, view: View, now: int) -> bool:
    """Whether the answer is yes now, in less time than `find` takes where the item knows how often it happened."""
    asked = question.asked
    if question.measure == "count" and (asked is None or isinstance(asked, Numbers)):
        seen = window(question, view.local.zone, now)
        standing = of_item(question, view.facts.happenings, seen)
        if standing is not None:
            left = 0 if seen.since is None else bisect_left(standing.ats, seen.since)
            count = len(standing.ats) - left + standing.before
            return count >= 1 if asked is None else asked.hold(count)
    return find(question, view, now).outlook.holds


def _asked_for(question: Question, history: History, seen: Window, zone: tzinfo, now: int) -> list[Deed]:
    """The events in the window that are as they should be."""
    until = now + 1 if seen.until is None else min(seen.until, now + 1)
    deeds = _between(history.of_names(question.names), seen.since, until)
    deeds = [deed for deed in deeds if _is(deed, question.where, zone)]
    if question.followed_by is None or not deeds:
        return deeds
    later = _between(history.of_names({question.followed_by.event}), deeds[0].at, now + 1)
    later = [deed for deed in later if _is(deed, question.followed_by.where or (), zone)]
    return [deed for deed in deeds if _is_followed(deed, later, question.followed_by)]


def _between(deeds: Sequence[Deed], since: int | None, until: int) -> list[Deed]:
    start = 0 if since is None else bisect_left(deeds, since, key=_at)
    return list(deeds[start : bisect_left(deeds, until, key=_at)])


def _is_followed(deed: Deed, later: Sequence[Deed], by: Followed) -> bool:
    """Whether one of these, which is not the same event, came at that moment or after it, and soon enough."""
    place = bisect_left(later, deed.at, key=_at)
    while place < len(later) and later[place].id == deed.id:
        place += 1
    return place < len(later) and (by.within is None or later[place].at < deed.at + by.within // _MILLISECOND)


def _at(deed: Deed) -> int:
    return deed.at


def _is(deed: Deed, where: Sequence[Where], zone: tzinfo) -> bool:
    return all(each.holds(deed.properties, zone) for each in where)


def _value(question: Question, deed: Deed) -> Any:
    asked = question.asked
    return look_up(deed.properties, asked.property) if isinstance(asked, Sum | Distinct) else None
