"""The interpreter: from a position in a journey, a customer and a time to a new position and decisions. Pure.

    walk(journey, Position(None, now), view, now)      the first walk
    walk(journey, enrolment.position, view, now)       when a wait is over

A walk takes step after step until one waits, the journey ends, or somebody leaves. The next step always stands later
in the document, so a walk ends after at most as many steps as the journey has. Nothing is decided twice: a walk stops
only at a step that waits, and goes on after it.

A step that fails is a result: its reason is in the trail and the walk goes on behind it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from chalicelib.journeys.journey import Journey
from chalicelib.journeys.step import Decision, Moment, StepDefinition, Taken, plugin
from chalicelib.segments.match import match
from chalicelib.segments.view import View

Ended = Literal["done", "exited"]
COMPLETED: Final = "completed"


@dataclass(frozen=True)
class Position:
    """Where somebody is: the step that waits, and since when. No step is before the first."""

    step: str | None
    since: datetime


@dataclass(frozen=True)
class Passed:
    """One step of a walk, for the customer's timeline."""

    step: str
    at: datetime
    why: str


@dataclass(frozen=True)
class Walked:
    """What a walk came to. Either `due_at` (walk again then) or `ended` is set, never both."""

    position: Position
    decisions: tuple[Decision, ...]
    due_at: datetime | None
    ended: Ended | None
    why: str
    trail: tuple[Passed, ...] = ()


def walk(journey: Journey, position: Position, view: View, now: datetime) -> Walked:
    """Walk on from `position`. Raises nothing."""
    if journey.exit_when is not None:
        answer = match(journey.exit_when, view, now)
        if answer.matched:
            return Walked(position, (), None, "exited", f"exit_when: {answer.text()}")
    decisions: tuple[Decision, ...] = ()
    trail: tuple[Passed, ...] = ()
    here = last = Position(position.step or journey.steps[0].id, position.since)
    while here.step is not None:
        placed = journey.route.get(here.step)
        if placed is None:
            return Walked(here, decisions, None, "exited", f"step {here.step} is not in the journey", trail)
        taken = _take(placed.step, Moment(view, now, here.since, journey.message_class))
        decisions += taken.decisions
        trail += (Passed(here.step, now, taken.why),)
        if taken.leave is not None:
            return Walked(here, decisions, None, "exited", taken.leave, trail)
        if taken.until is not None and taken.until > now:
            return Walked(here, decisions, taken.until, None, taken.why, trail)
        last = here
        here = Position(taken.into[0].id if taken.into else placed.next, now)
    return Walked(last, decisions, None, "done", COMPLETED, trail)


def _take(step: StepDefinition, moment: Moment) -> Taken:
    try:
        return plugin(step.do).take(step, moment)
    except Exception as failure:  # noqa: BLE001  a step that fails has a result; nobody is stalled by it
        return Taken(f"failed: {type(failure).__name__}: {failure}")
