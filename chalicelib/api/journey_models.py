"""What is asked and answered about journeys that run."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from chalicelib.api.answers import Model, Moment, Strict
from chalicelib.api.definition_models import DefinitionVersion
from chalicelib.tracking.call import LONGEST_ID


class JourneyPublication(Strict):
    """Which version takes the new entrants, and what becomes of those inside others."""

    version: int = Field(ge=1, le=999_999)
    inside: Literal["stay", "move", "leave"] = Field(
        "stay",
        description="`stay`: they stay with their version. `move`: they go on in this one, at the step of the same id; "
        "who stands at a step that it does not have leaves. `leave`: all of them leave.",
    )


class VersionAsked(Strict):
    """Which version is to be in force."""

    version: int = Field(ge=1, le=999_999)


class InsideVersion(Model):
    """Those inside another version."""

    version: int
    inside: int
    would_leave: int = Field(description="If they were to move: those at a step that the other version does not have.")
    missing: dict[str, int] = Field(description="How many of them stand at each such step.")


class PublicationPreview(Model):
    """What publishing a version would do to those inside."""

    version: int
    others: list[InsideVersion]


class Resumption(Strict):
    """What becomes of what fell due in the pause."""

    meanwhile: Literal["send", "skip", "replan"] = Field(
        description="`send`: it is done now, late. `skip`: whoever fell due goes on without the messages, which are in "
        "the ledger with the reason. `replan`: every wait is put off by as long as the pause lasted."
    )


class JourneyCall(Strict):
    """Who is to enter, and for what."""

    customer: str = Field(min_length=1, max_length=LONGEST_ID, description="A user id, or `u#...`, `a#...`.")
    key: str | None = Field(
        None, min_length=1, max_length=200, description="What it is about, where the journey is entered once for each."
    )
    data: dict[str, Any] = Field(default={}, description="For templates and rules: properties of the event.")
    id: str | None = Field(
        None,
        min_length=1,
        max_length=200,
        description="Of this call: the same id is the same call.",
    )


class JourneyCalled(Model):
    """What was stored. Whether the customer enters is decided when it is counted, moments later."""

    customer: str
    journey: str
    message_id: str = Field(description="Of the event that says so.")


class StepFigures(Model):
    """What was counted of a step."""

    step: str
    do: str | None = Field(description="Null for a step that this version does not have.")
    entered: int
    waiting: int = Field(description="How many stand there now.")
    planned: int = Field(description="Messages that it decided to send.")
    skipped: dict[str, int] = Field(description="Of those, what was not even tried, by reason.")
    outcomes: dict[str, int] = Field(description="How often the step came to what: the ways of a split, `failed`.")
    goals: int = Field(description="Goals that came after this was the last step that had decided a message.")
    goals_by_outcome: dict[str, int]
    value: dict[str, float] = Field(description="What those goals are worth, by currency.")


class VersionFigures(Model):
    """What was counted of a version, exactly: each figure was written with the row that it counts."""

    version: int
    entered: int
    inside: int
    done: int
    left: int
    merged: int = Field(description="Enrolments that ended because two customers are one person.")
    goals: int
    value: dict[str, float]
    steps: list[StepFigures]


class StepMessages(Model):
    """What became of a step's messages."""

    step: str
    sent: int
    failed: int
    skipped: dict[str, int] = Field(description="By reason.")
    outcomes: dict[str, int] = Field(description="`delivered`, `opened`, `clicked` (by persons), `bounced`, ...")


class Figures(Model):
    """Of all versions."""

    versions: list[VersionFigures]
    messages: list[StepMessages] = Field(
        description="Approximate: counted beside the ledger, batch by batch. The ledger itself is exact."
    )


class JourneyShown(DefinitionVersion):
    """A journey: one version of its definition, how it runs, and what was counted of it."""

    status: Literal["draft", "live", "paused", "stopped"]
    paused_at: Moment | None
    statistics: Figures
