"""What is asked and answered about definitions."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from chalicelib.api.answers import Model, Strict


class PageQuery(Strict):
    """Which part of a list."""

    limit: int = Field(50, ge=1, le=200, description="At most this many.")
    cursor: str | None = Field(None, max_length=100, description="The `cursor` of the page before.")


class VersionQuery(Strict):
    """Which version."""

    version: int | None = Field(None, ge=1, le=999_999, description="The newest, if not given.")


class PutQuery(Strict):
    """On what condition."""

    expected_version: int | None = Field(
        None, ge=0, le=999_999, description="Only if this is the newest version; 0 for a definition that is new."
    )


class Publication(Strict):
    """Which version is put in force."""

    version: int = Field(ge=1, le=999_999)


class DefinitionState(Model):
    """A definition in a list."""

    name: str
    title: str = Field(description="A journey's title, a template's subject, in the newest version.")
    newest_version: int
    version: int | None = Field(description="The version in force; null if none was published.")
    live: bool = Field(description="False for a journey that is paused or was never published.")
    updated_at: str


class Definitions(Model):
    """A page of definitions by name; `cursor` asks for the next, null at the end."""

    definitions: list[DefinitionState]
    cursor: str | None


class DefinitionVersion(Model):
    """One version of a definition, and the state of the definition."""

    state: DefinitionState
    version: int
    definition: dict[str, Any] = Field(description="The content, with every default written out.")


class JourneyDefinition(Model):
    """A journey; its name is the path's and may be left out."""

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        # The journey's own model says what it is. It is imported by the docs and by who puts one, not by every Lambda.
        from chalicelib.journeys.journey import Journey

        return nameless(handler, Journey)


def nameless(handler: GetJsonSchemaHandler, model: type[BaseModel]) -> JsonSchemaValue:
    """The schema of a definition's model, with the name optional."""
    schema = dict(handler.resolve_ref_schema(handler(model.__pydantic_core_schema__)))
    schema["required"] = [name for name in schema["required"] if name != "name"]
    return schema
