"""Time: UTC and aware inside; RFC 3339 with milliseconds and Z in storage and in the API; ISO 8601 durations.

The text form sorts like the time, so it serves as a range key as it stands.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

_DURATION = (  # compiled when it is first asked for: most processes never do
    r"^P(?=.)(?:(?P<weeks>\d{1,4})W)?(?:(?P<days>\d{1,5})D)?"
    r"(?:T(?=.)(?:(?P<hours>\d{1,5})H)?(?:(?P<minutes>\d{1,6})M)?(?:(?P<seconds>\d{1,8})S)?)?$"
)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_TEXT = "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ"


def utcnow() -> datetime:
    """The present moment, in whole milliseconds. Only edges call it; everything else is handed `now`."""
    return whole_milliseconds(datetime.now(UTC))


def whole_milliseconds(moment: datetime) -> datetime:
    """`moment` cut to the milliseconds that storage keeps, so that what was stored compares equal."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def milliseconds(moment: datetime) -> int:
    """Whole milliseconds since 1970, cut, not rounded: so `now < boundary` is the same question in both units."""
    return (moment - EPOCH) // _MILLISECOND


def after_epoch(milliseconds: int) -> datetime:
    """The time so many milliseconds after 1970. OverflowError for what lies beyond the calendar on either side."""
    return EPOCH + timedelta(milliseconds=milliseconds)


def text(moment: datetime) -> str:
    """RFC 3339 in UTC with milliseconds: `2026-11-22T03:26:52.123Z`. A naive time is a ValueError."""
    if moment.tzinfo is None:
        raise ValueError("a time without a zone has no place here")
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    return _TEXT % (  # twice as fast as isoformat, and asked several times for every event
        moment.year,
        moment.month,
        moment.day,
        moment.hour,
        moment.minute,
        moment.second,
        moment.microsecond // 1000,
    )


def parse(value: str) -> datetime:
    """An aware UTC time from ISO 8601 text; one without a zone is taken as UTC. ValueError if unreadable."""
    try:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is not UTC:
            moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (TypeError, OverflowError) as unreadable:
        raise ValueError(f"not a time: {value!r}") from unreadable
    return moment if not moment.microsecond % 1000 else whole_milliseconds(moment)


def parse_duration(value: str) -> timedelta:
    """`P3D`, `PT1H30M`, `P2W` as a timedelta. ValueError for years and months, which have no fixed length."""
    match = re.match(_DURATION, value)
    if match is None:
        raise ValueError(f"not an ISO 8601 duration of weeks, days, hours, minutes or seconds: {value!r}")
    return timedelta(**{unit: int(amount) for unit, amount in match.groupdict().items() if amount})


def duration_text(span: timedelta) -> str:
    """The ISO 8601 form of a non-negative timedelta, in days, hours, minutes and whole seconds: `P1DT2H`."""
    if span < timedelta(0):
        raise ValueError("a duration cannot be negative")
    minutes, seconds = divmod(span.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    days = f"{span.days}D" if span.days else ""
    clock = "".join(f"{amount}{unit}" for amount, unit in ((hours, "H"), (minutes, "M"), (seconds, "S")) if amount)
    return "P" + days + (f"T{clock}" if clock or not days else "") if days or clock else "PT0S"
