"""One customer, rehearsed: from what is stored to what would have happened. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from chalicelib.customers.state import State
from chalicelib.rehearsal.clock import Clock
from chalicelib.rehearsal.diary import Diary
from chalicelib.rehearsal.family import Family
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
    return _lived(known, plan, None)


def go_on(double: StandIn, known: Known, plan: Plan) -> Rehearsed:
    """What will happen to somebody from now on, if nothing but the events of `known` comes."""
    return _lived(known, plan, double)


def _lived(known: Known, plan: Plan, first: StandIn | None) -> Rehearsed:
    family = Family(known, plan, first)
    diary = Clock(family, plan).run(arrivals(known, plan))
    found = next((each for each in family.doubles if each.customer == known.customer), None)
    return Rehearsed(known.customer, diary, found or StandIn.of(State(known.customer), known.account))
