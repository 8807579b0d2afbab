"""What a template was compiled to: for each locale all that a sender needs, and what of the context it asks for. Pure.

It is kept in the template's version, compressed: the HTML of MJML is ten times its source, in every locale, and one
item holds 400 KB.
"""

from __future__ import annotations

import json
import zlib
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from typing import Any, Final

from chalicelib.journeys.onsite import Onsite, leaves
from chalicelib.journeys.template import Content, Template
from chalicelib.messages import liquid
from chalicelib.messages.locale.reader import chain

EVERYTHING: Final = frozenset({"account", "lifecycle", "cart", "products", "coupon"})
"""What of the context is read only for templates that ask for it."""

_LATER: Final = frozenset({"url", "image", "said"})
"""Left out where there is none, so that the same mail is the same text as ever."""


@dataclass(frozen=True)
class Wording:
    """What is said in one locale, in Liquid: blocks are woven in, MJML is HTML, and every HTML has its text.

    Other channels than mail have the same: a push message's title is the subject, its body the text. `said`: what a
    message on the site says, where and when, as JSON; None on other channels.
    """

    locale: str
    subject: str
    html: str | None = None
    text: str | None = None
    sender: str | None = None
    reply_to: str | None = None
    url: str | None = None
    image: str | None = None
    said: Mapping[str, Any] | None = None

    @property
    def parts(self) -> Mapping[str, str]:
        """`subject`, `html`, `text`, `url`, `image`, those that there are; of a message on the site, what of its words
        is Liquid, by its path."""
        if self.said is not None:
            return dict(leaves(self.said))
        held = {
            "subject": self.subject or None,
            "html": self.html,
            "text": self.text,
            "url": self.url,
            "image": self.image,
        }
        return {part: source for part, source in held.items() if source is not None}


@dataclass(frozen=True)
class Compiled:
    """wordings: of mails, by locale. asks: the names of the context that any words use, so that nothing else need be
    read. blocks: those that were woven in. beside: the wordings of each other channel."""

    wordings: Mapping[str, Wording]
    asks: frozenset[str]
    blocks: frozenset[str] = frozenset()
    beside: Mapping[str, Mapping[str, Wording]] = field(default_factory=dict)

    @property
    def by_channel(self) -> Mapping[str, Mapping[str, Wording]]:
        """The wordings of every channel on which it speaks."""
        return {**({"email": self.wordings} if self.wordings else {}), **self.beside}


def pack(compiled: Compiled) -> str:
    """As the catalog keeps it: the same compiled words are the same text."""
    held: dict[str, object] = {
        "wordings": _packed(compiled.wordings),
        "asks": sorted(compiled.asks),
        "blocks": sorted(compiled.blocks),
    }
    if compiled.beside:
        held["beside"] = {channel: _packed(wordings) for channel, wordings in compiled.beside.items()}
    text = json.dumps(held, ensure_ascii=False, separators=(",", ":"))
    return b64encode(zlib.compress(text.encode(), 9)).decode()


@lru_cache(maxsize=64)
def unpack(text: str) -> Compiled:
    """What `pack` wrote."""
    held = json.loads(zlib.decompress(b64decode(text)))
    beside = {channel: _unpacked(wordings) for channel, wordings in held.get("beside", {}).items()}
    return Compiled(_unpacked(held["wordings"]), frozenset(held["asks"]), frozenset(held["blocks"]), beside)


def of(template: Template) -> Compiled:
    """A template as it is rendered. One that was never compiled is rendered as it stands: it has no MJML, no blocks.

    It asks for all there is: which is seldom, and found out by parsing only."""
    if template.compiled is not None:
        return unpack(template.compiled)
    return Compiled(spoken(template), EVERYTHING, beside=spoken_beside(template))


def wording(compiled: Compiled, default: str, wanted: str | None, channel: str = "email") -> Wording:
    """The words of a channel for somebody who reads `wanted`: those of the locale, of what stands in for it, or the
    default's. KeyError if nothing is said on the channel."""
    wordings = compiled.by_channel[channel]
    for each in chain(wanted) if wanted is not None else ():
        if each in wordings:
            return wordings[each]
    return wordings[default]


def spoken(content: Content) -> dict[str, Wording]:
    """The wordings of a mail without MJML and blocks: each complete, with what its locale takes from others."""
    if not content.speaks:
        return {}
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


def spoken_beside(content: Content) -> dict[str, dict[str, Wording]]:
    """The wordings of the other channels: those of each locale that has words of its own."""
    made: dict[str, dict[str, Wording]] = {}
    for locale, words in content.variants.items():
        for channel, said in words.beside.items():
            if isinstance(said, Onsite):
                shown = said.told(content.onsite)
                made.setdefault(channel, {})[locale] = Wording(locale=locale, subject=said.title, said=shown)
                continue
            parts = said.parts
            made.setdefault(channel, {})[locale] = Wording(
                locale=locale,
                subject=parts.get("title", ""),
                text=parts.get("text", parts.get("body")),
                url=parts.get("url"),
                image=parts.get("image"),
            )
    return made


def asked(wordings: Iterable[Wording]) -> frozenset[str]:
    """The names of the context that any of the words use. Raises LiquidError where they cannot be read."""
    sources = {source for each in wordings for source in each.parts.values()}
    return frozenset(name for source in sorted(sources) for name in liquid.names(source))


def _packed(wordings: Mapping[str, Wording]) -> dict[str, dict[str, Any]]:
    return {
        locale: {name: said for name, said in asdict(each).items() if said is not None or name not in _LATER}
        for locale, each in wordings.items()
    }


def _unpacked(held: Mapping[str, Mapping[str, Any]]) -> dict[str, Wording]:
    return {locale: Wording(**each) for locale, each in held.items()}


def _told_in(content: Content, words: object) -> str:
    return next(locale for locale, each in content.variants.items() if each is words)
