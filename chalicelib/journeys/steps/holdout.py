"""holdout: leave some people alone, so that it shows what the journey brings.

    {"id": "left-alone", "do": "holdout", "share": 10}

`share` is in per cent. Who is held out leaves the journey here, is counted, and is held out again whenever he or she
comes again: the lot is a hash of the journey, the step and the customer.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field

from chalicelib import ids
from chalicelib.journeys.step import Moment, Step, StepDefinition, Taken

HELD_OUT: Final = "held_out"


class HoldoutStep(StepDefinition):
    """Leave `share` per cent of those who come here alone."""

    do: Literal["holdout"]
    share: Annotated[float, Field(gt=0, lt=100)]


class _Holdout:
    definition = HoldoutStep

    def take(self, step: HoldoutStep, moment: Moment) -> Taken:
        if ids.fraction(moment.journey, step.id, moment.view.customer) * 100 < step.share:
            return Taken("held out", leave=HELD_OUT, outcome=HELD_OUT)
        return Taken("not held out", outcome="in")


plugin: Step[HoldoutStep] = _Holdout()
