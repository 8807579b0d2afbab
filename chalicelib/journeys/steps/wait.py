"""wait: stay here for a while, counted from the moment of arrival.

{"id": "three-days", "do": "wait", "for": "P3D"}
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from chalicelib import times
from chalicelib.journeys.step import Moment, Step, StepDefinition, Taken
from chalicelib.segments.fields import Duration


class WaitStep(StepDefinition):
    """Wait for a duration; a day is 24 hours."""

    do: Literal["wait"]
    for_: Duration = Field(alias="for")


class _Wait:
    definition = WaitStep

    def take(self, step: WaitStep, moment: Moment) -> Taken:
        until = moment.since + step.for_
        if until > moment.now:
            return Taken(f"waiting until {times.text(until)}", until=until)
        return Taken(f"waited {times.duration_text(step.for_)}")


plugin: Step[WaitStep] = _Wait()
