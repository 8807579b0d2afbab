"""Codes as people type them. Pure."""

from __future__ import annotations

import re
from typing import Final

from chalicelib.ids import digest

LENGTH: Final = 8
ALPHABET: Final = "23456789ABCDEFGHJKLMNPQRSTVWXYZ"  # without 0 O 1 I U: nobody must guess which it is
_CODE: Final = re.compile(r"[A-Z0-9][A-Z0-9_-]{2,39}")


def normal(code: str) -> str:
    """The one form in which a code is kept and looked up: capitals, no blanks around it."""
    return code.strip().upper()


def is_code(code: str) -> bool:
    """Whether a text can be a code: 3 to 40 letters and digits of ASCII, `-` and `_`."""
    return len(code) <= 60 and code.isascii() and _CODE.fullmatch(normal(code)) is not None


def made(prefix: str, *seeds: str) -> str:
    """A code of these seeds, always the same. One seed must be a secret, or anybody could make it."""
    number, letters = int(digest(*seeds, length=32), 16), ""
    for _ in range(LENGTH):
        number, place = divmod(number, len(ALPHABET))
        letters += ALPHABET[place]
    return prefix + letters
