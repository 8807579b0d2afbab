"""One customer, rehearsed: from what is stored to what would have happened. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from chalicelib.customers.state import State
from chalicelib.rehearsal.clock import live_through
from chalicelib.rehearsal.diary import Diary
from chalicelib.rehearsal.known import Known, arrivals
from chalicelib.rehearsal.plan import Plan
from chalicelib.rehearsal.standin import StandIn


@dataclass(frozen=True)
class Rehearsed:
    """What happened to one customer, and the double as it stands at the end."""

    customer: str
    diary: Diary
    double: StandIn


def rehearse(known: Known, plan: Plan) -> Rehearsed:
    """A customer's past under a plan: everything before `plan.since` only makes the customer."""
    coming = arrivals(known, plan.until, exactly=plan.exactly)
    double = StandIn.of(State(known.customer), known.account)
    return Rehearsed(known.customer, live_through(double, coming, known.bases, plan), double)
