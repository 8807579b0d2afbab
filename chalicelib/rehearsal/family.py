"""Who somebody is, as far as it is known by now: a visitor's double and a customer's, and one of both from when she is
known, by the same rules of who belongs to whom that are applied live (customers/identity.py).

Until an event says that a browser is Ada's, what was done there is a visitor's, who may be in journeys of her own. With
that event the visitor's double is part of hers: facts are made anew, silently, and enrolments move (joined.py).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime

from chalicelib.customers.links import Node
from chalicelib.customers.links.family import Graph
from chalicelib.customers.state import State
from chalicelib.journeys.enrolment import Enrolment
from chalicelib.journeys.joined import Terms, counts, move, terms_of
from chalicelib.rehearsal import counting
from chalicelib.rehearsal.known import Known
from chalicelib.rehearsal.plan import Plan
from chalicelib.rehearsal.standin import StandIn
from chalicelib.review.lots import said
from chalicelib.review.rebuild import link_of
from chalicelib.review.renew import known_since
from chalicelib.tracking.event import Event


class Family:
    """The doubles of everybody who turns out to be one customer. `plan`: the one that they live by now."""

    def __init__(self, known: Known, plan: Plan, first: StandIn | None = None) -> None:
        self._known = known
        self.plan = plan
        self._nodes: dict[str, Node] = {}
        self._doubles: dict[str, StandIn] = {}
        self._owner: dict[str, str] = {}  # of every subject that was heard of: the customer that it belongs to
        if first is not None:
            self._doubles[first.customer] = first

    @property
    def doubles(self) -> list[StandIn]:
        """Everybody who is somebody now."""
        return list(self._doubles.values())

    def arrive(self, events: Sequence[Event], now: datetime) -> Iterator[tuple[StandIn, State]]:
        """Count events; each state that a double passes through by it."""
        moved = self._learn(events)
        grouped: defaultdict[str, list[Event]] = defaultdict(list)
        for event in events:
            grouped[self._owner[event.subject]].append(event)
        for customer in sorted({*grouped, *moved}):
            double = self.double(customer)
            joined = self._take_in(double)
            if joined or customer in moved:
                states = counting.rebuild(double, grouped[customer], joined, self._known.bases, self.plan.review, now)
            else:
                states = counting.count(double, grouped[customer], self._known.bases, self.plan.review, now)
            for state in states:
                yield double, state

    def copy(self) -> Family:
        """Another of the same, which goes its own way."""
        other = Family(self._known, self.plan)
        other._nodes, other._owner = dict(self._nodes), dict(self._owner)
        other._doubles = {name: double.copy() for name, double in self._doubles.items()}
        return other

    def double(self, customer: str) -> StandIn:
        """Somebody's double; a new one for whom nothing is known of."""
        if customer not in self._doubles:
            self._doubles[customer] = StandIn.of(State(customer), self._known.account)
        return self._doubles[customer]

    def _learn(self, events: Sequence[Event]) -> set[str]:
        """Take in what events claim; the customers to whom somebody belongs now who did not before."""
        claims = said(events)
        for claim in claims:
            self._nodes[claim.source] = self._node(claim.source).claimed([claim])
        fresh = {event.subject for event in events} - self._owner.keys()
        if not claims and not fresh:
            return set()
        graph, moved = Graph(self._node), set[str]()
        for subject in (*self._owner, *fresh):
            owner = graph.customer(subject)
            if self._owner.get(subject, owner) != owner:
                moved.add(owner)
            self._owner[subject] = owner
        if any(subject != owner for subject, owner in self._owner.items()):
            self._link(graph, events)
        return moved

    def _node(self, subject: str) -> Node:
        return self._nodes.get(subject) or Node(subject)

    def _link(self, graph: Graph, events: Sequence[Event]) -> None:
        counted = [event for double in self.doubles for event in double.counted]
        since = known_since([*counted, *events], self._known.bases)
        for customer in set(self._owner.values()):
            hers = [subject for subject, owner in self._owner.items() if owner == customer != subject]
            if hers:
                self.double(customer).links = {each: link_of(graph, each, since.get(each)) for each in hers}

    def _take_in(self, double: StandIn) -> list[StandIn]:
        """The doubles that are part of this one from now on, with their enrolments."""
        gone = [name for name in self._doubles if self._owner.get(name, name) == double.customer != name]
        joined = [self._doubles.pop(name) for name in gone]
        for other in joined:
            for theirs in other.enrolments.values():
                self._carry_over(double, theirs)
            double.sends |= other.sends
            double.window = {**other.window, **double.window}
            for journey, at in other.entries.items():
                double.entries[journey] = max(at, double.entries.get(journey, at))
        return joined

    def _carry_over(self, double: StandIn, theirs: Enrolment) -> None:
        if not counts(theirs):
            return
        moved = move(double.customer, list(double.enrolments.values()), theirs, self._terms)
        for row, ended in moved.ends:
            if row.customer == double.customer:
                double.enrolments[row.key] = ended
        if moved.goes_on is not None:
            double.enrolments[moved.goes_on.key] = moved.goes_on

    def _terms(self, enrolment: Enrolment) -> Terms:
        return terms_of(self.plan.journey(enrolment.journey))
