"""A job: long work that is done in slices, and what is known of it between two of them. Pure.

    queued ──► running ──► done
                  │  └───► failed ──(resumed)──► queued
                  └──────► cancelled

Between two slices a job is one item of the work table: where the next slice begins (`cursor`), what was done so far
(`counts`, `report`) and its version. A slice that was interrupted is done again from the same cursor, so slices must
be idempotent, and bounded: by time (`Tools.time_is_up`) and by count.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final, Self

from pydantic_core import from_json, to_json

from chalicelib import times
from chalicelib.ids import digest
from chalicelib.resources import SCHEMA_VERSION

KIND: Final = "job"  # the hash key of the work table's items that are jobs
KEPT_FOR: Final = timedelta(days=90)
TRIES: Final = 3  # of one slice that fails for a reason of its own


class Status(StrEnum):
    """How far a job is. `failed` and `cancelled` keep what was done before them."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def over(self) -> bool:
        """Whether nothing more happens by itself."""
        return self in (Status.DONE, Status.FAILED, Status.CANCELLED)


@dataclass(frozen=True)
class Slice:
    """What one slice did.

    cursor: where the next one begins, as JSON; None when the work is done.
    counts: to be added to the job's: exact, because both are written together.
    report: what is to be said of the whole so far, as JSON; it takes the place of the one before. None: as before.
    """

    cursor: Mapping[str, Any] | None
    counts: Mapping[str, int]
    report: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Job:
    """One job.

    kind:         the file of chalicelib/jobs/kinds that does it. request: what was asked of it, as JSON.
    requested_by: who asked: the first characters of a key's id, or the source of a webhook.
    v:            raised by every slice: of two workers on one slice only one can save it.
    tries:        how often the present slice has failed. problem: why, or why the job failed.
    cancelling:   somebody asked to end it; done before the next slice.
    """

    id: str
    kind: str
    request: Mapping[str, Any]
    requested_by: str
    created_at: datetime
    status: Status = Status.QUEUED
    v: int = 1
    cursor: Mapping[str, Any] | None = None
    counts: Mapping[str, int] | None = None
    report: Mapping[str, Any] | None = None
    tries: int = 0
    problem: str | None = None
    cancelling: bool = False
    started_at: datetime | None = None
    finished_at: datetime | None = None

    @classmethod
    def new(cls, kind: str, request: Mapping[str, Any], requested_by: str, at: datetime, *cause: str) -> Self:
        """A job to start. The same kind, time and cause are the same job: a webhook that comes again (with the time
        of its own event) starts no second one."""
        id = f"{at:%Y%m%dT%H%M%S}-{digest(kind, times.text(at), *cause, length=16)}"
        return cls(id, kind, request, requested_by, at)

    def worked(self, done: Slice, now: datetime) -> Self:
        """After a slice."""
        totals = {name: (self.counts or {}).get(name, 0) for name in {*(self.counts or {}), *done.counts}}
        over = done.cursor is None
        return replace(
            self,
            v=self.v + 1,
            status=Status.DONE if over else Status.RUNNING,
            cursor=done.cursor,
            counts={name: total + done.counts.get(name, 0) for name, total in totals.items()},
            report=self.report if done.report is None else done.report,
            tries=0,
            problem=None,
            started_at=self.started_at or now,
            finished_at=now if over else None,
        )

    def stumbled(self, problem: str, now: datetime, *, for_good: bool) -> Self:
        """After a slice that failed: `for_good`, or to be tried again up to TRIES times in all."""
        over = for_good or self.tries + 1 >= TRIES
        return replace(
            self,
            v=self.v + 1,
            status=Status.FAILED if over else Status.RUNNING,
            tries=self.tries + 1,
            problem=problem,
            started_at=self.started_at or now,
            finished_at=now if over else None,
        )

    def cancelled(self, now: datetime) -> Self:
        """Ended because somebody asked for it."""
        return replace(self, v=self.v + 1, status=Status.CANCELLED, finished_at=now)

    def resumed(self) -> Self:
        """Taken up again where it stopped: a failed one, or one that nobody works on any more."""
        return replace(self, v=self.v + 1, status=Status.QUEUED, tries=0, problem=None, finished_at=None)


def to_item(job: Job) -> dict[str, Any]:
    """The job as the work table holds it, but for `cancelling`, which is set by itself and must survive a save."""
    held = {
        "pk": KIND,
        "sk": job.id,
        "kind": job.kind,
        "request": _text(job.request),
        "requested_by": job.requested_by,
        "created_at": times.text(job.created_at),
        "status": str(job.status),
        "v": job.v,
        "cursor": None if job.cursor is None else _text(job.cursor),
        "counts": dict(job.counts or {}),
        "report": None if job.report is None else _text(job.report),
        "tries": job.tries,
        "problem": job.problem,
        "started_at": times.text(job.started_at) if job.started_at else None,
        "finished_at": times.text(job.finished_at) if job.finished_at else None,
        "expires": int((job.created_at + KEPT_FOR).timestamp()),
        "schema_v": SCHEMA_VERSION,
    }
    return {name: value for name, value in held.items() if value is not None}


def from_item(item: Mapping[str, Any]) -> Job:
    """The job that `to_item` stored."""
    return Job(
        id=item["sk"],
        kind=item["kind"],
        request=from_json(item["request"]),
        requested_by=item["requested_by"],
        created_at=times.parse(item["created_at"]),
        status=Status(item["status"]),
        v=int(item["v"]),
        cursor=from_json(item["cursor"]) if "cursor" in item else None,
        counts={name: int(number) for name, number in item["counts"].items()},
        report=from_json(item["report"]) if "report" in item else None,
        tries=int(item["tries"]),
        problem=item.get("problem"),
        cancelling=bool(item.get("cancelling")),
        started_at=times.parse(item["started_at"]) if "started_at" in item else None,
        finished_at=times.parse(item["finished_at"]) if "finished_at" in item else None,
    )


def _text(value: object) -> str:
    return to_json(value, inf_nan_mode="null").decode()
