"""start: let the customer into another journey, whose trigger is `call`.

    {"id": "then", "do": "start", "journey": "after-care", "data": {"from": "welcome"}}

`key` tells one entry from another, where that journey is entered once per key; without one each enrolment here is
another. Journeys that start each other end after a chain of five: the step fails, and says why.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import Field, StringConstraints

from chalicelib.journeys.step import FAILED, Moment, StateEvent, Step, StepDefinition, Taken
from chalicelib.journeys.triggers.happened import CALLED
from chalicelib.segments.fields import Name

LONGEST_CHAIN: Final = 5
DEPTH: Final = "started_by"
"""The property of the call that counts how many journeys started one another before."""


class StartStep(StepDefinition):
    """Enter another journey; this one goes on."""

    do: Literal["start"]
    journey: Name
    key: Annotated[str, StringConstraints(min_length=1, max_length=200)] | None = None
    data: dict[str, Any] = Field(default={}, max_length=50)


class _Start:
    definition = StartStep

    def take(self, step: StartStep, moment: Moment) -> Taken:
        depth = _depth(moment)
        if depth >= LONGEST_CHAIN:
            return Taken(f"{LONGEST_CHAIN} journeys have started one another already", outcome=FAILED)
        properties = {"journey": step.journey, "key": step.key or moment.origin, "data": step.data, DEPTH: depth + 1}
        return Taken(f"starts {step.journey}", decisions=(StateEvent(step.id, CALLED, properties),))


def _depth(moment: Moment) -> int:
    properties = moment.view.trigger.get("properties")
    found = properties.get(DEPTH) if isinstance(properties, dict) else None
    return int(found) if isinstance(found, int | float) else 0


plugin: Step[StartStep] = _Start()
