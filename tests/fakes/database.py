"""`Database` in memory: as strict as DynamoDB about what it is asked, with the stream that it would emit."""

from __future__ import annotations

import zlib
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from chalicelib import resources
from chalicelib.aws.conditions import holds
from chalicelib.aws.database import (
    ABSENT,
    INDEX_KEYS,
    Check,
    ConditionFailed,
    Delete,
    Index,
    Item,
    Page,
    Put,
    Update,
    When,
    Write,
)
from chalicelib.aws.values import decode, encode, encode_item

SCANNED = 200
"""Items that one page of a scan reads; DynamoDB's are a megabyte."""


@dataclass(frozen=True)
class Change:
    """One record of a table's stream. `old` or `new` is None for an insert or a removal."""

    table: str
    old: Item | None
    new: Item | None
    sequence: int

    @property
    def name(self) -> str:
        return "INSERT" if self.old is None else "REMOVE" if self.new is None else "MODIFY"


class MemoryDatabase:
    """Every table in one dictionary; `changes` is what their streams carried, oldest first."""

    def __init__(self) -> None:
        self._items: dict[str, dict[tuple[str, str], Item]] = {table: {} for table in resources.TABLES}
        self._of: dict[str, dict[str, dict[str, Item]]] = {table: {} for table in resources.TABLES}  # pk to sk to item
        self._hashed: dict[str, list[tuple[int, str]]] = {}
        self.changes: list[Change] = []

    def twin(self) -> Self:
        """Another one that holds the same, and goes its own way. What stands in tables is never changed in place."""
        made = type(self)()
        made._items = {table: dict(items) for table, items in self._items.items()}
        made._of = {table: {pk: dict(items) for pk, items in of.items()} for table, of in self._of.items()}
        made.changes = list(self.changes)
        return made

    def get(self, table: str, pk: str, sk: str, *, consistent: bool = True) -> Item | None:
        item = self._items[table].get(_possible(pk, sk))
        return _copy(item) if item is not None else None

    def get_all(self, table: str, keys: Sequence[tuple[str, str]]) -> list[Item]:
        assert len(keys) <= 100, "DynamoDB takes no more"
        found = (self.get(table, pk, sk) for pk, sk in dict.fromkeys(keys))
        return [item for item in found if item is not None]

    def put(self, table: str, item: Item, *, when: When | None = None) -> None:
        self.transact([Put(table, item, when)])

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
        self.transact([Update(table, pk, sk, set, tuple(remove), when)])
        return _copy(self._items[table][pk, sk])

    def add(self, table: str, pk: str, sk: str, numbers: Mapping[str, int], *, set: Item | None = None) -> Item:
        assert numbers, "DynamoDB takes no empty list"
        standing = self._items[table].get(_possible(pk, sk), {})
        added = {name: standing.get(name, 0) + number for name, number in numbers.items()}
        return self.update(table, pk, sk, set={**(set or {}), **added})

    def delete(self, table: str, pk: str, sk: str, *, when: When | None = None) -> None:
        self.transact([Delete(table, pk, sk, when)])

    def insert_all(self, table: str, items: Sequence[Item]) -> list[bool]:
        return [self._insert(table, item) for item in items]

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
        assert not (prefix and after is not None), "DynamoDB takes one condition on the range key"
        _possible(pk, "~")
        found = [
            item
            for sk, item in list(self._of[table].get(pk, {}).items())
            if sk.startswith(prefix) and (after is None or sk > after)
        ]
        return _page(found, ("pk", "sk"), lambda item: (str(item["sk"]),), descending, limit, start)

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
        shard, moment = INDEX_KEYS[index]
        keys = ("pk", "sk", shard, moment)
        found = [
            {name: item[name] for name in keys}
            for item in list(self._items[table].values())
            if item.get(shard) == hash and moment in item and (until is None or item[moment] <= until)
        ]
        return _page(found, keys, lambda item: (item[moment], item["pk"], item["sk"]), descending, limit, start)

    def count_index(self, table: str, index: Index, hash: str) -> int:
        return len(self.query_index(table, index, hash).items)

    def scan(
        self, table: str, *, segment: int = 0, segments: int = 1, start: Item | None = None, sk: str | None = None
    ) -> Page:
        assert 0 <= segment < segments <= 1_000_000, "a segment is one of 1 to 1,000,000"
        keys = self._by_hash(table)
        first = bisect_left(keys, (-(-(segment << 32) // segments), ""))
        last = bisect_left(keys, (-(-(segment + 1 << 32) // segments), ""))
        if start is not None:
            first = bisect_left(keys, (_hash(start["pk"]), start["pk"]))
        read: list[Item] = []
        for _, pk in keys[first:last]:
            for item in sorted(self._of[table].get(pk, {}).values(), key=lambda item: str(item["sk"])):
                if start is not None and pk == start["pk"] and item["sk"] <= start["sk"]:
                    continue
                if len(read) == SCANNED:
                    return self._scanned(read, sk, more=True)
                read.append(item)
        return self._scanned(read, sk, more=False)

    def _scanned(self, read: Sequence[Item], sk: str | None, *, more: bool) -> Page:
        last = {"pk": read[-1]["pk"], "sk": read[-1]["sk"]} if more else None
        return Page([_copy(item) for item in read if sk in (None, item["sk"])], last)

    def transact(self, writes: Sequence[Write]) -> None:
        keys = [(write.table, *_key(write)) for write in writes]
        assert 0 < len(writes) <= 100, "a transaction holds 1 to 100 writes"
        assert len(set(keys)) == len(keys), "a transaction may touch an item once"
        for write, (table, pk, sk) in zip(writes, keys, strict=True):
            standing = self._items[table].get((pk, sk))
            if not holds(write.when, standing):
                raise ConditionFailed(_copy(standing) if standing is not None else None)
        for write in writes:
            self._apply(write)

    def stream(self, table: str, since: int = 0) -> dict[str, Any]:
        """What Lambda would be handed for the changes of a table from number `since` on."""
        return stream_event([change for change in self.changes[since:] if change.table == table])

    def items(self, table: str) -> list[Item]:
        """Everything in a table, for assertions."""
        return [_copy(item) for item in list(self._items[table].values())]

    def _by_hash(self, table: str) -> list[tuple[int, str]]:
        """The hash keys in the order of their hashes: kept from one scan to the next, until there are more."""
        known = self._hashed.get(table)
        if known is None or len(known) != len(self._of[table]):
            known = self._hashed[table] = sorted((_hash(pk), pk) for pk in self._of[table])
        return known

    def _insert(self, table: str, item: Item) -> bool:
        try:
            self.put(table, item, when={"pk": ABSENT})
        except ConditionFailed:
            return False
        return True

    def _apply(self, write: Write) -> None:
        match write:
            case Put():
                self._set(write.table, _key(write), _copy(write.item))
            case Update():
                standing = self._items[write.table].get(_key(write), {"pk": write.pk, "sk": write.sk})
                kept = {name: value for name, value in standing.items() if name not in write.remove}
                added = {name: standing.get(name, 0) + number for name, number in write.add.items()}
                self._set(write.table, _key(write), _copy({**kept, **write.set, **added}))
            case Delete():
                self._set(write.table, _key(write), None)
            case Check():
                return

    def _set(self, table: str, key: tuple[str, str], new: Item | None) -> None:
        old = self._items[table].get(key)
        if old == new:  # an identical write leaves no record, there as in AWS
            return
        if new is None:
            del self._items[table][key]
            del self._of[table][key[0]][key[1]]
        else:
            self._items[table][key] = new
            self._of[table].setdefault(key[0], {})[key[1]] = new
        self.changes.append(Change(table, old, new, len(self.changes) + 1))


def stream_event(changes: Sequence[Change], at: datetime | None = None) -> dict[str, Any]:
    """A Lambda event with one record a change, as a stream with NEW_IMAGE carries them."""
    return {"Records": [_record(change, at) for change in changes]}


def _record(change: Change, at: datetime | None) -> dict[str, Any]:
    standing = change.new or change.old or {}
    image = {"NewImage": encode_item(change.new)} if change.new is not None else {}
    return {
        "eventID": f"{change.table}-{change.sequence}",
        "eventName": change.name,
        "eventSource": "aws:dynamodb",
        "eventSourceARN": resources.placeholder_stream(change.table),
        "dynamodb": {
            "Keys": encode_item({"pk": standing["pk"], "sk": standing["sk"]}),
            "SequenceNumber": f"{change.sequence:021d}",
            **({"ApproximateCreationDateTime": int(at.timestamp())} if at else {}),
            **image,
        },
    }


def _key(write: Write) -> tuple[str, str]:
    if isinstance(write, Put):
        return _possible(write.item["pk"], write.item["sk"])
    return _possible(write.pk, write.sk)


def _possible(pk: str, sk: str) -> tuple[str, str]:
    """A key that DynamoDB takes: neither part is empty or too long, and both are whole characters."""
    assert 1 <= len(pk.encode()) <= 2048, "a hash key has 1 to 2048 bytes"
    assert 1 <= len(sk.encode()) <= 1024, "a range key has 1 to 1024 bytes"
    return pk, sk


def _copy(item: Item) -> Item:
    """As the wire would bring it back: what DynamoDB would refuse is refused here, and nothing is shared."""
    return {name: value if type(value) in _AS_IS else _brought_back(value) for name, value in item.items()}


_AS_IS = frozenset({str, int, bool, bytes, type(None)})


def _brought_back(value: Any) -> Any:
    """`decode(encode(value))`, in one go."""
    if type(value) in _AS_IS:
        return value
    if isinstance(value, Mapping):
        return {name: _brought_back(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_brought_back(inner) for inner in value]
    return decode(encode(value))


def _hash(pk: str) -> int:
    """By what a scan goes: 32 bits of the hash key."""
    return zlib.crc32(pk.encode())


def _page(
    found: list[Item],
    keys: tuple[str, ...],
    order: Callable[[Item], tuple[str, ...]],
    descending: bool,
    limit: int | None,
    start: Item | None,
) -> Page:
    """A page behind the key `start`, which need not stand there any more."""
    found.sort(key=order, reverse=descending)
    if start is not None:
        _possible(start["pk"], start["sk"])
        assert set(start) == set(keys), "a start key holds the keys of the table and the index, and nothing else"
        assert all(start.values()), "a key is never empty"
        behind = order(start)
        found = [item for item in found if (order(item) < behind if descending else order(item) > behind)]
    shown = found if limit is None else found[:limit]
    more = len(shown) < len(found) and bool(shown)
    return Page([_copy(item) for item in shown], {key: shown[-1][key] for key in keys} if more else None)
