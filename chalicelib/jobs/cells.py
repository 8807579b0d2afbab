"""Cells of sheets that no spreadsheet runs. Pure.

Excel and its like take a cell that begins with = + - @ (or the full-width form of one), a tab or a line's end for a
formula, whoever wrote it; spaces, quotes and what cannot be seen before it do not hinder them. Where a computer's list
separator is a semicolon, they begin a new cell behind each one, within the quotes of a text that has none at its own
beginning. So what would begin a formula gets an apostrophe before it, at the beginning of a cell and behind whatever
may be taken for the beginning of another. They take it for "this is text".
"""

from __future__ import annotations

import re
from typing import Final

_BEGIN: Final = "=+\\-@\uff0b\uff0d\uff1d\uff20"
_BLANK: Final = " \"'\u00a0\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\x00-\x08\x0b\x0c\x0e-\x1f"
_FIRST: Final = re.compile(rf"[\t\r\n]|[{_BLANK}]*[{_BEGIN}]")
_INSIDE: Final = re.compile(rf"([;\t\r\n][{_BLANK}]*)(?=[{_BEGIN}])")


def safe(cell: str) -> str:
    """The text as a cell that is not run; most texts as they are."""
    text = _INSIDE.sub(r"\1'", cell)
    return f"'{text}" if _FIRST.match(text) else text
