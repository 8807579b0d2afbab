"""A job of the rehearsal worked off in a test, slice by slice, each with time for so much and no more."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from chalicelib.aws.database import Database
from chalicelib.jobs.job import Job
from chalicelib.jobs.kind import Tools, kind
from tests.fakes.files import MemoryFiles
from tests.fakes.queues import MemoryQueues
from tests.fakes.secrets import MemorySecrets


def work(name: str, request: dict[str, Any], db: Database, now: datetime, *, patient: bool = True) -> tuple[Job, int]:
    """The job when it is done, and in how many slices. patient: a slice may take as long as it wants."""
    job, slices, plugin = Job.new(name, request, "test", now), 0, kind(name)
    until = now + timedelta(days=1) if patient else now
    while not job.status.over:
        tools = Tools(db, MemoryFiles(), MemoryQueues(), MemorySecrets(), lambda: now, until)
        job = job.worked(plugin.work(plugin.request.model_validate(job.request), job, tools), now)
        slices += 1
    return job, slices
