"""What the doctor looks at. Each part is read by itself: one that cannot be had says why, and hides no other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from chalicelib.aws.instruments import Quota, Raised, Standing
from chalicelib.messages.brake import Brake


@dataclass(frozen=True)
class Missing:
    """A part that could not be read, and why."""

    why: str


@dataclass(frozen=True)
class Ages:
    """Seconds: of the oldest message of each queue, of each function behind its stream."""

    queues: Mapping[str, float]
    functions: Mapping[str, float]


@dataclass(frozen=True)
class Waiting:
    """Rows of the ledger that wait for something, as far as they were looked at (`all`: no others wait).

    by: how many by status and reason. stale: claimed or unknown for longer than it takes to settle them.
    """

    by: Mapping[tuple[str, str], int]
    stale: int
    all: bool


@dataclass(frozen=True)
class Model:
    """By which fit everybody is judged. version: 0 for that which comes with the code. refused: why the newest was."""

    version: int
    adopted_at: datetime | None
    drifted: bool
    refused: str | None


@dataclass(frozen=True)
class FailedJob:
    """A job that failed."""

    id: str
    kind: str
    problem: str


@dataclass(frozen=True)
class Readings:
    """All of it, at a moment. late: by table, for how long its oldest due item has been due; None for nothing due."""

    at: datetime
    queues: Mapping[str, Standing] | Missing
    ages: Ages | Missing
    late: Mapping[str, timedelta | None] | Missing
    waiting: Waiting | Missing
    brake: Brake | Missing
    quota: Quota | Missing
    model: Model | Missing
    jobs: Sequence[FailedJob] | Missing
    batches: int | Missing
    alarms: Sequence[Raised] | Missing
