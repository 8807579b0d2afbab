"""What is asked and answered about what was given up."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, model_validator

from chalicelib.api.answers import Model, Moment, Strict
from chalicelib.resources import QUEUES

Place = Literal["letters", "batches", "parked"]


class FailuresQuery(Strict):
    """Which of them, and how many."""

    place: Place | None = Field(None, description="All, one after the other.")
    of: str | None = Field(None, min_length=1, max_length=100, description="A queue, a function, or a reason.")
    limit: int = Field(50, ge=1, le=200, description="At most this many.")
    cursor: str | None = Field(None, max_length=5_000, description="The `cursor` of the page before.")


class FailureShown(Model):
    """Something that was given up."""

    id: str
    place: Place
    of: str | None = Field(description="The queue or the function that gave it up; of what is parked, the reason.")
    at: Moment | None
    why: str
    count: int = Field(description="Messages, records or calls.")
    replayable: bool
    holds: Any = Field(description="What it is: the message, the first records of the batch, the call.")


class Failures(Model):
    """A page: letters, then batches, then what is parked. An empty page with a cursor has not come to the end."""

    failures: list[FailureShown]
    cursor: str | None
    more_letters: bool = Field(
        False,
        description="Letters were looked at, and there are more of them than one look takes (500, in no order): these"
        " are not all, nor the oldest. Replay or discard some, and look again.",
    )


class FailureDone(Model):
    """It was done again, or discarded; it is in no list any more."""

    id: str
    outcome: Literal["replayed", "discarded"]


class FailuresAsked(Strict):
    """Which of them, the first ones first. What is parked has a call of its own: /v1/parked/replay."""

    place: Literal["letters", "batches"]
    of: str | None = Field(None, min_length=1, max_length=100, description="A queue, or a function.")
    limit: int = Field(50, ge=1, le=100, description="At most this many.")

    @model_validator(mode="after")
    def _of_somebody(self) -> FailuresAsked:
        """A name that is written wrong would look as if there were nothing to do."""
        from chalicelib.operations.failure import FUNCTIONS

        there = QUEUES if self.place == "letters" else FUNCTIONS
        if self.of not in (None, *there):
            raise ValueError(f"`of` is none of these, which give up {self.place}: {', '.join(there)}")
        return self


class NotDone(Model):
    """One that stays, and why."""

    id: str
    why: str


class FailuresDone(Model):
    """How many were done again or discarded, and which stay."""

    done: int
    failed: list[NotDone]
    more: bool = Field(description="There are others that were not tried: ask again, unless `done` is 0.")
