"""What a template was compiled to: for each locale all that a sender needs, and what of the context it asks for. Pure.

It is kept in the template's version, compressed: the HTML of MJML is ten times its source, in every locale, and one
item holds 400 KB.
"""

from __future__ import annotations

import json
import zlib
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Final

from chalicelib.journeys.template import Content, Template
from chalicelib.messages import liquid
from chalicelib.messages.locale.reader import chain

EVERYTHING: Final = frozenset({"account", "lifecycle", "cart", "products", "coupon"})
"""What of the context is read only for templates that ask for it."""


@dataclass(frozen=True)
class Wording:
    """What is said in one locale, in Liquid: blocks are woven in, MJML is HTML, and every HTML has its text."""

    locale: str
    subject: str
    html: str | None = None
    text: str | None = None
    sender: str | None = None
    reply_to: str | None = None

    @property
    def parts(self) -> Mapping[str, str]:
        """`subject`, `html`, `text`, those that there are."""
        held = {"subject": self.subject, "html": self.html, "text": self.text}
        return {part: source for part, source in held.items() if source is not None}


@dataclass(frozen=True)
class Compiled:
    """wordings: by locale. asks: the names of the context that they use, so that nothing else need be read.
    blocks: those that were woven in."""

    wordings: Mapping[str, Wording]
    asks: frozenset[str]
    blocks: frozenset[str] = frozenset()


def pack(compiled: Compiled) -> str:
    """As the catalog keeps it: the same compiled words are the same text."""
    held = {
        "wordings": {locale: asdict(each) for locale, each in compiled.wordings.items()},
        "asks": sorted(compiled.asks),
        "blocks": sorted(compiled.blocks),
    }
    text = json.dumps(held, ensure_ascii=False, separators=(",", ":"))
    return b64encode(zlib.compress(text.encode(), 9)).decode()


@lru_cache(maxsize=64)
def unpack(text: str) -> Compiled:
    """What `pack` wrote."""
    held = json.loads(zlib.decompress(b64decode(text)))
    wordings = {locale: Wording(**each) for locale, each in held["wordings"].items()}
    return Compiled(wordings, frozenset(held["asks"]), frozenset(held["blocks"]))


def of(template: Template) -> Compiled:
    """A template as it is rendered. One that was never compiled is rendered as it stands: it has no MJML, no blocks.

    It asks for all there is: which is seldom, and found out by parsing only."""
    if template.compiled is not None:
        return unpack(template.compiled)
    return Compiled(spoken(template), EVERYTHING)


def wording(compiled: Compiled, default: str, wanted: str | None) -> Wording:
    """The words for somebody who reads `wanted`: those of the locale, of what stands in for it, or the default's."""
    for each in chain(wanted) if wanted is not None else ():
        if each in compiled.wordings:
            return compiled.wordings[each]
    return compiled.wordings[default]


def spoken(content: Content) -> dict[str, Wording]:
    """The wordings of a template without MJML and blocks: each complete, with what its locale takes from others."""
    variants = content.variants
    made: dict[str, Wording] = {}
    for locale in variants:
        line = [variants[each] for each in chain(locale) if each in variants]
        line += [] if locale == content.locale else [content]
        words = next(each for each in line if each.speaks)
        made[locale] = Wording(
            locale=locale if words is variants[locale] else _told_in(content, words),
            subject=words.subject or "",
            html=words.html,
            text=words.text,
            sender=next((each.sender for each in line if each.sender), None),
            reply_to=next((each.reply_to for each in line if each.reply_to), None),
        )
    return made


def asked(wordings: Mapping[str, Wording]) -> frozenset[str]:
    """The names of the context that any of the words use. Raises LiquidError where they cannot be read."""
    sources = {source for each in wordings.values() for source in each.parts.values()}
    return frozenset(name for source in sorted(sources) for name in liquid.names(source))


def _told_in(content: Content, words: object) -> str:
    return next(locale for locale, each in content.variants.items() if each is words)
