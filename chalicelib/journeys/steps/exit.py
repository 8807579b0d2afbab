"""exit: leave the journey here.

{"id": "done", "do": "exit", "reason": "has ordered"}
"""

from __future__ import annotations

from typing import Literal

from chalicelib.journeys.step import Moment, Step, StepDefinition, Taken
from chalicelib.segments.fields import Title


class ExitStep(StepDefinition):
    """Leave the journey, for a reason that the customer's timeline shows."""

    do: Literal["exit"]
    reason: Title = "exit"


class _Exit:
    definition = ExitStep

    def take(self, step: ExitStep, moment: Moment) -> Taken:
        return Taken(step.reason, leave=step.reason)


plugin: Step[ExitStep] = _Exit()
