"""split: send people different ways, by lot, and see which does better.

    {"id": "subject", "do": "split", "ways": [
        {"name": "short", "share": 50, "steps": [...]},
        {"name": "long", "share": 50, "steps": [...]}],
     "winner": {"after": 100}}

Shares are weights. The lot is a hash of the enrolment and the step, so whoever looks again draws the same. With
`winner`, everybody goes the way that reached the journey's goal more often, as soon as that is certain (winner.py) and
at least `after` people have reached it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

from pydantic import Field, model_validator

from chalicelib import ids
from chalicelib.journeys.step import AnyStep, Block, Moment, Step, StepDefinition, Taken
from chalicelib.journeys.winner import Contest
from chalicelib.segments.fields import Definition, Name, Some
from chalicelib.segments.problems import objection

Share = Annotated[float, Field(gt=0, le=1_000_000)]


class Way(Definition):
    """One way to go: its name, by which it is counted, and its weight. Without steps it goes straight on."""

    name: Name
    share: Share
    steps: tuple[AnyStep, ...] = ()


class Winner(Definition):
    """When to stop drawing lots. after: goals reached on all ways together. confidence: how sure, 0.95 by default."""

    after: Annotated[int, Field(ge=10, le=1_000_000)] = 100
    confidence: Annotated[float, Field(ge=0.8, le=0.999)] = 0.95


class SplitStep(StepDefinition):
    """Go one of several ways, by lot."""

    do: Literal["split"]
    ways: Some[Way]
    winner: Winner | None = None

    @model_validator(mode="after")
    def _has_several_ways(self) -> SplitStep:
        names = [way.name for way in self.ways]
        if not 2 <= len(names) <= 10 or len(names) != len(set(names)):
            raise objection("ways", "There must be two to ten ways, each with its own name", "Add or rename ways.")
        return self

    def blocks(self) -> Mapping[tuple[str | int, ...], Block]:
        """The steps of every way."""
        return {("ways", number, "steps"): way.steps for number, way in enumerate(self.ways)}

    def contest(self) -> Contest | None:
        """Which way brings more people to the goal, if a winner is wanted."""
        if self.winner is None:
            return None
        return Contest({way.name: way.share for way in self.ways}, self.winner.after, self.winner.confidence)


def drawn(ways: Sequence[Way], lot: float) -> Way:
    """The way of a lot in [0, 1)."""
    left = lot * sum(way.share for way in ways)
    for way in ways:
        left -= way.share
        if left < 0:
            return way
    return ways[-1]  # what rounding leaves


class _Split:
    definition = SplitStep

    def take(self, step: SplitStep, moment: Moment) -> Taken:
        won = moment.winners.get(step.id) if step.winner else None
        way = next((way for way in step.ways if way.name == won), None)
        said = f"way {way.name}, which has won" if way else ""
        if way is None:
            way = drawn(step.ways, ids.fraction(moment.origin, step.id))
            said = f"way {way.name}"
        return Taken(said, into=way.steps, outcome=way.name, variables={f"way/{step.id}": way.name})


plugin: Step[SplitStep] = _Split()
