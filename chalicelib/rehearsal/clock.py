"""The virtual clock: what comes next of one customer, done in the order in which it would be done live.

At one moment first what falls due (the stage, the waits, the messages), then what arrives: it was due before that could
be counted. Whatever follows from one of these follows at the same moment, as it does live within seconds. Time never
goes back, and nothing is asked when nothing is due, so a year of somebody who did three things takes as long as three
things.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from chalicelib.customers.state import State
from chalicelib.journeys.send import Send
from chalicelib.rehearsal import counting, entering
from chalicelib.rehearsal.diary import Diary
from chalicelib.rehearsal.family import Family
from chalicelib.rehearsal.known import Arrival
from chalicelib.rehearsal.ledger import bring_on
from chalicelib.rehearsal.plan import Plan
from chalicelib.rehearsal.standin import StandIn

MOST_TURNS = 100_000
"""Of one customer: nobody has so many events and waits; a definition that never comes to rest is given up here."""


class Restless(Exception):
    """Something keeps falling due at one moment."""


def live_through(family: Family, coming: Sequence[Arrival], plan: Plan) -> Diary:
    """What happens to somebody's doubles by these arrivals and by time, until `plan.until`."""
    diary: Diary = []
    place = turns = 0
    while True:
        arrives = coming[place].at if place < len(coming) else None
        due = min((at for double in family.doubles for at in double.dates()), default=None)
        now = min((each for each in (arrives, due) if each is not None), default=None)
        if now is None or now > plan.until:
            return diary
        turns += 1
        if turns > MOST_TURNS:
            raise Restless("something keeps falling due at one moment")
        if due is not None and due <= now:
            for double in family.doubles:
                _fall_due(double, plan, now, diary)
        else:
            for double, state in family.arrive(coming[place].events, now):
                follow(state, double, plan, now, diary)
            place += 1


def follow(state: State, double: StandIn, plan: Plan, now: datetime, diary: Diary) -> None:
    """What follows from one write of a state: nothing, before the journeys are in force."""
    if now >= plan.since:
        _send(entering.enter(entering.told(state), double, plan, now, diary), double, plan, now, diary)


def _fall_due(double: StandIn, plan: Plan, now: datetime, diary: Diary) -> None:
    if double.state.due_at is not None and double.state.due_at <= now:
        follow(counting.review(double, plan.review, now), double, plan, now, diary)
    for enrolment in [each for each in double.enrolments.values() if each.due_at is not None and each.due_at <= now]:
        _send(entering.proceed(enrolment, double, plan, now, diary), double, plan, now, diary)
    for row in [each for each in double.sends.values() if each.due_at is not None and each.due_at <= now]:
        bring_on(row, double, plan, now, diary)


def _send(rows: Sequence[Send], double: StandIn, plan: Plan, now: datetime, diary: Diary) -> None:
    for row in rows:
        bring_on(row, double, plan, now, diary)
