"""Letters as they are written: plain text that a person can read and correct, one file for each language. Pure.

    subject: Welcome{% if name %}, {{ name }}{% endif %}
    preview: What you can expect of us

    # It is good to have you here

    Hello{% if name %} {{ name }}{% endif %},

    a paragraph goes on until an empty line or a block. [A link](https://shop.example) stands in it.

    @button Look around | {{ brand.url }}
    @products You may like
    @cart
    @coupon Yours for the next order:

Words are Liquid, and `name` is the first name, if it is known. `{{ brand.called }}`, `{{ brand.url }}` and
`{{ settings.x }}` are put in when the playbook is installed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

Block = Literal["heading", "paragraph", "button", "products", "cart", "coupon"]
_PARTS: Final = re.compile(r"\n\n|\n(?=@)")
_MARKS: Final[tuple[Block, ...]] = ("button", "products", "cart", "coupon")


class Unreadable(ValueError):
    """A letter that is not written as letters are; the text says where and why."""


@dataclass(frozen=True)
class Part:
    """A piece of a letter. `target`: where a button leads."""

    block: Block
    words: str
    target: str = ""


@dataclass(frozen=True)
class Letter:
    """A letter in one language. `preview` is what mail programs show beside the subject."""

    subject: str
    preview: str
    parts: tuple[Part, ...]

    @property
    def heading(self) -> str:
        """What it is about, in a few words; it stands above the text."""
        return self.parts[0].words


def parse(text: str) -> Letter:
    """A letter of its file. Raises Unreadable."""
    head, _, rest = text.strip().partition("\n\n")
    said = dict(_field(line) for line in head.splitlines())
    if set(said) != {"subject", "preview"}:
        raise Unreadable(f"a letter begins with subject and preview, this one with {', '.join(said)}")
    parts = tuple(_part(" ".join(each.split())) for each in _PARTS.split(rest) if each.strip())
    if not parts or parts[0].block != "heading" or "{" in parts[0].words:
        raise Unreadable("the text begins with a heading (# ...), the same for everybody")
    return Letter(said["subject"], said["preview"], parts)


def _field(line: str) -> tuple[str, str]:
    name, colon, words = line.partition(":")
    if not colon or not words.strip():
        raise Unreadable(f"{line!r} is neither subject: nor preview:")
    return name.strip(), words.strip()


def _part(text: str) -> Part:
    if text.startswith("# "):
        return Part("heading", text[2:].strip())
    if not text.startswith("@"):
        return Part("paragraph", text)
    mark, _, words = text[1:].partition(" ")
    for block in _MARKS:
        if block == mark:
            said, _, target = words.partition(" | ")
            if block == "button" and not target:
                raise Unreadable(f"{text!r} does not say where the button leads: @button Words | address")
            return Part(block, said.strip(), target.strip()) if block == "button" else Part(block, words.strip())
    raise Unreadable(f"there is no block @{mark}; there are {', '.join(_MARKS)}")
