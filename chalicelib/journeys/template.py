"""A template: what a message says, in Liquid, before it is about anybody.

Putting a template makes a version; a send renders the version that is current when it leaves, unless its step pins
one. A version holds what its author wrote and, beside it, what that was compiled to: blocks woven in, MJML turned into
HTML, a text part for every HTML part. So a sender compiles nothing and reads nothing but the version. How it is
compiled, rendered, and what keeps one from being used, is in the messages room.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field, StringConstraints, model_validator

from chalicelib.journeys.send import MessageClass
from chalicelib.segments.fields import Definition, Name
from chalicelib.segments.problems import objection, validated

LOCALE = r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$"
"""A language, or a language with a script or a region: `it`, `it-CH`, `sr-Latn-RS`."""
MOST_LOCALES = 40

Locale = Annotated[str, StringConstraints(pattern=LOCALE)]
Subject = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1_000)]
Body = Annotated[str, StringConstraints(min_length=1)]
Mailbox = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=320)]
"""`hello@shop.example` or `Shop <hello@shop.example>`."""


class Words(Definition):
    """What is said in one locale.

    subject:  one line.
    html, mjml, text: the bodies; at most one of html and mjml. A text part that is missing is made from the HTML.
    sender, reply_to: who it is from, and who answers go to, where that is not the deployment's own.
    """

    subject: Subject | None = None
    html: Body | None = None
    mjml: Body | None = None
    text: Body | None = None
    sender: Mailbox | None = None
    reply_to: Mailbox | None = None

    @model_validator(mode="after")
    def _fits(self) -> Words:
        if self.html is not None and self.mjml is not None:
            raise objection("body", "There are both html and mjml", "Keep one: mjml is compiled to html.")
        if self.speaks and not self.bodies:
            raise objection("body", "There is a subject and no body", "Add mjml, html, text, or html and text.")
        if self.bodies and self.subject is None:
            raise objection("subject", "There is a body and no subject", "Words come together: add the subject.")
        if any(ord(character) < 32 for character in self.subject or ""):
            raise objection("subject", "The subject has a line break or a control character", "Use one line.")
        for mailbox in (self.sender, self.reply_to):
            if mailbox is not None and not mailbox.isprintable():
                raise objection("mailbox", "This has a line break or a control character", "Write Name <address>.")
        return self

    @property
    def bodies(self) -> Mapping[str, str]:
        """Those that there are, by `html`, `mjml`, `text`."""
        held = {"html": self.html, "mjml": self.mjml, "text": self.text}
        return {form: body for form, body in held.items() if body is not None}

    @property
    def speaks(self) -> bool:
        """Whether these are words at all: a variant may name another sender and nothing else."""
        return self.subject is not None


class Content(Words):
    """What a template says.

    class:   `marketing` needs consent and an unsubscribe link; `transactional` answers something the customer did.
    topic:   what it is about; people may agree to a topic, or leave it, without the others.
    locale:  that of the words outside `locales`, which everybody gets for whom there are no others.
    locales: the variants. Who reads `it-CH` gets the words of `it-CH`, else those of `it`, else those outside.
             Words come together (a subject and its bodies); sender and reply_to are looked for one by one.
    """

    name: Name
    message_class: MessageClass = Field(alias="class")
    topic: Name | None = None
    locale: Locale = "en"
    locales: Annotated[dict[Locale, Words], Field(max_length=MOST_LOCALES)] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _speaks(self) -> Content:
        if not self.bodies:
            raise objection("body", "The template has no body", "Add mjml, html, text, or html and text.")
        if self.locale in self.locales:
            raise objection("locales", f"{self.locale} is the locale of the words outside", "Leave it out of locales.")
        return self

    @property
    def variants(self) -> Mapping[str, Words]:
        """By locale, the words outside first."""
        return {self.locale: self, **self.locales}

    def body(self) -> dict[str, Any]:
        """The content as canonical JSON, without its version: equal bodies are one version."""
        without = {"version", "compiled"}
        body = self.model_dump(mode="json", by_alias=True, exclude_none=True, exclude=without)
        return body if self.locales else {name: value for name, value in body.items() if name != "locales"}


class Template(Content):
    """One version of a template; versions never change. Version 0 is what comes with the code.

    compiled: what its words were compiled to (messages/compiled.py); None where they need no compiling.
    """

    version: int = Field(default=1, ge=0)
    compiled: str | None = None

    def stored(self) -> dict[str, Any]:
        """The body of a version as the catalog keeps it."""
        return self.body() | ({"compiled": self.compiled} if self.compiled is not None else {})


def parse(raw: object) -> Template:
    """A template from JSON, before it has a version. Raises Invalid with every problem found, and nothing else."""
    return Template.model_validate(validated(Content, raw).body())
