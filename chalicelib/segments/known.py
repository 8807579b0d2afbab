"""What the customer's item alone knows of a question about events: the times that decide it, or None. Pure.

happenings.py keeps of each name how often, the first time and the last few. That is enough more often than it seems:
what did not happen at all, or not since, needs no look at what it was like; "at least three in a month" is decided by
the last three; and as a window moves on, events that are older than all that are known leave it before those do.
"""

from __future__ import annotations

from datetime import timedelta, tzinfo
from functools import reduce
from math import ceil, floor
from typing import Final, NamedTuple

from chalicelib.customers.happenings import Happenings, Times
from chalicelib.segments.moments import placed
from chalicelib.segments.occurrence import Question
from chalicelib.segments.values import Numbers


class Window(NamedTuple):
    """From which moment on, and until which, events are looked at (milliseconds since 1970, `[since, until)`); None: no
    bound. span: of a window that moves on with time, how long it is."""

    since: int | None = None
    until: int | None = None
    span: int | None = None


class Standing(NamedTuple):
    """As good as all times of the events in the window, ascending; `before`: how many older ones to add to a count."""

    ats: tuple[int, ...]
    before: int = 0


NOTHING: Final = Standing(())


def window(question: Question, zone: tzinfo, now: int) -> Window:
    """The window of a question as it stands now."""
    if question.within is not None:
        span = question.within // timedelta(milliseconds=1)
        return Window(now - span + 1, None, span)
    if question.between is not None:
        return Window(placed(question.between[0], zone), placed(question.between[1], zone))
    return Window()


def of_item(question: Question, happenings: Happenings, seen: Window) -> Standing | None:
    """The times that decide the question now and at any later moment; None if only the history can tell."""
    held: list[Times] = []
    for name in question.names:
        times = happenings.of(name)
        if times is None:
            return None
        if times.total and _touches(times, seen):
            held.append(times)
    if not held:
        return NOTHING
    if not question.plain:
        return None
    return _plain(question, reduce(Times.plus, held), seen)


def _touches(times: Times, seen: Window) -> bool:
    """Whether any of them may lie in the window."""
    return (seen.since is None or times.last >= seen.since) and (seen.until is None or times.first < seen.until)


def _lies(at: int, seen: Window) -> bool:
    return (seen.since is None or at >= seen.since) and (seen.until is None or at < seen.until)


def _plain(question: Question, times: Times, seen: Window) -> Standing | None:
    ats, since, until = times.recent, seen.since, seen.until
    if times.all_known or (since is not None and ats[0] < since):
        return Standing(ats if seen.span is not None else tuple(at for at in ats if _lies(at, seen)))
    all_within = seen.span is None and (since is None or since <= times.first) and (until is None or times.last < until)
    if all_within:
        return Standing((times.first,)) if question.measure == "first" else Standing(ats, times.total - len(ats))
    if until is None or times.last < until:
        if question.measure == "last":
            return Standing(ats)
        if question.measure == "count" and len(ats) >= _enough(question.asked):
            return Standing(ats)
    return None


def _enough(asked: object) -> int:
    """How many events decide a comparison of their number, however many more there are."""
    if not isinstance(asked, Numbers):
        return 1
    return max(ceil(n) if name in ("at_least", "below") else floor(n) + 1 for name, n in asked.comparisons)
