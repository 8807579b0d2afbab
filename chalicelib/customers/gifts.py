"""Which orders were for somebody else: only what the order itself says counts, never a guess from two addresses.

An order is a gift if it says so (`gift`, `is_gift`, `gift_wrap`), if a message for somebody goes with it
(`gift_message`), or if a note attribute of one of these names does (Shopify: `note_attributes: [{name, value}]`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

_MARKS: Final = frozenset({"gift", "isgift", "giftwrap", "giftwrapping", "giftorder"})
_WORDS: Final = frozenset({"giftmessage", "giftnote", "giftcardmessage"})
_YES: Final = frozenset({"true", "yes", "y", "1", "on"})
_NOTES: Final = ("note_attributes", "noteAttributes")
_MOST_NOTES: Final = 50


def is_gift(properties: Mapping[str, Any]) -> bool:
    """Whether an order says that it is a gift."""
    if any(_marked(name, value) for name, value in properties.items()):
        return True
    notes: list[Any] = next((properties[name] for name in _NOTES if isinstance(properties.get(name), list)), [])
    return any(_marked(note.get("name"), note.get("value")) for note in notes[:_MOST_NOTES] if isinstance(note, dict))


def _marked(name: object, value: object) -> bool:
    """`gift: true` marks; `gift_message` does with any words in it. Case, blanks, - and _ in names do not matter."""
    if not isinstance(name, str) or "gift" not in name.lower():
        return False
    known = name.lower().replace("_", "").replace("-", "").replace(" ", "")
    if known in _MARKS:
        return value is True or value == 1 or (isinstance(value, str) and value.strip().lower() in _YES)
    return known in _WORDS and isinstance(value, str) and bool(value.strip())
