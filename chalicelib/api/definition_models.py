"""What is asked and answered about definitions."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True)


class PageQuery(BaseModel):
    """Which part of a list."""

    model_config = ConfigDict(extra="forbid")

    limit: int = Field(50, ge=1, le=200, description="At most this many.")
    cursor: str | None = Field(None, max_length=100, description="The `cursor` of the page before.")


class VersionQuery(BaseModel):
    """Which version."""

    model_config = ConfigDict(extra="forbid")

    version: int | None = Field(None, ge=1, le=999_999, description="The newest, if not given.")


class PutQuery(BaseModel):
    """On what condition."""

    model_config = ConfigDict(extra="forbid")

    expected_version: int | None = Field(
        None, ge=0, le=999_999, description="Only if this is the newest version; 0 for a definition that is new."
    )


class Publication(BaseModel):
    """Which version takes the new entrants."""

    model_config = ConfigDict(extra="forbid")

    version: int = Field(ge=1, le=999_999)


class DefinitionState(_Answer):
    """A definition in a list."""

    name: str
    title: str = Field(description="A journey's title, a template's subject, in the newest version.")
    newest_version: int
    version: int | None = Field(description="The version in force; null if none was published.")
    live: bool = Field(description="False for a journey that is paused or was never published.")
    updated_at: str


class Definitions(_Answer):
    """A page of definitions by name; `cursor` asks for the next, null at the end."""

    definitions: list[DefinitionState]
    cursor: str | None


class JourneyVersion(_Answer):
    """One version of a journey, and the state of the journey."""

    state: DefinitionState
    version: int
    definition: dict[str, Any]


class TemplateVersion(_Answer):
    """One version of a template, and the state of the template."""

    state: DefinitionState
    version: int
    definition: dict[str, Any]
