"""The job that reads SES's suppression list."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from chalicelib.jobs.job import Job
from chalicelib.jobs.store import JobStore

SUPPRESSIONS: Final = "suppressions"
OVERLAP: Final = timedelta(days=2)
"""The night's job reads what came within so long: a night that is left out is made good by the next."""


def nightly(now: datetime) -> Job:
    """The night's: a schedule that fires twice starts one."""
    day = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return Job.new(SUPPRESSIONS, {"since": (day - OVERLAP).isoformat()}, "schedule", day, "nightly")


def start_sync(jobs: JobStore, requested_by: str, now: datetime) -> Job:
    """All of it, because somebody asks; impatient repetitions within a minute are one."""
    minute = now.replace(second=0, microsecond=0)
    return jobs.start(Job.new(SUPPRESSIONS, {}, requested_by, minute, "asked"))
