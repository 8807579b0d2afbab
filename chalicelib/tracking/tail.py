"""The live tail: what was stored last, read from where the events table tells of it anyway, so that it costs no write.

A cursor holds a position in every shard of the stream: after a record, at the beginning, or (in a shard in which
nothing has come yet) an iterator, which lives 15 minutes. Each call does bounded work and gives a cursor to go on
with; an empty answer is not the end of anything. Order holds for the events of one subject; across shards it does not.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from chalicelib.aws.streams import Record
from chalicelib.aws.tail import Lost, Stream

READINGS: Final = 12  # in one call
RECORDS: Final = 400  # in one reading
MOST_SHARDS: Final = 24  # open ones: each stands in the cursor, which must fit into an address


class TooBusy(Exception):
    """The stream has more open shards than a cursor can hold."""


@dataclass
class Tailed:
    """Events as they are stored, the cursor to go on with, and whether some may have been missed since the last."""

    items: list[Mapping[str, Any]] = field(default_factory=list)
    cursor: str = ""
    gap: bool = False


# A position: ["after", sequence], ["at", iterator] or ["oldest"].
_Positions = dict[str, list[str]]


def begin(stream: Stream, *, oldest: bool = False) -> str:
    """The cursor for what comes from now on, or for everything that is kept. TooBusy."""
    shards = stream.shards()
    if oldest:
        known = {shard.id for shard in shards}
        return _written({shard.id: ["oldest"] for shard in shards if shard.parent not in known})
    return _written({shard.id: ["at", stream.latest(shard.id)] for shard in shards if not shard.ended})


def follow(stream: Stream, cursor: str, limit: int, fits: Callable[[Mapping[str, Any]], bool]) -> Tailed:
    """At most `limit` stored events that fit, from the cursor on. ValueError for a cursor that is none; TooBusy."""
    return _Walk(stream, _read(cursor), limit, fits).go()


class _Walk:
    """One call: some readings, taking turns among the shards."""

    def __init__(
        self, stream: Stream, positions: _Positions, limit: int, fits: Callable[[Mapping[str, Any]], bool]
    ) -> None:
        self._stream = stream
        self._positions = positions
        self._limit = limit
        self._fits = fits
        self._found = Tailed()

    def go(self) -> Tailed:
        waiting = list(self._positions)
        for _ in range(READINGS):
            if not waiting or len(self._found.items) >= self._limit:
                break
            shard = waiting.pop(0)
            more, children = self._visit(shard)
            waiting += [*children, *([shard] if more else [])]
        # The shards that had no turn come first the next time.
        order = [*waiting, *(shard for shard in self._positions if shard not in waiting)]
        self._found.cursor = _written({shard: self._positions[shard] for shard in order})
        return self._found

    def _visit(self, shard: str) -> tuple[bool, list[str]]:
        """Read a shard once; whether there may be more in it now, and the shards that follow it."""
        try:
            reading = self._stream.read(self._iterator(shard), RECORDS)
        except Lost:
            return self._lost(shard)
        for record in reading.records:
            if len(self._found.items) >= self._limit:
                return True, []
            self._take(shard, record)
        if reading.next is None:
            del self._positions[shard]
            return False, self._children(shard)
        if not reading.records and self._positions[shard][0] != "after":
            self._positions[shard] = ["at", reading.next]
        return bool(reading.records), []

    def _iterator(self, shard: str) -> str:
        kind, *where = self._positions[shard]
        if kind == "after":
            return self._stream.after(shard, where[0])
        return where[0] if kind == "at" else self._stream.oldest(shard)

    def _take(self, shard: str, record: Record) -> None:
        self._positions[shard] = ["after", record.sequence]
        if record.item and self._fits(record.item):
            self._found.items.append(record.item)

    def _children(self, shard: str) -> list[str]:
        children = [each.id for each in self._stream.shards() if each.parent == shard]
        self._positions |= {child: ["oldest"] for child in children if child not in self._positions}
        return children

    def _lost(self, shard: str) -> tuple[bool, list[str]]:
        """Go on from now, and say that something may be missing."""
        self._found.gap = True
        del self._positions[shard]
        open_ones = [each.id for each in self._stream.shards() if not each.ended]
        if shard in open_ones:
            self._positions[shard] = ["at", self._stream.latest(shard)]
        elif not self._positions:
            self._positions |= {each: ["at", self._stream.latest(each)] for each in open_ones}
        return False, []


def _written(positions: _Positions) -> str:
    if len(positions) > MOST_SHARDS:
        raise TooBusy(f"{len(positions)} shards")
    return json.dumps(positions, separators=(",", ":"))


def _read(cursor: str) -> _Positions:
    held = json.loads(cursor)
    if not isinstance(held, dict) or len(held) > MOST_SHARDS:
        raise ValueError("not a cursor")
    for shard, position in held.items():
        sound = isinstance(position, list) and all(isinstance(each, str) and each for each in position)
        if not shard or not sound or (position[:1], len(position)) not in _KINDS:
            raise ValueError("not a cursor")
    return held


_KINDS: Final = ((["after"], 2), (["at"], 2), (["oldest"], 1))
