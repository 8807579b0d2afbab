"""What is wrong with the HTML of a template before anybody's data is in it. Pure.

Escaping makes data inert where text stands and within quotes; nowhere else. So Liquid that shows something may stand
nowhere else: not in a tag without quotes (a space in a name would begin an attribute), not in styles (which escaping
does not cover), and there is nothing that runs. And what every mail needs is looked at, too: words for images, links of
a form that leads somewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Final
from urllib.parse import urlsplit

from chalicelib.messages.liquid_pieces import Pieces, taken_out, words_in
from chalicelib.messages.outgoing import harmless

_RUNS: Final = frozenset({"script", "iframe", "object", "embed", "applet", "base", "frame"})
_QUOTED: Final = re.compile(r"\"[^\"]*\"|'[^']*'")
_HOST: Final = re.compile(r"([^\s./@]+\.)+[^\s./@]{2,}|localhost")


@dataclass(frozen=True)
class Flaw:
    """What is wrong, and what to do about it."""

    problem: str
    hint: str


@dataclass(frozen=True)
class Link:
    """An address in a piece of HTML: of an `a` or an `img`. `varies`: Liquid says some of it."""

    tag: str
    url: str
    varies: bool = False


def flaws(html: str) -> list[Flaw]:
    """What is wrong with a template's HTML, each once."""
    taken = taken_out(html)
    reader = _read(taken)
    found = [*reader.flaws, *(flaw for link in reader.links if not link.varies for flaw in misleading(link))]
    return list(dict.fromkeys(found))


def links(html: str) -> list[Link]:
    """The addresses in HTML, rendered or not."""
    return _read(taken_out(html)).links


def misleading(link: Link) -> Iterator[Flaw]:
    """What is wrong with the form of an address."""
    url, where = link.url.strip(), "The image" if link.tag == "img" else "The link"
    if not url or url == "#":
        yield Flaw(f"{where} leads nowhere", "Give it an address: https://...")
    elif not harmless(url):
        yield Flaw(f"{where} {url[:80]!r} is of a kind that mails may not have", "Use https, mailto or tel.")
    elif not url.startswith("#") and not _leads_somewhere(url):
        yield Flaw(f"{where} {url[:80]!r} is no complete address", "Begin with https:// and the name of the site.")


def _leads_somewhere(url: str) -> bool:
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    if parts.scheme.lower() not in ("http", "https"):
        return bool(parts.scheme and parts.path)
    return _HOST.fullmatch(host) is not None and not any(character.isspace() for character in url)


class _Reader(HTMLParser):
    def __init__(self, taken: Pieces) -> None:
        super().__init__(convert_charrefs=True)
        self.flaws: list[Flaw] = []
        self.links: list[Link] = []
        self._taken = taken
        self._in_style = False

    def handle_starttag(self, tag: str, attributes: Sequence[tuple[str, str | None]]) -> None:
        held = {name: value or "" for name, value in attributes}
        self._in_style = tag == "style"
        if tag in _RUNS:
            self.flaws.append(
                Flaw(f"There is a <{tag}>", "Leave it out: mail programs run nothing, and drop the mail.")
            )
        for name, value in held.items():
            if name.startswith("on"):
                self.flaws.append(Flaw(f"<{tag}> has {name}", "Leave it out: mail programs run nothing."))
            if name == "style" and self._shown(value):
                said = f"{self._shown(value)[0]} stands in the style of <{tag}>"
                self.flaws.append(Flaw(said, "Write the style out: data in it could load and hide anything."))
        bare = self._shown(_QUOTED.sub("", self.get_starttag_text() or ""))
        if bare:
            self.flaws.append(Flaw(f"{bare[0]} stands in <{tag}> without quotes", 'Write the value in quotes: "...".'))
        if tag == "img" and "alt" not in held:
            self.flaws.append(Flaw(f"An image has no alt text: {self._back(held.get('src', ''))[:80]}", _ALT))
        address = held.get("href" if tag in ("a", "area") else "src" if tag == "img" else "")
        if address is not None:
            self.links.append(Link(tag, self._back(address), varies=bool(words_in(address))))

    def handle_endtag(self, tag: str) -> None:
        if tag == "style":
            self._in_style = False

    def handle_data(self, data: str) -> None:
        if self._in_style and self._shown(data):
            said = f"{self._shown(data)[0]} stands in a <style>"
            self.flaws.append(Flaw(said, "Write the style out: data in it could load and hide anything."))

    def _shown(self, text: str) -> list[str]:
        """The Liquid in a text that shows something."""
        return [self._taken.piece(word) for word in words_in(text) if not self._taken.is_tag(word)]

    def _back(self, text: str) -> str:
        return self._taken.back(text)


_ALT: Final = 'Say what it shows: alt="..."; alt="" if it is an ornament. Many people read mails without images.'


def _read(taken: Pieces) -> _Reader:
    reader = _Reader(taken)
    reader.feed(taken.text)
    reader.close()
    return reader
