"""Forgetting: events whose days are over are sealed into a base (customers/base), and then deleted.

Nothing is removed by a clock. A TTL set when an event is stored would cost nothing, but it would run whether or not
the sealing before it went well, would leave alone whatever was stored before the setting was made, and could not tell
what became a conversion since. So the one who deletes is the one who has just kept the base, and deletes exactly what
is in it. That costs a write unit for each event, once in its life, where a workspace asks for it; the room of a
kilobyte costs as much in three months.

The `due` index brings whoever holds an event for as many days as the setting says. Then everything that is within 30
days of it goes too, so a person is sealed once a month at most. The order is: events read, bases read, the new base
kept (in one transaction with a check that the customer is as it was read), events deleted, the state saved. Whoever
dies in between, or works beside another, leaves events that are in a base as well. They are twins by their message ids,
which count once and are deleted by whoever folds next; and until the state is saved the customer is due.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from chalicelib.customers.base import Base, Bases, begun, may_expire
from chalicelib.customers.base.store import BaseStore
from chalicelib.customers.retention import seal_date
from chalicelib.customers.seen import Verdict
from chalicelib.customers.state import State
from chalicelib.customers.vocabulary import DEFAULT, Vocabulary
from chalicelib.review.renew import Person, Stored
from chalicelib.review.store import EventLog
from chalicelib.tracking.event import Event

TOGETHER: Final = 30  # days
AT_ONCE: Final = 2_000  # events in one pass: two seconds of deleting


def is_due(state: State, days: int | None, now: datetime) -> bool:
    """Whether the customer holds an event for as many days as such events are kept."""
    at = seal_date(state.customer, state.held_since, days)
    return at is not None and at <= now


class Sealer:
    """Seals what a rebuild has read."""

    def __init__(self, bases: BaseStore, log: EventLog) -> None:
        self._bases = bases
        self._log = log

    def seal(
        self, person: Person, stored: Stored, days: int | None, now: datetime, said: Vocabulary = DEFAULT
    ) -> tuple[Person, Stored]:
        """What is to be sealed now is in a base afterwards, and deleted; what the customer's events are then. Conflict
        if the customer was written meanwhile."""
        if days is None or not is_due(person.state, days, now):
            return person, stored
        until = now.toordinal() - days + TOGETHER
        ripe = _ripe(person, stored.events, until, now, said)
        bases = person.bases
        for subject, events in ripe.items():
            base = Base.of(events, bases.next_number(subject), until, said)
            self._bases.keep(base, person.state.customer, person.state.v)
            bases = Bases((*bases.each, base), bases.customer)
        gone = [event for events in ripe.values() for event in events]
        self._log.forget(gone)
        keys = {(event.subject, event.key) for event in gone}
        left = [event for event in stored.events if (event.subject, event.key) not in keys]
        return replace(person, bases=bases), replace(stored, events=left)


def _ripe(
    person: Person, events: Sequence[Event], until: int, now: datetime, said: Vocabulary
) -> Mapping[str, list[Event]]:
    """The first of the events that were received before the day and may expire, by subject. What has not been counted
    yet waits: its effects have not left; and so does what belongs to an open cart."""
    stays = begun(person.bases.fold(events, person.links, said).intents, said)
    ripe = [
        event
        for event in events
        if event.received_at.toordinal() < until
        and ((over := stays(event)) is None or over <= now)
        and person.seen.verdict(event) is not Verdict.NEW
        and may_expire(event, said)
    ]
    first = sorted(ripe, key=lambda event: (event.received_at, event.subject, event.key))[:AT_ONCE]
    grouped: defaultdict[str, list[Event]] = defaultdict(list)
    for event in first:
        grouped[event.subject].append(event)
    return grouped
