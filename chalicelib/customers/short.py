"""How the facts are kept short: what their modules share when they pack."""

from __future__ import annotations

from decimal import Decimal
from typing import Any


def trimmed(held: list[Any]) -> list[Any]:
    """The list itself without what is 0 or empty at its end; its first entry stays."""
    while len(held) > 1 and not held[-1]:
        held.pop()
    return held


def money(amount: Decimal) -> str:
    """An amount as text, as short as it can be; "" for none."""
    return format(amount.normalize(), "f") if amount else ""
