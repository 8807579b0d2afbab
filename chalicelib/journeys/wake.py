"""Inside a journey: an effect that somebody waits for is heard at once. The goal, the exit, or what a step waits for.

Each row that it wakes goes on under its version, in one transaction with what it decided; the row remembers the effect,
so that one which is delivered again, or to another worker, wakes nobody twice.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Final, Literal

from chalicelib.errors import Transient
from chalicelib.journeys.effect import Effect, Place
from chalicelib.journeys.engine import Engine
from chalicelib.journeys.enrolment import Enrolment
from chalicelib.journeys.listening import remembered, wakes
from chalicelib.journeys.progress import Progress, progressed

Woken = Literal["woken", "left", "goal", "kept"]
_ATTEMPTS: Final = 4


def wake(customer: str, effect: Effect, places: Collection[Place], engine: Engine) -> Iterator[tuple[str, Woken]]:
    """Wake those of the customer's enrolments that an effect wakes; the journey of each, and what came of it.

    places: the versions in which it may be of interest. Transient if others kept writing the same row.
    """
    journeys = {place.journey for place in places}
    for standing in engine.enrolments.of(customer, consistent=True):
        if standing.journey in journeys:
            outcome = _wake(standing, effect, engine)
            if outcome is not None:
                yield standing.journey, outcome


def _wake(standing: Enrolment, effect: Effect, engine: Engine) -> Woken | None:
    for _ in range(_ATTEMPTS):
        progress = _heard(standing, effect, engine)
        if progress is None:
            return None
        if engine.enrolments.move(standing, progress):
            engine.announce(progress.sends)
            return _outcome(standing, progress.row)
        again = engine.enrolments.get(standing.customer, standing.key)
        if again is None:
            return None
        standing = again
    raise Transient("others kept writing the same enrolment")


def _heard(standing: Enrolment, effect: Effect, engine: Engine) -> Progress | None:
    """What the effect makes of a row; None if it does not wake it."""
    now = engine.clock()
    settled = engine.live.settled(standing, now)
    row = settled.row
    journey = engine.live.version(row.journey, row.version)
    if journey is None or not wakes(effect, row, journey):
        return None
    leaves = not row.active or (journey.goal is not None and journey.goal.reached(effect, row.since, row.place))
    if not leaves and not engine.live.running(row.journey):
        return Progress(_kept(row, effect, now))
    view = engine.view(row.customer, row.trigger, journey.rules(row.position.step))
    if view is None:
        return None
    won = engine.winners(journey, row.version)
    return progressed(journey, row, view, now, effect, mute=settled.mute, winners=won)


def _kept(row: Enrolment, effect: Effect, now: datetime) -> Enrolment:
    """The row in a pause: what it waits for has happened, and is kept for when it goes on."""
    return replace(row, waking=effect.data, fell_due=now, due_at=now, heard=remembered(row, effect), v=row.v + 1)


def _outcome(before: Enrolment, after: Enrolment) -> Woken:
    if after.goal is not None and before.goal is None:
        return "goal"
    if after.waking is not None:
        return "kept"
    return "left" if after.status == "exited" else "woken"
