"""What is asked and answered about audiences."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from chalicelib.api.answers import Model, Moment, Strict
from chalicelib.api.definition_models import DefinitionState, nameless
from chalicelib.api.jobs import JobState


class AudienceDefinition(Model):
    """An audience; its name is the path's and may be left out."""

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        from chalicelib.jobs.audiences.audience import Audience

        return nameless(handler, Audience)


class AudienceState(Model):
    """An audience."""

    state: DefinitionState
    definition: dict[str, Any] = Field(description="The newest version, with every default written out.")
    columns: list[str] = Field(description="Of its files, in their order.")
    last_export: str | None = Field(description="The job of the export that was finished last, within 29 days.")


class ExportOrder(Strict):
    """Which export is wanted."""

    mode: Literal["full", "difference"] = Field(
        "full", description="difference: what came and went since an export before."
    )
    since: str | None = Field(
        None, max_length=100, description="With difference: the job of that export. Default: the last one."
    )


class AudienceFile(Model):
    """A file of an export: CSV as the network takes it."""

    name: str
    what: Literal["members", "added", "removed"]
    rows: int
    link: str = Field(description="GET it within the hour; whoever has the link may.")


class AudienceExport(Model):
    """An export, and its files once it is done. Of a difference, take out what is removed before what is added."""

    job: JobState
    since: str | None = Field(description="The job of the export that it was compared with; null for a full one.")
    people: int = Field(description="Who was in it; two with one address are one row.")
    files: list[AudienceFile] = Field(description="None before it is done, and none any more after 29 days.")
    links_until: Moment | None = Field(description="How long the links are good; ask again for others.")
