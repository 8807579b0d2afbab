"""The virtual clock: what comes next of one customer, done in the order in which it would be done live.

At one moment first what falls due (the stage, the waits, the messages), then what arrives: it was due before that could
be counted. Whatever follows from one of these follows at the same moment, as it does live within seconds. Time never
goes back, and nothing is asked when nothing is due, so a year of somebody who did three things takes as long as three
things.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Final

from chalicelib.customers import zones
from chalicelib.customers.state import State
from chalicelib.journeys.effect import Effect
from chalicelib.journeys.journey import Live
from chalicelib.journeys.progress import Progress
from chalicelib.rehearsal import counting, entering
from chalicelib.rehearsal.calendar import Occasion
from chalicelib.rehearsal.diary import Diary
from chalicelib.rehearsal.family import Family
from chalicelib.rehearsal.known import Arrival
from chalicelib.rehearsal.ledger import bring_on
from chalicelib.rehearsal.plan import Plan
from chalicelib.rehearsal.standin import StandIn
from chalicelib.segments.conditions import Segments
from chalicelib.tracking.event import Event

MOST_TURNS: Final = 100_000
"""Of one customer: nobody has so many events and waits; a definition that never comes to rest is given up here."""
NEVER: Final = datetime.max.replace(tzinfo=UTC)


class Restless(Exception):
    """Something keeps falling due at one moment."""


class Clock:
    """One customer's time. `diary`: what has happened so far."""

    def __init__(self, family: Family, plan: Plan) -> None:
        self._family = family
        self._plan = plan
        self.diary: Diary = []

    def run(self, coming: Sequence[Arrival]) -> Diary:
        """What happens by these arrivals and by time, until `plan.until`."""
        arrivals, occasions = deque(coming), deque(self._plan.occasions)
        for _ in range(MOST_TURNS):
            due = min((at for double in self._family.doubles for at in double.dates()), default=NEVER)
            arrives = arrivals[0].at if arrivals else NEVER
            begins = occasions[0].at if occasions else NEVER
            now = min(due, arrives, begins)
            if now > self._plan.until:
                return self.diary
            if due <= now:
                for double in self._family.doubles:
                    self._fall_due(double, now)
            elif arrives <= now:
                self._arrive(arrivals.popleft().events, now)
            else:
                self._begin(occasions.popleft(), now)
        raise Restless("something keeps falling due at one moment")

    def enter(self, cause: Effect, live: Live, double: StandIn, now: datetime) -> None:
        """Let a double into a journey by something that is no event of hers."""
        self._do(entering.enter(cause, live, double, self._plan, now, self.diary), double, now)

    def _begin(self, occasion: Occasion, now: datetime) -> None:
        """A schedule's time has come: the members of its segment enter."""
        for double in self._family.doubles:
            if occasion.segment in Segments(double.state.memberships):
                zone = zones.local(double.profile.values, self._plan.rules.zone).zone
                self.enter(occasion.effect(zone), occasion.live, double, now)

    def _arrive(self, events: Sequence[Event], now: datetime) -> None:
        for double, state in self._family.arrive(events, now):
            self._follow(state, double, now)

    def _fall_due(self, double: StandIn, now: datetime) -> None:
        if double.state.due_at is not None and double.state.due_at <= now:
            self._follow(counting.review(double, self._plan.review, now), double, now)
        for row in [each for each in double.enrolments.values() if each.due_at is not None and each.due_at <= now]:
            self._do(entering.proceed(row, double, self._plan, now, self.diary), double, now)
        for send in [each for each in double.sends.values() if each.due_at is not None and each.due_at <= now]:
            bring_on(send, double, self._plan, now, self.diary)

    def _follow(self, state: State, double: StandIn, now: datetime) -> None:
        """What follows from one write of a state: nothing, before the journeys are in force."""
        if now >= self._plan.since:
            self._do(entering.follow(entering.told(state), double, self._plan, now, self.diary), double, now)

    def _do(self, decided: Iterator[Progress], double: StandIn, now: datetime) -> None:
        """What was decided: messages ask for permission, and what is said of the customer arrives like any event."""
        said: list[Event] = []
        for progress in decided:
            said += progress.events
            for send in progress.sends:
                bring_on(send, double, self._plan, now, self.diary)
        if said:
            self._arrive(said, now)
