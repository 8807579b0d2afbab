"""A block: a piece that many templates share, a header, a footer, the address and the way out.

A template holds its place, `{% block 'footer' %}`; putting the template weaves the block in, and putting a block again
makes a new version of every template that holds it (messages/shelf.py). A block holds no block.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Final

from pydantic import Field, model_validator

from chalicelib.journeys.template import MOST_LOCALES, Body, Locale
from chalicelib.segments.fields import Definition, Name
from chalicelib.segments.problems import objection, validated

PLACE: Final = re.compile(r"\{%-?\s*block\s+(?:'([^'{}%]*)'|\"([^\"{}%]*)\"|([\w-]+))\s*-?%\}")
"""Where a block stands."""


class Piece(Definition):
    """What a block says in one locale. html and mjml may both be there: templates of each form take theirs. A text that
    is missing is made from the HTML."""

    html: Body | None = None
    mjml: Body | None = None
    text: Body | None = None

    @model_validator(mode="after")
    def _fits(self) -> Piece:
        said = [body for body in (self.html, self.mjml, self.text) if body is not None]
        if not said:
            raise objection("body", "The block says nothing", "Add html, mjml or text.")
        if any(PLACE.search(body) for body in said):
            raise objection("block", "The block holds a block", "Write it out: blocks stand in templates only.")
        return self


class Block(Piece):
    """A block by its name. `locale`, `locales`: as in a template."""

    name: Name
    locale: Locale = "en"
    locales: Annotated[dict[Locale, Piece], Field(max_length=MOST_LOCALES)] = Field(default_factory=dict)

    @property
    def variants(self) -> Mapping[str, Piece]:
        """By locale, that outside `locales` first."""
        return {self.locale: self, **self.locales}

    def body(self) -> dict[str, Any]:
        """The content as canonical JSON: equal bodies are one version."""
        return self.model_dump(mode="json", exclude_none=True)


def parse(raw: object) -> Block:
    """A block from JSON. Raises Invalid with every problem found, and nothing else."""
    return validated(Block, raw)


def blocks_in(body: str) -> list[str]:
    """The names of the blocks that a body has places for."""
    return [next(name for name in found.groups() if name is not None) for found in PLACE.finditer(body)]
