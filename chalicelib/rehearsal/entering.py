"""The double enters journeys and goes on in them, as outboxes and dates ask: decide, wakes, progressed, and no tables.

What journeys/enrol.py, wake.py and proceed.py do in transactions happens here to one object, in the same order: an
effect first wakes whoever waits for it, then lets in whom it starts. An enrolment's key is made as it is live, so the
same trigger finds the same door closed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime

from chalicelib.customers.state import State
from chalicelib.journeys.effect import AUDIBLE, Effect, effect
from chalicelib.journeys.enrolment import TRAIL, Enrolment
from chalicelib.journeys.entry import Entry, Rival, decide, unheard
from chalicelib.journeys.journey import Journey, Live
from chalicelib.journeys.listening import concerns, wakes
from chalicelib.journeys.progress import Progress, progressed
from chalicelib.rehearsal.diary import Diary, Line, What
from chalicelib.rehearsal.plan import Plan
from chalicelib.rehearsal.standin import StandIn
from chalicelib.review.changes import as_event, moves

ALREADY = "already_entered"


def told(state: State) -> list[Effect]:
    """What one write of a state asks to follow, in the order in which it is followed live."""
    stages = [said for said in state.fx if said["kind"] == "stage"]
    changed = moves({"pk": state.customer, "v": state.v, "fx": json.dumps(stages)}) if stages else []
    said = [as_event(one) for one in changed if one.change.cause in AUDIBLE]
    return [effect(each) for each in (*state.fx, *said)]


def follow(said: Iterable[Effect], double: StandIn, plan: Plan, now: datetime, diary: Diary) -> Iterator[Progress]:
    """Wake whom these effects wake and let the double into what they start; what each comes to."""
    heard = list(said)
    for one in heard:
        concerned = {name for name, journey, place in plan.placed if concerns(one, journey, place)}
        for row in [row for row in double.enrolments.values() if row.journey in concerned]:
            yield from _wake(one, row, double, plan, now, diary)
    for one in heard:
        for live in [live for live in plan.journeys if live.journey.trigger.hears(one, live.place)]:
            yield from enter(one, live, double, plan, now, diary)


def enter(cause: Effect, live: Live, double: StandIn, plan: Plan, now: datetime, diary: Diary) -> Iterator[Progress]:
    """Let the double into a journey, if it lets her in."""
    journey = live.journey
    refused: str | None = unheard(cause, journey, now)
    if refused is None:
        view = double.view(cause.data, plan.review, journey.rules(), now)
        last = double.entries.get(journey.name) if journey.re_entry.after is not None else None
        made = decide(cause, live, view, last, now, _rivals(double, journey, plan))
        if isinstance(made, Entry) and made.enrolment.key not in double.enrolments:
            yield _entered(made, cause, double, now, diary)
            return
        refused = ALREADY if isinstance(made, Entry) else made
    diary.append(Line(now, "refused", journey.name, why=refused, cause=_cause(cause)))


def _rivals(double: StandIn, journey: Journey, plan: Plan) -> tuple[Rival, ...]:
    """What the double is in of the journey's group."""
    if not journey.group:
        return ()
    inside = ((row, plan.journey(row.journey)) for row in double.enrolments.values() if row.active)
    return tuple(Rival(row, other.priority) for row, other in inside if other and other.group == journey.group)


def _entered(made: Entry, cause: Effect, double: StandIn, now: datetime, diary: Diary) -> Progress:
    row = made.enrolment
    for before, after in made.gives_way:
        double.enrolments[before.key] = after
        diary.append(Line(now, "left", before.journey, before.origin, why=after.reason))
    double.entries[row.journey] = row.entered_at
    diary.append(Line(row.entered_at, "entered", row.journey, row.origin, why=cause.kind, cause=_cause(cause)))
    progress = Progress(row, made.sends, made.events)
    _keep(replace(row, status="active", trail=(), goal=None), progress, double, now, diary)
    return progress


def _wake(
    heard: Effect, row: Enrolment, double: StandIn, plan: Plan, now: datetime, diary: Diary
) -> Iterator[Progress]:
    journey = plan.journey(row.journey)
    if journey is not None and wakes(heard, row, journey):
        yield _go_on(journey, row, double, plan, now, diary, heard)


def proceed(row: Enrolment, double: StandIn, plan: Plan, now: datetime, diary: Diary) -> Iterator[Progress]:
    """Go on with an enrolment whose date has come. Whoever is in a journey that is not in the plan stays there."""
    journey = plan.journey(row.journey)
    if journey is None:
        double.enrolments[row.key] = replace(row, due_at=None)
        return
    yield _go_on(journey, row, double, plan, now, diary, None)


def _go_on(
    journey: Journey, row: Enrolment, double: StandIn, plan: Plan, now: datetime, diary: Diary, heard: Effect | None
) -> Progress:
    view = double.view(row.trigger, plan.review, journey.rules(row.position.step), now)
    fresh = progressed(journey, replace(row, trail=()), view, now, heard)
    _keep(row, fresh, double, now, diary)
    return fresh


def _keep(before: Enrolment, progress: Progress, double: StandIn, now: datetime, diary: Diary) -> None:
    """Keep the row as it is now, and note what happened on the way. `progress` has only the steps that are new."""
    row, name, origin = progress.row, before.journey, before.origin
    double.enrolments[row.key] = replace(row, trail=(before.trail + row.trail)[-TRAIL:])
    for passed in row.trail:
        outcome = passed.outcome or ""
        diary.append(Line(passed.at, "passed", name, origin, passed.step, passed.why, outcome=outcome))
    if row.goal is not None and before.goal is None:
        value = None if row.goal.value is None else float(row.goal.value)
        diary.append(Line(now, "goal", name, origin, why=row.goal.why, value=value, currency=row.goal.currency))
    if before.active and not row.active:
        what: What = "left" if row.status == "exited" else "done"
        diary.append(Line(now, what, name, origin, why=row.reason))


def _cause(cause: Effect) -> str:
    """Whether time let somebody in, or something done."""
    return "time" if cause.kind == "intent" or cause.data.get("cause") == "time" else "event"
