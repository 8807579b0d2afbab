"""Where censuses are taken and kept, in the work table.

    census          <day>     the last census of that day, as compressed JSON
    stage-counts    <day>     how many stood in each stage when that day's began, counted from the index

A day's census is some kilobytes. Both are kept for 400 days.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from pydantic_core import from_json, to_json

from chalicelib import times
from chalicelib.aws.database import Database, Item
from chalicelib.customers.store import CustomerStore
from chalicelib.lifecycle.frame import Frame
from chalicelib.lifecycle.parameters import Parameters
from chalicelib.lifecycle.reports.census import MOST, Census, census
from chalicelib.lifecycle.reports.person import person_of
from chalicelib.lifecycle.rules import Stage
from chalicelib.lifecycle.sample.store import Sampler
from chalicelib.resources import SCHEMA_VERSION, WORK

KIND: Final = "census"
COUNTS: Final = "stage-counts"
KEPT_FOR: Final = timedelta(days=400)
_DAY: Final = len("2026-11-22")


@dataclass(frozen=True)
class Counted:
    """How many customers stood in each stage at a moment, counted from the index."""

    as_of: datetime
    stages: Mapping[Stage, int]


def take(
    db: Database, parameters: Parameters, frames: Mapping[str, Frame], now: datetime, *, most: int = MOST
) -> Census:
    """A census of at most `most` customers: of everybody, if there are no more."""
    asked = list(frames.values())
    found = Sampler(db, times.text(now)[:_DAY]).sample(most, lambda state: person_of(state, parameters, asked, now))
    return census(found.states, found.total, parameters, frames, now, complete=found.complete)


def count(customers: CustomerStore, now: datetime) -> Counted:
    """How many customers the index lists in each stage."""
    with ThreadPoolExecutor(len(Stage)) as pool:
        return Counted(now, dict(zip(Stage, pool.map(customers.count_in_stage, Stage), strict=True)))


class CensusStore:
    """Censuses and counts by day."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def keep(self, taken: Census) -> None:
        """Keep a census as that of its day."""
        self._put(KIND, taken.as_of, {"body": zlib.compress(to_json(taken.as_dict()))})

    def latest(self) -> Mapping[str, Any] | None:
        """The newest census, as `Census.as_dict` gave it; None if none was ever taken, or none for long."""
        page = self._db.query(WORK, KIND, descending=True, limit=1)
        return from_json(zlib.decompress(bytes(page.items[0]["body"]))) if page.items else None

    def keep_counts(self, counted: Counted) -> None:
        """Keep the counts of a day's census."""
        held = {f"in_{stage}": number for stage, number in counted.stages.items()}
        self._put(COUNTS, counted.as_of, {"as_of": times.text(counted.as_of), **held})

    def counts(self, first: date, last: date) -> dict[date, Counted]:
        """The counts of the days from `first` to `last` of which there are any."""
        before, found = (first - timedelta(days=1)).isoformat(), dict[date, Counted]()
        start: Item | None = None
        while True:
            page = self._db.query(WORK, COUNTS, after=before + "~", start=start)
            for item in page.items:
                day = date.fromisoformat(item["sk"])
                if day <= last:
                    stages = {stage: int(item.get(f"in_{stage}", 0)) for stage in Stage}
                    found[day] = Counted(times.parse(item["as_of"]), stages)
            start = page.next
            if start is None:
                return found

    def _put(self, kind: str, at: datetime, held: Item) -> None:
        expires = int((at + KEPT_FOR).timestamp())
        day = times.text(at)[:_DAY]
        self._db.put(WORK, {"pk": kind, "sk": day, **held, "expires": expires, "schema_v": SCHEMA_VERSION})
