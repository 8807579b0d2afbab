"""The jobs that keep stages right: a refit of the models, and a rescore of everybody after something changed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from chalicelib.jobs.job import Job
from chalicelib.jobs.store import JobStore

REFIT: Final = "refit"
RESCORE: Final = "rescore"
WEEKDAY, HOUR, MINUTE = 0, 3, 17
"""When the week's refit starts, in UTC: infra/resources.yaml says the same to the schedule."""

Reason = Literal["model", "settings"]


def weekly(now: datetime) -> Job:
    """The refit of the week in which `now` lies: a schedule that fires twice starts one."""
    monday = (now - timedelta(days=now.weekday())).replace(hour=0, minute=0, second=0, microsecond=0)
    return Job.new(REFIT, {}, "schedule", monday, "weekly")


def next_weekly(now: datetime) -> datetime:
    """When the schedule starts the next refit."""
    today = now.replace(hour=HOUR, minute=MINUTE, second=0, microsecond=0)
    start = today + timedelta(days=(WEEKDAY - now.weekday()) % 7)
    return start if start > now else start + timedelta(days=7)


def start_refit(jobs: JobStore, requested_by: str, now: datetime) -> Job:
    """What somebody asks for now; impatient repetitions within a minute are one."""
    minute = now.replace(second=0, microsecond=0)
    return jobs.start(Job.new(REFIT, {}, requested_by, minute, "asked"))


def start_rescore(jobs: JobStore, reason: Reason, requested_by: str, changed_at: datetime, *cause: str) -> Job:
    """Have everybody judged anew; the same change starts one job, however often it is said.

    changed_at: since when the new parameters are in force. cause: what changed, such as a setting's name and version.
    """
    asked: Mapping[str, Any] = {"reason": reason, "changed_at": changed_at.isoformat()}
    return jobs.start(Job.new(RESCORE, asked, requested_by, changed_at, reason, *cause))
