"""Where jobs are kept: the work table, whose stream is also what drives them.

Saving a slice *is* asking for the next one: the table's stream brings every change of an open job to `work_jobs`. There
is no message beside the item that could be lost, doubled or overtaken.
"""

from __future__ import annotations

from chalicelib.aws.database import ABSENT, ConditionFailed, Database, OneOf
from chalicelib.jobs import job as jobs
from chalicelib.jobs.job import KIND, Job, Status
from chalicelib.resources import WORK

_OPEN = (str(Status.QUEUED), str(Status.RUNNING))
_OPTIONAL = ("cursor", "report", "problem", "started_at", "finished_at")


class Conflict(Exception):
    """Somebody else has saved this job since it was read."""


class JobStore:
    """Every job of the last 90 days."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def start(self, job: Job) -> Job:
        """Keep a new job, which starts it; the one that stands already under its id, if one does."""
        try:
            self._db.put(WORK, jobs.to_item(job), when={"pk": ABSENT})
        except ConditionFailed as standing:
            return job if standing.item is None else jobs.from_item(standing.item)
        return job

    def find(self, id: str) -> Job | None:
        """The job of that id as it is now."""
        item = self._db.get(WORK, KIND, id)
        return None if item is None else jobs.from_item(item)

    def page(self, limit: int, cursor: str | None = None) -> tuple[list[Job], str | None]:
        """Jobs, the newest first, and the cursor of the next page."""
        start = {"pk": KIND, "sk": cursor} if cursor else None
        page = self._db.query(WORK, KIND, descending=True, limit=limit, start=start)
        return [jobs.from_item(item) for item in page.items], page.next["sk"] if page.next else None

    def save(self, job: Job) -> None:
        """Write a job whose `v` is one more than that of the one it was made from. Conflict if somebody was faster."""
        item = jobs.to_item(job)
        kept = {name: value for name, value in item.items() if name not in ("pk", "sk")}
        missing = tuple(name for name in _OPTIONAL if name not in item)
        if job.status is Status.QUEUED:
            missing += ("cancelling",)  # taken up again: whatever was asked before
        try:
            self._db.update(WORK, KIND, job.id, set=kept, remove=missing, when={"v": job.v - 1})
        except ConditionFailed as lost:
            raise Conflict(job.id) from lost

    def cancel(self, id: str) -> Job | None:
        """Have an open job end before its next slice; None if there is none. One that is over stays as it is.

        The version stays, so that the slice that is being worked on can still be saved.
        """
        try:
            item = self._db.update(WORK, KIND, id, set={"cancelling": True}, when={"status": OneOf(*_OPEN)})
        except ConditionFailed as refused:
            return None if refused.item is None else jobs.from_item(refused.item)
        return jobs.from_item(item)
