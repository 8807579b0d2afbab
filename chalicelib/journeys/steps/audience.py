"""audience: put the customer on a list, or take the customer off.

    {"id": "retarget", "do": "audience", "add": "cart-left"}
    {"id": "bought", "do": "audience", "remove": "cart-left"}

A list is a segment of the kind `list` (docs/SEGMENTS.md); journeys and rules may ask for it, others may take it away.
"""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from chalicelib.journeys.step import Moment, StateEvent, Step, StepDefinition, Taken
from chalicelib.segments.fields import Name
from chalicelib.segments.problems import objection
from chalicelib.tracking.event import LIST_JOINED, LIST_LEFT


class AudienceStep(StepDefinition):
    """Join a list or leave it: one of the two."""

    do: Literal["audience"]
    add: Name | None = None
    remove: Name | None = None

    @model_validator(mode="after")
    def _names_one_list(self) -> AudienceStep:
        if (self.add is None) == (self.remove is None):
            raise objection("audience", "This names no list, or two", "Add add or remove, a list's name.")
        return self


class _Audience:
    definition = AudienceStep

    def take(self, step: AudienceStep, moment: Moment) -> Taken:
        name, which = (LIST_JOINED, step.add) if step.add else (LIST_LEFT, step.remove)
        said = StateEvent(step.id, name, {"list": which})
        return Taken(f"{'joined' if step.add else 'left'} the list {which}", decisions=(said,))


plugin: Step[AudienceStep] = _Audience()
