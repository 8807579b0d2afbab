"""Triggers on where the customer stands: a stage or a segment entered or left, a return. Pure."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from chalicelib.journeys.effect import NOWHERE, Effect, Place
from chalicelib.journeys.triggers.base import Caused
from chalicelib.review.effects import returns
from chalicelib.segments.conditions import SEGMENT
from chalicelib.segments.fields import Name
from chalicelib.segments.problems import objection
from chalicelib.segments.rule import Stages


class OnStage(Caused):
    """The customer entered one of these stages, or left one of these; both, if both are said."""

    on: Literal["stage"]
    entered: Stages | None = None
    left: Stages | None = None

    @model_validator(mode="after")
    def _names_a_stage(self) -> OnStage:
        if not self.entered and not self.left:
            raise objection("trigger", "This trigger names no stage", "Add entered or left, a list of stages.")
        return self

    def hears(self, effect: Effect, place: Place = NOWHERE) -> bool:
        """Whether the effect is such a change of stage."""
        return (
            effect.kind == "stage"
            and (not self.entered or effect.data.get("to") in self.entered)
            and (not self.left or effect.data.get("from") in self.left)
        )


class OnReactivated(Caused):
    """The customer came back by doing something: from At risk or Lost to anything better."""

    on: Literal["reactivated"]

    def hears(self, effect: Effect, place: Place = NOWHERE) -> bool:
        """Whether the effect is such a return."""
        if effect.kind != "stage":
            return False
        stage_from, stage_to = effect.data.get("from"), str(effect.data.get("to"))
        return returns(str(effect.data.get("cause")), stage_from, stage_to)


class OnSegment(Caused):
    """The customer entered this segment, or left it: one of the two."""

    on: Literal["segment"]
    entered: Name | None = None
    left: Name | None = None

    @model_validator(mode="after")
    def _names_one_segment(self) -> OnSegment:
        if (self.entered is None) == (self.left is None):
            raise objection(
                "trigger", "This trigger names no segment, or two", "Add entered or left, a segment's name."
            )
        return self

    @property
    def segment(self) -> str:
        """The segment's name."""
        return self.entered or self.left or ""

    def hears(self, effect: Effect, place: Place = NOWHERE) -> bool:
        """Whether the effect is that the customer entered it, or left it."""
        return effect.turned(SEGMENT + self.segment, entered=self.entered is not None)

    def conditions(self) -> tuple[str, ...]:
        """The segment's."""
        return (SEGMENT + self.segment,)
