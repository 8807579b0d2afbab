"""The text part of a mail, made from its HTML, Liquid and all. Pure.

It is made when a template is put, so that no sender parses HTML. Links follow their words in brackets, images say their
alt, lists and headings keep their lines. What only HTML needs (`escape`, `newline_to_br`) is taken off the Liquid,
because a text part escapes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from html.parser import HTMLParser
from typing import Final

from chalicelib.messages.liquid_pieces import taken_out
from chalicelib.messages.render import tidy

_LINES: Final = frozenset(
    {"address", "article", "div", "footer", "header", "li", "section", "table", "tr", "ul", "ol", "br"}
)
_PARAGRAPHS: Final = frozenset({"blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "p"})
_HIDDEN: Final = frozenset({"head", "script", "style", "title"})
_FOR_HTML: Final = re.compile(r"\s*\|\s*(escape|escape_once|newline_to_br)\b")
_INVISIBLE: Final = re.compile(r"display\s*:\s*none", re.IGNORECASE)
_VOID: Final = frozenset({"br", "hr", "img", "input", "meta", "link", "area", "col", "wbr", "source"})


def plaintext(html: str) -> str:
    """The text part."""
    taken = taken_out(re.sub(r"<!--.*?-->", "", html, flags=re.DOTALL))
    reader = _Reader()
    reader.feed(taken.text)
    reader.close()
    return taken.back(tidy("".join(reader.said)), lambda piece: _FOR_HTML.sub("", piece)).strip() + "\n"


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.said: list[str] = []
        self._unseen: list[str] = []  # elements inside one that nobody sees
        self._links: list[tuple[str, int]] = []

    def handle_starttag(self, tag: str, attributes: Sequence[tuple[str, str | None]]) -> None:
        held = {name: value or "" for name, value in attributes}
        if self._unseen or tag in _HIDDEN or _INVISIBLE.search(held.get("style", "")):
            if tag not in _VOID:
                self._unseen.append(tag)
            return
        if tag in _PARAGRAPHS:
            self.said.append("\n\n")
        elif tag in _LINES:
            self.said.append("\n- " if tag == "li" else "\n")
        elif tag == "img":
            self.said.append(held.get("alt", ""))
        elif tag == "a":
            self._links.append((held.get("href", ""), len(self.said)))

    def handle_endtag(self, tag: str) -> None:
        if self._unseen:
            if tag in self._unseen:
                while self._unseen.pop() != tag:
                    pass
            return
        if tag in _PARAGRAPHS:
            self.said.append("\n\n")
        elif tag in _LINES and tag != "li":
            self.said.append("\n")
        elif tag in ("td", "th"):
            self.said.append(" ")
        elif tag == "a" and self._links:
            self._follow(*self._links.pop())

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.said.append(re.sub(r"\s+", " ", data))

    def _follow(self, href: str, since: int) -> None:
        """The link behind its words, unless they are the link."""
        words = "".join(self.said[since:]).strip()
        if href and not href.startswith("#") and words != href:
            self.said.append(f" ({href})" if words else href)
