"""Where segments are kept, and the order in which one comes into force or ends.

The version comes first, then the condition, which is what everybody is judged by. Whoever dies in between has put a
segment that nobody is in yet; putting it again makes that good, because both can be done twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from chalicelib.aws.database import Database
from chalicelib.catalog.pointer import Pointer
from chalicelib.catalog.store import DefinitionStore
from chalicelib.segments.conditions import SEGMENT
from chalicelib.segments.conditions.store import ConditionStore
from chalicelib.segments.fields import is_name
from chalicelib.segments.segment import Segment, objections, read_rules, uses
from chalicelib.tracking.problems import Invalid

KIND: Final = "segment"
JOURNEY: Final = "journey"  # kind in the catalog of what may use segments


class SegmentStore(DefinitionStore):
    """Segments."""

    def __init__(self, db: Database) -> None:
        super().__init__(db, KIND)


@dataclass(frozen=True)
class SegmentDesk:
    """Puts segments in force and ends them. journeys: their definitions, which may use segments."""

    segments: SegmentStore
    journeys: DefinitionStore
    conditions: ConditionStore

    def put(self, segment: Segment, now: datetime, *, expected: int | None = None) -> tuple[Pointer, int | None]:
        """Make a version, in force from now on, unless the newest says the same; the pointer, and the version of the
        live set that brought its rule, None if everybody was judged by that already.

        Invalid if it asks for itself in the end, or for a segment that there is not; VersionConflict as for any put.
        """
        live = self.conditions.rules()
        problems = objections(segment, {name: rule for name, rule in read_rules(live).items() if name != segment.name})
        if problems:
            raise Invalid(tuple(problems))
        pointer = self.segments.put(segment.name, segment.title, segment.body(), now, expected=expected, in_force=True)
        if not pointer.live:  # the same as before it ended
            pointer = self.segments.change(pointer, now, version=pointer.latest, live=True)
        known = live.get(SEGMENT + segment.name)
        version = self.conditions.register(SEGMENT + segment.name, segment.condition())
        return pointer, None if known == segment.condition()[SEGMENT + segment.name] else version

    def end(self, pointer: Pointer, now: datetime) -> Pointer:
        """Nobody is in it any more, and nobody is told. Doing it again changes nothing."""
        self.conditions.register(SEGMENT + pointer.name, {})
        return self.segments.change(pointer, now, version=pointer.version, live=False) if pointer.live else pointer

    def pointer(self, name: str) -> Pointer | None:
        """The state of a segment; None if there is none of the name."""
        return self.segments.pointer(name) if is_name(name) else None

    def body(self, name: str, version: int) -> dict[str, Any] | None:
        """One version."""
        return self.segments.body(name, version)

    def used_by(self, name: str) -> dict[str, list[str]]:
        """The names of the segments and live journeys that use a segment."""
        return {
            "segments": [other for other in self._using(self.segments, name) if other != name],
            "journeys": list(self._using(self.journeys, name)),
        }

    def _using(self, store: DefinitionStore, name: str) -> Iterator[str]:
        for pointer in store.pointers():
            if pointer.live and pointer.version and uses(store.body(pointer.name, pointer.version), name):
                yield pointer.name
