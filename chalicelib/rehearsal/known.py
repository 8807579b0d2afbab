"""What is stored of one customer, and when each event comes on the virtual clock.

An event comes when it was received, as it did. One that was received over a day after it happened was loaded later (a
history, an import, a device that was offline): it comes when it happened, as if it had been told then, so that a
journey can be rehearsed on a past from before there was anybody to tell. `exactly` takes every event as it was
received: what was imported then starts nothing, as it started nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, Final

from chalicelib.customers.base import Bases
from chalicelib.customers.consent import IMPORTED
from chalicelib.customers.seen import Seen
from chalicelib.rehearsal.plan import Plan
from chalicelib.review.renew import once_each
from chalicelib.tracking.event import OURS, Event, is_counted, sound

LATER: Final = timedelta(days=1)
STATED: Final = "journey-"
"""How the message ids begin of what journeys say of a customer."""


@dataclass(frozen=True)
class Known:
    """One customer as stored.

    events:  of all subjects that are the customer's by now, in any order. bases: what is sealed of them.
    account: the account that the customer belongs to, as rules see it; as it is now.
    """

    customer: str
    events: Sequence[Event]
    bases: Bases = field(default_factory=Bases)
    account: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Arrival:
    """Events that come at one moment, as those of one call do."""

    at: datetime
    events: tuple[Event, ...]


def arrivals(known: Known, plan: Plan) -> list[Arrival]:
    """The events that facts come of, each once, by the moment at which they come; none after `plan.until`.

    What journeys said of the customer since the rehearsal begins is left out: those that are rehearsed say it anew.
    """
    once = once_each([event for event in known.events if is_counted(event)], Seen(), known.bases).events
    timed = sorted(_timed(once, plan.exactly), key=lambda event: (event.received_at, event.at, event.message_id))
    others = (event for event in timed if event.at < plan.since or not is_stated(event))
    moments = groupby(others, key=lambda event: event.received_at)
    return [Arrival(at, tuple(events)) for at, events in moments if at <= plan.until]


def is_stated(event: Event) -> bool:
    """Whether a journey's step said it (journeys/stated.py)."""
    return event.source == OURS and event.message_id.startswith(STATED)


def _timed(events: Iterable[Event], exactly: bool) -> Iterator[Event]:
    for event in events:
        late = event.source == IMPORTED or event.received_at - event.at > LATER
        yield event if exactly or not late else _as_told_then(event)


def _as_told_then(event: Event) -> Event:
    """What is imported follows nothing: it is taken for what we were told ourselves, whose word counts as much."""
    source = OURS if event.source == IMPORTED else event.source
    return sound(**{**vars(event), "received_at": event.at, "source": source})
