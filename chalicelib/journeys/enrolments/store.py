"""Enrolments in their table. Whatever changes one is written with all that it decided, in one transaction: the messages
and the events of ours, what it ends of others, and what is counted of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Final

from chalicelib import resources, times
from chalicelib.aws.database import (
    ABSENT,
    ConditionFailed,
    Database,
    Item,
    Page,
    Put,
    TransactionConflict,
    Write,
)
from chalicelib.customers.retention import Retention
from chalicelib.journeys.enrolment import Enrolment
from chalicelib.journeys.enrolments.gates import GATES, Door, gate_key, gate_of, group_gate, group_key
from chalicelib.journeys.entry import Entry
from chalicelib.journeys.joined import Move
from chalicelib.journeys.progress import Progress
from chalicelib.journeys.send import Send
from chalicelib.journeys.stats import Counts, added, counted, moved_in
from chalicelib.journeys.stats.store import SHARDS, additions
from chalicelib.tracking.event import Event
from chalicelib.tracking.store import EventStore

_PAGE: Final = 50


class EnrolmentStore:
    """Enrolments. retention: how long rows of the ledger are kept. events: as the workspace keeps them."""

    def __init__(
        self, db: Database, retention: Callable[[], Retention] = Retention, events: EventStore | None = None
    ) -> None:
        self._db = db
        self._retention = retention
        self._events = events or EventStore(db)

    def get(self, customer: str, key: str) -> Enrolment | None:
        """One enrolment, as it is now."""
        item = self._db.get(resources.ENROLMENTS, customer, key)
        return None if item is None else Enrolment.from_item(item)

    def of(self, customer: str, *, consistent: bool = False) -> list[Enrolment]:
        """All enrolments of a customer, those of one journey together."""
        items: list[Item] = []
        page = Page([], None)
        while True:
            page = self._db.query(resources.ENROLMENTS, customer, after=GATES, start=page.next, consistent=consistent)
            items += page.items
            if page.next is None:
                return [Enrolment.from_item(item) for item in items]

    def door(self, customer: str, journey: str, group: str | None, *, gated: bool) -> Door:
        """What the customer has entered that bears on an entry now: read before anything else is.

        gated: the journey counts entries.
        """
        last = self._db.get(resources.ENROLMENTS, customer, gate_key(journey)) if gated else None
        held = self._db.get(resources.ENROLMENTS, customer, group_key(group)) if group else None
        return Door(
            last=None if last is None else times.parse(last["entered_at"]),
            gated=gated,
            group=group,
            entries=int(held["entries"]) if held else 0,
        )

    def enter(self, entry: Entry, door: Door) -> bool:
        """Write a new enrolment with what it decided; False if it is there already, or somebody else has entered by the
        same door since that was read."""
        row = entry.enrolment
        gates = [gate_of(row, door)] if door.gated else []
        gates += [group_gate(row, door)] if door.group else []
        writes = [Put(resources.ENROLMENTS, row.to_item(), when={"pk": ABSENT}), *gates, *_changed(entry.gives_way)]
        counts = [(row.journey, counted(None, row, entry.sends))]
        counts += [(after.journey, counted(before, after)) for before, after in entry.gives_way]
        return self._written([*writes, *self._decided(entry.sends, entry.events)], counts, row.origin)

    def move(self, standing: Enrolment, progress: Progress) -> bool:
        """Write an enrolment's next state and what it decided; False if another worker was faster."""
        row = replace(progress.row, v=max(progress.row.v, standing.v + 1))
        writes = [*_changed([(standing, row)]), *self._decided(progress.sends, progress.events)]
        return self._written(writes, [(row.journey, counted(standing, row, progress.sends))], row.origin)

    def carry_over(self, move: Move) -> bool:
        """Write what becomes of a joined subject's enrolment; False if somebody was faster."""
        writes = _changed(move.ends)
        counts = [(after.journey, counted(before, after)) for before, after in move.ends]
        if move.goes_on is not None:
            writes.append(Put(resources.ENROLMENTS, move.goes_on.to_item(), when={"pk": ABSENT}))
            counts.append((move.goes_on.journey, moved_in(move.goes_on)))
        return not writes or self._written(writes, counts, move.ends[0][0].origin)

    def carry_gates_over(self, subject: str, customer: str) -> None:
        """What the subject entered last counts for the customer that it belongs to, where it is later."""
        for item in self._db.query(resources.ENROLMENTS, subject, prefix=gate_key(""), consistent=True).items:
            if "entered_at" not in item:
                continue  # of a group: who is in it, its rows say
            standing = self._db.get(resources.ENROLMENTS, customer, item["sk"])
            if standing is None or standing["entered_at"] < item["entered_at"]:
                with suppress(ConditionFailed):  # whoever was faster has entered just now
                    when = {"entered_at": standing["entered_at"] if standing else ABSENT}
                    self._db.put(resources.ENROLMENTS, item | {"pk": customer}, when=when)

    def plan(self, send: Send) -> bool:
        """Write one row of the ledger that belongs to no enrolment; False if it is there already."""
        return self._written(self._decided([send], ()), [], send.id)

    def set_aside(self, customer: str, key: str, now: datetime, until: datetime, reason: str) -> None:
        """Look at a row that cannot be read again only at `until`, so that it does not come up every minute.

        A row that is no longer due, or that another worker moves at the same moment, is left alone.
        """
        item = self._db.get(resources.ENROLMENTS, customer, key)
        due_at = (item or {}).get("due_at")
        if due_at is None or due_at > times.text(now):
            return
        change = {"due_at": times.text(until), "reason": reason}
        with suppress(ConditionFailed):
            self._db.update(resources.ENROLMENTS, customer, key, set=change, when={"due_at": due_at})

    def due(self, shard: str, until: datetime) -> Iterator[tuple[str, str, datetime]]:
        """Customer, key and date of the enrolments that are due by `until`, the longest due first.

        An index, so some may be out of date; read page by page, so it may be left at any time.
        """
        start: Item | None = None
        while True:
            page = self._db.query_index(
                resources.ENROLMENTS, resources.DUE, shard, until=times.text(until), limit=_PAGE, start=start
            )
            for key in page.items:
                yield key["pk"], key["sk"], times.parse(key["due_at"])
            start = page.next
            if start is None:
                return

    def _decided(self, sends: Sequence[Send], events: Sequence[Event]) -> list[Put]:
        rows = [Put(resources.SENDS, self._row(send), when={"pk": ABSENT}) for send in sends]
        return rows + [Put(resources.EVENTS, self._events.item(event)) for event in events]

    def _row(self, send: Send) -> Item:
        """The row as it is first written. What changes it later names the attributes it changes, so the date stays."""
        expires = self._retention().message_expires(send.planned_at)
        return send.to_item() | ({"expires": expires} if expires is not None else {})

    def _written(self, writes: Sequence[Put], counts: Iterable[tuple[str, Counts]], origin: str) -> bool:
        """Write all or nothing; False if a condition did not hold. The counts go where nobody is counting."""
        by_journey: dict[str, list[Counts]] = {}
        for journey, part in counts:
            by_journey.setdefault(journey, []).append(part)
        for attempt in range(SHARDS):
            sums = [additions(journey, added(parts), origin, attempt) for journey, parts in by_journey.items()]
            try:
                return _all([*writes, *(update for updates in sums for update in updates)], self._db)
            except TransactionConflict:
                if attempt + 1 == SHARDS or not any(sums):
                    raise
        return False


def _all(writes: Sequence[Write], db: Database) -> bool:
    try:
        if len(writes) == 1 and isinstance(writes[0], Put):  # half the price of a transaction
            db.put(writes[0].table, writes[0].item, when=writes[0].when)
        else:
            db.transact(writes)
    except ConditionFailed:
        return False
    return True


def _changed(rows: Iterable[tuple[Enrolment, Enrolment]]) -> list[Put]:
    return [Put(resources.ENROLMENTS, after.to_item(), when={"v": before.v}) for before, after in rows]
