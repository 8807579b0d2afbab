"""What reviewing reads and keeps beside the customers: stored events, due dates, what was parked, the watch list."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from chalicelib import times
from chalicelib.aws.database import Database, Item
from chalicelib.ids import digest
from chalicelib.resources import CATALOG, DUE, EVENTS, SCHEMA_VERSION, WORK
from chalicelib.review.failure import why
from chalicelib.tracking.event import SOURCE, STAGE_CHANGED, Event, from_item, is_counted

PARKED_EVENT: Final = "parked-event"  # kind in the work table: stored events that could not be counted
KEPT_FOR: Final = timedelta(days=30)
WATCH: Final = "watch"  # kind in the catalog: which events something listens to
FRESH: Final = timedelta(seconds=30)

_PAGE: Final = 25
_AT_ONCE: Final = 8


@dataclass(frozen=True)
class Unread:
    """A stored event that this code cannot read, and why."""

    item: Mapping[str, Any]
    reason: str


class EventLog:
    """The stored events, as those who fold need them: one that cannot be read does not hide the others."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def of(self, customer: str) -> Iterator[Event | Unread]:
        """Every stored event of a customer as of now, in the order of the times as sent."""
        start: Item | None = None
        while True:
            page = self._db.query(EVENTS, customer, start=start, consistent=True)
            yield from map(read, page.items)
            start = page.next
            if start is None:
                return

    def latest(self, customer: str, limit: int) -> list[Event | Unread]:
        """The newest stored events of a customer, the last as sent first; behind the table by moments."""
        return [read(item) for item in self._db.query(EVENTS, customer, descending=True, limit=limit).items]

    def page(
        self, subject: str, limit: int, cursor: str | None = None, *, newest_first: bool = False
    ) -> tuple[list[Event | Unread], str | None]:
        """A page of the stored events of one subject, and the cursor of the next; consistently read."""
        start = {"pk": subject, "sk": cursor} if cursor else None
        page = self._db.query(EVENTS, subject, descending=newest_first, limit=limit, start=start, consistent=True)
        return [read(item) for item in page.items], page.next["sk"] if page.next else None

    def delete(self, events: Iterable[Event]) -> None:
        """Remove events that are stored under another key as well."""
        for event in events:
            self._db.delete(EVENTS, event.subject, event.key)

    def forget(self, events: Sequence[Event]) -> None:
        """Remove many events, several at a time; on return all of them are gone."""
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            list(pool.map(lambda event: self._db.delete(EVENTS, event.subject, event.key), events))


def read(item: Mapping[str, Any]) -> Event | Unread:
    """The event of an item of the events table, or why it is none."""
    try:
        return from_item(item)
    except (ValueError, KeyError, TypeError, zlib.error) as error:
        return Unread(item, why(error))


def concerns_facts(item: Mapping[str, Any]) -> bool:
    """Whether facts may come of an item of the events table (tracking/event.py: is_counted). Only where its key and
    name leave that open is it read; one that cannot be read may concern them."""
    if str(item["pk"]).startswith(SOURCE):
        return False
    if item.get("name") != STAGE_CHANGED:
        return True
    event = read(item)
    return isinstance(event, Unread) or is_counted(event)


class ParkedEvents:
    """Stored events that could not be counted when they arrived, with the reason, kept for 30 days.

    Only the event's key is kept: the event itself is in the events table, and nothing else has to be erased. The
    customer was marked for rebuild, so this is a list for whoever is asked why, not the way to repair it.
    """

    def __init__(self, db: Database) -> None:
        self._db = db

    def park(self, record: Mapping[str, Any], reason: str, now: datetime) -> None:
        """Keep the key of an item of the events table. Parking it again changes nothing but the expiry."""
        subject, key = str(record.get("pk", "")), str(record.get("sk", ""))
        received = str(record.get("received_at", ""))
        self._db.put(
            WORK,
            {
                "pk": PARKED_EVENT,
                "sk": f"{received}#{digest(subject, key)}",
                "subject": subject,
                "record": {"pk": subject, "sk": key, "name": str(record.get("name", ""))},
                "reason": reason,
                "expires": int((now + KEPT_FOR).timestamp()),
                "schema_v": SCHEMA_VERSION,
            },
        )

    def get(self, id: str) -> Item | None:
        """One of them, by its range key; None if there is none (any more)."""
        return self._db.get(WORK, PARKED_EVENT, id)

    def remove(self, id: str) -> None:
        """Take one off the list. The event itself stays where it is stored."""
        self._db.delete(WORK, PARKED_EVENT, id)

    def page(self, limit: int, cursor: str | None = None) -> tuple[list[Item], str | None]:
        """What is parked, the last received first, and the cursor of the next page."""
        start = {"pk": PARKED_EVENT, "sk": cursor} if cursor else None
        page = self._db.query(WORK, PARKED_EVENT, descending=True, limit=limit, start=start)
        return page.items, page.next["sk"] if page.next else None


class DueIndex:
    """The `due` indexes of customers, enrolments and sends. They lag behind the tables by moments."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def earliest(self, table: str, shard: str, until: datetime) -> datetime | None:
        """The earliest date in a shard, if it is not after `until`."""
        page = self._db.query_index(table, DUE, shard, until=times.text(until), limit=1)
        return times.parse(page.items[0]["due_at"]) if page.items else None

    def next_after(self, table: str, shard: str, now: datetime, until: datetime) -> datetime | None:
        """The earliest date after `now`, up to `until`, among the first of the shard; the tick finds the others."""
        page = self._db.query_index(table, DUE, shard, until=times.text(until), limit=_PAGE)
        dates = (times.parse(item["due_at"]) for item in page.items)
        return next((date for date in dates if date > now), None)

    def due(self, table: str, shard: str, now: datetime) -> Iterator[str]:
        """The hash keys of what is due now, page by page, the longest due first."""
        start: Item | None = None
        while True:
            page = self._db.query_index(table, DUE, shard, until=times.text(now), limit=_PAGE, start=start)
            yield from (item["pk"] for item in page.items)
            start = page.next
            if start is None:
                return


class WatchList:
    """The names of the events that something listens to: a journey's trigger, a segment.

    Each listener has its own item, so two that are published at the same moment do not overwrite one another. A
    container reads the list every 30 seconds: for that long an event may pass unheard by what was just published.
    """

    def __init__(self, db: Database, clock: Callable[[], datetime]) -> None:
        self._db = db
        self._clock = clock
        self._names: frozenset[str] = frozenset()
        self._read_at: datetime | None = None

    def names(self) -> frozenset[str]:
        """Every name that anybody watches."""
        now = self._clock()
        if self._read_at is None or not self._read_at <= now < self._read_at + FRESH:
            self._names = frozenset(name for item in self._items() for name in item["events"])
            self._read_at = now
        return self._names

    def watch(self, listener: str, names: Iterable[str]) -> None:
        """From now on `listener` (`journey/welcome`) watches these names and no others; none ends its watch."""
        watched = sorted(set(names))
        if watched:
            item = {"pk": WATCH, "sk": listener, "events": watched, "schema_v": SCHEMA_VERSION}
            self._db.put(CATALOG, item)
        else:
            self._db.delete(CATALOG, WATCH, listener)
        self._read_at = None

    def _items(self) -> Iterator[Item]:
        start: Item | None = None
        while True:
            page = self._db.query(CATALOG, WATCH, start=start, consistent=True)
            yield from page.items
            start = page.next
            if start is None:
                return
