"""What a version of a journey listens to: the rules that are kept true or false for it, the names that are watched for
it, and which of those who are inside an effect wakes. Pure.

    trigger, goal, exit, wait/<step id>     what its conditions are called, behind `journey/<name>/<version>/`

Publishing registers all of it before the version is live, and it stays registered as long as somebody may be inside.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from chalicelib import times
from chalicelib.journeys.effect import CONDITION, Effect, Place, watched
from chalicelib.journeys.enrolment import Enrolment
from chalicelib.journeys.goal import GOAL
from chalicelib.journeys.journey import Journey
from chalicelib.journeys.triggers.base import TRIGGER
from chalicelib.segments.rule import Rule

EXIT: Final = "exit"
WAIT: Final = "wait/"
REMEMBERED: Final = 8
"""How many of the last effects that woke a row it remembers: more than one write of a customer brings for one step."""


def rules_of(journey: Journey) -> dict[str, Any]:
    """The rules that are kept for a journey, as JSON, by what they are called."""
    own = journey.trigger.rule()
    return ({TRIGGER: dict(own)} if own is not None else {}) | {
        what: rule.model_dump(mode="json", by_alias=True, exclude_none=True) for what, rule in _inside(journey)
    }


def conditions_of(journey: Journey, place: Place) -> dict[str, Any]:
    """The same by the whole names of the conditions: what publishing registers."""
    return {place.condition(what): rule for what, rule in rules_of(journey).items()}


def watched_by(journey: Journey, place: Place) -> tuple[str, ...]:
    """All names that must be watched for a version: of events, of intents, of conditions."""
    goal = journey.goal.events() if journey.goal else ()
    inside = {name for placed in journey.route.values() for name in placed.step.events()}
    conditions = (*journey.trigger.conditions(), *conditions_of(journey, place))
    return tuple(sorted({*journey.trigger.events(), *goal, *inside, *map(watched, conditions)}))


def concerns(effect: Effect, journey: Journey, place: Place) -> bool:
    """Whether an effect may be of interest to anybody inside this version: asked before rows are read."""
    if effect.kind == CONDITION:
        condition = str(effect.data.get("name"))
        return condition.startswith(f"{place.listener}/") and condition != place.condition(TRIGGER)
    if journey.goal is not None and journey.goal.hears(effect, place):
        return True
    name = effect.data.get("name")
    return effect.kind == "event" and any(name in placed.step.events() for placed in journey.route.values())


def wakes(effect: Effect, row: Enrolment, journey: Journey) -> bool:
    """Whether an effect is what somebody inside must be looked at for at once: the goal, the exit, or what the step
    waits for at which they stand. `journey`: the version that the row goes by.

    Nobody is woken by what started the row, or by what has woken it before.
    """
    if effect.id == row.trigger.get("id") or effect.id in row.heard or row.became:
        return False
    if row.goal is None and journey.goal is not None and journey.goal.reached(effect, row.since, row.place):
        return True
    if effect.turned(row.place.condition(EXIT)):
        return row.active or (row.pending_until is not None and effect.at < row.pending_until)
    return row.active and _waits_for(effect, row, journey)


def _waits_for(effect: Effect, row: Enrolment, journey: Journey) -> bool:
    placed = journey.route.get(row.position.step or "")
    if placed is None:
        return False
    return effect.turned(row.place.condition(WAIT + placed.step.id)) or placed.step.hears(effect, row.trigger)


def remembered(row: Enrolment, effect: Effect) -> tuple[str, ...]:
    """The effects that have woken a row, this one with them."""
    return (*row.heard, effect.id)[-REMEMBERED:]


def heard_again(said: Mapping[str, Any]) -> Effect:
    """An effect that a row has kept (`waking`)."""
    return Effect(said["id"], said["kind"], times.parse(said["at"]), said)


def _inside(journey: Journey) -> Iterator[tuple[str, Rule]]:
    if journey.goal is not None and (rule := journey.goal.rule()) is not None:
        yield GOAL, rule
    if journey.exit_when is not None:
        yield EXIT, journey.exit_when
    for placed in journey.route.values():
        if (waited := placed.step.condition()) is not None:
            yield WAIT + placed.step.id, waited
