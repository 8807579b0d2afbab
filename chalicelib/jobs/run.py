"""Working jobs off, slice by slice. Driven by the stream of the work table, one change of one open job at a time.

    load the job; if the change is not its latest, another one is on its way
    asked to end: end it
    do one slice from its cursor, save it under its version: the save is the next change

A queue that a function fills for itself would be one more queue to pay for while nothing happens, and Lambda stops such
loops after 16 rounds; a stream costs nothing, keeps the order of one job's changes, works jobs side by side, and cannot
lose the next step, because it is the save of this one. A function that dies mid-slice is called again with the same
change, and does the same slice.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from pydantic import BaseModel, ValidationError

from chalicelib.aws.database import Database
from chalicelib.aws.files import Files
from chalicelib.aws.queues import Queues
from chalicelib.aws.secrets import Secrets
from chalicelib.errors import Permanent, Transient
from chalicelib.jobs.job import Job
from chalicelib.jobs.kind import HEAVY, Around, Kind, Tools, kind
from chalicelib.jobs.store import Conflict, JobStore
from chalicelib.plugins import UnknownPlugin
from chalicelib.review.failure import why

WITHIN: Final = timedelta(seconds=25)  # a slice; the function may run for a minute, and calls may take seconds

logger = logging.getLogger(__name__)


class Runner:
    """Works jobs off."""

    def __init__(
        self,
        db: Database,
        files: Files,
        queues: Queues,
        secrets: Secrets,
        clock: Callable[[], datetime],
        kinds: Callable[[str], Kind[BaseModel]] = kind,
        *,
        heavy: bool = False,
        around: Around | None = None,
    ) -> None:
        """heavy: works the kinds that need a function of their own, and no others."""
        self._jobs = JobStore(db)
        self._db, self._files, self._queues, self._secrets = db, files, queues, secrets
        self._clock = clock
        self._kinds = kinds
        self._heavy = heavy
        self._around = around or Around()

    def work(self, change: Mapping[str, Any]) -> str:
        """Do what a changed job asks for; returns what was done, in a word. Transient: bring the change again."""
        job = self._jobs.find(str(change["sk"]))
        if job is None or job.v != change.get("v") or job.status.over or (job.kind in HEAVY) != self._heavy:
            return "passed"
        after = job.cancelled(self._clock()) if job.cancelling else self._slice(job)
        try:
            self._jobs.save(after)
        except Conflict:  # another worker did the same slice, and its save goes on
            return "passed"
        return "ended" if after.status.over else "worked"

    def _slice(self, job: Job) -> Job:
        until = self._clock() + WITHIN
        tools = Tools(self._db, self._files, self._queues, self._secrets, self._clock, until, self._around)
        try:
            plugin = self._kinds(job.kind)
            done = plugin.work(plugin.request.model_validate(job.request), job, tools)
        except Transient:
            raise
        except Permanent as failed:
            return job.stumbled(str(failed), self._clock(), for_good=True)
        except (UnknownPlugin, ValidationError):
            return job.stumbled(f"this version cannot do this job of the kind {job.kind}", self._clock(), for_good=True)
        except Exception as error:  # noqa: BLE001 kept with the job, and logged: one job must not hold up the others
            reason = why(error)
            logger.error("a slice of job %s (%s) failed: %s", job.id, job.kind, reason)
            return job.stumbled(reason, self._clock(), for_good=False)
        return job.worked(done, self._clock())
