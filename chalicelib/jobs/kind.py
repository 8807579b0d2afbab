"""What a kind of job is: one file in chalicelib/jobs/kinds that does one slice at a time.

A kind ends with `plugin: Kind[...] = ...`. It reads and writes through stores that it makes of `tools.db`, and
through `tools.files`; it keeps nothing in memory between two slices.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

from pydantic import BaseModel

from chalicelib import plugins
from chalicelib.aws.database import Database
from chalicelib.aws.files import Files
from chalicelib.aws.queues import Queues
from chalicelib.aws.secrets import Secrets
from chalicelib.jobs.job import Job, Slice

KINDS = "chalicelib.jobs.kinds"
Request = TypeVar("Request", bound=BaseModel)


@dataclass(frozen=True)
class Tools:
    """What a slice works with. `until`: the moment at which it should come to its end and save."""

    db: Database
    files: Files
    queues: Queues
    secrets: Secrets
    now: Callable[[], datetime]
    until: datetime

    def time_is_up(self) -> bool:
        """Whether the slice should end here: its function is stopped soon after."""
        return self.now() >= self.until


class Kind(Protocol[Request]):
    """One kind of job."""

    @property
    def request(self) -> type[Request]:
        """The model of what may be asked of it; what was stored is validated again before every slice."""
        ...

    def work(self, request: Request, job: Job, tools: Tools) -> Slice:
        """Do the slice that begins at `job.cursor` (None: the first).

        It may be done again from the same cursor after it was interrupted anywhere, so doing it twice must be the
        same as doing it once. Transient: the same slice later. Permanent: the job has failed, and its message is shown
        to whoever asks. Anything else: the slice is tried again, `job.TRIES` times in all.
        """
        ...


def kind(name: str) -> Kind[BaseModel]:
    """The kind in the file of that name. Raises plugins.UnknownPlugin."""
    found: Kind[BaseModel] = plugins.load(KINDS, name)
    return found
