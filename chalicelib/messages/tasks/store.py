"""The list of what people are to do: the part of the ledger's due index that is theirs."""

from __future__ import annotations

from typing import Final

from chalicelib import resources
from chalicelib.aws.database import Database, Item
from chalicelib.journeys.send import TASKS, Send
from chalicelib.messages.store import SendStore
from chalicelib.messages.tasks import is_task

_EVER: Final = "9999"


class TaskStore:
    """Tasks, as they stand in the ledger."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._sends = SendStore(db)

    def open(self, limit: int, start: Item | None = None) -> tuple[list[Send], Item | None]:
        """A page of the open tasks, the longest due first, and where the next begins; None at the end."""
        page = self._db.query_index(resources.SENDS, resources.DUE, TASKS, until=_EVER, limit=limit, start=start)
        found = [self.find(key["pk"], key["sk"]) for key in page.items]
        return [row for row in found if row is not None and row.todo is not None], page.next

    def find(self, customer: str, send: str) -> Send | None:
        """One task, open or not."""
        row = self._sends.get(customer, send)
        return row if row is not None and is_task(row) else None

    def save(self, old: Send, new: Send) -> bool:
        """Write the row that follows; False if another stands there by now."""
        return self._sends.save(old, new)
