"""Every schedule by its name, so that what fails can be replayed: `messages 4711`, `intake 4711`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from tests.proof import intake, simulation
from tests.proof.auditor import Verdict
from tests.proof.guards import ALL, Guards

KINDS: Final[dict[str, Callable[[int, Guards], tuple[Verdict, list[str]]]]] = {
    "messages": lambda seed, guards: _played(*simulation.random(seed, guards)),
    "intake": lambda seed, guards: _played(*intake.random(seed, guards)),
}
INTAKE_EVERY: Final = 20
"""Of so many schedules one is of the way from an event to the ledger, and the others from the ledger to the mailbox."""


def _played(verdict: Verdict, made: simulation.Simulation | intake.Intake) -> tuple[Verdict, list[str]]:
    return verdict, made.log


def kind_of(seed: int) -> str:
    """Of which kind the schedule of a seed is, where all kinds are run."""
    return "intake" if seed % INTAKE_EVERY == 0 else "messages"


def play(kind: str, seed: int, guards: Guards = ALL) -> tuple[Verdict, list[str]]:
    """One schedule: what the auditor says, and what happened."""
    return KINDS[kind](seed, guards)


def first_noticed(guards: Guards, schedules: int) -> tuple[int, str] | None:
    """The first seed at which the lack of a guard shows, and what the auditor says; None in so many schedules."""
    for seed in range(schedules):
        wrong = play(guards.where, seed, guards)[0].wrong
        if wrong:
            return seed, wrong[0]
    return None
