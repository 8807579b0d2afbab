"""What a shop's webhook asks of somebody's data becomes a job: started once, however often the shop asks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime

from chalicelib.jobs.job import Job
from chalicelib.jobs.store import JobStore
from chalicelib.tracking.privacy import PrivacyRequest


class JobDesk:
    """Starts the job of the request's kind. Shops ask again within hours, so a request of the same day is the same."""

    def __init__(self, jobs: JobStore, clock: Callable[[], datetime]) -> None:
        self._jobs = jobs
        self._clock = clock

    def start(self, request: PrivacyRequest, source: str) -> None:
        """Start it, unless it was."""
        day = self._clock().replace(hour=0, minute=0, second=0, microsecond=0)
        asked = {name: value for name, value in asdict(request).items() if value and name != "kind"}
        self._jobs.start(Job.new(request.kind, asked | {"source": source}, source, day, source, request.reference))
