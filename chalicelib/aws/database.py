"""The tables, as stores see them: one port with few words, so that one fake can stand in for all of it.

`DynamoDatabase` speaks to DynamoDB; `tests/fakes/database.py` is the fake; one contract test holds both to the same
behaviour. Tables are called by their logical names (chalicelib/resources.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from chalicelib.aws.conditions import ABSENT, AtMost, Below, OneOf, When
from chalicelib.aws.values import Item
from chalicelib.errors import Transient

__all__ = [
    "ABSENT",
    "AtMost",
    "Below",
    "Check",
    "ConditionFailed",
    "Database",
    "Delete",
    "Index",
    "Item",
    "OneOf",
    "Page",
    "Put",
    "TransactionConflict",
    "Update",
    "When",
    "Write",
]

Index = Literal["due", "stage"]


class ConditionFailed(Exception):
    """The condition of a write did not hold. `item` is what stands there instead, None if nothing does."""

    def __init__(self, item: Item | None) -> None:
        super().__init__("the condition of the write did not hold")
        self.item = item


class TransactionConflict(Transient):
    """Another write was touching the same item at the same moment: nothing happened; do it again."""


@dataclass(frozen=True)
class Put:
    """Write a whole item."""

    table: str
    item: Item
    when: When | None = None


@dataclass(frozen=True)
class Update:
    """Set and remove attributes of one item, and add to numbers of it (from 0 where there are none); without `when` a
    missing item is created.

    `add` is for transactions only: with a write beside it that can happen once, it counts exactly.
    """

    table: str
    pk: str
    sk: str
    set: Item
    remove: tuple[str, ...] = ()
    when: When | None = None
    add: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Delete:
    """Remove one item; a missing one is no error unless `when` says so."""

    table: str
    pk: str
    sk: str
    when: When | None = None


@dataclass(frozen=True)
class Check:
    """In a transaction: write nothing here, but let the rest happen only if this holds."""

    table: str
    pk: str
    sk: str
    when: When


Write = Put | Update | Delete | Check


@dataclass(frozen=True)
class Page:
    """Some items, and the key to start the next page from; None when this was the last."""

    items: list[Item]
    next: Item | None


class Database(Protocol):
    """What stores may ask of the tables. Any call may raise Transient; conditional ones ConditionFailed."""

    def get(self, table: str, pk: str, sk: str, *, consistent: bool = True) -> Item | None:
        """One item, or None."""
        ...

    def get_all(self, table: str, keys: Sequence[tuple[str, str]]) -> list[Item]:
        """Those of these items (at most 100) that there are, in any order: one request, and not consistent."""
        ...

    def put(self, table: str, item: Item, *, when: When | None = None) -> None:
        """Write a whole item if `when` holds of what stands there."""
        ...

    def update(
        self,
        table: str,
        pk: str,
        sk: str,
        *,
        set: Item,
        remove: Sequence[str] = (),
        when: When | None = None,
    ) -> Item:
        """Set and remove attributes; returns the whole item as it is afterwards."""
        ...

    def add(self, table: str, pk: str, sk: str, numbers: Mapping[str, int], *, set: Item | None = None) -> Item:
        """Add to numbers of an item (from 0 where there are none) and set attributes; returns the whole item.

        Whoever asks again because no answer came may add twice: for counts that are called approximate, and no others.
        """
        ...

    def delete(self, table: str, pk: str, sk: str, *, when: When | None = None) -> None:
        """Remove one item."""
        ...

    def insert_all(self, table: str, items: Sequence[Item]) -> list[bool]:
        """Insert each item unless one with its key stands already: True for inserted, False for stood already.

        If any could not be decided, Transient; the others may have been inserted, and asking again is safe.
        """
        ...

    def query(
        self,
        table: str,
        pk: str,
        *,
        prefix: str = "",
        after: str | None = None,
        descending: bool = False,
        limit: int | None = None,
        start: Item | None = None,
        consistent: bool = False,
    ) -> Page:
        """A page of the items of one partition in the order of `sk`: those that begin with `prefix`, or (not
        both) those greater than `after`."""
        ...

    def query_index(
        self,
        table: str,
        index: Index,
        hash: str,
        *,
        until: str | None = None,
        descending: bool = False,
        limit: int | None = None,
        start: Item | None = None,
    ) -> Page:
        """A page of keys (pk, sk and the index's two attributes) in the order of the index's range; `until` is
        inclusive. Indexes lag behind the table."""
        ...

    def count_index(self, table: str, index: Index, hash: str) -> int:
        """How many items stand under one hash key of an index."""
        ...

    def scan(
        self, table: str, *, segment: int = 0, segments: int = 1, start: Item | None = None, sk: str | None = None
    ) -> Page:
        """A page of one of `segments` parts of a whole table, for jobs over everybody. Parts share nothing, and all
        items of one hash key are in one part, which the key alone decides.

        sk: only items of this range key; the others are read and paid for, but not brought, so a page may be empty.
        """
        ...

    def transact(self, writes: Sequence[Write]) -> None:
        """All of the writes or none. ConditionFailed carries the item of the first whose condition failed."""
        ...


INDEX_KEYS: Mapping[Index, tuple[str, str]] = {
    "due": ("due_shard", "due_at"),
    "stage": ("stage_shard", "stage_since"),
}
