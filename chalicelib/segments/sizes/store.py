"""Where sizes are kept, in the work table: one item a day, with an attribute for each segment, for 400 days.

Every night all of them are estimated from the census; a job that has asked everybody puts its exact count in the place
of the day's estimate.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final

from chalicelib import times
from chalicelib.aws.database import Database, Item
from chalicelib.resources import SCHEMA_VERSION, WORK
from chalicelib.segments.sizes import Size

KIND: Final = "segment-sizes"
KEPT_FOR: Final = timedelta(days=400)
_OF: Final = "in_"
_DAY: Final = len("2026-11-22")


class SizeStore:
    """Sizes by day."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def keep(self, sizes: Mapping[str, Size]) -> None:
        """Keep these as those of their day; others of the day stay."""
        for day in sorted({_day(size) for size in sizes.values()}):
            mine = {name: size for name, size in sizes.items() if _day(size) == day}
            at = max(size.as_of for size in mine.values())
            held: Item = {_OF + name: _packed(size) for name, size in mine.items()}
            kept = {"expires": int((at + KEPT_FOR).timestamp()), "schema_v": SCHEMA_VERSION}
            self._db.update(WORK, KIND, day, set={**held, **kept})

    def history(self, name: str, first: date, last: date) -> list[Size]:
        """The sizes of a segment from day to day, the oldest first; days of which nothing is known are left out."""
        found, start = list[Size](), None
        before = (first - timedelta(days=1)).isoformat()
        while True:
            page = self._db.query(WORK, KIND, after=before + "~", start=start)
            found += [_size(i[_OF + name]) for i in page.items if i["sk"] <= last.isoformat() and _OF + name in i]
            start = page.next
            if start is None:
                return found

    def latest(self, names: list[str]) -> Mapping[str, Size]:
        """The last known size of each, as far as the last two days know."""
        page = self._db.query(WORK, KIND, descending=True, limit=2)
        found: dict[str, Size] = {}
        for item in reversed(page.items):
            found |= {name: _size(item[_OF + name]) for name in names if _OF + name in item}
        return found


def _packed(size: Size) -> list[object]:
    return [size.customers, size.margin, times.text(size.as_of)]


def _size(held: list[object]) -> Size:
    customers, margin, at = held
    return Size(int(str(customers)), int(str(margin)), times.parse(str(at)))


def _day(size: Size) -> str:
    return times.text(size.as_of)[:_DAY]
