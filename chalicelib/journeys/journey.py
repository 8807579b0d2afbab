"""A journey: who enters and when, what is done in which order, when it is over. Data, validated once, never changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Annotated, Any, Final, TypeAlias

from pydantic import Field, StrictInt, model_validator
from pydantic_core import InitErrorDetails, ValidationError

from chalicelib.journeys.effect import Place
from chalicelib.journeys.goal import Goal
from chalicelib.journeys.purpose import Budget, Cost, Serves
from chalicelib.journeys.re_entry import Again, ReEntry
from chalicelib.journeys.send import MessageClass
from chalicelib.journeys.step import AnyStep, StepDefinition
from chalicelib.journeys.trigger import AnyTrigger
from chalicelib.segments.fields import Definition, Duration, Name, Some, Title
from chalicelib.segments.problems import objection, validated
from chalicelib.segments.rule import AnyRule, Rule

MIDDLE: Final = 50
"""The priority of a journey that says nothing about it."""
MAX_STEPS: Final = 80
"""A walk that sends at every step still fits the 100 writes of one transaction."""
Where: TypeAlias = tuple[str | int, ...]


@dataclass(frozen=True)
class Placed:
    """A step, where it stands, and the id of the step that follows when it (and what it nests) is over."""

    step: StepDefinition
    place: Where
    next: str | None


class Journey(Definition):
    """One version of a journey.

    entry:     a rule for who may enter when the trigger fires; without one, everybody.
    exit_when: a rule that is asked before every walk; who matches leaves, whatever step is next.
    max_age:   a trigger whose moment is longer ago does not enrol. It keeps imports, replays and outages from
               greeting people for something that happened yesterday.
    re_entry:  whether a customer may enter more than once; once is once for all versions of the journey.
    goal:      what the journey is for; whoever reaches it leaves.
    priority:  0 to 100. Of the journeys of a `group` a customer is in one at a time: the one of higher priority.
    serves:    whom it is for and what kind of thing it does, for reports. budget, cost: what it may cost, and does.
    """

    name: Name
    title: Title
    message_class: MessageClass = Field(alias="class")
    trigger: AnyTrigger
    serves: Serves | None = None
    entry: AnyRule | None = None
    exit_when: AnyRule | None = None
    max_age: Duration = timedelta(hours=1)
    re_entry: ReEntry = Again("once")
    goal: Goal | None = None
    priority: Annotated[StrictInt, Field(ge=0, le=100)] = MIDDLE
    group: Name | None = None
    budget: Budget | None = None
    cost: Cost | None = None
    steps: Some[AnyStep]

    @model_validator(mode="before")
    @classmethod
    def _is_entered_once_for_each_key(cls, raw: Any) -> Any:
        """A trigger that names a key and a journey that does not say who enters again: once for each."""
        if not isinstance(raw, Mapping) or "re_entry" in raw or not isinstance(raw.get("trigger"), Mapping):
            return raw
        return {**raw, "re_entry": "per_key"} if "key" in raw["trigger"] else raw

    @model_validator(mode="after")
    def _has_the_key_that_it_enters_by(self) -> Journey:
        if self.re_entry.allowed == "per_key" and not self.trigger.keyed:
            hint = "Name the property of the event that is the key, or let re_entry be once, always or after."
            raise objection("re_entry", "What triggers this journey has no key", hint)
        return self

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

    def rules(self, step: str | None = None) -> tuple[Rule, ...]:
        """Every rule that may be asked of whoever stands at a step (None: before the first), there and behind it."""
        of_all = [self.entry if step is None else None, self.exit_when, self.goal.rule() if self.goal else None]
        ahead = self._ahead(step)
        return (*(rule for rule in of_all if rule is not None), *(rule for one in ahead for rule in one.rules()))

    def _ahead(self, step: str | None) -> list[StepDefinition]:
        """The steps from one on, in document order; a walk only leads forward."""
        steps = [placed.step for placed in self.route.values()]
        here = next((number for number, one in enumerate(steps) if one.id == step), 0)
        return steps[here:]

    def body(self) -> dict[str, Any]:
        """The definition as canonical JSON: what was left out stays out, defaults are written."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)


@dataclass(frozen=True)
class Live:
    """A journey in the version that takes new entrants."""

    journey: Journey
    version: int

    @property
    def place(self) -> Place:
        """What its conditions are named after."""
        return Place(self.journey.name, self.version)


def parse(raw: object) -> Journey:
    """A journey from JSON. Raises Invalid with every problem found, and nothing else."""
    return validated(Journey, raw)


def placed_steps(
    steps: tuple[StepDefinition, ...], place: Where = ("steps",), after: str | None = None
) -> Iterator[Placed]:
    """Every step in document order, those nested in a step directly behind it."""
    for number, step in enumerate(steps):
        following = steps[number + 1].id if number + 1 < len(steps) else after
        yield Placed(step, (*place, number), following)
        for inner, block in step.nested().items():
            yield from placed_steps(block, (*place, number, *inner), following)
