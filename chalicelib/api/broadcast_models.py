"""What is asked and answered about broadcasts."""

from __future__ import annotations

from typing import Any

from pydantic import Field, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from chalicelib.api.answers import Model
from chalicelib.api.definition_models import nameless


class BroadcastDefinition(Model):
    """A broadcast; its name is the path's and may be left out."""

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        from chalicelib.journeys.broadcast import Broadcast

        return nameless(handler, Broadcast)


class Progress(Model):
    """How far a broadcast is.

    counting: how many members there are. entering: they enter, each for their own time. needs_approval, late, held (its
    time came in a pause): somebody has to approve. done: all have entered; whose time is yet to come, waits for it.
    """

    state: str = Field(
        description="draft, scheduled, counting, entering, needs_approval, late, held, paused, cancelled, failed, done."
    )
    occurrence: str | None = Field(description="The time that it is about, local: 2026-12-01T09:00.")
    begins_at: str | None = Field(description="When that begins, or began: for the first of all people, in UTC.")
    members: int | None = Field(description="Members of the segment, where they were counted.")
    entered: int = Field(description="Of whom so many have entered so far.")
    not_entered: dict[str, int] = Field(description="Members who did not enter, by the reason.")
    share_done: float | None = Field(description="Which share of all customers was gone through, 0 to 1.")
    job: str | None = Field(description="The job that does it: GET /v1/jobs/{job}.")
    problem: str | None = Field(description="Why it failed.")
    next: str | None = Field(description="The next time, local; null if there is none.")


class BroadcastDetails(Model):
    """A broadcast and how far it is."""

    name: str
    title: str
    newest_version: int
    version: int | None = Field(description="The version that is scheduled; null for a draft.")
    definition: dict[str, Any] = Field(description="The newest version, with every default written out.")
    progress: Progress


class Broadcasts(Model):
    """A page of broadcasts by name; `cursor` asks for the next, null at the end."""

    broadcasts: list[BroadcastDetails]
    cursor: str | None
