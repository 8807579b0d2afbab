"""A template: what a message says, in Liquid, before it is about anybody."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from chalicelib.journeys.send import MessageClass

Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]


class Template(BaseModel):
    """One version of a template; versions never change.

    class:   `marketing` needs consent and an unsubscribe link; `transactional` answers something the customer did.
    subject: one line. html, text: the bodies; at least one (`render.problems` says what keeps it unpublished).

    All three are Liquid over `customer` (traits), `event` (the properties of what led to the message), `stage`,
    `links.unsubscribe` and `postal_address`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    name: Name
    version: int = Field(default=1, ge=1)
    message_class: MessageClass = Field(alias="class")
    subject: str = Field(max_length=1_000)
    html: str | None = Field(default=None, max_length=200_000)
    text: str | None = Field(default=None, max_length=200_000)
