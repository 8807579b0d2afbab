"""Triggers: what lets a customer into a journey, by the word that a definition writes in `on`. Pure.

Each kind says which effects it hears, which names and conditions must be watched so that it hears them, and what key
an effect has. What is compared with them is in effect.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeAlias

from pydantic import PlainValidator, WithJsonSchema

from chalicelib.journeys.effect import AUDIBLE, NOWHERE, Effect, Place, effect
from chalicelib.journeys.triggers.base import Trigger
from chalicelib.journeys.triggers.changed import OnReactivated, OnSegment, OnStage
from chalicelib.journeys.triggers.dated import OnDate, OnOverdue, OnScore
from chalicelib.journeys.triggers.happened import OnCall, OnEvent, OnIdentified, OnIntent, OnSchedule
from chalicelib.segments.problems import objection

__all__ = ["AUDIBLE", "NOWHERE", "TRIGGERS", "AnyTrigger", "Effect", "Place", "Trigger", "effect"]

TRIGGERS: Final[Mapping[str, type[Trigger]]] = {
    "identified": OnIdentified,
    "stage": OnStage,
    "segment": OnSegment,
    "event": OnEvent,
    "intent": OnIntent,
    "date": OnDate,
    "overdue": OnOverdue,
    "reactivated": OnReactivated,
    "score": OnScore,
    "call": OnCall,
    "schedule": OnSchedule,
}


def _trigger(value: object) -> Trigger:
    if isinstance(value, Trigger):
        return value
    hint = f"Write an object whose on is one of: {', '.join(TRIGGERS)}."
    if not isinstance(value, Mapping):
        raise objection("trigger", "This is not a trigger", hint)
    on = value.get("on")
    if not isinstance(on, str) or on not in TRIGGERS:
        raise objection("trigger", "This trigger does not say on what, or nothing that is known", hint)
    return TRIGGERS[on].model_validate(value)


_EXAMPLES: Final = (
    {"on": "stage", "entered": ["at_risk"]},
    {"on": "event", "name": "Order Completed", "where": [{"property": "total", "at_least": 50}]},
    {"on": "date", "trait": "birthday", "yearly": True, "offset": "-P7D", "at": "09:00"},
)

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
                "description": "What lets somebody in: on what, and that kind's own fields (docs/JOURNEYS.md).",
                "required": ["on"],
                "properties": {"on": {"enum": list(TRIGGERS)}},
                "examples": list(_EXAMPLES),
            }
        ),
    ]
