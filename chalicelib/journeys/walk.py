"""The interpreter: from a position in a journey, a customer and a time to a new position and decisions. Pure.

    walk(journey, Position(None, now), view, now, origin=...)                   the first walk
    walk(journey, enrolment.position, view, now, origin=...)                    when a wait is over
    walk(journey, enrolment.position, view, now, origin=..., heard=effect)      when something happened meanwhile

A walk takes step after step until one waits, the journey ends, or somebody leaves. The next step always stands later
in the document, so a walk ends after at most as many steps as the journey has. Nothing is decided twice: a walk stops
only at a step that waits, and goes on after it.

What was heard is for the step that waited for it, and for no later one. A step that fails is a result: its reason is in
the trail, and the walk goes on with its `on_failure` and behind it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final, Literal

from chalicelib.journeys.effect import Effect
from chalicelib.journeys.goal import GOAL, Goal
from chalicelib.journeys.journey import Journey
from chalicelib.journeys.step import FAILED, Decision, Moment, StepDefinition, Taken, plugin
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
    """One step of a walk, for the customer's timeline. `outcome`: what it counts as; None if it was only passed."""

    step: str
    at: datetime
    why: str
    outcome: str | None = None


@dataclass(frozen=True)
class Walked:
    """What a walk came to. Either `due_at` (walk again then) or `ended` is set, never both.

    trail:     the steps that were taken; empty for a walk that came no further.
    variables: all that is to be kept for later steps.
    """

    position: Position
    decisions: tuple[Decision, ...]
    due_at: datetime | None
    ended: Ended | None
    why: str
    trail: tuple[Passed, ...] = ()
    variables: Mapping[str, Any] = field(default_factory=dict)


def walk(
    journey: Journey,
    position: Position,
    view: View,
    now: datetime,
    *,
    origin: str,
    heard: Effect | None = None,
    variables: Mapping[str, Any] = MappingProxyType({}),
    winners: Mapping[str, str] = MappingProxyType({}),
) -> Walked:
    """Walk on from `position`. `origin`, `variables`: the enrolment's. `winners`: see Moment. Raises nothing."""
    walked = Walked(position, (), None, None, "", (), variables)
    left = _left(journey, view, now, heard)
    if left is not None:
        return replace(walked, ended="exited", why=left)
    here = last = Position(position.step or journey.steps[0].id, position.since)
    while here.step is not None:
        placed = journey.route.get(here.step)
        if placed is None:
            return replace(walked, position=here, ended="exited", why=f"step {here.step} is not in the journey")
        moment = Moment(
            view, now, here.since, journey.message_class, origin, journey.name, heard, walked.variables, winners
        )
        taken = _take(placed.step, moment)
        waits = taken.until is not None and taken.until > now
        if not waits or here != position:
            walked = _passed(walked, here.step, now, taken)
        if taken.leave is not None:
            return replace(walked, position=here, ended="exited", why=taken.leave)
        if waits:
            return replace(walked, position=here, due_at=taken.until, why=taken.why)
        last, heard = here, None
        here = Position(taken.into[0].id if taken.into else placed.next, now)
    return replace(walked, position=last, ended="done", why=COMPLETED)


def _left(journey: Journey, view: View, now: datetime, heard: Effect | None) -> str | None:
    """Why the customer leaves whatever step is next; None for staying."""
    if journey.goal is not None and _reached(journey.goal, view, now, heard):
        return GOAL
    if journey.exit_when is None:
        return None
    answer = match(journey.exit_when, view, now)
    return f"exit_when: {answer.text()}" if answer.matched else None


def _reached(goal: Goal, view: View, now: datetime, heard: Effect | None) -> bool:
    """Whether the goal is reached: by what was heard, or because its rule holds."""
    rule = goal.rule()
    return match(rule, view, now).matched if rule is not None else heard is not None and goal.hears(heard)


def _passed(walked: Walked, step: str, now: datetime, taken: Taken) -> Walked:
    return replace(
        walked,
        decisions=walked.decisions + taken.decisions,
        trail=(*walked.trail, Passed(step, now, taken.why, taken.outcome)),
        variables={**walked.variables, **taken.variables},
    )


def _take(step: StepDefinition, moment: Moment) -> Taken:
    try:
        taken = plugin(step.do).take(step, moment)
    except Exception as failure:  # noqa: BLE001  a step that fails has a result; nobody is stalled by it
        taken = Taken(f"failed: {type(failure).__name__}: {failure}", outcome=FAILED)
    return replace(taken, into=step.on_failure) if taken.outcome == FAILED else taken
