"""What journeys keep: definitions with their versions (table `catalog`) and enrolments (table `enrolments`)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, Final, cast

from chalicelib import resources, times
from chalicelib.aws.database import ABSENT, ConditionFailed, Database, Item, Page, Put
from chalicelib.journeys.definitions import Pointer, canonical, following, pointer_key, version_item, version_key
from chalicelib.journeys.enrolment import Enrolment
from chalicelib.journeys.send import Send
from chalicelib.journeys.template import Template

JOURNEY: Final = "journey"
TEMPLATE: Final = "template"
_ATTEMPTS: Final = 3
_PAGE: Final = 50


class VersionConflict(Exception):
    """Somebody else changed the definition; `latest` is its newest version now, 0 if there is none."""

    def __init__(self, latest: int) -> None:
        super().__init__(f"the newest version is {latest}")
        self.latest = latest


class DefinitionStore:
    """Definitions of one kind: immutable versions, and a pointer for each name."""

    def __init__(self, db: Database, kind: str) -> None:
        self._db = db
        self._kind = kind

    def pointer(self, name: str) -> Pointer | None:
        """The state of a definition, as it is now."""
        item = self._db.get(resources.CATALOG, self._kind, pointer_key(name))
        return None if item is None else Pointer.from_item(item)

    def pointers(self, *, after: str = "", limit: int | None = None) -> list[Pointer]:
        """The definitions by name, those after the name `after`."""
        return [Pointer.from_item(item) for item in self._pointer_items(after, limit)]

    def body(self, name: str, version: int) -> dict[str, Any] | None:
        """The content of one version."""
        item = self._db.get(resources.CATALOG, self._kind, version_key(name, version), consistent=False)
        # A version that was made a moment ago may not have reached every replica; nothing else may be missing.
        item = item or self._db.get(resources.CATALOG, self._kind, version_key(name, version))
        if item is None:
            return None
        body: dict[str, Any] = json.loads(item["body"])
        return body

    def put(
        self,
        name: str,
        title: str,
        body: dict[str, Any],
        now: datetime,
        *,
        expected: int | None = None,
        in_force: bool = False,
    ) -> Pointer:
        """Make a version of `body`, unless it is the newest already.

        expected: the newest version that the caller knows, 0 for none; VersionConflict if it is another.
        in_force: the new version is in force from now on, as for templates.
        """
        text = canonical(body)
        newest = 0
        for _ in range(_ATTEMPTS):
            standing = self.pointer(name)
            pointer = following(standing, self._kind, name, title, text, in_force=in_force, now=now)
            if pointer is None:
                return cast(Pointer, standing)
            newest = pointer.latest - 1
            if expected is not None and expected != newest:
                raise VersionConflict(newest)
            version = version_item(self._kind, name, pointer.latest, text, now)
            written = Put(resources.CATALOG, version, when={"pk": ABSENT})
            if _written(self._db, [written, _replacing(standing, pointer)]):
                return pointer
        raise VersionConflict(newest)

    def change(self, standing: Pointer, now: datetime, *, version: int | None, live: bool) -> Pointer:
        """Put another version in force, or take it out. VersionConflict if the pointer is no longer `standing`."""
        pointer = standing.in_force(version, live, now)
        try:
            self._db.put(resources.CATALOG, pointer.to_item(), when={"v": standing.v})
        except ConditionFailed as lost:
            raise VersionConflict(int(lost.item["latest"]) if lost.item else 0) from lost
        return pointer

    def _pointer_items(self, after: str, limit: int | None) -> Iterator[Item]:
        start: Item | None = {"pk": self._kind, "sk": pointer_key(after)} if after else None
        left = limit
        while left is None or left > 0:
            page = self._db.query(
                resources.CATALOG, self._kind, prefix=pointer_key(""), limit=left, start=start, consistent=True
            )
            yield from page.items
            left = None if left is None else left - len(page.items)
            start = page.next
            if start is None:
                return


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
    """Enrolments. Whatever changes one is written with the sends it decided, in one transaction."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def get(self, customer: str, key: str) -> Enrolment | None:
        """One enrolment, as it is now."""
        item = self._db.get(resources.ENROLMENTS, customer, key)
        return None if item is None else Enrolment.from_item(item)

    def of(self, customer: str) -> list[Enrolment]:
        """All enrolments of a customer, those of one journey together."""
        items: list[Item] = []
        page = Page([], None)
        while True:
            page = self._db.query(resources.ENROLMENTS, customer, after=_GATES, start=page.next)
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
        return _written(self._db, [*writes, *_puts(sends)])

    def move(self, standing: Enrolment, moved: Enrolment, sends: Sequence[Send] = ()) -> bool:
        """Write an enrolment's next state and the sends it decided; False if another worker was faster."""
        moved_row = Put(resources.ENROLMENTS, moved.to_item(), when={"v": standing.v})
        return _written(self._db, [moved_row, *_puts(sends)])

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


def _puts(sends: Sequence[Send]) -> list[Put]:
    return [Put(resources.SENDS, send.to_item(), when={"pk": ABSENT}) for send in sends]


def _written(db: Database, writes: Sequence[Put]) -> bool:
    """Write all or nothing; False if a condition did not hold."""
    try:
        if len(writes) == 1:  # half the price of a transaction
            db.put(writes[0].table, writes[0].item, when=writes[0].when)
        else:
            db.transact(writes)
    except ConditionFailed:
        return False
    return True


def _replacing(standing: Pointer | None, pointer: Pointer) -> Put:
    return Put(resources.CATALOG, pointer.to_item(), when={"v": standing.v} if standing else {"pk": ABSENT})
