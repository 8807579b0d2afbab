"""0 lost, 0 double, 0 without permission: in every way in which one message can go wrong, in many random ways in which
several can, and not without each of the guards."""

from __future__ import annotations

import os
from collections import Counter

import pytest

from chalicelib.journeys.send import Send
from tests.messages.samples import receipt, send
from tests.messages.test_webhook import webhook
from tests.proof import simulation
from tests.proof.faults import MAIL_FAULTS, PROVIDERS, TABLE_FAULTS, Exactly, Fault
from tests.proof.guards import REMOVED, Guards

SCHEDULES = int(os.environ.get("PERENNIAL_SCHEDULES", "600"))
PATIENCE = 400
"""How many schedules a missing guard may stay unnoticed."""

MESSAGES = [
    pytest.param(send(), id="marketing"),
    pytest.param(receipt(), id="transactional"),
    pytest.param(webhook(), id="webhook"),
]


def calls(message: Send) -> list[str]:
    """The calls that one message takes when nothing goes wrong, to the last report."""
    schedule = Exactly()
    verdict, _ = simulation.one(message, schedule)
    assert verdict.wrong == []
    assert verdict.counts == {"sent": 1}
    return schedule.sites


def possible(site: str) -> tuple[Fault, ...]:
    return MAIL_FAULTS if site in PROVIDERS else TABLE_FAULTS


@pytest.mark.parametrize("message", MESSAGES)
def test_one_fault_at_every_call(message: Send) -> None:
    for number, site in enumerate(calls(message)):
        for fault in possible(site):
            verdict, made = simulation.one(message, Exactly({number: fault}))
            assert verdict.wrong == [], (number, site, fault, made.log)


def telling(site: str) -> tuple[Fault, ...]:
    """Those of the faults that differ: dying before a call is dying after the one before, and a lost answer of a
    read is a lost request."""
    if site in PROVIDERS:
        return (Fault.CRASH_AFTER, Fault.LOST_REQUEST, Fault.LOST_ANSWER, Fault.THROTTLED)
    reads = site in ("table.get", "table.query", "table.query_index")
    return (Fault.CRASH_AFTER, Fault.LOST_REQUEST) + (() if reads else (Fault.LOST_ANSWER,))


@pytest.mark.parametrize("message", MESSAGES)
def test_two_faults_at_every_two_calls(message: Send) -> None:
    for first, site in enumerate(calls(message)):
        for fault in telling(site):
            schedule = Exactly({first: fault})
            simulation.one(message, schedule)
            for second in range(first + 1, len(schedule.sites)):
                for other in telling(schedule.sites[second]):
                    verdict, made = simulation.one(message, Exactly({first: fault, second: other}))
                    assert verdict.wrong == [], (first, fault, second, other, made.log)


def test_many_messages_in_random_schedules() -> None:
    counts: Counter[str] = Counter()
    for seed in range(SCHEDULES):
        verdict, made = simulation.random(seed)
        counts += verdict.counts
        assert verdict.wrong == [], f"python -m tests.proof {seed}\n" + "\n".join(made.log)
    assert counts["sent"] > SCHEDULES  # most of them leave


@pytest.mark.parametrize("guards", REMOVED, ids=lambda guards: f"without {guards.name}")
def test_a_missing_guard_is_noticed(guards: Guards) -> None:
    assert any(simulation.random(seed, guards)[0].wrong for seed in range(PATIENCE))
