"""Where tracking keeps things: events under their subject, parked calls with their reason, keys by their hash."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from chalicelib import times
from chalicelib.aws.database import ABSENT, ConditionFailed, Database, Item, Put, Update
from chalicelib.errors import Transient
from chalicelib.resources import CATALOG, EVENTS, WORK
from chalicelib.tracking import event as events
from chalicelib.tracking import keys, parked
from chalicelib.tracking.event import Event
from chalicelib.tracking.keys import Key, KeyKind, KeySettings
from chalicelib.tracking.parked import Parked, Way
from chalicelib.tracking.reading import Arrival, Refusal

KEY_LIFETIME: Final = timedelta(seconds=60)  # how long a container trusts what it read: a revoked key lives on so long
USE_NOTED: Final = timedelta(hours=1)  # how old "last used" gets before it is written again


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

    def __init__(
        self,
        db: Database,
        as_stored: Callable[[Event], Event] = lambda event: event,
        expires: Callable[[Event], int | None] = lambda event: None,
    ) -> None:
        """`as_stored`: what the workspace adds to an event on receipt (whether a subscription must be confirmed).
        `expires`: when it may be forgotten, in seconds since 1970; None for never."""
        self._db = db
        self._as_stored = as_stored
        self._expires = expires

    def store(self, arrived: Iterable[Event]) -> Stored:
        """Store events. On return all of them are stored; Transient means that some may not be: send all again."""
        items: dict[tuple[str, str], Item] = {}
        for item in map(self.item, arrived):
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

    def knows(self, subject: str) -> bool:
        """Whether any event of a subject is stored; behind the table by moments."""
        return bool(self._db.query(EVENTS, subject, limit=1).items)

    def item(self, event: Event) -> Item:
        """The item that `store` inserts, for whoever writes it together with others."""
        expires = self._expires(event)
        return events.to_item(self._as_stored(event)) | ({"expires": expires} if expires is not None else {})

    def correct(self, subject: str, key: str, properties: Mapping[str, Any]) -> None:
        """Let an event say these properties, too: for what only later ones have shown. Nothing follows from it but what
        a rebuild makes of it. Nothing happens if there is no such event."""
        item = self._db.get(EVENTS, subject, key)
        if item is None:
            return
        event = events.from_item(item)
        said = {**event.properties, **properties}
        if said != event.properties:
            self._db.put(EVENTS, item | events.to_item(event.model_copy(update={"properties": said})))

    def delete(self, subject: str, key: str) -> None:
        """Remove one event (`event.subject`, `event.key`): a duplicate under another timestamp."""
        self._db.delete(EVENTS, subject, key)


class ParkedStore:
    """What could not be accepted, kept for 30 days with the reason, to be looked at and replayed."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def park(self, refusals: Iterable[Refusal], arrival: Arrival) -> int:
        """Keep refused calls; returns how many are newly parked. A retry within the hour parks nothing more."""
        return self.park_sent(((refusal, Way()) for refusal in refusals), arrival)

    def park_sent(self, refusals: Iterable[tuple[Refusal, Way]], arrival: Arrival) -> int:
        """The same, of calls of which it is known how they came."""
        made = (item for refusal, way in refusals for item in parked.to_items(refusal, arrival, way))
        items = list({item["sk"]: item for item in made}.values())
        inserted = self._db.insert_all(WORK, items)
        return sum(item["count"] for item, new in zip(items, inserted, strict=True) if new)

    def keep(self, refusals: Iterable[tuple[Refusal, Way]], arrival: Arrival) -> set[str]:
        """Keep what was refused once more, with its reason of now; the ids under which it is kept."""
        items = {item["sk"]: item for refusal, way in refusals for item in parked.to_items(refusal, arrival, way)}
        for item in items.values():
            self._db.put(WORK, item)
        return set(items)

    def get(self, id: str) -> Parked | None:
        """One parked item; None if there is none (any more)."""
        item = self._db.get(WORK, parked.KIND, id)
        return None if item is None else parked.from_item(item)

    def remove(self, id: str) -> None:
        """Forget one parked item."""
        self._db.delete(WORK, parked.KIND, id)

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
        if found is None or now >= until:
            self._found.pop(id, None)
            found = self._read(id, now)
        return found if found is not None and found.live(now) else None

    def create(
        self,
        kind: KeyKind,
        label: str,
        scopes: Iterable[str],
        now: datetime,
        *,
        settings: KeySettings | None = None,
        expires_at: datetime | None = None,
    ) -> str:
        """Make a key and keep its hash. The text returned is the only copy of the key there will ever be."""
        text = keys.key_text(kind, secrets.token_bytes(keys.RANDOM_BYTES))
        key = Key.of(text, label, frozenset(scopes), now, settings, expires_at)
        self._db.put(CATALOG, keys.to_item(key), when={"pk": ABSENT})
        return text

    def rotate(self, key: Key, ends_at: datetime, now: datetime) -> str:
        """Make a key of the same settings beside this one, which ends at `ends_at` if not before. The text returned is
        the only copy of the new one. ConditionFailed if the old one was revoked meanwhile."""
        text = keys.key_text(key.kind, secrets.token_bytes(keys.RANDOM_BYTES))
        ends = min(ends_at, key.expires_at) if key.expires_at else ends_at
        self._db.transact(
            [
                Put(CATALOG, keys.to_item(key.succeeded_by(text, now)), when={"pk": ABSENT}),
                Update(CATALOG, keys.KIND, key.id, {"expires_at": times.text(ends)}, when={"kind": str(key.kind)}),
            ]
        )
        self._found.pop(key.id, None)
        return text

    def change(self, key: Key) -> Key:
        """Keep a key's settings, scopes and end as they are in `key`. ConditionFailed if it was revoked meanwhile."""
        held = keys.settings_item(key.settings) | {"scopes": sorted(key.scopes)}
        ends = {"expires_at": times.text(key.expires_at)} if key.expires_at else {}
        gone = () if key.expires_at else ("expires_at",)
        item = self._db.update(CATALOG, keys.KIND, key.id, set=held | ends, remove=gone, when={"kind": str(key.kind)})
        self._found.pop(key.id, None)
        return keys.from_item(item)

    def named(self, beginning: str) -> Key | None:
        """The key whose id is, or begins like, this; None if there is none, or more than one."""
        page = self._db.query(CATALOG, keys.KIND, prefix=beginning, limit=2, consistent=True)
        return keys.from_item(page.items[0]) if len(page.items) == 1 else None

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

    def _read(self, id: str, now: datetime) -> Key | None:
        item = self._db.get(CATALOG, keys.KIND, id, consistent=False)
        if item is None or not keys.same(item["sk"], id):
            return None
        key = keys.from_item(item)
        if key.live(now) and (key.last_used_at is None or now - key.last_used_at >= USE_NOTED):
            key = self._note_use(key, now)
        self._found[id] = (key, now + KEY_LIFETIME)
        return key

    def _note_use(self, key: Key, now: datetime) -> Key:
        # A hint for people: neither a revocation at this moment nor a throttled table is a reason to refuse a call.
        with suppress(ConditionFailed, Transient):
            used = {"last_used_at": times.text(now)}
            self._db.update(CATALOG, keys.KIND, key.id, set=used, when={"kind": str(key.kind)})
        return replace(key, last_used_at=now)
