"""What waits for a visitor: the part of the ledger's due index that is hers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final

from chalicelib import resources, times
from chalicelib.aws.database import Database
from chalicelib.journeys.send import Send, on_pages
from chalicelib.messages.onsite import is_message, waits
from chalicelib.messages.store import SendStore

MOST: Final = 5
"""So many messages of a customer are looked at: those that may be shown the longest."""


def never(row: Send, customer: str) -> bool:
    """Nothing is ever taken back."""
    return False


class WaitingStore:
    """Messages on pages, as they stand in the ledger.

    cancelled: whether a customer has left the journey of a message since it was planned, or reached its goal: then no
    page shows it any more, as no mail would leave.
    """

    def __init__(self, db: Database, sends: SendStore, cancelled: Callable[[Send, str], bool] = never) -> None:
        self._db = db
        self._sends = sends
        self._cancelled = cancelled

    def of(self, customer: str, now: datetime) -> list[Send]:
        """What waits for a customer. Nothing waits for most, and that is one read of half a unit."""
        shelf = on_pages(customer)
        page = self._db.query_index(resources.SENDS, resources.DUE, shelf, descending=True, limit=MOST)
        found = [self.find(key["pk"], key["sk"]) for key in page.items if key["due_at"] > times.text(now)]
        return [row for row in found if row and waits(row, now) and not self._cancelled(row, customer)]

    def find(self, customer: str, send: str) -> Send | None:
        """One message, answered or not."""
        row = self._sends.get(customer, send)
        return row if row is not None and is_message(row) else None

    def save(self, old: Send, new: Send) -> bool:
        """Write the row that follows; False if another stands there by now."""
        return self._sends.save(old, new)
