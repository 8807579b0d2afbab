"""The jobs that segments need: everybody judged by what is live now, and an exact count of a rule."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from pydantic_core import to_json

from chalicelib.jobs.job import Job
from chalicelib.jobs.store import JobStore

RESEGMENT: Final = "resegment"
COUNT_RULE: Final = "count_rule"


def start_resegment(jobs: JobStore, segment: str, version: int, requested_by: str, now: datetime) -> Job:
    """Have everybody judged by a segment that was put. version: of the live set that brought it."""
    asked = {"segment": segment, "changed_at": now.isoformat()}
    return jobs.start(Job.new(RESEGMENT, asked, requested_by, now, segment, str(version)))


def start_settling(jobs: JobStore, now: datetime) -> Job:
    """Have everybody judged by what journeys wait for now, once for all that are published within a minute."""
    minute = now.replace(second=0, microsecond=0)
    asked = {"segment": "", "changed_at": (minute + timedelta(minutes=1)).isoformat()}
    return jobs.start(Job.new(RESEGMENT, asked, "journeys", minute, "published"))


def start_count(jobs: JobStore, rule: Mapping[str, Any], requested_by: str, now: datetime) -> Job:
    """Have a rule asked of everybody; impatient repetitions within a minute are one."""
    minute = now.replace(second=0, microsecond=0)
    return jobs.start(Job.new(COUNT_RULE, {"rule": rule}, requested_by, minute, to_json(rule).decode()))
