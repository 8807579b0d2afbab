"""Sessions: how often and how long somebody was here.

A session is the person's own activity with gaps under 30 minutes; its length is the time from its first to its last
event, so one with a single event has none. The ids that SDKs give to sessions are not asked: they end differently in
every SDK, and a server has none. Pages are page and screen calls.

The last 24 sessions within 30 days of the newest are kept one by one; the ones before are added up. An event that could
change what was added up (it comes too late, or joins two sessions so that fewer than 24 are left) needs a rebuild.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

from chalicelib.customers import numbers
from chalicelib.customers.rebuilding import NeedsRebuild
from chalicelib.tracking.event import Event

GAP: Final = 30 * 60  # seconds
RECENT: Final = 24
SPAN: Final = 30 * 86_400  # seconds

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND: Final = timedelta(seconds=1)
_PAGES: Final = frozenset({"page", "screen"})


class Session(NamedTuple):
    """One session: its first and last whole second since 1970, and the pages in it."""

    start: int
    end: int
    pages: int = 0

    @property
    def seconds(self) -> int:
        """How long it lasted."""
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Sessions:
    """recent: the last sessions, oldest first. The others: how many there were before, what they add up to, when the
    first of them began and the last of them ended (seconds since 1970, 0 where there is none)."""

    recent: tuple[Session, ...] = ()
    before: int = 0
    before_seconds: int = 0
    before_pages: int = 0
    since: int = 0
    until: int = 0

    @property
    def count(self) -> int:
        """All sessions."""
        return self.before + len(self.recent)

    @property
    def seconds(self) -> int:
        """How long all of them lasted."""
        return self.before_seconds + sum(session.seconds for session in self.recent)

    @property
    def pages(self) -> int:
        """The pages and screens in all of them."""
        return self.before_pages + sum(session.pages for session in self.recent)

    @property
    def last(self) -> Session | None:
        """The newest."""
        return self.recent[-1] if self.recent else None

    @property
    def first_at(self) -> datetime | None:
        """When the first began."""
        start = self.since or (self.recent[0].start if self.recent else 0)
        return _moment(start) if start else None

    @property
    def last_at(self) -> datetime | None:
        """When the last began."""
        return _moment(self.recent[-1].start) if self.recent else None

    def seconds_between(self, since: datetime, until: datetime) -> int:
        """How long somebody was here from `since` to `until`, as far as the recent sessions tell."""
        start, end = _second(since), _second(until)
        return sum(max(0, min(session.end, end) - max(session.start, start)) for session in self.recent)

    def count_since(self, since: datetime, until: datetime) -> int:
        """How many sessions reach into the time from `since` to `until`."""
        start, end = _second(since), _second(until)
        return sum(session.end > start and session.start <= end for session in self.recent)


class Draft:
    """Sessions that are being added to."""

    def __init__(self, known: Sessions) -> None:
        self._known = known
        self._points: list[Session] = []

    def add(self, event: Event, own: bool) -> None:
        """What the person did extends a session, joins two, or begins one."""
        if own:
            second = _second(event.at)
            self._points.append(Session(second, second, int(event.type in _PAGES)))

    def finished(self) -> Sessions:
        """NeedsRebuild where only all events can tell."""
        known = self._known
        if not self._points:
            return known
        if known.before and min(self._points).start - known.until < GAP:
            raise NeedsRebuild("something happened among the sessions that are added up")
        joined = _joined([*known.recent, *self._points])
        oldest = joined[-1].end - SPAN
        if known.before and len(joined) < RECENT and known.until > oldest:
            raise NeedsRebuild("sessions were joined, and one that is added up is among the recent ones again")
        recent = tuple(session for session in joined[-RECENT:] if session.end > oldest)
        return _added_up(known, joined[: len(joined) - len(recent)], recent)


def _joined(parts: Iterable[Session]) -> list[Session]:
    """Parts of sessions, those together that have less than 30 minutes between them; oldest first."""
    joined: list[Session] = []
    for part in sorted(parts):
        last = joined[-1] if joined else None
        if last is not None and part.start - last.end < GAP:
            joined[-1] = Session(last.start, max(last.end, part.end), last.pages + part.pages)
        else:
            joined.append(part)
    return joined


def _added_up(known: Sessions, old: Sequence[Session], recent: tuple[Session, ...]) -> Sessions:
    if not old:
        return Sessions(recent, known.before, known.before_seconds, known.before_pages, known.since, known.until)
    return Sessions(
        recent=recent,
        before=known.before + len(old),
        before_seconds=known.before_seconds + sum(session.seconds for session in old),
        before_pages=known.before_pages + sum(session.pages for session in old),
        since=known.since or old[0].start,
        until=old[-1].end,
    )


def complete(events: Iterable[Event]) -> Sessions:
    """Every session of what one person did, one by one and none added up: events of any time can be joined to these
    (`whole`), and what stays of them is what `closed` leaves."""
    seconds = ((_second(event.at), int(event.type in _PAGES)) for event in events)
    return Sessions(tuple(_joined(Session(second, second, pages) for second, pages in seconds)))


def whole(many: Iterable[Sessions]) -> Sessions:
    """Several complete parts of one person's sessions as one: what is less than 30 minutes apart is one session."""
    return Sessions(tuple(_joined(session for one in many for session in one.recent)))


def closed(sessions: Sessions) -> Sessions:
    """Sessions that may hold more than the recent ones, with the others added up."""
    if not sessions.recent:
        return sessions
    oldest = sessions.recent[-1].end - SPAN
    recent = tuple(session for session in sessions.recent[-RECENT:] if session.end > oldest)
    return _added_up(sessions, sessions.recent[: len(sessions.recent) - len(recent)], recent)


def united(many: Iterable[Sessions]) -> Sessions:
    """The sessions of several people, added up: what one does while another is here is no session of both."""
    each = list(many)
    return Sessions(
        before=sum(one.count for one in each),
        before_seconds=sum(one.seconds for one in each),
        before_pages=sum(one.pages for one in each),
        since=min(
            (start for one in each if (start := one.since or (one.recent[0].start if one.recent else 0))), default=0
        ),
        until=max((end for one in each if (end := one.recent[-1].end if one.recent else one.until)), default=0),
    )


def pack(sessions: Sessions) -> Any:
    """`text`, or `[text, before, seconds, pages, since, until]`; None for none.

    The text holds the end of the newest session, then of each, the newest first: length, pages, gap to the one before.
    """
    text = numbers.written(_numbers(sessions.recent))
    if sessions.before:
        return [text, sessions.before, sessions.before_seconds, sessions.before_pages, sessions.since, sessions.until]
    return text or None


def unpack(held: Any) -> Sessions:
    """What `pack` wrote."""
    text, *before = held if isinstance(held, list) else [held]
    return Sessions(_sessions(numbers.read(text)), *before)


def _numbers(recent: Sequence[Session]) -> Iterable[int]:
    end = None
    for session in reversed(recent):
        yield session.end if end is None else end - session.end
        yield session.seconds
        yield session.pages
        end = session.start


def _sessions(held: Sequence[int]) -> tuple[Session, ...]:
    recent: list[Session] = []
    for place in range(0, len(held), 3):
        gap, seconds, pages = held[place : place + 3]
        end = recent[-1].start - gap if recent else gap
        recent.append(Session(end - seconds, end, pages))
    return tuple(reversed(recent))


def _second(moment: datetime) -> int:
    return (moment - _EPOCH) // _SECOND


def _moment(second: int) -> datetime:
    return _EPOCH + timedelta(seconds=second)
