"""What is asked and answered about what is parked."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from chalicelib.api.answers import Moment, Strict

Word = Annotated[str, Field(min_length=1, max_length=100)]


class Filter(Strict):
    """Which of them, and how many. `reason`, `source` and `key` (its first characters) must all fit where given."""

    reason: Word | None = None
    source: Word | None = None
    key: Annotated[str, Field(pattern=r"^[0-9a-f]{8,64}$")] | None = None
    limit: int = Field(50, ge=1, le=200, description="At most this many.")
    cursor: str | None = Field(None, max_length=3_000, description="The `cursor` of the page before.")


class ParkedShown(Strict):
    """Something parked.

    `call`: a call, or a whole request that held only this one, as it was sent, without its key; of an event where it is
    stored.
    """

    id: str
    kind: Literal["call", "event"]
    reason: str
    details: str
    count: int = Field(description="How many calls.")
    source: str | None
    key: str | None = Field(description="The first characters of the key's id.")
    received_at: Moment | None
    replayable: bool
    call: Any


class ParkedPage(Strict):
    """Calls, newest first, then events, newest first. An empty page with a cursor has not come to the end."""

    parked: list[ParkedShown]
    cursor: str | None


class ReplayedShown(Strict):
    """What became of it: events that are new, events that were stored already, and calls refused again by reason."""

    items: int
    stored: int
    known: int
    refused: dict[str, int]
    skipped: int = Field(description="Items that cannot be replayed.")
    cursor: str | None = Field(description="To go on with; null at the end.")


class Forgotten(Strict):
    """How many items were forgotten."""

    items: int
    cursor: str | None
