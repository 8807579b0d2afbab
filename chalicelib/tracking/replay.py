"""Parked calls once more, through everything that calls go through now: the cause may have been removed meanwhile.

A replay keeps the original receipt. So a call without a time of its own gets the key that it would have had, its clock
is corrected as it would have been, whose word counts (customers/trust.py) is not decided by whoever replays, and what
is received more than a day ago is counted without its effects: nobody is written to about the past. Replaying twice
stores once. What named only an order goes to whoever ordered, if that is known by now. What is refused again stays
parked, with the reason of now.

Not replayed are calls of which only the beginning was kept, and calls that only a secret key may make, unless their
whole request was kept and can be judged again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Protocol

from chalicelib.tracking import pipeline
from chalicelib.tracking.envelope import LONGEST_BODY
from chalicelib.tracking.intake import Intake, Taken
from chalicelib.tracking.keys import TRACK, Key, KeyKind, KeySettings
from chalicelib.tracking.parked import Parked, as_sent
from chalicelib.tracking.reading import Arrival, Calls, Reading, Reason
from chalicelib.tracking.source import source

_GUARDED: Final = frozenset({Reason.NOT_ALLOWED})
_KEY_LENGTH: Final = 64


@dataclass(frozen=True)
class Replayed:
    """What became of a parked item: events that are new, events that stood there already, refusals by reason."""

    stored: int
    known: int
    refused: Counter[str]


class Redelivery(Protocol):
    """Who reads a parked webhook again (webhooks/take.py)."""

    def again(self, item: Parked) -> Taken:
        """Take it in. ValueError if its source is not there any more."""
        ...

    def addressed(self, call: object, source: str) -> object:
        """A call that names only an order, as a call of whoever ordered, if that is known by now."""
        ...


class Replayer:
    """Replays parked calls."""

    def __init__(self, intake: Intake, webhooks: Callable[[], Redelivery]) -> None:
        self._intake = intake
        self._webhooks = webhooks

    def replay(self, item: Parked, now: datetime) -> Replayed:
        """Take a parked item in again. ValueError for what cannot be replayed; Transient: do it again."""
        if not replayable(item):
            raise ValueError("not replayable")
        if item.way.whole and not isinstance(item.call, dict):
            return self._delivered(item)
        key = self._key(item, now)
        scopes = frozenset() if key is None or key.public else key.scopes
        arrival = Arrival(item.source, item.key, item.received_at, LONGEST_BODY, item.unproven, scopes)
        done = Replayed(0, 0, Counter())
        kept: set[str] = set()
        for found in _found(item):
            reading = pipeline.read(self._addressed(found, item), arrival)
            judged = self._intake.judged(reading, key, now) if key else reading
            for request in judged.requests:
                if self._intake.privacy is not None:
                    self._intake.privacy.start(request, item.source)
            refusals = [as_sent(refusal, found, item.way.route, item.call) for refusal in judged.refusals]
            stored = self._intake.events.store(judged.events)
            kept |= self._intake.parked.keep(refusals, arrival)
            done = Replayed(done.stored + stored.new, done.known + stored.known, done.refused + _reasons(judged))
        if item.id not in kept:
            self._intake.parked.remove(item.id)
        return done

    def _addressed(self, found: Calls, item: Parked) -> Calls:
        """Refunds and the like go to whoever ordered: not under a public key, because order ids can be counted."""
        if item.unproven or item.reason is not Reason.NOBODY:
            return found
        return replace(found, calls=[self._webhooks().addressed(call, item.source) for call in found.calls])

    def _delivered(self, item: Parked) -> Replayed:
        taken = self._webhooks().again(item)
        if not taken.reading.refusals:
            self._intake.parked.remove(item.id)
        return Replayed(taken.stored.new, taken.stored.known, taken.refused())

    def _key(self, item: Parked, now: datetime) -> Key | None:
        """The key it came under as it is now; of one that is gone the least that a public key may do."""
        key = self._intake.keys.named(item.key) if len(item.key) == _KEY_LENGTH else None
        if key is not None or not item.unproven:
            return key
        gone = KeySettings("gone")
        return Key(item.key, KeyKind.PUBLIC, frozenset({TRACK}), gone, "", item.received_at, family=item.key)


def replayable(item: Parked) -> bool:
    """Whether a parked item can be replayed at all."""
    return item.whole and (item.way.whole or item.reason not in _GUARDED)


def _found(item: Parked) -> Iterator[Calls]:
    """What the item holds, in portions of at most one request."""
    if item.way.whole:
        yield source(item.source).calls(item.way.route, item.call)
        return
    calls = item.call if item.count > 1 and isinstance(item.call, list) else [item.call]
    for first in range(0, len(calls), pipeline.MOST_EVENTS):
        portion = calls[first : first + pipeline.MOST_EVENTS]
        yield Calls(portion, item.way.sent_at, item.way.context, item.way.integrations)


def _reasons(reading: Reading) -> Counter[str]:
    reasons: Counter[str] = Counter()
    for refusal in reading.refusals:
        reasons[str(refusal.reason)] += refusal.count
    return reasons
