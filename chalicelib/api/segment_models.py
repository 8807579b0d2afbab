"""What is asked and answered about segments."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field, GetJsonSchemaHandler, StrictBool
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from chalicelib.api.answers import Model, Moment, Strict

MOST_AT_ONCE = 500  # customers put on a list, or taken off it, by one call


class PageQuery(Strict):
    """Which part of a list."""

    limit: int = Field(50, ge=1, le=200, description="At most this many.")
    cursor: str | None = Field(None, max_length=4_000, description="The `cursor` of the page before.")


class MembersQuery(Strict):
    """Which part of the members."""

    limit: int = Field(100, ge=1, le=1_000, description="At most this many.")
    cursor: str | None = Field(None, max_length=4_000, description="The `cursor` of the page before.")


class SizesQuery(Strict):
    """How far back."""

    days: int = Field(30, ge=1, le=400, description="Days, today included.")


class Size(Model):
    """So many customers, give or take `margin`; 0 where everybody was counted."""

    customers: int
    margin: int
    as_of: Moment


class SegmentState(Model):
    """A segment in a list."""

    name: str
    title: str
    version: int
    live: bool = Field(description="False for one that was ended.")
    updated_at: str
    size: Size | None = Field(description="As of the last night, or of the last job that counted; null before that.")


class Segments(Model):
    """A page of segments by name; `cursor` asks for the next, null at the end."""

    segments: list[SegmentState]
    cursor: str | None


class UsedBy(Model):
    """The live definitions that ask who is in a segment, or start when somebody comes or goes."""

    segments: list[str]
    journeys: list[str]
    audiences: list[str]


class Segment(Model):
    """A segment. job: the job that judges everybody by it (`GET /v1/jobs/{job}`); null where nothing had to be."""

    state: SegmentState
    definition: dict[str, Any]
    used_by: UsedBy
    job: str | None


class SegmentDefinition(BaseModel):
    """A segment; its name is the path's and may be left out."""

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """That of the segment itself, without requiring its name."""
        from chalicelib.segments.segment import Segment as Definition

        made = Definition.model_json_schema(ref_template="#/components/schemas/{model}")
        return made | {"required": [name for name in made["required"] if name != "name"]}


class Member(Model):
    """A customer in a segment."""

    customer: str
    since: Moment = Field(description="Since which minute.")


class SegmentMembers(Model):
    """A page of members, in no order; `cursor` asks for the next, null at the end. In a large base a page may hold few,
    or none, and a cursor all the same."""

    members: list[Member]
    cursor: str | None


class Sizes(Model):
    """The sizes of a segment from day to day, the oldest first; days of which nothing is known are left out."""

    sizes: list[Size]


class ListChange(Strict):
    """Who is put on a list and who is taken off it, by user id or by an id as this API gives it (`u#...`, `a#...`)."""

    add: list[str] = Field(default_factory=list, max_length=MOST_AT_ONCE)
    remove: list[str] = Field(default_factory=list, max_length=MOST_AT_ONCE)


class ListChanged(Model):
    """How many were put on the list and taken off it. Each is an event of the customer, and counts in a moment."""

    added: int
    removed: int


class SegmentPreview(Strict):
    """A rule to try. exact: ask everybody, in a job."""

    rule: dict[str, Any]
    exact: StrictBool = False


class Previewed(Model):
    """Of how many a rule holds, estimated from a sample: in 19 of 20 samples the figure of everybody lies within
    `margin` of it. job: the job that counts exactly, if that was asked for; its `counts.matched` is the answer."""

    customers: int = Field(description="In the base, about.")
    sampled: int
    matched: int = Field(description="Of the sample.")
    estimate: int = Field(description="Of everybody.")
    margin: int
    examples: list[str] = Field(description="Up to ten of whom it holds.")
    job: str | None
