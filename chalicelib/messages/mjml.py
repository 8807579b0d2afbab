"""MJML with Liquid in it to HTML with the same Liquid in it. Pure, and slow to import: never on a sender's path.

MJML knows nothing of Liquid, and what stands between its columns must be tags. So Liquid is taken out first; a `{% %}`
between structural elements (around a section, in a column) is put into an mj-raw, which is where it would have to
stand; then it is compiled, and Liquid is put back. No file is included and no font is fetched. The compiler recurses,
and what is nested too deeply would end the process: so that is counted first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from chalicelib.messages.liquid_pieces import Pieces, taken_out, words_in

DEEPEST: Final = 60
_RAW_STANDS_IN: Final = frozenset({"mj-body", "mj-section", "mj-column", "mj-group", "mj-wrapper", "mj-hero"})
_SHOWS_NOTHING: Final = frozenset({"mjml", "mj-head", "mj-attributes", "mj-social", "mj-navbar", "mj-accordion"})
_ELEMENT: Final = re.compile(
    r"mjml|mj-(accordion(-element|-text|-title)?|all|attributes|body|breakpoint|button|carousel(-image)?|class|column"
    r"|divider|font|group|head|hero|html-attributes?|image|include|navbar(-link)?|preview|raw|section|selector"
    r"|social(-element)?|spacer|style|table|text|title|wrapper)"
)
_VOID: Final = frozenset({"area", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"})
_TOKEN: Final = re.compile(
    r"<!--.*?-->|<(?P<close>/?)(?P<name>[^\s<>/\"'!?=]+)(?:[^<>\"']|\"[^\"]*\"|'[^']*')*?(?P<empty>/?)>", re.DOTALL
)


class Uncompilable(ValueError):
    """This MJML makes no mail; the text says why, for its author."""


def compiled(source: str, locale: str) -> str:
    """The HTML of an MJML document, told in `locale`. Raises Uncompilable."""
    from mjml import mjml2html

    taken = taken_out(source)
    placed = "".join(_placed(taken))
    try:
        html = mjml2html(placed, disable_comments=True, fonts={}, include_loader=_nothing)
    except (ValueError, OSError) as wrong:
        raise Uncompilable(f"MJML: {wrong}") from wrong
    return taken.back(html.replace('lang="und"', f'lang="{locale}"'))


def _nothing(path: str) -> str:
    raise OSError(f"mj-include is not taken ({path[:100]}): use a block")


def _placed(taken: Pieces) -> Iterator[str]:
    """The source with every `{% %}` that stands between structural elements in an mj-raw."""
    inside: list[str] = []
    reached = 0
    for token in _TOKEN.finditer(taken.text):
        yield _between(taken, taken.text[reached : token.start()], inside)
        yield token[0]
        reached = token.end()
        name = (token["name"] or "").lower()
        if name.startswith("mj") and not _ELEMENT.fullmatch(name) and name not in inside:  # it would be left as it is
            raise Uncompilable(f"MJML has no element {name[:50]}")
        if not name or token["empty"] or name in _VOID:
            continue
        if not token["close"]:
            inside.append(name)
        elif name in inside:
            while inside.pop() != name:
                pass
        if len(inside) > DEEPEST:
            raise Uncompilable(f"This is nested more than {DEEPEST} elements deep; flatten it")
    yield _between(taken, taken.text[reached:], inside)


def _between(taken: Pieces, text: str, inside: list[str]) -> str:
    within = inside[-1] if inside else ""
    words = words_in(text)
    if not words:
        return text
    if within in _SHOWS_NOTHING:
        piece = taken.piece(words[0])
        raise Uncompilable(f"{piece} stands between the elements of {within}; move it into one, or around all of it")
    return re.sub(r"zlq\d+qlz", r"<mj-raw>\g<0></mj-raw>", text) if within in _RAW_STANDS_IN else text
