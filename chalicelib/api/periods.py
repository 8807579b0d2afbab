"""The period that a report is asked for: whole days in UTC, not before what is kept and not after today."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from chalicelib.errors import Refused

USUAL: Final = timedelta(days=29)  # before the last day
_AS = "write a day such as 2026-11-01, or a time with its zone such as 2026-11-01T10:00:00Z"


@dataclass(frozen=True)
class Period:
    """From the first day to the last, both in it."""

    first: date
    last: date


def period(first: str | None, last: str | None, now: datetime, kept_for: timedelta) -> Period:
    """The period from what was asked; Refused `invalid_period`, with what is wrong with which."""
    today = now.astimezone(UTC).date()
    oldest = (now - kept_for).astimezone(UTC).date()
    until = _day("to", last) if last is not None else today
    since = _day("from", first) if first is not None else max(oldest, _before(until, USUAL))
    if until > today:
        raise _refused("to", f"{until} lies in the future; today is {today} in UTC")
    for name, day in (("to", until), ("from", since)):
        if day < oldest:
            raise _refused(name, f"{day} is too long ago: counts are kept for {kept_for.days} days, since {oldest}")
    if since > until:
        raise _refused("from", f"{since} is after {until}, where the period ends: exchange from and to")
    return Period(since, until)


def _day(name: str, text: str) -> date:
    with suppress(ValueError):  # no day alone: a time, perhaps
        return date.fromisoformat(text)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise _refused(name, f"this is no day: {_AS}") from None
    if moment.tzinfo is None:
        raise _refused(name, f"this time has no zone, so its day is not known: {_AS}")
    try:
        return moment.astimezone(UTC).date()
    except OverflowError:
        raise _refused(name, f"this is no day: {_AS}") from None


def _before(day: date, span: timedelta) -> date:
    return day - span if day - date.min > span else date.min


def _refused(name: str, problem: str) -> Refused:
    details = [{"path": name, "problem": problem}]
    return Refused(400, "invalid_period", f"This is not a period that can be reported on: {name}: {problem}.", details)
