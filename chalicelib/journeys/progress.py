"""How an enrolment goes on: what a walk, or something that was heard, makes of its row. Pure.

This is the one function of the live workers, of rehearsals and of previews; they differ in who asks, and when.

The goal comes first, then the exit, then the step. A row that has come to its end hears only its goal, for as long as
that counts, and its exit, for as long as something that it decided has not left.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import Final

from chalicelib.journeys.effect import Effect
from chalicelib.journeys.enrolment import Enrolment, after, exited, sends
from chalicelib.journeys.goal import GOAL, Reached
from chalicelib.journeys.journey import Journey
from chalicelib.journeys.listening import remembered
from chalicelib.journeys.send import Send, Status
from chalicelib.journeys.stated import stated
from chalicelib.journeys.step import StateEvent
from chalicelib.journeys.walk import Walked, walk
from chalicelib.segments.view import View
from chalicelib.tracking.event import Event

IN_A_PAUSE: Final = "fell_due_in_a_pause"
"""Why a message was not sent that fell due in a pause, where whoever ended it chose so."""


@dataclass(frozen=True)
class Progress:
    """The row as it is now, and what it decided: messages, and events of ours. All of it is one transaction."""

    row: Enrolment
    sends: tuple[Send, ...] = ()
    events: tuple[Event, ...] = ()


def progressed(
    journey: Journey,
    row: Enrolment,
    view: View,
    now: datetime,
    heard: Effect | None = None,
    *,
    mute: bool = False,
    winners: Mapping[str, str] = MappingProxyType({}),
) -> Progress:
    """How `row` goes on at `now`, because its time has come or because of what was heard.

    mute: what it decides to send is kept in the ledger as not sent, because it fell due in a pause.
    """
    if heard is not None:
        row = replace(row, heard=remembered(row, heard))
        reached = _reached(journey, row, heard)
        if reached is not None:
            return Progress(_at_its_goal(row, reached))
    if not row.active:
        return Progress(exited(row, "exit_when"))
    walked = walk(
        journey,
        row.position,
        view,
        now,
        origin=row.origin,
        heard=heard,
        variables=row.variables,
        winners=winners,
    )
    return _after(journey, row, walked, now, mute)


def _reached(journey: Journey, row: Enrolment, heard: Effect) -> Reached | None:
    if journey.goal is None or row.goal is not None:
        return None
    return journey.goal.reached(heard, row.since, row.place)


def _at_its_goal(row: Enrolment, reached: Reached) -> Enrolment:
    """Whoever is inside leaves; whoever has come to the end stays there. It is counted either way."""
    left = exited(row, reached.why) if row.active else replace(row, v=row.v + 1)
    return replace(left, goal=reached)


def _after(journey: Journey, row: Enrolment, walked: Walked, now: datetime, mute: bool) -> Progress:
    decided = sends(row, walked, now)
    if mute:
        decided = tuple(replace(one, status=Status.SKIPPED, reason=IN_A_PAUSE, due_at=None) for one in decided)
    leaving = [one.deadline for one in decided if one.status is Status.PLANNED]
    gone = replace(
        after(row, walked),
        messaged=decided[-1].step if decided else row.messaged,
        goal=row.goal or _by_rule(journey, row, walked, now),
        pending_until=max([*leaving, *([row.pending_until] if row.pending_until else [])], default=None),
    )
    events = tuple(
        stated(one, row.customer, row.origin, now) for one in walked.decisions if isinstance(one, StateEvent)
    )
    return Progress(gone, decided, events)


def _by_rule(journey: Journey, row: Enrolment, walked: Walked, now: datetime) -> Reached | None:
    """A goal that is a rule may be found to hold where nothing has told of it yet."""
    if walked.ended != "exited" or walked.why != GOAL or journey.goal is None:
        return None
    return Reached(now, GOAL) if now <= row.since + journey.goal.within else None
