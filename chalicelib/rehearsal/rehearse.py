"""One customer, rehearsed: from what is stored to what would have happened, or will. Pure.

A life can be lived in parts, and more than one way from the same moment: `fork` makes a second one that begins where
the first one stands, in which only what time brings still happens.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from chalicelib.customers.state import State
from chalicelib.journeys.effect import Effect
from chalicelib.journeys.journey import Live
from chalicelib.rehearsal.clock import Clock
from chalicelib.rehearsal.diary import Diary
from chalicelib.rehearsal.family import Family
from chalicelib.rehearsal.known import Arrival, Known, arrivals
from chalicelib.rehearsal.plan import Plan
from chalicelib.rehearsal.standin import StandIn

EVER: Final = datetime.max.replace(tzinfo=UTC)


@dataclass
class Life:
    """A customer on the virtual clock. coming: what has not come yet."""

    known: Known
    family: Family
    coming: list[Arrival]

    @classmethod
    def of(cls, known: Known, plan: Plan, first: StandIn | None = None) -> Life:
        """From the first event on; or, with `first`, from that double on."""
        return cls(known, Family(known, plan, first), arrivals(known, plan))

    def on(self, plan: Plan) -> Diary:
        """Live on until `plan.until`; what happened meanwhile."""
        place = bisect_right(self.coming, plan.until, key=lambda arrival: arrival.at)
        now, self.coming = self.coming[:place], self.coming[place:]
        self.family.plan = plan
        return Clock(self.family, plan).run(now)

    def enter(self, cause: Effect, live: Live, plan: Plan, now: datetime) -> Diary:
        """Let the customer into a journey now; what happens at that moment."""
        self.family.plan = plan
        clock = Clock(self.family, plan)
        clock.enter(cause, live, self.double, now)
        return clock.diary

    def fork(self) -> Life:
        """The same, in which nothing comes any more."""
        return Life(self.known, self.family.copy(), [])

    @property
    def double(self) -> StandIn:
        """The customer as it stands."""
        return self.family.double(self.known.customer)


def rehearse(known: Known, plan: Plan) -> Diary:
    """What would have happened to a customer under a plan: what was before `plan.since` only makes the customer."""
    return Life.of(known, plan).on(plan)


def lived(known: Known, plan: Plan) -> Life:
    """A customer's life up to `plan.until`, with all that is to come after it."""
    life = Life(known, Family(known, plan), arrivals(known, plan.during(plan.since, EVER)))
    life.on(plan)
    return life


def standing(known: Known, plan: Plan, double: StandIn) -> Life:
    """A life that goes on from how somebody really stands; `known`: what is supposed to come."""
    assert double.state != State(double.customer), "somebody of whom something is known"
    return Life.of(known, plan, double)
