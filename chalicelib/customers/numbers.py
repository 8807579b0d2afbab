"""Whole numbers as short text: five bits a character, the sixth says that more follow (as in source maps, unsigned)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

_DIGITS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_VALUES: Final = {digit: value for value, digit in enumerate(_DIGITS)}
_BITS: Final = 5
_MORE: Final = 32


def written(numbers: Iterable[int]) -> str:
    """These numbers, none of them negative, as text: one character up to 31, two up to 1,023, and so on."""
    text = []
    for number in numbers:
        while number >= _MORE:
            text.append(_DIGITS[_MORE | number & _MORE - 1])
            number >>= _BITS
        text.append(_DIGITS[number])
    return "".join(text)


def read(text: str) -> list[int]:
    """The numbers that `written` wrote. KeyError for a character that it never writes."""
    numbers, number, place = [], 0, 0
    for value in map(_VALUES.__getitem__, text):
        if value < _MORE:
            numbers.append(number | value << place)
            number = place = 0
        else:
            number |= value - _MORE << place
            place += _BITS
    return numbers
