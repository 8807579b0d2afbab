"""Blocks into the templates that hold their places. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from chalicelib.journeys.block import PLACE, Block, Piece, blocks_in
from chalicelib.journeys.template import Content, Words
from chalicelib.messages.locale.reader import chain
from chalicelib.messages.plaintext import plaintext

_FORMS: Final[Mapping[str, tuple[str, ...]]] = {"html": ("html",), "mjml": ("mjml", "html"), "text": ("text",)}
"""By the form of a body, the forms of a block that may stand in it, the best first."""


class Unwoven(ValueError):
    """A block is not there, or not in the form that is asked for; the text says which."""


def places(content: Content) -> frozenset[str]:
    """The blocks that a template holds."""
    return frozenset(
        name for words in content.variants.values() for body in words.bodies.values() for name in blocks_in(body)
    )


def woven(words: Words, locale: str, blocks: Mapping[str, Block]) -> Words:
    """The words of one locale with what their blocks say in it. Raises Unwoven."""
    changed = {form: _woven(body, form, locale, blocks) for form, body in words.bodies.items() if blocks_in(body)}
    return words.model_copy(update=changed)


def _woven(body: str, form: str, locale: str, blocks: Mapping[str, Block]) -> str:
    def said(found: re.Match[str]) -> str:
        (name,) = blocks_in(found[0])
        if name not in blocks:
            raise Unwoven(f"there is no block {name}; PUT /v1/blocks/{name} first")
        return _said(name, _piece(blocks[name], locale), form)

    return PLACE.sub(said, body)


def _piece(block: Block, locale: str) -> Piece:
    variants = block.variants
    return next((variants[each] for each in chain(locale) if each in variants), block)


def _said(name: str, piece: Piece, form: str) -> str:
    for each in _FORMS[form]:
        said: str | None = getattr(piece, each)
        if said is not None:
            return said
    if form == "text" and piece.html is not None:
        return plaintext(piece.html)
    raise Unwoven(f"the block {name} has no {' and no '.join(_FORMS[form])}")
