"""Liquid inside another language: taken out before a parser that does not know it reads the rest, put back after. Pure.

Each piece (`{{ ... }}`, `{% ... %}`) becomes a word that no parser minds. What a piece holds is never parsed as markup,
so `{% if a < b %}` in the middle of MJML opens no tag.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

PIECE: Final = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_WORD: Final = re.compile(r"zlq(\d+)qlz")


@dataclass(frozen=True)
class Pieces:
    """A text with its Liquid taken out. `pieces`: by the number in the word that stands for each."""

    text: str
    pieces: tuple[str, ...]

    def back(self, text: str, written: Callable[[str], str] = lambda piece: piece) -> str:
        """A text that was made of `text`, with the Liquid in it again. `written`: how each piece is written there."""
        return _WORD.sub(lambda found: written(self.piece(found[0])), text)

    def piece(self, word: str) -> str:
        """What a word stands for; the word itself where its author wrote one like it."""
        number = int(word[3:-3])
        return self.pieces[number] if number < len(self.pieces) else word

    def is_tag(self, word: str) -> bool:
        """Whether the word stands for `{% ... %}`, which shows nothing itself."""
        return self.piece(word).startswith("{%")


def taken_out(source: str) -> Pieces:
    """A source without its Liquid."""
    held: list[str] = []

    def word(found: re.Match[str]) -> str:
        held.append(found[0])
        return f"zlq{len(held) - 1}qlz"

    return Pieces(PIECE.sub(word, source), tuple(held))


def words_in(text: str) -> list[str]:
    """The words in a text that stand for Liquid."""
    return [found[0] for found in _WORD.finditer(text)]
