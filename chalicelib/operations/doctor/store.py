"""Reads what the doctor looks at, each part by itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Final, TypeVar

from chalicelib import times
from chalicelib.aws.clients import refused_for_good
from chalicelib.aws.database import Database
from chalicelib.aws.files import Files
from chalicelib.aws.instruments import Instruments
from chalicelib.errors import Permanent, Transient
from chalicelib.jobs.job import Status as JobStatus
from chalicelib.jobs.store import JobStore
from chalicelib.journeys.send import Send, Status
from chalicelib.lifecycle.store import FitStore
from chalicelib.messages.brake.store import BrakeStore
from chalicelib.messages.ledger import SETTLE, UNCERTAIN
from chalicelib.operations.doctor.readings import Ages, FailedJob, Missing, Model, Readings, Waiting
from chalicelib.resources import CUSTOMERS, DUE, ENROLMENTS, SENDS
from chalicelib.review.due import LOOKS, OF_MANY, SHARDS
from chalicelib.review.store import DueIndex

EACH: Final = 5  # rows of the ledger looked at in each shard
MOST_BATCHES: Final = 1_000
JOBS: Final = 30
STALE: Final = SETTLE + timedelta(minutes=5)
_AT_ONCE: Final = 100

_Part = TypeVar("_Part")


@dataclass(frozen=True)
class ReadingStore:
    """Where the doctor looks."""

    db: Database
    instruments: Instruments
    bucket: Files
    brake: BrakeStore
    fits: FitStore
    jobs: JobStore

    def read(self, now: datetime, *, workers: int = 16) -> Readings:
        """Everything. Raises nothing of what can be missing."""
        with ThreadPoolExecutor(workers) as pool:
            return Readings(
                at=now,
                queues=_or_why(self.instruments.queues),
                ages=_or_why(lambda: Ages(*self.instruments.ages(now))),
                late=_or_why(lambda: self._late(now, pool)),
                waiting=_or_why(lambda: self._waiting(now, pool)),
                brake=_or_why(self.brake.read),
                quota=_or_why(self.instruments.quota),
                model=_or_why(self._model),
                jobs=_or_why(self._failed),
                batches=_or_why(lambda: sum(1 for _ in islice(self.bucket.keys(""), MOST_BATCHES))),
                alarms=_or_why(self.instruments.alarms),
            )

    def _late(self, now: datetime, pool: ThreadPoolExecutor) -> Mapping[str, timedelta | None]:
        index = DueIndex(self.db)
        tables = (CUSTOMERS, ENROLMENTS, SENDS)
        probes = [(table, shard) for table, shards, _ in LOOKS for shard in shards]
        dates = list(pool.map(lambda probe: index.earliest(probe[0], probe[1], now), probes))
        found: dict[str, timedelta | None] = dict.fromkeys(tables)
        for (table, _), date in zip(probes, dates, strict=True):
            if date is not None:
                found[table] = max(found[table] or timedelta(0), now - date)
        return found

    def _waiting(self, now: datetime, pool: ThreadPoolExecutor) -> Waiting:
        """The first few of each shard: whatever waits for an answer, a try or a hand is due within the hour."""
        until = times.text(now + timedelta(hours=1))
        pages = list(
            pool.map(lambda shard: self.db.query_index(SENDS, DUE, shard, until=until, limit=EACH), (*SHARDS, *OF_MANY))
        )
        keys = [(str(item["pk"]), str(item["sk"])) for page in pages for item in page.items]
        by: Counter[tuple[str, str]] = Counter()
        stale = 0
        for first in range(0, len(keys), _AT_ONCE):
            for item in self.db.get_all(SENDS, keys[first : first + _AT_ONCE]):
                row = Send.from_item(item)
                by[str(row.status), row.reason or ""] += 1
                stale += row.status in UNCERTAIN and row.claimed_at is not None and now - row.claimed_at > STALE
        by = Counter({key: count for key, count in by.items() if key[0] != Status.SENT})
        return Waiting(by, stale, all(page.next is None for page in pages))

    def _model(self) -> Model:
        standing = self.fits.standing()
        newest = next(iter(self.fits.history(1)), None)
        refused = None
        if newest is not None and not newest.verdict.adopted:
            refused = " ".join(reason.sentence for reason in newest.verdict.reasons)
        return Model(standing.fitted.version, standing.adopted_at, standing.fitted.drifted, refused)

    def _failed(self) -> Sequence[FailedJob]:
        jobs, _ = self.jobs.page(JOBS)
        return [FailedJob(job.id, job.kind, job.problem or "") for job in jobs if job.status is JobStatus.FAILED]


def _or_why(read: Callable[[], _Part]) -> _Part | Missing:
    try:
        with refused_for_good():
            return read()
    except (Transient, Permanent) as why:
        return Missing(str(why))
