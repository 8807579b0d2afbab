"""Tables in memory for whole histories: the tests' own, priced by DynamoDB's rules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks import units
from chalicelib.aws.database import Item, Page
from chalicelib.aws.values import encode_item
from tests.fakes.database import Change, MemoryDatabase


class Tables(MemoryDatabase):
    """`written`, `read_units`: units so far. `take` hands over what streams carried since it was last asked."""

    def __init__(self) -> None:
        super().__init__()
        self.written: Counter[str] = Counter()
        self.read_units = 0.0

    def get(self, table: str, pk: str, sk: str, *, consistent: bool = True) -> Item | None:
        item = super().get(table, pk, sk, consistent=consistent)
        self.read_units += units.read([encode_item(item)] if item else [], consistent=consistent)
        return item

    def query(self, table: str, pk: str, *, consistent: bool = False, **rest: Any) -> Page:
        page = super().query(table, pk, consistent=consistent, **rest)
        self.read_units += units.read([encode_item(item) for item in page.items], consistent=consistent, together=True)
        return page

    def take(self) -> list[Change]:
        """What the tables' streams carried."""
        taken, self.changes = self.changes, []
        return taken

    def size(self) -> int:
        """Bytes of everything that is held."""
        return sum(units.size(encode_item(item)) for items in self._items.values() for item in items.values())

    def _set(self, table: str, key: tuple[str, str], new: Item | None) -> None:
        before, after = _encoded(self._items[table].get(key)), _encoded(new)
        self.written[table] += units.write(before, after)
        self.written[f"{table} indexes"] += units.index_writes(table, before, after)
        super()._set(table, key, new)


def _encoded(item: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    return None if item is None else encode_item(item)


def inserted(changes: Sequence[Change], table: str) -> list[Change]:
    """What a stream that lets insertions through carries of a table."""
    return [change for change in changes if change.table == table and change.old is None]
