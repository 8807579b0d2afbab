"""A journey: who enters and when, what is done in which order, when it is over. Data, validated once, never changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import Field, PlainSerializer, PlainValidator, WithJsonSchema, model_validator
from pydantic_core import InitErrorDetails, ValidationError

from chalicelib import times
from chalicelib.journeys.send import MessageClass
from chalicelib.journeys.step import AnyStep, StepDefinition
from chalicelib.journeys.trigger import AnyTrigger
from chalicelib.segments.fields import Definition, Duration, Name, Some, Title, positive_duration
from chalicelib.segments.problems import objection, validated
from chalicelib.segments.rule import AnyRule

MAX_STEPS: Final = 80
"""A walk that sends at every step still fits the 100 writes of one transaction."""
Place: TypeAlias = tuple[str | int, ...]


@dataclass(frozen=True)
class Again:
    """Who was in the journey before may enter again: never, always, or when `after` has passed since the last entry."""

    allowed: Literal["once", "always", "after"]
    after: timedelta | None = None


def _again(value: object) -> Again:
    if isinstance(value, Again):
        return value
    if value == "once":
        return Again("once")
    if value == "always":
        return Again("always")
    if isinstance(value, dict) and set(value) == {"after"}:
        return Again("after", positive_duration(value["after"]))
    raise objection("re_entry", "This does not say who enters again", 'Use "once", "always" or {"after": "P30D"}.')


def _again_text(again: Again) -> Any:
    return again.allowed if again.after is None else {"after": times.duration_text(again.after)}


ReEntry = Annotated[
    Again,
    PlainValidator(_again),
    PlainSerializer(_again_text),
    WithJsonSchema(
        {
            "oneOf": [
                {"enum": ["once", "always"]},
                {"type": "object", "properties": {"after": {"type": "string"}}, "required": ["after"]},
            ]
        }
    ),
]


@dataclass(frozen=True)
class Placed:
    """A step, where it stands, and the id of the step that follows when it (and what it nests) is over."""

    step: StepDefinition
    place: Place
    next: str | None


class Journey(Definition):
    """One version of a journey.

    entry:     a rule for who may enter when the trigger fires; without one, everybody.
    exit_when: a rule that is asked before every walk; who matches leaves, whatever step is next.
    max_age:   a trigger whose moment is longer ago does not enrol. It keeps imports, replays and outages from
               greeting people for something that happened yesterday.
    re_entry:  whether a customer may enter more than once; once is once for all versions of the journey.
    """

    name: Name
    title: Title
    message_class: MessageClass = Field(alias="class")
    trigger: AnyTrigger
    entry: AnyRule | None = None
    exit_when: AnyRule | None = None
    max_age: Duration = timedelta(hours=1)
    re_entry: ReEntry = Again("once")
    steps: Some[AnyStep]

    @model_validator(mode="after")
    def _has_one_step_of_each_id(self) -> Journey:
        seen: set[str] = set()
        problems: list[InitErrorDetails] = []
        for placed in placed_steps(self.steps):
            if placed.step.id in seen:
                objected = objection("step_id", "Another step has this id", "Give every step an id of its own.")
                problems.append(InitErrorDetails(type=objected, loc=(*placed.place, "id"), input=placed.step.id))
            seen.add(placed.step.id)
        if problems:
            raise ValidationError.from_exception_data("Journey", problems)
        if len(seen) > MAX_STEPS:
            raise objection("steps", f"There are more than {MAX_STEPS} steps", "Split the journey in two.")
        return self

    @cached_property
    def route(self) -> dict[str, Placed]:
        """Every step by its id. `next` only ever leads forward, so no walk can go round in a circle."""
        return {placed.step.id: placed for placed in placed_steps(self.steps)}

    @property
    def templates(self) -> tuple[str, ...]:
        """The names of the templates that its steps send, sorted."""
        return tuple(sorted({name for placed in self.route.values() for name in placed.step.templates()}))

    def body(self) -> dict[str, Any]:
        """The definition as canonical JSON: what was left out stays out, defaults are written."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)


def parse(raw: object) -> Journey:
    """A journey from JSON. Raises Invalid with every problem found, and nothing else."""
    return validated(Journey, raw)


def placed_steps(
    steps: tuple[StepDefinition, ...], place: Place = ("steps",), after: str | None = None
) -> Iterator[Placed]:
    """Every step in document order, those nested in a step directly behind it."""
    for number, step in enumerate(steps):
        following = steps[number + 1].id if number + 1 < len(steps) else after
        yield Placed(step, (*place, number), following)
        for inner, block in step.nested().items():
            yield from placed_steps(block, (*place, number, *inner), following)
