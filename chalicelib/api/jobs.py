"""Jobs: long work that somebody asked for, how far it is, and how to end it."""

from __future__ import annotations

from typing import Any, Final

from pydantic import Field

from chalicelib import wiring
from chalicelib.api.answers import Model, Moment, Strict
from chalicelib.api.http import Request, Routes, opened, sealed
from chalicelib.errors import Refused
from chalicelib.jobs.job import Job, Status
from chalicelib.jobs.store import Conflict

READ: Final = "jobs:read"
WRITE: Final = "jobs:write"
LONGEST_ID: Final = 100

routes: Final = Routes("jobs")


class ListQuery(Strict):
    """Which jobs to list."""

    limit: int = Field(50, ge=1, le=200, description="At most this many.")
    cursor: str | None = Field(None, max_length=200, description="The `cursor` of the page before.")


class JobState(Model):
    """A job. What was done before it failed or was cancelled stays done."""

    id: str
    kind: str
    status: Status
    requested_by: str = Field(description="The first characters of a key's id, or the source of a webhook.")
    created_at: Moment
    started_at: Moment | None
    finished_at: Moment | None
    cancelling: bool = Field(description="It ends before its next slice.")
    counts: dict[str, int] = Field(description="What was done so far; what is counted depends on the kind.")
    report: dict[str, Any] | None = Field(description="What there is to say of it; depends on the kind.")
    problem: str | None = Field(description="Why it failed, or why its present slice is tried again.")


class Jobs(Model):
    """A page of jobs, the newest first; `cursor` asks for the next, null at the end."""

    jobs: list[JobState]
    cursor: str | None


@routes.endpoint("GET", "/v1/jobs", scope=READ, query=ListQuery, response=Jobs)
def list_jobs(request: Request) -> Jobs:
    """Every job of the last 90 days, the newest first."""
    query = request.parameters(ListQuery)
    try:
        cursor = opened(query.cursor) if query.cursor else None
    except ValueError as unreadable:
        raise Refused(400, "invalid_parameters", "That is not a cursor of this list.") from unreadable
    if cursor is not None and not _plausible(cursor):
        raise Refused(400, "invalid_parameters", "That is not a cursor of this list.")
    found, after = wiring.perennial().jobs.page(query.limit, cursor)
    return Jobs(jobs=[shown(job) for job in found], cursor=sealed(after) if after else None)


@routes.endpoint("GET", "/v1/jobs/{job}", scope=READ, response=JobState, problems=("unknown_job",))
def read_job(request: Request) -> JobState:
    """How far a job is."""
    return shown(found(request.path["job"]))


@routes.endpoint("POST", "/v1/jobs/{job}/cancel", scope=WRITE, response=JobState, problems=("unknown_job",))
def cancel_job(request: Request) -> JobState:
    """End a job before its next slice. One that is over stays as it is."""
    id = request.path["job"]
    job = wiring.perennial().jobs.cancel(id) if _plausible(id) else None
    if job is None:
        raise _unknown()
    return shown(job)


@routes.endpoint(
    "POST", "/v1/jobs/{job}/resume", scope=WRITE, response=JobState, problems=("unknown_job", "job_is_over")
)
def resume_job(request: Request) -> JobState:
    """Take a job up again where it stopped: one that failed, or one on which nobody works any more."""
    job = found(request.path["job"])
    if job.status in (Status.DONE, Status.CANCELLED):
        raise Refused(409, "job_is_over", f"The job is {job.status}; start a new one.")
    resumed = job.resumed()
    try:
        wiring.perennial().jobs.save(resumed)
    except Conflict:  # somebody works on it, then
        return shown(found(job.id))
    return shown(resumed)


def found(id: str) -> Job:
    """The job of that id. Refused: 404 `unknown_job`."""
    job = wiring.perennial().jobs.find(id) if _plausible(id) else None
    if job is None:
        raise _unknown()
    return job


def shown(job: Job) -> JobState:
    """A job as the API shows it: without what was asked, which may hold an address."""
    return JobState(
        id=job.id,
        kind=job.kind,
        status=job.status,
        requested_by=job.requested_by,
        created_at=job.created_at,
        started_at=job.started_at,
        finished_at=job.finished_at,
        cancelling=job.cancelling and not job.status.over,
        counts=dict(job.counts or {}),
        report=None if job.report is None else dict(job.report),
        problem=job.problem,
    )


def caller(request: Request) -> str:
    """Who asks: the first characters of the id of the key, which was found valid before."""
    from chalicelib.tracking import keys

    _, _, text = request.headers.get("authorization", "").strip().partition(" ")
    return keys.hashed(text.strip())[:8]


def _unknown() -> Refused:
    return Refused(404, "unknown_job", "There is no job of that id; jobs are forgotten after 90 days.")


def _plausible(id: str) -> bool:
    return 0 < len(id) <= LONGEST_ID and id.isascii() and id.isprintable()
