"""What is answered about rehearsals; what may be asked is in chalicelib/rehearsal/request.py."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from chalicelib.api.answers import Model, Moment

What = Literal["refused", "entered", "passed", "sent", "held", "skipped", "left", "done", "goal"]


class Happening(Model):
    """One thing that happens to the customer."""

    at: Moment
    what: What = Field(description="`passed` is a step that was taken; `held` a message that waits; `skipped` one that "
                       "is not sent; `refused` a trigger that let nobody in.")  # fmt: skip
    journey: str
    step: str | None
    why: str = Field(description="The reason in the words of the timeline and of the ledger.")
    said: str = Field(description="The same as a sentence.")
    until: Moment | None = Field(description="Of what waits: until then.")
    ahead: bool = Field(description="True for what lies in the future.")


class Walkthrough(Model):
    """One customer in a journey, step by step, in the order of time."""

    customer: str
    journey: str
    version: int
    now: Moment
    until: Moment
    supposes: str = Field(description="What the future stands on.")
    happenings: list[Happening] = Field(description="The first thousand.")
    more: bool = Field(description="Whether there were more.")
