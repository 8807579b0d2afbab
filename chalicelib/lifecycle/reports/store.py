"""Where censuses are taken and kept, in the work table.

    census          <day>     the last census of that day, as compressed JSON
    stage-counts    <day>     how many stood in each stage when that day's began, counted from the index

A day's census is some kilobytes. Both are kept for 400 days.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from pydantic_core import from_json, to_json

from chalicelib import times
from chalicelib.aws.database import Database, Item
from chalicelib.customers.state import State
from chalicelib.customers.store import CustomerStore
from chalicelib.lifecycle.frame import Frame
from chalicelib.lifecycle.parameters import Parameters
from chalicelib.lifecycle.reports.census import AT_ONCE, FORM, MOST, Census, census
from chalicelib.lifecycle.reports.person import Person, person_of
from chalicelib.lifecycle.rules import Stage
from chalicelib.lifecycle.sample.store import Sampler
from chalicelib.resources import SCHEMA_VERSION, WORK

KIND: Final = "census"
COUNTS: Final = "stage-counts"
KEPT_FOR: Final = timedelta(days=400)
FRESH: Final = timedelta(seconds=30)
"""How long a census that was taken at once answers the questions of one page."""
_DAY: Final = len("2026-11-22")


@dataclass(frozen=True)
class Counted:
    """How many customers stood in each stage at a moment, counted from the index."""

    as_of: datetime
    stages: Mapping[Stage, int]


def take(
    db: Database,
    parameters: Parameters,
    frames: Mapping[str, Frame],
    now: datetime,
    *,
    most: int = MOST,
    watch: Callable[[State], None] | None = None,
) -> Census:
    """A census of at most `most` customers: of everybody, if there are no more. `watch` sees everybody who is read."""
    asked = list(frames.values())

    def seen(state: State) -> Person | None:
        if watch is not None:
            watch(state)
        return person_of(state, parameters, asked, now)

    found = Sampler(db, times.text(now)[:_DAY]).sample(most, seen)
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
        """The newest census, as `Census.as_dict` gave it; None if none was taken for long, or by another release that
        stored it in another form."""
        page = self._db.query(WORK, KIND, descending=True, limit=1)
        if not page.items:
            return None
        held = from_json(zlib.decompress(bytes(page.items[0]["body"])))
        return held if held.get("form") == FORM else None

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


class CensusDesk:
    """Takes censuses: every night of up to 50,000 customers, which is kept; at once of up to 2,000, for who waits.

    parameters, frames: by what everybody is judged and seen, asked when a census is taken.
    """

    def __init__(
        self,
        db: Database,
        customers: CustomerStore,
        parameters: Callable[[], Parameters],
        frames: Callable[[], Mapping[str, Frame]],
        clock: Callable[[], datetime],
        at_once: int = AT_ONCE,
    ) -> None:
        self._db = db
        self._most = at_once
        self._customers = customers
        self._parameters = parameters
        self._frames = frames
        self._clock = clock
        self._at_once: Census | None = None
        self.kept = CensusStore(db)

    def tonight(self, watch: Callable[[State], None] | None = None) -> Census:
        """Take the night's census and keep it, with exact counts of the stages. `watch`: sees everybody who is read,
        from several threads."""
        now = self._clock()
        self.kept.keep_counts(count(self._customers, now))
        taken = take(self._db, self._parameters(), self._frames(), now, watch=watch)
        self.kept.keep(taken)
        return taken

    def standing(self, *, fresh: bool = False) -> Mapping[str, Any]:
        """The census to answer with, as `Census.as_dict` gives it: the last one kept; where there is none, where it
        found no more than are looked at at once, or where one is asked for that is `fresh`, one of now."""
        kept = None if fresh else self.kept.latest()
        if kept is not None and kept["customers"] > self._most:
            return kept
        now, taken = self._clock(), self._at_once
        if taken is None or not taken.as_of <= now < taken.as_of + FRESH:
            taken = self._at_once = take(self._db, self._parameters(), self._frames(), now, most=self._most)
        return taken.as_dict()
