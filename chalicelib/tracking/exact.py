"""JSON read without losing a digit: what shops write as numbers is money and ids.

A float would round both (an id of Shopify has 18 digits; 0.1 is no binary fraction), so a number with a fraction, or
of more than 15 digits, is kept as the text that stood there. Other whole numbers are whole numbers.
"""

from __future__ import annotations

import json
from typing import Any, Final

from chalicelib.errors import Refused
from chalicelib.tracking import envelope

_SAFE_DIGITS: Final = 15  # every whole number of so many digits is one in every program that reads JSON


def read(body: bytes) -> object:
    """The JSON in a body. Refused: 400 `invalid_json`.

    NUL and half surrogate pairs become U+FFFD, as in envelope.read; NaN and infinity become null.
    """
    try:
        text = envelope.repaired(body.removeprefix(envelope.BYTE_ORDER_MARK)).decode()
        return json.loads(text, parse_float=str, parse_int=_whole, parse_constant=_nothing)
    except (ValueError, RecursionError) as unreadable:
        reason = "it is nested too deep" if isinstance(unreadable, RecursionError) else str(unreadable)[:200]
        raise Refused(400, "invalid_json", f"The body is not readable as JSON: {reason}.") from unreadable


def _whole(digits: str) -> int | str:
    return int(digits) if len(digits) <= _SAFE_DIGITS else digits


def _nothing(constant: str) -> Any:
    return None
