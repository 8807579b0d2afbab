"""Where journeys are counted: in the transaction of each row, spread over a few items; and the sum of those.

    journey#<name>   <version>#<shard>     `<step>:<what>`: how much
    journey#<name>   ledger#<shard>        the same of what became of messages, which is approximate (ledger.py)

in the work table. A counter is kept under any of the shards, and a reader adds them up. Where another transaction holds
the same item, the next attempt takes another.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import Final

from chalicelib import ids
from chalicelib.aws.database import Database, Item, Update
from chalicelib.journeys.stats import Counts, Standing, standing
from chalicelib.resources import SCHEMA_VERSION, WORK

KIND: Final = "journey#"
LEDGER: Final = "ledger"
SHARDS: Final = 8


def additions(journey: str, counts: Counts, origin: str, attempt: int = 0) -> list[Update]:
    """The writes by which a transaction counts; `origin` chooses the shard."""
    shard = (ids.shard(origin, SHARDS) + attempt) % SHARDS
    return [
        Update(WORK, KIND + journey, f"{version:06d}#{shard}", {"schema_v": SCHEMA_VERSION}, add=dict(numbers))
        for version, numbers in sorted(counts.items())
        if numbers
    ]


class StatStore:
    """The figures of journeys."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def of(self, journey: str) -> dict[int | None, Mapping[str, int]]:
        """By version, what was counted; under None what became of messages, of all versions."""
        found: defaultdict[int | None, Counter[str]] = defaultdict(Counter)
        for item in self._items(journey):
            kept, _, _ = str(item["sk"]).partition("#")
            numbers = {name: int(number) for name, number in item.items() if ":" in name}
            found[None if kept == LEDGER else int(kept)].update(numbers)
        return dict(found)

    def standing(self, journey: str) -> dict[int, Standing]:
        """By version, who is inside."""
        return {version: standing(counts) for version, counts in self.of(journey).items() if version is not None}

    def add(self, journey: str, counts: Mapping[str, int], shard: int) -> None:
        """Add to what became of messages."""
        kept = f"{LEDGER}#{shard % SHARDS}"
        self._db.add(WORK, KIND + journey, kept, counts, set={"schema_v": SCHEMA_VERSION})

    def _items(self, journey: str) -> Iterator[Item]:
        start: Item | None = None
        while True:
            page = self._db.query(WORK, KIND + journey, start=start)
            yield from page.items
            start = page.next
            if start is None:
                return
