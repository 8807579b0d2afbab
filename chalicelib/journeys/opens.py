"""What an open may not do: move a journey. Images are loaded by machines and by people who read nothing; so an open
alone starts no journey, ends no wait, reaches no goal and lets nobody leave. Beside something that people do it may
stand: `all` of an open and an order. Pure.

A rule that asks whether there was none (`not`) may stand alone, too: a machine's open can only hold it back.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from chalicelib.journeys.goal import GOAL
from chalicelib.journeys.journey import Journey
from chalicelib.journeys.listening import EXIT, rules_of
from chalicelib.journeys.triggers.base import TRIGGER
from chalicelib.segments.occurrence import Happened, MessageIs
from chalicelib.segments.rule import All, Any_, Not, Rule, parse
from chalicelib.tracking.answers import OPENS
from chalicelib.tracking.problems import Problem

_PLACES: Final = {TRIGGER: "trigger", GOAL: "goal", EXIT: "exit_when"}
_SAID: Final = "An open alone moves no journey: images are loaded by machines, too"
_HINT: Final = "Wait for a click, an order or a visit, or ask for both with all."


def by_open_alone(rule: Rule) -> bool:
    """Whether an open can be all that a rule needs."""
    if isinstance(rule, All):
        return all(map(by_open_alone, rule.all))
    if isinstance(rule, Any_):
        return any(map(by_open_alone, rule.any))
    if isinstance(rule, Not):
        return False
    return isinstance(rule, MessageIs | Happened) and bool(rule.question.names) and rule.question.names <= OPENS


def moved_by_opens(journey: Journey) -> tuple[Problem, ...]:
    """Where an open alone would move a journey."""
    heard: list[tuple[str, Iterable[str]]] = [("trigger", journey.trigger.events())]
    if journey.goal is not None:
        heard.append(("goal", journey.goal.events()))
    heard += [(f"steps: {placed.step.id}", placed.step.events()) for placed in journey.route.values()]
    places = [place for place, names in heard if OPENS & set(names)]
    places += [_place(what) for what, rule in rules_of(journey).items() if by_open_alone(parse(rule))]
    return tuple(Problem(place, _SAID, _HINT) for place in dict.fromkeys(places))


def _place(what: str) -> str:
    return _PLACES.get(what) or f"steps: {what.partition('/')[2]}"
