"""Every way in which one message, or one visit, can go wrong once or twice: each fault at each call, and each two."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from tests.messages.samples import receipt, send
from tests.messages.test_webhook import webhook
from tests.proof import intake, simulation
from tests.proof.auditor import Verdict
from tests.proof.faults import MAIL_FAULTS, PROVIDERS, TABLE_FAULTS, Exactly, Fault

Play = Callable[[Exactly], tuple[Verdict, Any]]
Faults = Mapping[int, Fault]
"""By the number of the call, counted from 0."""

SUBJECTS: Final[Mapping[str, Play]] = {
    "marketing": lambda schedule: simulation.one(send(), schedule),
    "transactional": lambda schedule: simulation.one(receipt(), schedule),
    "webhook": lambda schedule: simulation.one(webhook(), schedule),
    "visit": intake.one,
}


def calls(play: Play) -> list[str]:
    """The calls that are made when nothing goes wrong, to the last one."""
    schedule = Exactly()
    verdict, _ = play(schedule)
    assert verdict.wrong == []
    return schedule.sites


def possible(site: str) -> tuple[Fault, ...]:
    """All faults of a call."""
    return MAIL_FAULTS if site in PROVIDERS else TABLE_FAULTS


def telling(site: str) -> tuple[Fault, ...]:
    """Those of the faults that differ: dying before a call is dying after the one before, and a lost answer of a
    read is a lost request."""
    if site in PROVIDERS:
        return (Fault.CRASH_AFTER, Fault.LOST_REQUEST, Fault.LOST_ANSWER, Fault.THROTTLED)
    reads = site in ("table.get", "table.query", "table.query_index")
    return (Fault.CRASH_AFTER, Fault.LOST_REQUEST) + (() if reads else (Fault.LOST_ANSWER,))


def once(play: Play) -> Iterator[Faults]:
    """One fault at every call."""
    for number, site in enumerate(calls(play)):
        for fault in possible(site):
            yield {number: fault}


def twice(play: Play) -> Iterator[Faults]:
    """Two faults at every two calls; the second as the calls go on after the first."""
    for first, site in enumerate(calls(play)):
        for fault in telling(site):
            schedule = Exactly({first: fault})
            play(schedule)
            for second in range(first + 1, len(schedule.sites)):
                for other in telling(schedule.sites[second]):
                    yield {first: fault, second: other}


def wrong(play: Play, faults: Faults) -> list[str]:
    """What the auditor says of these faults."""
    return play(Exactly(faults))[0].wrong
