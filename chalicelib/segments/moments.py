"""Conditions on a moment: a trait that is a date, the first or the last time that something happened. Pure.

Each of them holds in spans of time, `[from, to)`, of which the first moment is in and the last is out:

    before, after        the moment itself lies before, or at or after, this one
    within_last P30D     from the moment on, for 30 days           more_than_ago P30D    from then on
    within_next P7D      for the 7 days until the moment
    anniversary          of its day, every year after the first: {"within_next": "P7D"} until the day begins,
                         {"on": "today"} for as long as it lasts; 29 February is on the 28th where there is none

So `within_last` and `more_than_ago` of one length never both hold, and of a moment that has been one always does. A
date without a time begins at its midnight where the person is (customers/zones.py), a time without a zone is UTC.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta, tzinfo
from functools import cached_property
from typing import Annotated, Any, Final, Literal

from pydantic import AliasChoices, Field, PlainSerializer, PlainValidator, WithJsonSchema, model_validator

from chalicelib import times
from chalicelib.customers.zones import moment as local_moment
from chalicelib.segments.fields import Definition, Duration
from chalicelib.segments.outlook import HORIZON_MS, Outlook, during, steady
from chalicelib.segments.problems import objection
from chalicelib.segments.values import Conditions

Span = tuple[int | None, int | None]

_MIDNIGHT: Final = time(0)
_LONGEST: Final = 40  # characters of a date: beyond that no parser needs to look
_YEARS: Final = HORIZON_MS // (365 * 86_400_000) + 2
_AROUND: Final = 5  # from last year on: the longest duration is of two years
_FIRST, _LAST = 1900, 2999
_DAY: Final = timedelta(days=1)


def instant(value: object) -> date | datetime:
    """A date, or a time, as ISO 8601 writes it."""
    if isinstance(value, date):
        return value
    found = _read(value)
    if found is None or not _FIRST <= found.year <= _LAST:
        hint = f"Write 2026-11-22, or 2026-11-22T09:30:00Z, of the years {_FIRST} to {_LAST}."
        raise objection("moment", "This is neither a date nor a time", hint)
    return found


def _read(value: object) -> date | datetime | None:
    if not isinstance(value, str) or not 10 <= len(value) <= _LONGEST:
        return None
    try:
        return date.fromisoformat(value) if len(value) == 10 else times.parse(value)
    except ValueError:
        return None


def written(value: date | datetime) -> str:
    """An instant as it was given."""
    return times.text(value) if isinstance(value, datetime) else value.isoformat()


Instant = Annotated[
    date | datetime,
    PlainValidator(instant),
    PlainSerializer(written, return_type=str),
    WithJsonSchema({"type": "string", "examples": ["2026-11-22", "2026-11-22T09:30:00Z"]}),
]


def placed(value: date | datetime, zone: tzinfo) -> int:
    """Milliseconds since 1970 of an instant: of a date, its midnight in `zone`."""
    at = value if isinstance(value, datetime) else local_moment(value, _MIDNIGHT, zone)
    return times.milliseconds(at)


def moment_of(value: Any, zone: tzinfo) -> int | None:
    """The moment that a trait or a property says; None if it says none."""
    found = _read(value)
    try:
        return None if found is None else placed(found, zone)
    except OverflowError:  # the first and the last day of the calendar, in zones where they lie beyond it
        return None


class Anniversary(Definition):
    """Of the day of the moment, every year after the first."""

    within_next: Duration | None = None
    on: Literal["today"] | None = None

    @model_validator(mode="after")
    def _is_one(self) -> Anniversary:
        if (self.within_next is None) is (self.on is None):
            raise objection("condition", "This needs one condition", 'Use {"within_next": "P7D"} or {"on": "today"}.')
        return self


def is_local(value: object) -> bool:
    """Whether it depends on where somebody is."""
    return isinstance(value, Anniversary) or (isinstance(value, date) and not isinstance(value, datetime))


class Dated(Conditions):
    """Conditions on a moment that do not depend on when they are asked."""

    before: Instant | None = None
    after: Instant | None = None

    def dated(self, value: Any, zone: tzinfo) -> bool:
        """Whether they hold of the moment that a value says."""
        if self.before is None and self.after is None:
            return True
        moment = moment_of(value, zone)
        return moment is not None and not (
            (self.before is not None and moment >= placed(self.before, zone))
            or (self.after is not None and moment < placed(self.after, zone))
        )


class Moments(Dated):
    """Conditions on a moment; of one that is not known none holds."""

    within_last: Duration | None = Field(default=None, validation_alias=AliasChoices("within_last", "within"))
    more_than_ago: Duration | None = None
    within_next: Duration | None = None
    anniversary: Anniversary | None = None

    @cached_property
    def asked(self) -> Mapping[str, Any]:
        """The conditions on the moment that were given."""
        given = {name: getattr(self, name) for name in _SPANS}
        return {name: value for name, value in given.items() if value is not None}

    def outlooks(self, moment: int | None, zone: tzinfo, now: int) -> Iterator[tuple[str, Outlook]]:
        """Each of them in words, and how it stands."""
        for name, value in self.asked.items():
            held = steady(False) if moment is None else during(_spans(name, value, moment, zone, now), now)
            yield said(name, value), held

    def hold(self, moment: int | None, zone: tzinfo, now: int) -> bool:
        """Whether all of them hold now."""
        return moment is not None and all(
            any(
                (since is None or since <= now) and (until is None or now < until)
                for since, until in _spans(name, value, moment, zone, now, years=_AROUND)
            )
            for name, value in self.asked.items()
        )


def said(name: str, value: Any) -> str:
    """One condition in words."""
    if isinstance(value, Anniversary):
        return f"anniversary {'today' if value.on else f'within_next {times.duration_text(value.within_next or _DAY)}'}"
    return f"{name} {times.duration_text(value) if isinstance(value, timedelta) else written(value)}"


def _spans(name: str, value: Any, moment: int, zone: tzinfo, now: int, years: int = _YEARS) -> list[Span]:
    if isinstance(value, Anniversary):
        return list(_anniversaries(value, moment, zone, now, years))
    limit = _ms(value) if isinstance(value, timedelta) else placed(value, zone)
    return [span for span in [_SPANS[name](moment, limit)] if span is not None]


_SPANS: Final[Mapping[str, Any]] = {
    "before": lambda moment, limit: (None, None) if moment < limit else None,
    "after": lambda moment, limit: (None, None) if moment >= limit else None,
    "within_last": lambda moment, span: (moment, moment + span),
    "more_than_ago": lambda moment, span: (moment + span, None),
    "within_next": lambda moment, span: (moment - span, moment),
    "anniversary": None,
}


def _anniversaries(asked: Anniversary, moment: int, zone: tzinfo, now: int, years: int) -> Iterator[Span]:
    """Those of so many years, the last one among them."""
    born = _local_day(moment, zone)
    first = max(born.year + 1, _local_day(now, zone).year - 1)
    for year in range(first, min(first + years, 9_998)):
        begins = _midnight(_in_year(born, year), zone)
        if asked.within_next is not None:
            yield begins - _ms(asked.within_next), begins
        else:
            yield begins, _midnight(_in_year(born, year) + _DAY, zone)


def _in_year(day: date, year: int) -> date:
    try:
        return day.replace(year=year)
    except ValueError:
        return day.replace(year=year, day=28)


def _local_day(moment: int, zone: tzinfo) -> date:
    return times.after_epoch(moment).astimezone(zone).date()


def _midnight(day: date, zone: tzinfo) -> int:
    return times.milliseconds(local_moment(day, _MIDNIGHT, zone))


def _ms(span: timedelta) -> int:
    return span // timedelta(milliseconds=1)
