"""Triggers that are rules which become true by time or by a score: a date, an overdue order, a risk. Pure.

Each says its rule, which is kept true or false for every customer from the moment at which the journey is published,
on the event or to the minute. Whoever it is true for at that moment was not brought by it, and does not enter.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Final, Literal

from pydantic import BeforeValidator, PlainSerializer, StrictBool, StringConstraints, WithJsonSchema, model_validator

from chalicelib import times
from chalicelib.journeys.triggers.base import Conditional
from chalicelib.segments.fields import Number, duration, plain_number
from chalicelib.segments.problems import objection

FORECASTS: Final[Mapping[str, str]] = {"next_order": "days_until_next_order"}
"""The dates that are forecast, and the fact that says how far away each is."""
SCORES: Final = ("churn_risk", "expected_value")
_DAY: Final = timedelta(days=1)
_OFFSET: Final = re.compile(r"[+-]?P")


def offset(value: object) -> timedelta:
    """A duration with a sign: `-P7D` is a week before, `P3D` three days after."""
    if isinstance(value, timedelta):
        return value
    if not isinstance(value, str) or not _OFFSET.match(value):
        raise objection("offset", "This is not an offset", "Write a duration with a sign: -P7D, P3D.")
    span = duration(value.lstrip("+-"))
    return -span if value.startswith("-") else span


def offset_text(span: timedelta) -> str:
    """As it is written."""
    return f"-{times.duration_text(-span)}" if span < timedelta(0) else times.duration_text(span)


Offset = Annotated[
    timedelta,
    BeforeValidator(offset),
    PlainSerializer(offset_text, return_type=str),
    WithJsonSchema({"type": "string", "examples": ["-P7D", "P3D"]}),
]
TimeOfDay = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]


class OnDate(Conditional):
    """A date of the customer's: a trait that holds one, or a forecast.

    offset: how long before (`-P7D`) or after it; without one, on it.
    yearly: on its anniversaries, in the customer's own zone; for birthdays.
    at:     the time of day, in the customer's own zone, at which the journey begins; without one, when the date comes.
    """

    on: Literal["date"]
    trait: Annotated[str, StringConstraints(min_length=1, max_length=200)] | None = None
    forecast: Literal["next_order"] | None = None
    offset: Offset = timedelta(0)
    yearly: StrictBool = False
    at: TimeOfDay | None = None

    @model_validator(mode="after")
    def _names_one_date(self) -> OnDate:
        if (self.trait is None) == (self.forecast is None):
            raise objection("trigger", "This trigger names no date, or two", "Add trait or forecast.")
        if self.forecast and self.yearly:
            raise objection("trigger", "A forecast has no anniversaries", "Leave yearly out.")
        return self

    def rule(self) -> Mapping[str, Any]:
        """True from as long before the date as is said until the date; for a day from the date on, if not before."""
        before = -self.offset
        if self.forecast:
            days = plain_number_of_days(max(before, timedelta(0)))
            return {"fact": FORECASTS[self.forecast], "at_most": days}
        if self.yearly:
            when: Any = {"within_next": times.duration_text(before)} if before > timedelta(0) else {"on": "today"}
            return {"trait": self.trait, "anniversary": when}
        if before > timedelta(0):
            return {"trait": self.trait, "within_next": times.duration_text(before)}
        return {"trait": self.trait, "within_last": times.duration_text(_DAY)}

    def later(self) -> timedelta:
        """What lies after the date is waited for inside the journey."""
        return max(self.offset, timedelta(0))

    def clock(self) -> str | None:
        """`at`."""
        return self.at


class OnOverdue(Conditional):
    """The customer's next order is overdue: the silence became longer than the person's own usual waits."""

    on: Literal["overdue"]

    def rule(self) -> Mapping[str, Any]:
        """True until something is ordered."""
        return {"fact": "days_overdue", "at_least": 0}


class OnScore(Conditional):
    """A score of the customer's rose above a limit, or fell below one: one of the two."""

    on: Literal["score"]
    score: Literal["churn_risk", "expected_value"]
    above: Number | None = None
    below: Number | None = None

    @model_validator(mode="after")
    def _names_one_limit(self) -> OnScore:
        if (self.above is None) == (self.below is None):
            raise objection("trigger", "This trigger names no limit, or two", "Add above or below, a number.")
        return self

    def rule(self) -> Mapping[str, Any]:
        """True on that side of the limit."""
        said = {"above": self.above, "below": self.below}
        limits = {name: plain_number(limit) for name, limit in said.items() if limit is not None}
        return {"fact": self.score, **limits}


def plain_number_of_days(span: timedelta) -> int | float:
    """Days, with a fraction only where there is one."""
    days = span / _DAY
    return int(days) if days == int(days) else days
