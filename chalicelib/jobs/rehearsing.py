"""What the jobs of the rehearsal share: rounds over everybody, customer by customer, as far as a slice has time."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from chalicelib.errors import Permanent, Transient
from chalicelib.jobs.kind import Tools
from chalicelib.journeys.live import Live
from chalicelib.journeys.publish import Missing
from chalicelib.rehearsal.everybody import Round
from chalicelib.rehearsal.store import Archive
from chalicelib.review.failure import why
from chalicelib.tracking.problems import Invalid

logger = logging.getLogger(__name__)


class Asked(BaseModel):
    """What such a job keeps: the version that the journey had when it was asked, and the period.

    sample: how many customers; None for all.
    """

    model_config = ConfigDict(extra="ignore")

    journey: str
    version: Annotated[int, Field(ge=1)]
    since: datetime
    until: datetime
    sample: int | None = None
    alone: bool = False
    exactly: bool = False


def draft(asked: Asked, archive: Archive) -> Live:
    """The version that is rehearsed. Permanent if it is gone."""
    try:
        return archive.draft(asked.journey, asked.version)
    except (Missing, Invalid) as gone:
        raise Permanent(f"the journey cannot be rehearsed: {gone}") from gone


def go_round(
    round: Round, asked: Asked, had: int, archive: Archive, tools: Tools, one: Callable[[str], None]
) -> tuple[Round, int]:
    """Rehearse customers by `one`, part by part, until the slice's time is up, the sample is full or all had a turn.

    had: how many were rehearsed before. A part is whole: what follows begins with the next. Returns where the next
    slice begins, and how many customers could not be rehearsed in this one.
    """
    failed = 0
    while not round.over and not is_full(asked, had):
        for customer in archive.customers(round):
            if is_full(asked, had):
                break
            try:
                one(customer)
            except Transient:
                raise
            except Exception as error:  # noqa: BLE001 logged: whoever cannot be rehearsed holds nobody else up
                logger.error("a customer could not be rehearsed: %s", why(error))
                failed += 1
            had += 1
        round = round.next()
        if tools.time_is_up():
            break
    return round, failed


def is_full(asked: Asked, had: int) -> bool:
    """Whether the sample has as many as were asked for."""
    return asked.sample is not None and had >= asked.sample


def share(round: Round, asked: Asked, had: int) -> float:
    """How much of the job is done, from 0 to 1."""
    if round.over or is_full(asked, had):
        return 1.0
    of_all = round.done / round.parts
    return _to_four_digits(max(of_all, had / asked.sample) if asked.sample else of_all)


def _to_four_digits(value: float) -> float:
    return float(f"{value:.4f}")
