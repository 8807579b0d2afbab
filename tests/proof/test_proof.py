"""0 lost, 0 double, 0 without permission: in every way in which one message can go wrong, in many random ways in which
several can, and not without each of the guards. `make prove` is the same, many times more."""

from __future__ import annotations

import os
from collections import Counter
from itertools import islice

import pytest

from tests.proof import exhaustive, schedules
from tests.proof.guards import REMOVED, Guards

SCHEDULES = int(os.environ.get("PERENNIAL_SCHEDULES", "400"))
EVERY = 9
"""Of the ways in which two things go wrong every so manyth: all of them are in `make prove`."""

PATIENCE = 400
"""How many schedules a missing guard may stay unnoticed."""


@pytest.mark.parametrize("subject", exhaustive.SUBJECTS)
def test_one_fault_at_every_call(subject: str) -> None:
    play = exhaustive.SUBJECTS[subject]
    for faults in exhaustive.once(play):
        assert exhaustive.wrong(play, faults) == [], faults


@pytest.mark.parametrize("subject", [subject for subject in exhaustive.SUBJECTS if subject != "visit"])
def test_two_faults_at_two_calls(subject: str) -> None:
    play = exhaustive.SUBJECTS[subject]
    for faults in islice(exhaustive.twice(play), 0, None, EVERY):
        assert exhaustive.wrong(play, faults) == [], faults


def test_much_at_once_in_random_schedules() -> None:
    counts: Counter[str] = Counter()
    for seed in range(SCHEDULES):
        kind = schedules.kind_of(seed)
        verdict, log = schedules.play(kind, seed)
        counts += verdict.counts
        assert verdict.wrong == [], f"python -m tests.proof {kind} {seed}\n" + "\n".join(log)
    assert counts["sent"] > SCHEDULES  # most of them leave
    for ending in ("skipped:unsubscribed", "skipped:capped", "skipped:duplicate", "sent:assumed_sent"):
        assert counts[ending], f"no schedule ends in {ending}"


@pytest.mark.parametrize("kind", schedules.KINDS)
def test_a_schedule_replays(kind: str) -> None:
    assert schedules.play(kind, 7) == schedules.play(kind, 7)


@pytest.mark.parametrize("guards", REMOVED, ids=lambda guards: f"without {guards.name}")
def test_a_missing_guard_is_noticed(guards: Guards) -> None:
    assert schedules.first_noticed(guards, PATIENCE) is not None
