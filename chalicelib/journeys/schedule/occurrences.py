"""The times of a schedule, as the calendar has them. Pure.

A schedule begins at a local time (`2026-12-01T09:00`) and may recur by a rule of RFC 5545 (`FREQ=WEEKLY;BYDAY=MO`). Its
occurrences are local times, too, so a Monday at nine stays a Monday at nine when the clocks change. Where nine o'clock
is, the zone says: one for everybody, or `local`, for each person their own. Then an occurrence begins as soon as it is
that time anywhere, 14 hours before it is in Greenwich, and each person's moment is `begins_at`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import islice
from typing import TYPE_CHECKING, Final

from chalicelib import times
from chalicelib.customers import zones

if TYPE_CHECKING:
    from dateutil.rrule import rrule

LOCAL: Final = "local"
EARLIEST: Final = timedelta(hours=14)
"""How far ahead of UTC the first zones of the world are (Pacific/Kiritimati)."""
FREQUENCIES: Final = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
PARTS: Final = ("FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "BYMONTH", "BYMONTHDAY", "BYSETPOS", "WKST")
"""Parts of a rule that are taken. Hours and minutes are those of the first time."""
MOST: Final = 1_000
"""COUNT and INTERVAL go no further."""
_MOMENT: Final = timedelta(seconds=1)
_ANY_DAY: Final = times.EPOCH.replace(tzinfo=None)
AHEAD: Final = timedelta(days=3_660)
"""Nobody waits longer than ten years for the next time; a rule that names the 31st of February has none."""


class NotRecurring(ValueError):
    """A text that is no rule of recurrence, or one that is not taken; the message says why."""


def recurring(text: str) -> str:
    """A rule of recurrence as it is kept. Raises NotRecurring."""
    given = _parts(text)
    unknown = [name for name in given if name not in PARTS]
    if unknown:
        raise NotRecurring(f"{', '.join(unknown)} is not taken; {', '.join(PARTS)} are")
    if given.get("FREQ") not in FREQUENCIES:
        raise NotRecurring(f"FREQ is one of {', '.join(FREQUENCIES)}")
    for name in ("COUNT", "INTERVAL"):
        number = given.get(name, "1")
        if not (number.isascii() and number.isdigit() and 1 <= int(number) <= MOST):
            raise NotRecurring(f"{name} is a number from 1 to {MOST}")
    _until(given)
    _rule(given, _ANY_DAY, _ANY_DAY)  # the library's own objections
    return text


@dataclass(frozen=True)
class Schedule:
    """at: the first time, local. recurrence: how it recurs; None for once. zone: an IANA name, or LOCAL."""

    at: datetime
    recurrence: str | None = None
    zone: str = "UTC"

    def first_from(self, moment: datetime) -> datetime | None:
        """The first occurrence (a local time) that begins at or after `moment`; None if there is none."""
        near = self._local(moment) - timedelta(days=1)  # a clock that is set forward moves a beginning by an hour
        return next((each for each in self._from(near) if self.begins(each) >= moment), None)

    def begins(self, occurrence: datetime) -> datetime:
        """The moment at which an occurrence begins: for the first of all people."""
        if self.zone == LOCAL:
            return occurrence.replace(tzinfo=UTC) - EARLIEST
        return zones.moment(occurrence.date(), occurrence.time(), zones.zone(self.zone) or UTC)

    def begins_for(self, occurrence: datetime, where: tzinfo) -> datetime:
        """The moment at which an occurrence begins for somebody in the zone `where`."""
        if self.zone != LOCAL:
            return self.begins(occurrence)
        return zones.moment(occurrence.date(), occurrence.time(), where)

    def _local(self, moment: datetime) -> datetime:
        there = UTC if self.zone == LOCAL else zones.zone(self.zone) or UTC
        return (moment + (EARLIEST if self.zone == LOCAL else timedelta(0))).astimezone(there).replace(tzinfo=None)

    def _from(self, near: datetime) -> Iterator[datetime]:
        """The occurrences from `near` on, a local time."""
        if self.recurrence is None:
            yield from [self.at] if self.at >= near else []
            return
        given = _parts(self.recurrence)
        count, until = given.get("COUNT"), max(near, self.at) + AHEAD
        found = iter(_rule(given, self.at, until))
        for each in islice(found, int(count)) if count else found:
            if each >= near:
                yield each


def _rule(given: Mapping[str, str], at: datetime, until: datetime) -> rrule:
    """The library's rule, ended by `until` or by its own end. COUNT is ours: towards it the library would count for
    ever where there is no such day."""
    from dateutil.rrule import rrule, rrulestr  # no start pays for it where nothing recurs

    kept = ";".join(f"{name}={value}" for name, value in given.items() if name not in ("COUNT", "UNTIL"))
    try:
        rule = rrulestr(kept, dtstart=at)
    except (ValueError, TypeError, AttributeError) as wrong:
        raise NotRecurring(str(wrong) or "it cannot be read") from wrong
    if not isinstance(rule, rrule):
        raise NotRecurring("it is more than one rule")
    own = _until(given)
    return rule.replace(until=until if own is None else min(own, until))


def _until(given: Mapping[str, str]) -> datetime | None:
    """The rule's own end, a local time; a day is meant whole."""
    if "UNTIL" not in given:
        return None
    try:
        until = datetime.fromisoformat(given["UNTIL"])
    except ValueError:
        until = None
    if until is None or until.tzinfo is not None:
        raise NotRecurring("UNTIL is a local time or a day, without Z: 20261231T235900, 20261231")
    return until if "T" in given["UNTIL"] else until + timedelta(days=1) - _MOMENT


def _parts(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in text.split(";"):
        name, sign, value = part.partition("=")
        if not (name and sign and value) or name in found:
            raise NotRecurring(f"{part[:40]!r} is no part of a rule such as FREQ=WEEKLY;BYDAY=MO")
        found[name] = value
    return found
