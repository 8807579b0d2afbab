"""Scheduled journeys: each time that comes is a job, which lets the members of the segment in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from chalicelib import times
from chalicelib.jobs.job import Job
from chalicelib.jobs.store import JobStore
from chalicelib.journeys.schedule.store import ScheduleStore, Standing

OCCURRENCE: Final = "occurrence"
CLOCK: Final = "schedule"
"""Who asks for the jobs that nobody asks for."""


def start_due(schedules: ScheduleStore, jobs: JobStore, now: datetime) -> int:
    """Start what has come by now; how many were started. Whoever does the same at the same moment starts no second."""
    due = schedules.due(now)
    for standing in due:
        jobs.start(of(standing.journey, standing.next, standing.begins_at))
        schedules.advance(standing)
    return len(due)


def of(journey: str, occurrence: datetime | None, begins_at: datetime | None, confirmed_by: str | None = None) -> Job:
    """The job of one time of a journey: the same time is the same job. confirmed_by: who lets it go on although it is
    late, or large: that is another job, and there is one of it."""
    assert occurrence is not None, "a schedule that is over begins nothing"
    assert begins_at is not None
    asked: Mapping[str, Any] = {
        "journey": journey,
        "occurrence": occurrence.isoformat(timespec="minutes"),
        "begins_at": times.text(begins_at),
        "confirmed": confirmed_by is not None,
    }
    cause = (journey, asked["occurrence"], *(["confirmed"] if confirmed_by else []))
    return Job.new(OCCURRENCE, asked, confirmed_by or CLOCK, begins_at, *cause)


def running(jobs: JobStore, standing: Standing) -> Job | None:
    """The job of the time that was started last: the confirmed one, if somebody had to confirm it."""
    if standing.last is None:
        return None
    begins_at = standing.schedule.begins(standing.last)
    confirmed = jobs.find(of(standing.journey, standing.last, begins_at, "anybody").id)
    return confirmed or jobs.find(of(standing.journey, standing.last, begins_at).id)
