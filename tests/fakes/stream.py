"""`Stream` in memory: what the fake tables' streams carried, in shards that a test may end."""

from __future__ import annotations

from chalicelib.aws.streams import Record
from chalicelib.aws.tail import Lost, Reading, Shard
from chalicelib.resources import EVENTS
from tests.fakes.database import MemoryDatabase


class MemoryStream:
    """The stream of the events table. Shards hold what was stored between two splits, and one another's children.

    An iterator is `<shard>:<how many changes lie before it>`.
    """

    def __init__(self, db: MemoryDatabase) -> None:
        self._db = db
        self._starts = [0]
        self.expired: set[str] = set()
        self.readings = 0

    def split(self) -> None:
        """End the shard that is written to, and begin another, its child."""
        self._starts.append(len(self._db.changes))

    def shards(self) -> list[Shard]:
        last = len(self._starts) - 1
        return [Shard(f"s{n}", f"s{n - 1}" if n else None, n < last) for n in range(last + 1)]

    def latest(self, shard: str) -> str:
        return f"{shard}:{len(self._db.changes)}"

    def oldest(self, shard: str) -> str:
        return f"{shard}:{self._starts[int(shard[1:])]}"

    def after(self, shard: str, sequence: str) -> str:
        return f"{shard}:{int(sequence)}"

    def read(self, iterator: str, limit: int) -> Reading:
        if iterator in self.expired or not iterator.startswith("s"):
            raise Lost(iterator)
        self.readings += 1
        shard, place = iterator[1:].split(":")
        ends = [*self._starts, None][int(shard) + 1]
        changes = self._db.changes[int(place) : ends][:limit]
        events = [change for change in changes if change.table == EVENTS]
        records = [Record((each.new or {}) if each.old is None else {}, str(each.sequence), None) for each in events]
        going_on = int(place) + len(changes)
        return Reading(records, None if ends is not None and going_on >= ends else f"s{shard}:{going_on}")
