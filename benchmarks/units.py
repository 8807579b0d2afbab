"""DynamoDB's request units, computed from item sizes by the documented rules. Pure.

Sources: "DynamoDB item sizes and formats", "DynamoDB read and write operations" and "Global secondary indexes" in the
Amazon DynamoDB developer guide.

- An item's size is its attribute names in UTF-8 plus its values: text and binary by bytes; a number (digits /
  2) + 1; null and boolean 1; list and map 3, plus 1 for each element, plus what they hold.
- A write takes 1 unit for each 1 KB begun, of the larger of the item before and after; in a transaction 2 (a
  check included). A failed condition costs as much as the write would have.
- An index takes 1 unit for each 1 KB begun when an entry appears or goes, 2 when its key changes (the old one
  goes, the new one appears), none when nothing it holds changes. Sparse: no key, no entry.
- A read takes 1 unit for each 4 KB begun, half if eventually consistent, twice in a transaction; a query adds
  its items up first.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Item = Mapping[str, Any]
"""An item in DynamoDB's own JSON: `{"pk": {"S": "u#7"}}`."""

WRITE_BYTES = 1024
READ_BYTES = 4096
INDEXES: Mapping[str, tuple[tuple[str, str], ...]] = {
    "customers": (("due_shard", "due_at"), ("stage_shard", "stage_since")),
    "enrolments": (("due_shard", "due_at"),),
    "sends": (("due_shard", "due_at"),),
}
"""Logical table -> the keys of its indexes; all of them project keys only."""


def size(item: Item) -> int:
    """Bytes of an item."""
    return sum(len(name.encode()) + _value(value) for name, value in item.items())


def _value(value: Mapping[str, Any]) -> int:
    ((kind, held),) = value.items()
    match kind:
        case "S":
            return len(held.encode())
        case "N":
            return _number(held)
        case "B":
            return len(held) if isinstance(held, bytes) else len(base64.b64decode(held))
        case "BOOL" | "NULL":
            return 1
        case "M":
            return 3 + len(held) + size(held)
        case "L":
            return 3 + len(held) + sum(_value(inner) for inner in held)
        case "SS":
            return sum(len(text.encode()) for text in held)
        case _:
            raise ValueError(f"a kind of value that Perennial does not store: {kind}")


def _number(text: str) -> int:
    digits = len(text.lstrip("-").replace(".", "").strip("0")) or 1
    return math.ceil(digits / 2) + 1 + text.startswith("-")


def write(before: Item | None, after: Item | None, *, transaction: bool = False) -> int:
    """Write units of one write to the table itself."""
    largest = max(size(before or {}), size(after or {}), 1)
    return math.ceil(largest / WRITE_BYTES) * (2 if transaction else 1)


def index_writes(table: str, before: Item | None, after: Item | None) -> int:
    """Write units of what one write changes in the indexes of a logical table."""
    return sum(_index_write(key, before or {}, after or {}) for key in INDEXES.get(table, ()))


def _index_write(key: tuple[str, str], before: Item, after: Item) -> int:
    old, new = ([item.get(name) for name in (*key, "pk", "sk")] for item in (before, after))
    if old == new:
        return 0
    return (None not in old) + (None not in new)  # entries are far below 1 KB


def read(items: Sequence[Item], *, consistent: bool, together: bool = False, transaction: bool = False) -> float:
    """Read units of getting these items; `together` for a query, which rounds once. Nothing found costs the least."""
    each = [sum(size(item) for item in items)] if together else [size(item) for item in items] or [0]
    units = sum(max(1, math.ceil(one / READ_BYTES)) for one in each)
    return units * (2 if transaction else 1 if consistent else 0.5)


def per_thousand(total: float, count: int) -> float:
    """A total for `count` events as a figure per 1,000."""
    return 1000 * total / count


def mean(values: Iterable[float]) -> float:
    """The arithmetic mean of at least one value."""
    listed = list(values)
    return sum(listed) / len(listed)
