"""Whether a customer who was in a journey may enter it again. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import PlainSerializer, PlainValidator, WithJsonSchema

from chalicelib import times
from chalicelib.segments.fields import positive_duration
from chalicelib.segments.problems import objection


@dataclass(frozen=True)
class Again:
    """Who was in the journey before may enter again: never, always, when `after` has passed since the last entry, or
    for another key (another cart)."""

    allowed: Literal["once", "always", "after", "per_key"]
    after: timedelta | None = None


def _again(value: object) -> Again:
    if isinstance(value, Again):
        return value
    if value == "once":
        return Again("once")
    if value == "always":
        return Again("always")
    if value == "per_key":
        return Again("per_key")
    if isinstance(value, dict) and set(value) == {"after"}:
        return Again("after", positive_duration(value["after"]))
    raise objection(
        "re_entry", "This does not say who enters again", 'Use "once", "always", "per_key" or {"after": "P30D"}.'
    )


def _again_text(again: Again) -> Any:
    return again.allowed if again.after is None else {"after": times.duration_text(again.after)}


ReEntry = Annotated[
    Again,
    PlainValidator(_again),
    PlainSerializer(_again_text),
    WithJsonSchema(
        {
            "oneOf": [
                {"enum": ["once", "always", "per_key"]},
                {"type": "object", "properties": {"after": {"type": "string"}}, "required": ["after"]},
            ]
        }
    ),
]
