"""A template: what a message says, in Liquid, before it is about anybody.

Putting a template makes a version; a send renders the version that is current when it leaves. How it is rendered, and
what keeps one from being used, is in the messages room.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, StringConstraints, model_validator

from chalicelib.journeys.send import MessageClass
from chalicelib.segments.fields import Definition, Name
from chalicelib.segments.problems import objection, validated


class Content(Definition):
    """What a template says.

    class:   `marketing` needs consent and an unsubscribe link; `transactional` answers something the customer did.
    topic:   what it is about; people may agree to a topic, or leave it, without the others.
    subject: one line. html, text: the bodies, at least one.
    """

    name: Name
    message_class: MessageClass = Field(alias="class")
    topic: Name | None = None
    subject: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1_000)]
    html: Annotated[str, StringConstraints(min_length=1)] | None = None
    text: Annotated[str, StringConstraints(min_length=1)] | None = None

    @model_validator(mode="after")
    def _fits(self) -> Content:
        if self.html is None and self.text is None:
            raise objection("body", "The template has no body", "Add html, text, or both.")
        if any(ord(character) < 32 for character in self.subject):
            raise objection("subject", "The subject has a line break or a control character", "Use one line.")
        return self

    def body(self) -> dict[str, Any]:
        """The content as canonical JSON, without its version: equal bodies are one version."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True, exclude={"version"})


class Template(Content):
    """One version of a template; versions never change. Version 0 is what comes with the code."""

    version: int = Field(default=1, ge=0)


def parse(raw: object) -> Template:
    """A template from JSON, before it has a version. Raises Invalid with every problem found, and nothing else."""
    return Template.model_validate(validated(Content, raw).body())
