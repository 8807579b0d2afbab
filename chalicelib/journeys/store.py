"""What journeys keep: definitions with their versions (table `catalog`) and enrolments (table `enrolments`)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Final

from chalicelib import resources, times
from chalicelib.aws.database import ABSENT, ConditionFailed, Database, Item, Page, Put
from chalicelib.catalog.store import DefinitionStore, written
from chalicelib.customers.retention import Retention
from chalicelib.journeys.enrolment import Enrolment
from chalicelib.journeys.joined import Move
from chalicelib.journeys.send import Send
from chalicelib.journeys.template import Template

JOURNEY: Final = "journey"
TEMPLATE: Final = "template"
_PAGE: Final = 50


class JourneyStore(DefinitionStore):
    """Journeys."""

    def __init__(self, db: Database) -> None:
        super().__init__(db, JOURNEY)


class TemplateStore(DefinitionStore):
    """Templates: the newest version is in force from the moment it is put."""

    def __init__(self, db: Database) -> None:
        super().__init__(db, TEMPLATE)

    def template(self, name: str, version: int | None = None) -> Template | None:
        """One version of a template; without `version` the current one. None if there is no such."""
        if version is None:
            pointer = self.pointer(name)
            version = pointer.version if pointer else None
        body = None if version is None else self.body(name, version)
        return None if body is None else Template.model_validate({**body, "version": version})


class EnrolmentStore:
    """Enrolments. Whatever changes one is written with the sends it decided, in one transaction.

    retention: how long rows of the ledger are kept.
    """

    def __init__(self, db: Database, retention: Callable[[], Retention] = Retention) -> None:
        self._db = db
        self._retention = retention

    def get(self, customer: str, key: str) -> Enrolment | None:
        """One enrolment, as it is now."""
        item = self._db.get(resources.ENROLMENTS, customer, key)
        return None if item is None else Enrolment.from_item(item)

    def of(self, customer: str, *, consistent: bool = False) -> list[Enrolment]:
        """All enrolments of a customer, those of one journey together."""
        items: list[Item] = []
        page = Page([], None)
        while True:
            page = self._db.query(resources.ENROLMENTS, customer, after=_GATES, start=page.next, consistent=consistent)
            items += page.items
            if page.next is None:
                return [Enrolment.from_item(item) for item in items]

    def last_entry(self, customer: str, journey: str) -> datetime | None:
        """When the customer last entered a journey that may be entered again after a while."""
        item = self._db.get(resources.ENROLMENTS, customer, _gate_key(journey))
        return None if item is None else times.parse(item["entered_at"])

    def enter(self, enrolment: Enrolment, sends: Sequence[Send], last: datetime | None, gated: bool) -> bool:
        """Write a new enrolment and its sends; False if it is there already.

        gated: the journey counts entries: only if the last one is still `last`, and this is the last from now on.
        """
        writes = [Put(resources.ENROLMENTS, enrolment.to_item(), when={"pk": ABSENT})]
        if gated:
            writes.append(_gate(enrolment, last))
        return written(self._db, [*writes, *self._puts(sends)])

    def carry_over(self, move: Move) -> bool:
        """Write what becomes of a joined subject's enrolment; False if somebody was faster."""
        writes = [Put(resources.ENROLMENTS, after.to_item(), when={"v": before.v}) for before, after in move.ends]
        if move.goes_on is not None:
            writes.append(Put(resources.ENROLMENTS, move.goes_on.to_item(), when={"pk": ABSENT}))
        return written(self._db, writes)

    def carry_gates_over(self, subject: str, customer: str) -> None:
        """What the subject entered last counts for the customer that it belongs to, where it is later."""
        for item in self._db.query(resources.ENROLMENTS, subject, prefix=_gate_key(""), consistent=True).items:
            standing = self._db.get(resources.ENROLMENTS, customer, item["sk"])
            if standing is None or standing["entered_at"] < item["entered_at"]:
                with suppress(ConditionFailed):  # whoever was faster has entered just now
                    when = {"entered_at": standing["entered_at"] if standing else ABSENT}
                    self._db.put(resources.ENROLMENTS, item | {"pk": customer}, when=when)

    def _puts(self, sends: Sequence[Send]) -> list[Put]:
        return [Put(resources.SENDS, self._row(send), when={"pk": ABSENT}) for send in sends]

    def _row(self, send: Send) -> Item:
        """The row as it is first written. What changes it later names the attributes it changes, so the date stays."""
        expires = self._retention().message_expires(send.planned_at)
        return send.to_item() | ({"expires": expires} if expires is not None else {})

    def plan(self, send: Send) -> bool:
        """Write one row of the ledger that belongs to no enrolment; False if it is there already."""
        return written(self._db, self._puts([send]))

    def move(self, standing: Enrolment, moved: Enrolment, sends: Sequence[Send] = ()) -> bool:
        """Write an enrolment's next state and the sends it decided; False if another worker was faster."""
        moved_row = Put(resources.ENROLMENTS, moved.to_item(), when={"v": standing.v})
        return written(self._db, [moved_row, *self._puts(sends)])

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


_GATES: Final = "!~"
"""Sorts after every gate and before every enrolment: journeys' names begin with a letter or a digit."""


def _gate_key(journey: str) -> str:
    return f"!{journey}"


def _gate(enrolment: Enrolment, last: datetime | None) -> Put:
    item = {
        "pk": enrolment.customer,
        "sk": _gate_key(enrolment.journey),
        "schema_v": resources.SCHEMA_VERSION,
        "entered_at": times.text(enrolment.entered_at),
    }
    return Put(resources.ENROLMENTS, item, when={"entered_at": ABSENT if last is None else times.text(last)})
