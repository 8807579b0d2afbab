"""What a rehearsal is given, made of the tables that a whole story left behind, and what really happened in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from chalicelib import resources
from chalicelib.journeys.enrolment import Enrolment
from chalicelib.journeys.send import Send, Status
from chalicelib.lifecycle.parameters import DEFAULT
from chalicelib.rehearsal.diary import Diary
from chalicelib.rehearsal.rehearse import rehearse
from chalicelib.rehearsal.store import Archive
from chalicelib.review.advance import Rules
from tests.fakes.database import MemoryDatabase

Tables = Mapping[str, Sequence[Mapping[str, Any]]]
Row = tuple[Any, ...]


class Remains:
    """What a story left in its tables, and its rehearsal from them."""

    def __init__(self, tables: Tables, until: datetime) -> None:
        self.db = MemoryDatabase()
        for table, items in tables.items():
            if table in resources.TABLES:
                for item in items:
                    self.db.put(table, dict(item))
        self.until = until

    def rehearsed(self, customer: str, since: datetime) -> Diary:
        """What a rehearsal of the live journeys says of somebody, every event coming as it was received."""
        archive = Archive(self.db, self.until)
        plan = archive.plan(None, Rules(DEFAULT), since, self.until, exactly=True)
        return rehearse(archive.known(customer), plan)

    def trail(self, customer: str) -> list[Row]:
        """What really happened to somebody in journeys: (journey, step, when, what the timeline says)."""
        items = self.db.query(resources.ENROLMENTS, customer, after="!~").items
        rows = [Enrolment.from_item(item) for item in items]
        passed = [(row.journey, each.step, each.at, each.why) for row in rows for each in row.trail]
        return sorted(passed)

    def messages(self, customer: str) -> list[Row]:
        """What really became of the messages: (journey, step, when it left, why it did not)."""
        rows = map(Send.from_item, self.db.query(resources.SENDS, customer).items)
        ours = (row for row in rows if not row.enrolment.startswith("confirm-subscription#"))
        found = ((row.journey, row.step, _left_at(row), row.reason or "") for row in ours)
        return sorted(found, key=str)


def trail_of(diary: Diary) -> list[Row]:
    """The same as `Remains.trail`, of a rehearsal."""
    return sorted((line.journey, line.step, line.at, line.why) for line in diary if line.what == "passed")


def messages_of(diary: Diary) -> list[Row]:
    """The same as `Remains.messages`."""
    found = (
        (line.journey, line.step, line.at if line.what == "sent" else None, line.why)
        for line in diary
        if line.what in ("sent", "skipped")
    )
    return sorted(found, key=str)


def _left_at(row: Send) -> datetime | None:
    return row.claimed_at if row.status is Status.SENT else None
