"""Facts made anew from all stored events, and the proof that the kept ones equal them.

A rebuild is what makes counting safe to give up: whatever cannot be told apart any more (an event received before
`seen`, an order before the recent ones, a record that failed) marks the customer, and this starts from the stored
events, which are the truth. It reads the state first and the events after, consistently, so it knows at least what
was counted; it writes under the version it has read, so nothing that was counted meanwhile is lost.

Events that are stored but whose stream records have not come through yet are counted by the rebuild: their effects
leave with it, and the records find them seen.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Final

from chalicelib.customers.facts import Facts
from chalicelib.customers.fold import fold
from chalicelib.customers.profile import Profile
from chalicelib.customers.seen import Seen, Verdict
from chalicelib.customers.state import State
from chalicelib.customers.store import Conflict, CustomerStore
from chalicelib.errors import Transient
from chalicelib.review.advance import Rules, advance
from chalicelib.review.arrivals import first_received
from chalicelib.review.effects import parts
from chalicelib.review.store import EventLog, Unread
from chalicelib.tracking.event import Event

ATTEMPTS: Final = 5


class TooManyEvents(Exception):
    """More events than the caller has time to fold: leave it to the worker of the due index."""


@dataclass(frozen=True)
class Stored:
    """The stored events of a customer: those that count, their twins, and what could not be read."""

    events: list[Event]
    twins: list[Event]
    unread: list[Unread]


@dataclass(frozen=True)
class Rebuilt:
    """What a rebuild did: the events in the facts, the twins it removed, the changes it let out."""

    events: int
    twins: int
    effects: int
    unread: int


@dataclass(frozen=True)
class Difference:
    """Something kept that is not what the stored events come to."""

    customer: str
    what: str
    kept: str
    folded: str


class Rebuilder:
    """Rebuilds customers, and checks them."""

    def __init__(self, customers: CustomerStore, log: EventLog) -> None:
        self._customers = customers
        self._log = log

    def rebuild(self, customer: str, rules: Rules, now: datetime, *, most: int | None = None) -> Rebuilt:
        """Fold everything stored and write what it comes to.

        TooManyEvents beyond `most` events; Transient when others kept writing the customer.
        """
        for _ in range(ATTEMPTS):
            state = self._customers.load(customer)
            stored = self._stored(customer, state.seen, most)
            states = list(renewed(state, stored, rules, now))
            try:
                self._keep_profile(customer, stored.events)
                for before, after in zip([state, *states], states, strict=False):
                    self._customers.save(after, permission_changed=permission_changed(before, after))
            except Conflict:
                continue
            self._log.delete(stored.twins)  # after the state knows which of them counts
            effects = sum(len(after.fx) for after in states)
            return Rebuilt(len(stored.events), len(stored.twins), effects, len(stored.unread))
        raise Transient(f"{customer}: written by others {ATTEMPTS} times during a rebuild")

    def check(self, customer: str) -> list[Difference]:
        """Where the kept facts, traits and dates differ from what the stored events come to: nowhere, if all is well.

        Events that are on their way through the stream are a difference (`uncounted`), until they have arrived.
        """
        state = self._customers.load(customer)
        stored = self._stored(customer, state.seen, None)
        profile = Profile(customer).merge(stored.events)
        uncounted = sum(state.seen.verdict(event) is Verdict.NEW for event in stored.events)
        found = _compared(state.facts, fold(Facts(), stored.events))
        if self._customers.profile(customer).values != profile.values:
            found["traits"] = ("other values", ", ".join(profile.values))
        if uncounted:
            found["uncounted"] = ("0", str(uncounted))
        if state.rebuild is not None:
            found["rebuild"] = (state.rebuild, "not marked")
        if state.next_at is not None and (state.due_at is None or state.due_at > state.next_at):
            found["due_at"] = (str(state.due_at), f"at or before {state.next_at}")
        return [Difference(customer, what, kept, folded) for what, (kept, folded) in found.items()]

    def _stored(self, customer: str, seen: Seen, most: int | None) -> Stored:
        held: list[Event | Unread] = []
        for event in self._log.of(customer):
            held.append(event)
            if most is not None and len(held) > most:
                raise TooManyEvents(customer)
        return once_each(held, seen)

    def _keep_profile(self, customer: str, events: Sequence[Event]) -> None:
        kept = self._customers.profile(customer)
        profile = Profile(customer, v=kept.v).merge(events)
        if profile != kept:
            self._customers.save_profile(profile)


def once_each(held: Iterable[Event | Unread], seen: Seen) -> Stored:
    """Each event once: of several with one message id the one that was counted, else the first received."""
    stored = Stored([], [], [])
    chosen: dict[str, Event] = {}
    events = []
    for event in held:
        if isinstance(event, Unread):
            stored.unread.append(event)
        else:
            events.append(event)
    for event in sorted(events, key=lambda event: (seen.verdict(event) is not Verdict.SEEN, first_received(event))):
        if chosen.setdefault(event.message_id, event) is event:
            stored.events.append(event)
        else:
            stored.twins.append(event)
    return stored


def renewed(state: State, stored: Stored, rules: Rules, now: datetime) -> Iterator[State]:
    """The states that a rebuild writes, one after the other. Pure.

    One, unless so many watched events had not been counted yet that their effects need several writes; the mark for
    rebuild is only taken off by the last. What was received too long ago to say whether it was counted has no effects:
    it has them behind it.
    """
    events = stored.events
    facts = fold(Facts(), events)
    everything = Seen().add(events).add_twins(stored.twins).remember(state.seen)
    fresh = [event for event in events if _uncounted(event, state.seen, everything)]
    portions = parts(fresh, rules.watched)
    left = {event.key for event in fresh}
    before = replace(state, rebuild=None, due_at=None)
    for portion in portions:
        left -= {event.key for event in portion}
        seen = _seen_without(left, events, state.seen) if left else everything
        after = advance(before, portion, facts, seen, rules, now)
        yield replace(after, rebuild="interrupted", due_at=now) if left else after
        before = after


def permission_changed(before: State, after: State) -> bool:
    """Whether what may be sent to the customer is not what it was."""
    names = ("consent", "asked", "suppressed")
    return any(getattr(before.facts, name) != getattr(after.facts, name) for name in names)


def _seen_without(left: Collection[str], events: Sequence[Event], before: Seen) -> Seen:
    return Seen().add(event for event in events if event.key not in left).remember(before)


def _uncounted(event: Event, seen: Seen, everything: Seen) -> bool:
    return seen.verdict(event) is Verdict.NEW and everything.verdict(event) is Verdict.SEEN


def _compared(kept: Facts, folded: Facts) -> dict[str, tuple[str, str]]:
    names = [field.name for field in fields(Facts)]
    pairs: Mapping[str, tuple[object, object]] = {name: (getattr(kept, name), getattr(folded, name)) for name in names}
    return {name: (str(ours), str(theirs)) for name, (ours, theirs) in pairs.items() if ours != theirs}
