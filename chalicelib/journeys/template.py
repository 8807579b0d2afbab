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

from chalicelib.journeys.onsite import Onsite
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
Address = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2_000)]


class TextMessage(Definition):
    """What is said by SMS. text: Liquid; its length costs money, and so do letters beyond GSM-7."""

    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=5_000)]

    @property
    def parts(self) -> Mapping[str, str]:
        """Its Liquid, by name."""
        return {"text": self.text}


class PushMessage(Definition):
    """What is said on somebody's devices, in Liquid.

    title: one line. body: the text below it. url: what opens at a tap, a page or a place in the app. image: https.
    """

    title: Subject
    body: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=5_000)]
    url: Address | None = None
    image: Address | None = None

    @property
    def parts(self) -> Mapping[str, str]:
        """Its Liquid, by name."""
        held = {"title": self.title, "body": self.body, "url": self.url, "image": self.image}
        return {name: source for name, source in held.items() if source is not None}


class Words(Definition):
    """What is said in one locale, by mail and by each other channel.

    subject:  one line.
    html, mjml, text: the bodies; at most one of html and mjml. A text part that is missing is made from the HTML.
    sender, reply_to: who it is from, and who answers go to, where that is not the deployment's own.
    sms, push, onsite: the same by these channels.
    """

    subject: Subject | None = None
    html: Body | None = None
    mjml: Body | None = None
    text: Body | None = None
    sender: Mailbox | None = None
    reply_to: Mailbox | None = None
    sms: TextMessage | None = None
    push: PushMessage | None = None
    onsite: Onsite | None = None

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
        """Whether there are words of a mail: a variant may name another sender and nothing else."""
        return self.subject is not None

    @property
    def beside(self) -> Mapping[str, TextMessage | PushMessage | Onsite]:
        """What is said by channels other than mail, by the channel's name."""
        held = {"sms": self.sms, "push": self.push, "onsite": self.onsite}
        return {channel: said for channel, said in held.items() if said is not None}


class Content(Words):
    """What a template says.

    class:   `marketing` needs consent and an unsubscribe link; `transactional` answers something the customer did.
    topic:   what it is about; people may agree to a topic, or leave it, without the others.
    locale:  that of the words outside `locales`, which everybody gets for whom there are no others.
    locales: the variants. Who reads `it-CH` gets the words of `it-CH`, else those of `it`, else those outside.
             Words come together (a subject and its bodies; all of a channel's); sender and reply_to are looked for
             one by one. A channel that any locale speaks on, the words outside speak on.
    """

    name: Name
    message_class: MessageClass = Field(alias="class")
    topic: Name | None = None
    locale: Locale = "en"
    locales: Annotated[dict[Locale, Words], Field(max_length=MOST_LOCALES)] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _speaks(self) -> Content:
        if not self.channels:
            raise objection("body", "The template has no body", "Add mjml, html, text, or html and text.")
        for locale, words in self.locales.items():
            for channel in sorted({*(("email",) if words.speaks else ()), *words.beside} - self.channels):
                said = f"{locale} speaks by {channel}, and the words outside locales do not"
                raise objection("locales", said, "Say it outside, too: who reads another locale gets those words.")
        shown = [words.onsite for words in self.variants.values() if words.onsite]
        if len({each.form.shape if each.form else None for each in shown}) > 1:
            raise objection("onsite", "The form asks other things in other locales", "Ask the same, in other words.")
        if self.locale in self.locales:
            raise objection("locales", f"{self.locale} is the locale of the words outside", "Leave it out of locales.")
        return self

    @property
    def channels(self) -> frozenset[str]:
        """The channels by which it can be said."""
        return frozenset(({"email"} if self.bodies else set()) | self.beside.keys())

    @property
    def title_line(self) -> str:
        """What lists call it by: its subject, or how it begins."""
        first = next(iter(self.beside.values()), None)
        return self.subject or (next(iter(first.parts.values()))[:200] if first else "")

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
