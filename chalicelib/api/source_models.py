"""What is asked and answered about webhook sources."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import ConfigDict, Field

from chalicelib.api.answers import Model, Strict


class SourceBody(Model):
    """How a source is set up. docs/WEBHOOKS.md explains the fields; what is wrong is said with its path."""

    model_config = ConfigDict(extra="allow")

    reads: Any = Field(None, description="shopify, woocommerce, stripe or standard.")
    ready: Any = Field(None, description="Instead of all else: the name of a ready mapping to begin with.")
    title: Any = Field(None, description="What people call it.")
    live: Any = Field(None, description="Whether real sales come from it; if not said, only in production.")
    prefix: Any = Field(None, description="Before ids of people and orders, where two shops would collide.")
    mapping: Any = Field(None, description="standard only: how payloads become events.")
    signature: Any = Field(None, description="standard only: how it signs, if not by Standard Webhooks.")


class SourceState(Model):
    """A webhook source."""

    name: str
    title: str
    reads: str
    address: str = Field(description="Where it posts to.")
    version: int = Field(description="The newest version, which is in force; 0 for a source that needs no setting up.")
    updated_at: str | None


class Sources(Model):
    """Every webhook source: those that were set up, and those that need no setting up."""

    sources: list[SourceState]


class SourceVersion(Model):
    """One version of how a source is set up."""

    state: SourceState
    version: int
    secrets: int = Field(description="How many secrets are live, 0 to 2. Without one nothing is believed.")
    definition: dict[str, Any]


class Secret(Strict):
    """A signing secret, as the vendor shows it. It is never shown again."""

    secret: str = Field(min_length=8, max_length=500)


class SecretQuery(Strict):
    """Which secret to forget."""

    previous: Literal["", "true"] = Field(description="The one before the newest.")


class SecretState(Model):
    """How many secrets of a source are live."""

    name: str
    secrets: int


class Sample(Strict):
    """A payload to try, as the source would send it, and a set-up to try it with before it is put."""

    payload: Any = Field(description="The body of a delivery.")
    topic: str = Field("", max_length=200, description="What the vendor's header would say; for shopify, woocommerce.")
    definition: dict[str, Any] | None = Field(None, description="A set-up; the one in force, if not given.")


class PreviewEvent(Model):
    """An event that the payload would give."""

    type: str
    name: str
    user_id: str | None
    anonymous_id: str | None
    message_id: str
    timestamp: str
    properties: dict[str, Any]
    traits: dict[str, Any]
    context: dict[str, Any]


class PreviewRefusal(Model):
    """Something in the payload that would be parked."""

    reason: str
    details: str


class Preview(Model):
    """What a payload would come to. Nothing is stored."""

    events: list[PreviewEvent]
    parked: list[PreviewRefusal]


class ReadySource(Model):
    """A mapping that is ready to use: PUT `{"ready": name}` under a name of your own."""

    name: str
    title: str
    definition: dict[str, Any]


class ReadySources(Model):
    """Every ready mapping."""

    ready: list[ReadySource]
