"""Triggers: what lets a customer into a journey, and the effects that they are compared with. Pure.

An effect is what left a customer's item by its outbox (`fx`): a change of stage, a first identification, an event
whose name a journey listens to. Each has a stable id, so that a second delivery is the same effect.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, TypeAlias

from pydantic import PlainValidator, StringConstraints, WithJsonSchema, model_validator

from chalicelib import times
from chalicelib.review.effects import INTENT, LEFT_OPEN
from chalicelib.segments.fields import Definition, Some
from chalicelib.segments.problems import objection
from chalicelib.segments.rule import Stages
from chalicelib.tracking.event import OURS, STAGE_CHANGED

IntentName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,19}$")]
AUDIBLE: Final = frozenset({"event", "time"})
"""The causes of a change of stage that start journeys. Others (first, import, model, settings, merge) are silent."""


@dataclass(frozen=True)
class Effect:
    """One thing that happened to a customer, at the time of its cause. `data` is what the outbox said, whole."""

    id: str
    kind: str
    at: datetime
    data: Mapping[str, Any]


def effect(said: Mapping[str, Any]) -> Effect:
    """One entry of an outbox. Raises KeyError or ValueError on anything but what review writes."""
    return Effect(id=said["id"], kind=said["kind"], at=times.parse(said["at"]), data=said)


class _Trigger(Definition):
    def events(self) -> tuple[str, ...]:
        """The names of the events that must be watched for this trigger."""
        return ()


class OnIdentified(_Trigger):
    """Somebody became known: the first identification with a user id or an address."""

    on: Literal["identified"]

    def hears(self, effect: Effect) -> bool:
        """Whether the effect is such an identification."""
        return effect.kind == "identified"


class OnStage(_Trigger):
    """The customer entered one of these stages, or left one of these; both, if both are said."""

    on: Literal["stage"]
    entered: Stages | None = None
    left: Stages | None = None

    @model_validator(mode="after")
    def _names_a_stage(self) -> OnStage:
        if not self.entered and not self.left:
            raise objection("trigger", "This trigger names no stage", "Add entered or left, a list of stages.")
        return self

    def hears(self, effect: Effect) -> bool:
        """Whether the effect is such a change of stage, whatever caused it."""
        return (
            effect.kind == "stage"
            and (not self.entered or effect.data.get("to") in self.entered)
            and (not self.left or effect.data.get("from") in self.left)
        )


class OnEvent(_Trigger):
    """The customer did something: an event of this name, case included. `Stage Changed` is what we say ourselves of a
    change of stage that starts journeys; what a client sends by that name starts none."""

    on: Literal["event"]
    name: Annotated[str, StringConstraints(min_length=1, max_length=200)]

    def hears(self, effect: Effect) -> bool:
        """Whether the effect is an event of that name."""
        ours = self.name != STAGE_CHANGED or effect.data.get("source") == OURS
        return effect.kind == "event" and effect.data.get("name") == self.name and ours

    def events(self) -> tuple[str, ...]:
        """The one name, if events as they arrive are to be watched for it."""
        return () if self.name == STAGE_CHANGED else (self.name,)


class OnIntent(_Trigger):
    """The customer left an intent of one of these kinds open: a cart, a checkout, a quote. Buyers, too, whose stage it
    does not change. When that is, the setting `lifecycle` says."""

    on: Literal["intent"]
    left_open: Some[IntentName]

    def hears(self, effect: Effect) -> bool:
        """Whether the effect is such an intent."""
        return effect.kind == INTENT and effect.data.get("intent") in self.left_open

    def events(self) -> tuple[str, ...]:
        """What is watched among the names of events."""
        return tuple(LEFT_OPEN + kind for kind in self.left_open)


Trigger: TypeAlias = OnIdentified | OnStage | OnEvent | OnIntent
TRIGGERS: Final[Mapping[str, type[Trigger]]] = {
    "identified": OnIdentified,
    "stage": OnStage,
    "event": OnEvent,
    "intent": OnIntent,
}


def _trigger(value: object) -> Trigger:
    if isinstance(value, OnIdentified | OnStage | OnEvent | OnIntent):
        return value
    hint = f"Write an object whose on is one of: {', '.join(TRIGGERS)}."
    if not isinstance(value, Mapping):
        raise objection("trigger", "This is not a trigger", hint)
    on = value.get("on")
    if not isinstance(on, str) or on not in TRIGGERS:
        raise objection("trigger", "This trigger does not say on what, or nothing that is known", hint)
    return TRIGGERS[on].model_validate(value)


if TYPE_CHECKING:
    AnyTrigger: TypeAlias = Trigger
else:
    AnyTrigger = Annotated[
        Any,
        PlainValidator(_trigger),
        WithJsonSchema(
            {
                "type": "object",
                "title": "Trigger",
                "description": "On identified; on stage, with entered or left; on event, with its name; "
                "on intent, with left_open.",
                "required": ["on"],
                "properties": {"on": {"enum": list(TRIGGERS)}},
                "examples": [{"on": "stage", "entered": ["at_risk"]}],
            }
        ),
    ]
