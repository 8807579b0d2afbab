"""Definitions in the table `catalog`, whatever their kind: journeys, templates, settings."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, cast

from chalicelib import resources
from chalicelib.aws.database import ABSENT, ConditionFailed, Database, Item, Put
from chalicelib.catalog.pointer import Pointer, canonical, following, pointer_key, version_item, version_key

_ATTEMPTS: Final = 3


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
            made = Put(resources.CATALOG, version, when={"pk": ABSENT})
            if written(self._db, [made, _replacing(standing, pointer)]):
                return pointer
        raise VersionConflict(newest)

    def change(
        self,
        standing: Pointer,
        now: datetime,
        *,
        version: int | None,
        live: bool,
        run: Mapping[str, Any] | None = None,
    ) -> Pointer:
        """Put another version in force, or take it out; `run`: what the kind keeps beside, if it changes.
        VersionConflict if the pointer is no longer `standing`."""
        pointer = standing.in_force(version, live, now, run)
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


def written(db: Database, writes: Sequence[Put]) -> bool:
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
