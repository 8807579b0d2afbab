"""How long a text message is, and what makes it longer: segments, as networks count and bill them. Pure.

A message of the GSM 7-bit alphabet (3GPP TS 23.038) has 160 places, 153 in each segment if it needs several. Letters of
its extension table take two places, which stay in one segment. One letter beyond both, and the whole message is UCS-2:
70 units of 16 bits, 67 in each of several; what needs two units (emoji) stays in one segment, too.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

Encoding = Literal["GSM-7", "UCS-2"]

BASIC: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION: Final = frozenset("\f^{}\\[~]|€")

_SINGLE: Final = {"GSM-7": 160, "UCS-2": 70}
_OF_SEVERAL: Final = {"GSM-7": 153, "UCS-2": 67}

_PLAIN: Final = str.maketrans(
    {
        "\u2018": "'",
        "\u2019": "'",
        "\u201a": ",",
        "\u201b": "'",
        "\u201c": '"',
        "\u201d": '"',
        "\u201e": '"',
        "\u00ab": '"',
        "\u00bb": '"',
        "\u2010": "-",
        "\u2011": "-",
        "\u2012": "-",
        "\u2013": "-",
        "\u2014": "-",
        "\u2212": "-",
        "\u2026": "...",
        "\u2022": "-",
        "\u00a0": " ",
        "\u2009": " ",
        "\u202f": " ",
        "\u200b": "",
        "\u00ad": "",
        "\ufeff": "",
        "\t": " ",
    }
)


@dataclass(frozen=True)
class Length:
    """units: places that are taken. costly: the letters because of which it is UCS-2, in their order, each once."""

    encoding: Encoding
    units: int
    segments: int
    costly: tuple[str, ...] = ()


def measured(text: str) -> Length:
    """The length of a text as it is billed. An empty one has no segment."""
    costly = tuple(dict.fromkeys(letter for letter in text if letter not in BASIC and letter not in EXTENSION))
    encoding: Encoding = "UCS-2" if costly else "GSM-7"
    sizes = [_size(letter, encoding) for letter in text]
    return Length(encoding, sum(sizes), _segments(sizes, encoding), costly)


def simplified(text: str) -> str:
    """The text with the typographer's quotation marks, dashes, dots and spaces as a typewriter has them: nobody sees
    the difference on a telephone, and one of them can double what a message costs. Letters stay."""
    return text.translate(_PLAIN)


def _size(letter: str, encoding: Encoding) -> int:
    if encoding == "UCS-2":
        return 2 if ord(letter) > 0xFFFF else 1
    return 2 if letter in EXTENSION else 1


def _segments(sizes: Iterable[int], encoding: Encoding) -> int:
    counted = list(sizes)
    if sum(counted) <= _SINGLE[encoding]:
        return min(1, len(counted))
    room, segments = 0, 0
    for size in counted:
        if size > room:
            segments, room = segments + 1, _OF_SEVERAL[encoding]
        room -= size
    return segments
