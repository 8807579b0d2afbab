"""What an open may not do: move a journey. Images are loaded by machines and by people who read nothing; so an open
alone starts no journey, ends no wait, reaches no goal and lets nobody leave. Beside something that people do it may
stand: `all` of an open and an order. Pure.

A rule that asks whether there was none (`not`) may stand alone, too: a machine's open can only hold it back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final

from chalicelib.journeys.goal import GOAL
from chalicelib.journeys.journey import Journey
from chalicelib.journeys.listening import EXIT, rules_of
from chalicelib.journeys.triggers.base import TRIGGER
from chalicelib.journeys.triggers.changed import OnSegment
from chalicelib.segments.conditions import SEGMENT
from chalicelib.segments.occurrence import Happened, MessageIs
from chalicelib.segments.rule import All, Any_, Rule, SegmentIs, parse
from chalicelib.tracking.answers import OPENS
from chalicelib.tracking.problems import Problem

Segments = Mapping[str, Any]
NO_SEGMENTS: Final[Segments] = MappingProxyType({})

_PLACES: Final = {TRIGGER: "trigger", GOAL: "goal", EXIT: "exit_when"}
_SAID: Final = "An open alone moves no journey: images are loaded by machines, too"
_HINT: Final = "Wait for a click, an order or a visit, or ask for both with all."


def by_open_alone(rule: Rule, segments: Segments = NO_SEGMENTS) -> bool:
    """Whether an open can be all that a rule needs. segments: the rules of those that are live, by the names of their
    conditions (`segment/vip`)."""
    if isinstance(rule, All):
        return all(by_open_alone(inner, segments) for inner in rule.all)
    if isinstance(rule, Any_):
        return any(by_open_alone(inner, segments) for inner in rule.any)
    if isinstance(rule, SegmentIs):
        return _entered_by_opens(SEGMENT + rule.segment, segments)
    return isinstance(rule, MessageIs | Happened) and bool(rule.question.names) and rule.question.names <= OPENS


def moved_by_opens(journey: Journey, segments: Segments = NO_SEGMENTS) -> tuple[Problem, ...]:
    """Where an open alone would move a journey."""
    trigger = journey.trigger
    heard: list[tuple[str, Iterable[str]]] = [("trigger", trigger.events())]
    if journey.goal is not None:
        heard.append(("goal", journey.goal.events()))
    heard += [(f"steps: {placed.step.id}", placed.step.events()) for placed in journey.route.values()]
    places = [place for place, names in heard if OPENS & set(names)]
    if isinstance(trigger, OnSegment) and trigger.entered and _entered_by_opens(SEGMENT + trigger.entered, segments):
        places.append("trigger")
    places += [_place(what) for what, rule in rules_of(journey).items() if by_open_alone(parse(rule), segments)]
    return tuple(Problem(place, _SAID, _HINT) for place in dict.fromkeys(places))


def _entered_by_opens(name: str, segments: Segments) -> bool:
    """Segments ask for each other in no circle: that is refused when they are put."""
    return name in segments and by_open_alone(parse(segments[name]), segments)


def _place(what: str) -> str:
    return _PLACES.get(what) or f"steps: {what.partition('/')[2]}"
