"""Which events of a customer have been counted: short hashes of the message ids of the last 25 hours.

Streams repeat records, and clients repeat events; counting either twice must not be possible. So the item that holds
the facts holds this too, written by the same conditional write. For each hour of receipt it keeps twelve bytes an
event: eight of the hash of its message id and four of the hash of its subject and key. The same message id under
another key is a *twin*: the client sent the event again with another timestamp (or none), or before and after its
visitor was identified, and it was stored twice. A twin is deleted and must be told as long as its own record may come
again: the event's entry is kept in the hour of the twin as well.

The window moves with the receipt of the newest event counted, never with a clock: whatever the delay, what was
received within 25 hours of it can be told. An event received before the window is *old*: nobody knows any more
whether it was counted, and only a rebuild can tell. (Streams keep 24 hours.) A flood of events of one customer
narrows the window, so the item keeps its bounds; what then falls out is old too.

Two message ids that share eight bytes of SHA-256 would be taken for one: once in 10^15 for a thousand events a day.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property, lru_cache
from typing import Any, Final

from chalicelib.tracking.event import Event

WINDOW: Final = 25  # hours
MOST: Final = 10_000  # events: 120 KB of an item's 400
_ID: Final = 8
_ENTRY: Final = 12
_FLOOR: Final = "from"
_FORM: Final = "form"
_PRESENT: Final = 2  # 1 marked keys without their subjects: what it knew cannot be told from twins any more
_HOUR: Final = 3_600  # seconds


class Verdict(Enum):
    """What can be said of an event that arrives."""

    NEW = "new"
    SEEN = "seen"
    TWIN = "twin"
    OLD = "old"


@dataclass(frozen=True)
class Seen:
    """hours: hour of receipt (since 1970) to its entries. floor: the first hour that is complete here."""

    hours: Mapping[int, bytes] = field(default_factory=dict)
    floor: int = 0

    def verdict(self, event: Event) -> Verdict:
        """Whether this event was counted, under this key or another."""
        key = self._keys.get(_id_mark(event))
        if key is not None:
            return Verdict.SEEN if key == _key_mark(event) else Verdict.TWIN
        return Verdict.OLD if _hour(event) < self.floor else Verdict.NEW

    def add(self, events: Iterable[Event]) -> Seen:
        """With these new events counted, and without the hours that fall out of the window."""
        return self._with((_hour(event), _id_mark(event) + _key_mark(event)) for event in events)

    def add_twins(self, twins: Iterable[Event]) -> Seen:
        """With these twins of counted events remembered, in the hours of their own receipt."""
        marked = ((_hour(twin), _id_mark(twin), self._keys.get(_id_mark(twin))) for twin in twins)
        return self._with((hour, id + key) for hour, id, key in marked if key and id not in self._ids_of(hour))

    def remember(self, earlier: Seen) -> Seen:
        """With what `earlier` knew beside this, as far as the window reaches: records of it may still come again."""
        known = (
            (hour, entry) for hour, held in earlier.hours.items() if hour >= self.floor for entry in _entries(held)
        )
        return self._with(
            (hour, entry)
            for hour, entry in known
            if entry[:_ID] not in self._ids_of(hour) and self._keys.get(entry[:_ID], entry[_ID:]) == entry[_ID:]
        )

    def united(self, others: Iterable[Seen]) -> Seen:
        """With what was counted for others who turn out to be the same person; of twins this one's entry stays.

        What is old for any of them is old for all: of an event that may have been counted nobody says that it is new.
        """
        seen = self
        for other in others:
            seen = Seen._narrowed_to(seen.hours, max(seen.floor, other.floor)).remember(other)
        return seen

    @cached_property
    def _keys(self) -> Mapping[bytes, bytes]:
        return {entry[:_ID]: entry[_ID:] for held in self.hours.values() for entry in _entries(held)}

    def _ids_of(self, hour: int) -> Collection[bytes]:
        return self._ids.get(hour, ())

    @cached_property
    def _ids(self) -> Mapping[int, frozenset[bytes]]:
        """By hour; made once, because a flood of events of one customer asks for it as often as it has events."""
        return {hour: frozenset(entry[:_ID] for entry in _entries(held)) for hour, held in self.hours.items()}

    def _with(self, entries: Iterable[tuple[int, bytes]]) -> Seen:
        added: defaultdict[int, set[bytes]] = defaultdict(set)
        for hour, entry in entries:
            added[hour].add(entry)
        hours = dict(self.hours)
        for hour, new in added.items():
            hours[hour] = hours.get(hour, b"") + b"".join(sorted(new))
        return Seen._narrowed_to(hours, self.floor)

    @staticmethod
    def _narrowed_to(hours: Mapping[int, bytes], floor: int) -> Seen:
        ascending = sorted(hours)
        floor = max(floor, ascending[-1] - WINDOW) if ascending else floor
        room = MOST * _ENTRY
        for hour in reversed(ascending):
            room -= len(hours[hour])
            if room < 0:
                floor = max(floor, hour + 1)
                break
        return Seen({hour: hours[hour] for hour in ascending if hour >= floor}, floor)

    def to_item(self) -> dict[str, Any]:
        """A DynamoDB map: the floor, and each hour's entries as bytes."""
        return {_FLOOR: self.floor, _FORM: _PRESENT} | {str(hour): held for hour, held in self.hours.items()}

    @classmethod
    def from_item(cls, item: Mapping[str, Any]) -> Seen:
        """What `to_item` wrote. What an older form knew is old: only a rebuild can tell."""
        hours = {int(hour): bytes(held) for hour, held in item.items() if hour not in (_FLOOR, _FORM)}
        floor = int(item.get(_FLOOR, 0))
        if item.get(_FORM) != _PRESENT:
            return cls({}, max((*(hour + 1 for hour in hours), floor)))
        return cls(hours, floor)


def _entries(held: bytes) -> list[bytes]:
    return [held[start : start + _ENTRY] for start in range(0, len(held), _ENTRY)]


def _hour(event: Event) -> int:
    return int(event.received_at.timestamp() // _HOUR)


def _id_mark(event: Event) -> bytes:
    return _id_hash(event.message_id)[:_ID]


@lru_cache(maxsize=1_024)  # asked when an event is sorted and again when it is counted
def _id_hash(message_id: str) -> bytes:
    return _hash(message_id)


def _key_mark(event: Event) -> bytes:
    return _hash(f"{event.subject}\n{event.key}")[: _ENTRY - _ID]


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
