"""What somebody asks of the data that is held about them becomes a job: by the API, by a shop's webhook, by an SDK.

Whom it is about is kept beside the job, and before it: the job's own item names nobody, and the job forgets whom it was
about when it is done.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final, Literal

from chalicelib.ids import digest
from chalicelib.jobs.job import Job
from chalicelib.jobs.persons import Asked
from chalicelib.jobs.persons.store import PersonStore
from chalicelib.jobs.store import JobStore
from chalicelib.tracking.event import USER
from chalicelib.tracking.privacy import PrivacyRequest

Kind = Literal["export", "erase"]
ERASE_SHOP: Final = "erase_shop"


class JobDesk:
    """Starts the job of a request's kind. A request of the same day is the same: shops ask again within hours."""

    def __init__(self, jobs: JobStore, persons: PersonStore, clock: Callable[[], datetime]) -> None:
        self._jobs = jobs
        self._persons = persons
        self._clock = clock

    def start(self, request: PrivacyRequest, source: str) -> None:
        """What a webhook or an SDK asks for, once a day for each reference.

        `orders` of the request do not narrow it: what is known of a person cannot be told apart by them.
        """
        day = self._clock().replace(hour=0, minute=0, second=0, microsecond=0)
        said = {"source": source, "reference": request.reference}
        job = Job.new(request.kind, said, source, day, source, request.reference)
        if request.kind == ERASE_SHOP:
            self._jobs.start(job)
            return
        subject = USER + request.user_id if request.user_id else None
        self._start(job, Asked(subject, request.email, request.phone, source))

    def start_for(self, kind: Kind, subject: str, requested_by: str) -> Job:
        """What a caller of the API asks for about one customer; impatient repetitions within a minute are one."""
        minute = self._clock().replace(second=0, microsecond=0)
        cause = digest("subject", subject)
        return self._start(Job.new(kind, {"reference": cause}, requested_by, minute, cause), Asked(subject))

    def start_part(self, kind: Kind, asked: Asked, of: Job) -> Job:
        """What a job asks for about one of many; once for each, however often the job comes to it."""
        cause = digest("part", of.id, *asked.subjects())
        said = {"source": asked.source, "reference": cause}
        return self._start(Job.new(kind, said, of.requested_by, of.created_at, cause), asked)

    def _start(self, job: Job, asked: Asked) -> Job:
        standing = self._jobs.find(job.id)
        if standing is not None:  # it knows whom it is about, or has forgotten it
            return standing
        self._persons.ask(job.id, asked, self._clock())
        return self._jobs.start(job)
