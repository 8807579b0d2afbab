"""Events become the double's facts, stage and outbox, by the code that counts live: fold, advance, renewed.

What is kept live to count nothing twice (`seen`) is not kept here, because every event comes once. Where facts cannot
take an event (NeedsRebuild), or are of other subjects than before, they are made anew from all that has come so far.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from chalicelib.customers.base import Bases
from chalicelib.customers.fold import NeedsRebuild, fold
from chalicelib.customers.profile import Profile, traits_in
from chalicelib.customers.seen import Seen
from chalicelib.customers.state import State
from chalicelib.rehearsal.standin import StandIn
from chalicelib.review.advance import Rules, advance
from chalicelib.review.beside import Beside, Wanted
from chalicelib.review.effects import parts
from chalicelib.review.join import MERGE
from chalicelib.review.renew import Person, Stored, renewed
from chalicelib.tracking.event import Event

_NO_SEEN = Seen()
T = TypeVar("T")


def count(double: StandIn, fresh: Sequence[Event], bases: Bases, rules: Rules, now: datetime) -> Iterator[State]:
    """The states that the double passes through by these events; it is left in the last of them."""
    double.counted += fresh
    try:
        beside = double.beside
        if any(map(traits_in, fresh)):
            beside = beside.with_traits_in(fresh, double.state.facts.known_at, double.links)
        states = _knowing(double, beside, lambda known: _added(double, fresh, rules, now, known))
    except NeedsRebuild:
        del double.counted[len(double.counted) - len(fresh) :]
        yield from rebuild(double, fresh, (), bases, rules, now)
        return
    double.profile = beside.profile or double.profile
    for double.state in states:
        yield double.state


def review(double: StandIn, rules: Rules, now: datetime) -> State:
    """The state that time alone has brought by now."""
    due = replace(double.state, due_at=None)
    double.state = _knowing(
        double, double.beside, lambda known: advance(due, (), due.facts, due.seen, rules, now, beside=known)
    )
    return double.state


def rebuild(
    double: StandIn, fresh: Sequence[Event], joined: Sequence[StandIn], bases: Bases, rules: Rules, now: datetime
) -> Iterator[State]:
    """The states by which the facts are made anew, of the double's own events and of those who have joined it.

    joined: doubles that have become part of this one. `double.links` says how.
    """
    before = [*double.counted, *(event for other in joined for event in other.counted)]
    seen = Seen().add(sorted(before, key=lambda event: event.received_at))
    known = replace(double.state, seen=seen, rebuild=MERGE if joined else None)
    person = Person(known, tuple(other.state for other in joined), double.links, bases=bases)
    events = sorted([*before, *fresh], key=lambda event: (event.received_at, event.key, event.subject))
    double.counted, stored = events, Stored(events, [], [])
    states = _knowing(double, double.beside, lambda beside: list(renewed(person, stored, rules, now, beside)))
    double.profile = Profile(double.customer).merge(events, person.known_at, double.links)
    for state in states:
        double.state = replace(state, seen=_NO_SEEN, rebuild=None)
        yield double.state


def _knowing(double: StandIn, beside: Beside, judge: Callable[[Beside], T]) -> T:
    """What `judge` comes to; it is handed what has happened so far if a condition asks for it, which few do."""
    try:
        return judge(beside)
    except Wanted as wanted:
        if wanted.need is None:
            raise
        return judge(replace(beside, history=double.history()))


def _added(double: StandIn, fresh: Sequence[Event], rules: Rules, now: datetime, beside: Beside) -> list[State]:
    before, states = double.state, list[State]()
    for portion in parts(fresh, rules.watched):
        facts = fold(before.facts, portion, double.links, rules.vocabulary)
        before = advance(before, portion, facts, before.seen, rules, now, beside=beside)
        states.append(before)
    return states
