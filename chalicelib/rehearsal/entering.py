"""The double enters journeys and goes on in them, as outboxes and dates ask: decide and walk, without tables.

What journeys/enrol.py and journeys/proceed.py do in one transaction happens here to one object. An enrolment's key is
made as it is live, so the same trigger finds the same door closed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from chalicelib.customers.state import State
from chalicelib.journeys.enrol import Entry, decide, unheard
from chalicelib.journeys.enrolment import Enrolment, after, sends
from chalicelib.journeys.live import Live
from chalicelib.journeys.send import Send
from chalicelib.journeys.trigger import AUDIBLE, Effect, effect
from chalicelib.journeys.walk import Walked, walk
from chalicelib.rehearsal.diary import Diary, Line, What
from chalicelib.rehearsal.plan import Plan
from chalicelib.rehearsal.standin import StandIn
from chalicelib.review.changes import as_event, moves

ALREADY = "already_entered"


def told(state: State) -> list[Effect]:
    """What one write of a state asks to follow, in the order in which it is followed live."""
    if not state.fx:
        return []
    item = {"pk": state.customer, "v": state.v, "fx": json.dumps(state.fx)}
    changed = [as_event(one) for one in moves(item) if one.change.cause in AUDIBLE]
    return [effect(each) for each in (*json.loads(item["fx"]), *changed)]


def enter(said: Iterable[Effect], double: StandIn, plan: Plan, now: datetime, diary: Diary) -> list[Send]:
    """Let the double into whatever journeys these effects start; the sends that the first walks decided."""
    decided: list[Send] = []
    for cause in said:
        for live in plan.journeys:
            if live.journey.trigger.hears(cause, live.place):
                decided += _enter(cause, live, double, plan, now, diary)
    return decided


def _enter(cause: Effect, live: Live, double: StandIn, plan: Plan, now: datetime, diary: Diary) -> tuple[Send, ...]:
    journey = live.journey
    refused: str | None = unheard(cause, journey, now)
    if refused is None:
        view = double.view(cause.data, plan.review, plan.asked(journey), now)
        made = decide(cause, live, view, double.entries.get(journey.name), now)
        if isinstance(made, Entry) and made.enrolment.key not in double.enrolments:
            return _entered(made, cause, double, diary)
        refused = ALREADY if isinstance(made, Entry) else made
    diary.append(Line(cause.at, "refused", journey.name, why=refused, cause=cause.kind))
    return ()


def _entered(made: Entry, cause: Effect, double: StandIn, diary: Diary) -> tuple[Send, ...]:
    enrolment = made.enrolment
    double.enrolments[enrolment.key] = enrolment
    double.entries[enrolment.journey] = enrolment.entered_at
    diary.append(
        Line(enrolment.entered_at, "entered", enrolment.journey, enrolment.origin, why=cause.kind, cause=_cause(cause))
    )
    _note(enrolment, len(enrolment.trail), enrolment.entered_at, diary)
    return made.sends


def proceed(enrolment: Enrolment, double: StandIn, plan: Plan, now: datetime, diary: Diary) -> tuple[Send, ...]:
    """Walk on an enrolment whose date has come; what the walk decided to send."""
    journey = plan.journey(enrolment.journey)
    if journey is None:
        return _given_up(enrolment, double)
    view = double.view(enrolment.trigger, plan.review, plan.asked(journey), now)
    walked = walk(journey, enrolment.position, view, now, origin=enrolment.origin)
    return moved(enrolment, walked, double, now, diary)


def _given_up(enrolment: Enrolment, double: StandIn) -> tuple[Send, ...]:
    """Whoever is in a journey that is not in the plan stays where she is."""
    double.enrolments[enrolment.key] = replace(enrolment, due_at=None)
    return ()


def moved(enrolment: Enrolment, walked: Walked, double: StandIn, now: datetime, diary: Diary) -> tuple[Send, ...]:
    """The enrolment as a walk leaves it, kept; what the walk decided to send."""
    standing = after(enrolment, walked)
    double.enrolments[standing.key] = standing
    _note(standing, len(walked.trail), now, diary)
    return sends(enrolment, walked, now)


def _note(enrolment: Enrolment, steps: int, now: datetime, diary: Diary) -> None:
    name, origin = enrolment.journey, enrolment.origin
    for passed in enrolment.trail[len(enrolment.trail) - steps :]:
        outcome = passed.outcome or ""
        diary.append(Line(passed.at, "passed", name, origin, passed.step, passed.why, outcome=outcome))
    if enrolment.status != "active":
        what: What = "left" if enrolment.status == "exited" else "done"
        diary.append(Line(now, what, name, origin, why=enrolment.reason))


def _cause(cause: Effect) -> str:
    """Whether time let somebody in, or something done."""
    return "time" if cause.kind == "intent" or cause.data.get("cause") == "time" else "event"
