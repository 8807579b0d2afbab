"""Where tracking keeps things: events under their subject, parked calls with their reason, keys by their hash."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from chalicelib.aws.database import ABSENT, Database, Item
from chalicelib.resources import CATALOG, EVENTS, WORK
from chalicelib.tracking import event as events
from chalicelib.tracking import keys, parked
from chalicelib.tracking.event import Event
from chalicelib.tracking.keys import Key, KeyKind
from chalicelib.tracking.parked import Parked
from chalicelib.tracking.reading import Arrival, Refusal

KEY_LIFETIME: Final = timedelta(seconds=60)  # how long a container trusts what it read: a revoked key lives on so long


@dataclass(frozen=True)
class Stored:
    """What storing some events came to: how many are new, and how many stood there already."""

    new: int
    known: int


@dataclass(frozen=True)
class History:
    """A page of a subject's events; `cursor` continues it, None at the end."""

    events: list[Event]
    cursor: str | None


class EventStore:
    """Every event of everybody. The first to store an event wins; storing it again changes nothing."""

    def __init__(self, db: Database, as_stored: Callable[[Event], Event] = lambda event: event) -> None:
        """`as_stored`: what the workspace adds to an event on receipt (whether a subscription must be confirmed)."""
        self._db = db
        self._as_stored = as_stored

    def store(self, arrived: Iterable[Event]) -> Stored:
        """Store events. On return all of them are stored; Transient means that some may not be: send all again."""
        items: dict[tuple[str, str], Item] = {}
        for item in (events.to_item(self._as_stored(event)) for event in arrived):
            items.setdefault((item["pk"], item["sk"]), item)
        inserted = self._db.insert_all(EVENTS, list(items.values()))
        return Stored(new=sum(inserted), known=len(inserted) - sum(inserted))

    def of(
        self,
        subject: str,
        *,
        newest_first: bool = False,
        limit: int | None = None,
        cursor: str | None = None,
        consistent: bool = False,
    ) -> History:
        """A page of the events of a subject in the order of their timestamps as sent, at most `limit`."""
        page = self._db.query(
            EVENTS,
            subject,
            descending=newest_first,
            limit=limit,
            start={"pk": subject, "sk": cursor} if cursor else None,
            consistent=consistent,
        )
        return History([events.from_item(item) for item in page.items], page.next["sk"] if page.next else None)

    def all_of(self, subject: str) -> Iterator[Event]:
        """Every event of a subject, oldest first, as of now: what a rebuild folds."""
        cursor: str | None = None
        while True:
            page = self.of(subject, cursor=cursor, consistent=True)
            yield from page.events
            cursor = page.cursor
            if cursor is None:
                return

    def delete(self, subject: str, key: str) -> None:
        """Remove one event (`event.subject`, `event.key`): a duplicate under another timestamp."""
        self._db.delete(EVENTS, subject, key)


class ParkedStore:
    """What could not be accepted, kept for 30 days with the reason, to be looked at and replayed."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def park(self, refusals: Iterable[Refusal], arrival: Arrival) -> int:
        """Keep refused calls; returns how many are newly parked. A retry within the hour parks nothing more."""
        made = (item for refusal in refusals for item in parked.to_items(refusal, arrival))
        items = list({item["sk"]: item for item in made}.values())
        inserted = self._db.insert_all(WORK, items)
        return sum(item["count"] for item, new in zip(items, inserted, strict=True) if new)

    def page(self, limit: int, cursor: str | None = None) -> tuple[list[Parked], str | None]:
        """What is parked, newest first, and the cursor of the next page."""
        start = {"pk": parked.KIND, "sk": cursor} if cursor else None
        page = self._db.query(WORK, parked.KIND, descending=True, limit=limit, start=start)
        return [parked.from_item(item) for item in page.items], page.next["sk"] if page.next else None


class KeyStore:
    """Keys by their hash. What was found is trusted for a minute, so that a batch costs no read."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._found: dict[str, tuple[Key, datetime]] = {}

    def find(self, text: str | None, now: datetime) -> Key | None:
        """The key that `text` is, None if it is none (any more)."""
        if not text or not keys.well_formed(text):
            return None
        id = keys.hashed(text)
        found, until = self._found.get(id, (None, now))
        if found is not None and now < until:
            return found
        self._found.pop(id, None)
        item = self._db.get(CATALOG, keys.KIND, id, consistent=False)
        if item is None or not keys.same(item["sk"], id):
            return None
        self._found[id] = (keys.from_item(item), now + KEY_LIFETIME)
        return self._found[id][0]

    def create(self, kind: KeyKind, label: str, scopes: Iterable[str], now: datetime) -> str:
        """Make a key and keep its hash. The text returned is the only copy of the key there will ever be."""
        text = keys.key_text(kind, secrets.token_bytes(keys.RANDOM_BYTES))
        key = Key.of(text, label, frozenset(scopes), now)
        self._db.put(CATALOG, keys.to_item(key), when={"pk": ABSENT})
        return text

    def all(self) -> Iterator[Key]:
        """Every key there is."""
        start: Item | None = None
        while True:
            page = self._db.query(CATALOG, keys.KIND, start=start, consistent=True)
            yield from map(keys.from_item, page.items)
            start = page.next
            if start is None:
                return

    def revoke(self, id: str) -> None:
        """Refuse a key from now on; containers that trust it do so for at most KEY_LIFETIME more."""
        self._db.delete(CATALOG, keys.KIND, id)
        self._found.pop(id, None)
