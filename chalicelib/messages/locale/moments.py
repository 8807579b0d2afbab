"""Dates and times as a locale writes them, in the reader's zone. Pure. What is no time is said as nothing."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Final

from chalicelib import times
from chalicelib.customers import zones
from chalicelib.messages.locale.figures import known

FORMS: Final = ("short", "medium", "long", "full")
_LONGEST: Final = 40
_DAY: Final = timedelta(days=1)


def moment(value: object) -> datetime | date | None:
    """A time (RFC 3339) or a day (`2026-05-17`); None for anything else. A day is the same day in every zone."""
    if not isinstance(value, str) or len(value) > _LONGEST:
        return None
    text = value.strip()
    try:
        return date.fromisoformat(text) if len(text) == len("2026-05-17") else times.parse(text)
    except ValueError:
        return None


def day(value: object, locale: str, zone: str, form: str = "long") -> str:
    """`17 maggio 2026`. `form`: one of FORMS, or a pattern of the CLDR such as `d MMMM` or `EEEE`."""
    from babel.dates import format_date

    at = _local(moment(value), zone)
    return "" if at is None else format_date(at, format=form, locale=known(locale))


def clock(value: object, locale: str, zone: str, form: str = "short") -> str:
    """`18:30`; nothing for a day, which has none."""
    from babel.dates import format_time

    at = moment(value)
    if not isinstance(at, datetime):
        return ""
    return format_time(at, format=form, tzinfo=_zone(zone), locale=known(locale))


def day_and_clock(value: object, locale: str, zone: str, form: str = "medium") -> str:
    """`17 mag 2026, 18:30:00`; of a day, the day."""
    from babel.dates import format_datetime

    at = moment(value)
    if not isinstance(at, datetime):
        return day(value, locale, zone, form)
    return format_datetime(at, format=form, tzinfo=_zone(zone), locale=known(locale))


def from_now(value: object, now: object, locale: str, zone: str) -> str:
    """`tra 3 giorni`, `3 days ago`: by whole days of the reader's calendar, within a day by hours and minutes."""
    from babel.dates import format_timedelta

    then, present = moment(value), moment(now)
    if then is None or not isinstance(present, datetime):
        return ""
    days = _date(then, zone) - _date(present, zone)
    span = days if not isinstance(then, datetime) or abs(then - present) >= _DAY else then - present
    granularity = "day" if span is days else "minute"
    told: str = format_timedelta(span, granularity=granularity, threshold=2, add_direction=True, locale=known(locale))  # type: ignore[arg-type]
    return told


def strftime(value: object, form: str, zone: str) -> str:
    """As Liquid elsewhere writes dates: by strftime, in English and the reader's zone."""
    at = moment(value)
    if isinstance(at, datetime):
        at = at.astimezone(_zone(zone))
    return "" if at is None else at.strftime(form)


def _local(at: datetime | date | None, zone: str) -> date | None:
    return None if at is None else _date(at, zone)


def _date(at: datetime | date, zone: str) -> date:
    return at.astimezone(_zone(zone)).date() if isinstance(at, datetime) else at


def _zone(name: str) -> tzinfo:
    """The zone, or UTC where there is none of this name."""
    return zones.zone(name) or UTC
