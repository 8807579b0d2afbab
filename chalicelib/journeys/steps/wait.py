"""wait: stay here for a while, until a moment, or until it is a good time of the week.

    {"id": "three-days", "do": "wait", "for": "P3D"}                                       a day is 24 hours
    {"id": "morning", "do": "wait", "until": {"at": "09:00", "weekdays": ["mon", "tue"]}}   on the person's clock
    {"id": "renewal", "do": "wait", "until": {"trait": "renewal_date", "offset": "-P7D", "at": "09:00"}}
    {"id": "daytime", "do": "wait", "window": {"weekdays": ["sat", "sun"], "from": "10:00", "to": "20:00"}}

A `window` may stand beside `for` or `until`: after the wait it goes on when the window is open. A date that is past
already is no reason to wait. A trait that holds no date is a failure (`on_failure`); one that changes during the wait
is looked at when the wait was to end.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Final, Literal

from pydantic import Field, StringConstraints, model_validator

from chalicelib import times
from chalicelib.journeys.clock import TimeOfDay, Weekday, Window, dated, next_at
from chalicelib.journeys.step import FAILED, Moment, Step, StepDefinition, Taken
from chalicelib.journeys.triggers.dated import Offset
from chalicelib.segments.fields import LONGEST, Definition, Duration, Some
from chalicelib.segments.problems import objection

BAD_ZONE: Final = "bad_zone"
"""The outcome of a wait by the clock of somebody whose time zone is none: the workspace's clock was read."""
PAST: Final = "past"


class Until(Definition):
    """A time of day, on some weekdays; or a date that a trait holds, with an offset and the time of that day."""

    at: TimeOfDay | None = None
    weekdays: Some[Weekday] | None = None
    trait: Annotated[str, StringConstraints(min_length=1, max_length=200)] | None = None
    offset: Offset | None = None

    @model_validator(mode="after")
    def _names_one_moment(self) -> Until:
        if self.trait is None and self.at is None:
            raise objection("until", "This names no moment", "Add at (a time of day) or trait (a date).")
        if self.trait is None and self.offset is not None:
            raise objection("until", "An offset is from a date", "Add trait, or leave offset out.")
        if self.trait is not None and self.weekdays is not None:
            raise objection("until", "A date has its weekday", "Leave weekdays out, or add a window to the step.")
        return self


class WaitStep(StepDefinition):
    """Wait for a duration, until a moment, for a window, or for a window after either."""

    do: Literal["wait"]
    for_: Duration | None = Field(default=None, alias="for")
    until: Until | None = None
    window: Window | None = None

    @model_validator(mode="after")
    def _says_how_long(self) -> WaitStep:
        if self.for_ is not None and self.until is not None:
            raise objection("wait", "This wait has two ends", "Use for or until.")
        if self.for_ is None and self.until is None and self.window is None:
            raise objection("wait", "This wait has no end", "Add for, until or window.")
        return self


class _Wait:
    definition = WaitStep

    def take(self, step: WaitStep, moment: Moment) -> Taken:
        ends = self._ends(step, moment)
        if ends is None:
            return Taken("the trait holds no date", outcome=FAILED)
        if ends - moment.since > LONGEST:
            return Taken(f"the date is more than {times.duration_text(LONGEST)} ahead", outcome=FAILED)
        past = ends < moment.since
        if step.window is not None:
            ends = step.window.opens(max(ends, moment.now), moment.view.local.zone)
        outcome = BAD_ZONE if (step.until or step.window) and moment.view.local.bad else PAST if past else None
        if ends > moment.now:
            return Taken(f"waiting until {times.text(ends)}", until=ends, outcome=outcome)
        return Taken("the date is past" if past else _waited(step, moment.now - moment.since), outcome=outcome)

    def _ends(self, step: WaitStep, moment: Moment) -> datetime | None:
        """When the wait is over, the window apart; None if the trait holds no date."""
        until, where = step.until, moment.view.local.zone
        if until is None:
            return moment.since + (step.for_ or timedelta(0))
        if until.trait is None:
            return next_at(moment.since, until.at or "00:00", until.weekdays, where)
        return dated(moment.view.traits.get(until.trait), where, until.at, until.offset or timedelta(0))


def _waited(step: WaitStep, span: timedelta) -> str:
    return f"waited {times.duration_text(step.for_ if step.for_ and not step.window else span)}"


plugin: Step[WaitStep] = _Wait()
