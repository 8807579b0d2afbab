"""Where rules read what the customer's item does not keep: the stored events of everybody who belongs to a customer."""

from __future__ import annotations

import logging
import zlib
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Final

from chalicelib import times
from chalicelib.aws.database import Database, Item
from chalicelib.resources import EVENTS
from chalicelib.segments.history import History
from chalicelib.segments.need import Need
from chalicelib.times import after_epoch
from chalicelib.tracking.event import Event, from_item

CLOCKS: Final = timedelta(days=2)
"""How far the times that clients send may be from those that are counted. Events are kept under the former: without a
bound every question about the last week would read everything. Whose clock is further off is missed by windows."""

logger = logging.getLogger(__name__)


class HistoryStore:
    """Histories of customers. Everything is read as of now, so that an event that is just being counted is there."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def read(self, subjects: Iterable[str], need: Need) -> History:
        """What `need` asks for, of all these subjects: the customer's own and those that belong to it. One query for
        each (a page of 1 MB a request), and no more of its events than from `need.since` on."""
        events = (event for subject in subjects for event in self._of(subject, need))
        return History.of(events, need.names, need.since)

    def _of(self, subject: str, need: Need) -> Iterator[Event]:
        after = None if need.since is None else times.text(after_epoch(need.since) - CLOCKS)
        start: Item | None = None
        while True:
            page = self._db.query(EVENTS, subject, after=after, start=start, consistent=True)
            yield from (event for item in page.items if item["name"] in need.names and (event := _readable(item)))
            start = page.next
            if start is None:
                return


def _readable(item: Item) -> Event | None:
    try:
        return from_item(item)
    except (ValueError, KeyError, TypeError, zlib.error) as error:
        logger.error("%s %s cannot be read: %s", item["pk"], item["sk"], error)
        return None
