"""What a kind of job is: one file in chalicelib/jobs/kinds that does one slice at a time.

A kind ends with `plugin: Kind[...] = ...`. It reads and writes through stores that it makes of `tools.db`, and
through `tools.files`; it keeps nothing in memory between two slices.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final, NoReturn, Protocol, TypeVar

from pydantic import BaseModel

from chalicelib import plugins
from chalicelib.aws.database import Database
from chalicelib.aws.files import Files
from chalicelib.aws.queues import Queues
from chalicelib.aws.secrets import Secrets
from chalicelib.jobs.job import Job, Slice
from chalicelib.lifecycle.stage import DEFAULT
from chalicelib.review.advance import Rules

if TYPE_CHECKING:
    from chalicelib.aws.account import MailAccount
    from chalicelib.aws.letters import DeadLetters
    from chalicelib.journeys.engine import Engine
    from chalicelib.review.survey import Survey

KINDS = "chalicelib.jobs.kinds"
HEAVY: Final = frozenset({"refit"})
"""Kinds whose one slice takes minutes and much memory: a function of its own works them, `refit`, and no others."""
Request = TypeVar("Request", bound=BaseModel)


def _defaults() -> Rules:
    return Rules(DEFAULT)


def _nobody(matter: str) -> None:
    """Nobody is told."""


def _none() -> NoReturn:
    raise LookupError("this job was started where nothing is around it")


@dataclass(frozen=True)
class Around:
    """What few kinds need.

    rules: what customers are judged by, now. pause: lets seconds pass. alarm: has somebody paged about a matter that
    infra/alarms.py knows. engine: journeys. survey: judges customers with all that live conditions ask for.
    mail_account: SES beside its sending. dead_letters, failed_batches: what was given up.
    """

    rules: Callable[[], Rules] = _defaults
    pause: Callable[[float], None] = time.sleep
    alarm: Callable[[str], None] = _nobody
    engine: Callable[[], Engine] = _none
    survey: Callable[[], Survey] = _none
    mail_account: Callable[[], MailAccount] = _none
    dead_letters: Callable[[], DeadLetters] = _none
    failed_batches: Callable[[], Files] = _none


@dataclass(frozen=True)
class Tools:
    """What a slice works with. `until`: the moment at which it should come to its end and save."""

    db: Database
    files: Files
    queues: Queues
    secrets: Secrets
    now: Callable[[], datetime]
    until: datetime
    around: Around = Around()

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
