"""The schedules that are live (table `catalog`, kind `schedule`), each with the moment at which it begins next.

The tick asks once a minute which have come. Whoever starts an occurrence moves the schedule on under a condition, and
the job that it starts has an id of its own for each occurrence: two ticks at one moment start one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from chalicelib.aws.database import ConditionFailed, Database, Item
from chalicelib.journeys.schedule.occurrences import Schedule
from chalicelib.resources import CATALOG, SCHEMA_VERSION

SCHEDULE: Final = "schedule"
_MOMENT: Final = timedelta(seconds=1)


@dataclass(frozen=True)
class Standing:
    """A journey's schedule as it stands.

    next: the occurrence that comes next, a local time; None when all are past. last: the one that was started last.
    """

    journey: str
    version: int
    segment: str
    schedule: Schedule
    next: datetime | None
    last: datetime | None = None

    @property
    def begins_at(self) -> datetime | None:
        """When the next occurrence begins."""
        return None if self.next is None else self.schedule.begins(self.next)

    def after(self) -> Standing:
        """When the next occurrence was started."""
        if self.begins_at is None:
            return self
        return replace(self, next=self.schedule.first_from(self.begins_at + _MOMENT), last=self.next)

    def to_item(self) -> Item:
        """The stored form."""
        item: Item = {
            "pk": SCHEDULE,
            "sk": self.journey,
            "schema_v": SCHEMA_VERSION,
            "version": self.version,
            "segment": self.segment,
            "at": self.schedule.at.isoformat(),
            "zone": self.schedule.zone,
        }
        optional = {
            "recurrence": self.schedule.recurrence,
            "next": _text(self.next),
            "last": _text(self.last),
        }
        return item | {name: value for name, value in optional.items() if value is not None}

    @classmethod
    def from_item(cls, item: Mapping[str, Any]) -> Standing:
        """What `to_item` wrote."""
        schedule = Schedule(datetime.fromisoformat(item["at"]), item.get("recurrence"), item["zone"])
        return cls(
            item["sk"],
            int(item["version"]),
            item["segment"],
            schedule,
            _time(item.get("next")),
            _time(item.get("last")),
        )


class ScheduleStore:
    """The schedules of the journeys that are published."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def keep(self, journey: str, version: int, segment: str, schedule: Schedule, now: datetime) -> Standing:
        """Let a journey begin by this schedule from now on. What would have begun before now is past."""
        before = self.get(journey)
        last = before.last if before else None
        standing = Standing(journey, version, segment, schedule, schedule.first_from(now), last)
        self._db.put(CATALOG, standing.to_item())
        return standing

    def drop(self, journey: str) -> None:
        """Let a journey begin by no schedule."""
        self._db.delete(CATALOG, SCHEDULE, journey)

    def get(self, journey: str) -> Standing | None:
        """A journey's schedule, as it is now."""
        item = self._db.get(CATALOG, SCHEDULE, journey)
        return None if item is None else Standing.from_item(item)

    def due(self, now: datetime) -> list[Standing]:
        """Those whose next occurrence begins by now."""
        return [one for one in self._all() if one.begins_at is not None and one.begins_at <= now]

    def advance(self, standing: Standing) -> None:
        """Move a schedule on behind the occurrence that was started; somebody else may have been faster."""
        with suppress(ConditionFailed):
            begun = standing.to_item()
            self._db.put(CATALOG, standing.after().to_item(), when={"next": begun["next"], "version": standing.version})

    def _all(self) -> Iterator[Standing]:
        start: Item | None = None
        while True:
            page = self._db.query(CATALOG, SCHEDULE, start=start)
            yield from map(Standing.from_item, page.items)
            start = page.next
            if start is None:
                return


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
