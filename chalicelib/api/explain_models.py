"""What an explanation looks like in the API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from chalicelib.api.answers import Model, Moment, Strict
from chalicelib.api.stages import Change, NextOrder, OpenIntent
from chalicelib.lifecycle.rules import Stage

if TYPE_CHECKING:
    from chalicelib.lifecycle.explain import explanation
    from chalicelib.lifecycle.explain import figures as pure


class ExplainQuery(Strict):
    """In which language and zone, and how much of the past."""

    language: str | None = Field(
        None,
        max_length=35,
        description="`en`, `it`, `es`, `ro`. If not given, Accept-Language decides, else `en`.",
    )
    zone: str = Field(
        "UTC", max_length=64, description="In which dates are told: `Europe/Rome`. Times of the answer are UTC."
    )
    history: int = Field(20, ge=0, le=100, description="How many changes of stage, newest first.")


class Figure(Model):
    """One figure by its name, with what it is and how it reads."""

    name: str
    label: str = Field(description="What it is, in the language of the answer.")
    value: float | int | str | None
    unit: str = Field(description="What the value is in: `days`, `weeks`, `share`, `time`, a currency, ...")
    text: str = Field(description="The value as a reader of that language writes it.")


class Why(Model):
    """A rule that fired: the customer's values, and the thresholds they were held against."""

    rule: str
    sentence: str
    values: list[Figure]
    thresholds: list[Figure]


class Score(Model):
    """A score with everything it was computed from."""

    name: Literal["churn_risk", "warmth", "expected_value"]
    label: str
    value: float
    unit: str
    text: str
    sentence: str
    inputs: list[Figure]


class WhatIf(Model):
    """What would change the stage, and until when. Every field holds of doing it, and of nothing else happening."""

    act: str = Field(description="`order`, `visit`, `cart`, `identify`, `pay`, `cancel`, ...")
    stage: Stage = Field(description="In which stage it is right after the act.")
    before: Moment | None = Field(description="Done at any moment until then, it gives that stage; null: for a year.")
    prevents: Stage | None = Field(description="The stage of the next change, if the act keeps it from coming.")
    prevents_from: Moment | None = Field(description="From when on it does; null: from now.")
    prevents_before: Moment | None = Field(description="Until when it must be done for that.")
    lasts_until: Moment | None = Field(description="Done now and nothing after it: until when the stage lasts.")
    then: Stage | None = Field(description="And what follows.")
    sentence: str


class ToldIntent(OpenIntent):
    """An open intent in words."""

    sentence: str


class ToldNextOrder(NextOrder):
    """When the next order is expected, in words."""

    sentence: str


class Overdue(Model):
    """The moment from which on the silence is longer than the person's own usual waits."""

    at: Moment
    is_overdue: bool
    sentence: str


class Reactivated(Model):
    """When the person last came back from At risk or Lost, by something done."""

    at: Moment
    sentence: str


class Phase(Model):
    """One phase of a frame."""

    name: str
    title: str


class FrameSeen(Model):
    """The customer through another model of marketing; docs/LIFECYCLE.md has their tables."""

    name: str
    title: str
    phase: str
    phase_title: str
    phases: list[Phase] = Field(description="All of them, in their order.")


class Past(Model):
    """A change of stage, with its cause and the reason of the new stage as it was then."""

    since: Moment
    at: Moment = Field(description="The time of the cause, which is earlier where an event arrived late.")
    stage_from: Stage | None
    stage: Stage
    cause: str
    sentence: str
    reason: str | None = Field(description="The rule in words; null where it was not kept.")


class Explanation(Model):
    """Why this stage, what would change it, and how else the customer is seen. Sentences are in `language` and tell
    dates in `zone`; everything else is as the rest of the API has it."""

    id: str
    language: str
    zone: str
    as_of: Moment
    stage: Stage
    title: str = Field(description="What the stage is called in the language.")
    since: Moment
    cause: str = Field(description="Why the stage was entered: first, event, time, ...")
    reasons: list[Why]
    next_change: Change | None
    outlook: str
    what_if: list[WhatIf]
    scores: list[Score] = Field(description="Churn risk, warmth and expected value; none without an order or contract.")
    trust: str = Field(description="How much to trust them.")
    open_intents: list[ToldIntent]
    next_order: ToldNextOrder | None = Field(description="Only from the third buying occasion on.")
    overdue: Overdue | None
    reactivated: Reactivated | None
    frames: list[FrameSeen]
    history: list[Past]


def figure(said: pure.Figure) -> Figure:
    """A figure as the API shows it."""
    return Figure(**said._asdict())


def score(said: pure.Score) -> Score:
    """A score as the API shows it."""
    shown = said.figure._asdict() | {"sentence": said.sentence, "inputs": [figure(one) for one in said.inputs]}
    return Score.model_validate(shown)


def why(said: explanation.Why) -> Why:
    """A reason as the API shows it."""
    return Why(
        rule=said.rule,
        sentence=said.sentence,
        values=[figure(one) for one in said.values],
        thresholds=[figure(one) for one in said.thresholds],
    )


def frame(said: explanation.Seen) -> FrameSeen:
    """A frame as the API shows it."""
    return FrameSeen(
        name=said.name,
        title=said.title,
        phase=said.phase,
        phase_title=said.phase_title,
        phases=[Phase(name=name, title=title) for name, title in said.phases.items()],
    )


def past(said: explanation.Past) -> Past:
    """A change of stage as the API shows it."""
    change = said.change
    return Past(
        since=change.since or change.at,
        at=change.at,
        stage_from=Stage(change.stage_from) if change.stage_from else None,
        stage=Stage(change.stage_to),
        cause=change.cause,
        sentence=said.sentence,
        reason=said.reason,
    )
