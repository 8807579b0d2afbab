"""Local time in journeys: times of day, weekdays, windows, dates that traits hold. Pure.

Whose time it is, customers/zones.py says. A time of day that the clock skips when it is set forward comes when it is
set; one that comes twice counts the first time.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Annotated, Any, Final, Literal

from pydantic import Field, StringConstraints

from chalicelib.customers import zones
from chalicelib.segments.fields import Definition, Some

TimeOfDay = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
"""`09:30`, on a clock of 24 hours."""
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: Final[tuple[Weekday, ...]] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_DAY: Final = timedelta(days=1)
_A_WEEK_ON: Final = 9  # days, so that the same weekday comes again even where a day has no such time


class Window(Definition):
    """When something may go on: on these weekdays (all, if none are named), from one time of day to another.

    A window whose `to` is not later than its `from` ends on the next day; `00:00` to `00:00` is the whole day.
    """

    weekdays: Some[Weekday] | None = None
    from_: TimeOfDay = Field(default="00:00", alias="from")
    to: TimeOfDay = "00:00"

    def opens(self, after: datetime, where: tzinfo) -> datetime:
        """`after`, if the window is open then; otherwise when it opens next. In UTC."""
        today = after.astimezone(where).date()
        over_night = _DAY if self.to <= self.from_ else timedelta(0)
        for day in (today + _DAY * ahead for ahead in range(-1, _A_WEEK_ON)):
            begins = zones.moment(day, clock(self.from_), where)
            ends = zones.moment(day + over_night, clock(self.to), where)
            if _on(day, self.weekdays) and begins < ends and after < ends:
                return max(after, begins)
        raise ValueError("a window that never opens")  # each weekday came


def clock(at: str) -> time:
    """A TimeOfDay as a time."""
    return time.fromisoformat(at)


def next_at(after: datetime, at: str, weekdays: tuple[Weekday, ...] | None, where: tzinfo) -> datetime:
    """When the clock at `where` next shows `at`, on one of the weekdays if any are named: `after` or later, in UTC."""
    today = after.astimezone(where).date()
    for day in (today + _DAY * ahead for ahead in range(_A_WEEK_ON)):
        moment = zones.moment(day, clock(at), where)
        if _on(day, weekdays) and moment >= after:
            return moment
    raise ValueError("a time of day that never comes")  # each weekday came


def dated(value: Any, where: tzinfo, at: str | None = None, offset: timedelta = timedelta(0)) -> datetime | None:
    """The moment that a trait's value names, shifted by `offset`; in UTC. None if it names none.

    `2026-11-30`, or a time (`2026-11-30T10:00:00Z`), of which the day at `where` counts if `at` is given. Without a
    zone of its own it is the clock at `where`. A day, or a time with `at`, is shifted by the calendar, so that seven
    days before a morning is a morning.
    """
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value.strip())
        local = found.replace(tzinfo=where) if found.tzinfo is None else found.astimezone(where)
        if at is None and len(value.strip()) > len("2026-11-30"):
            return local.astimezone(UTC) + offset
        shown = datetime.combine(local.date(), clock(at or "00:00")) + offset
        return zones.moment(shown.date(), shown.time(), where)
    except (ValueError, OverflowError):
        return None


def _on(day: date, weekdays: tuple[Weekday, ...] | None) -> bool:
    return not weekdays or WEEKDAYS[day.weekday()] in weekdays
