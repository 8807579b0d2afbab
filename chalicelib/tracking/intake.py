"""The way in: a request or a queue message becomes stored events and parked refusals, or an error, never a loss."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from chalicelib.errors import Permanent, Refused
from chalicelib.tracking import envelope, keys, pipeline
from chalicelib.tracking.counts import CountStore
from chalicelib.tracking.guard import Guard
from chalicelib.tracking.keys import Key
from chalicelib.tracking.limits import Limits
from chalicelib.tracking.parked import as_sent
from chalicelib.tracking.reading import Arrival, Calls, Reading
from chalicelib.tracking.source import source
from chalicelib.tracking.store import EventStore, KeyStore, ParkedStore, Stored

if TYPE_CHECKING:
    from chalicelib.tracking.webhooks.take import PrivacyDesk

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Post:
    """An HTTP request to a tracking route. `headers` are looked up by lower-case name."""

    source: str
    route: str
    body: bytes
    headers: Mapping[str, str]
    query: Mapping[str, str]


@dataclass(frozen=True)
class Taken:
    """What came in, and how much of it was new."""

    reading: Reading
    stored: Stored
    parked: int

    def refused(self) -> Counter[str]:
        """How many calls were refused, by reason."""
        reasons: Counter[str] = Counter()
        for refusal in self.reading.refusals:
            reasons[refusal.reason] += refusal.count
        return reasons


@dataclass(frozen=True)
class Intake:
    """Takes in what clients post and what services report.

    masters: the live master secrets of `userHash` (proof.py). limits, counts: without them nothing is limited, counted.
    privacy: who starts what is asked of somebody's data.
    """

    keys: KeyStore
    events: EventStore
    parked: ParkedStore
    masters: Callable[[], tuple[str, ...]] = tuple
    limits: Limits | None = None
    counts: CountStore | None = None
    privacy: PrivacyDesk | None = None

    def take(self, post: Post, now: datetime) -> Taken:
        """Everything in a request. On return it is stored or parked; Transient means that the client must retry.

        Refused: 413 `body_too_long`, 400 `invalid_json`, 401 `unknown_write_key`, 403 `origin_not_allowed`,
        429 `too_many_calls`.
        """
        body = envelope.unpack(post.body)
        payload = envelope.read(body)
        key = self.caller(post.headers, post.query, payload, now)
        scopes = frozenset() if key.public else key.scopes
        arrival = Arrival(post.source, key.id, now, len(body), unproven=key.public, scopes=scopes)
        found = source(post.source).calls(post.route, payload)
        if self.limits:
            self.limits.spend(key, max(1, len(found.calls)), now)
        return self.keep(self.judged(pipeline.read(found, arrival), key, now), arrival, found, post.route, payload)

    def caller(self, headers: Mapping[str, str], query: Mapping[str, str], payload: object, now: datetime) -> Key:
        """The key under which a request comes, and may. Refused: 401 `unknown_write_key`, 403 `origin_not_allowed`."""
        key = self._key(envelope.find_key(headers, query, payload), now)
        if key.public and not key.admits(origin := keys.origin_of(headers)):
            raise Refused(403, "origin_not_allowed", f"This key may not be used on pages of {str(origin)[:100]}.")
        return key

    def absorb(self, route: str, payload: object, arrival: Arrival) -> Taken:
        """Everything in a payload whose origin is trusted already, such as a queue's message."""
        found = source(arrival.source).calls(route, payload)
        return self.keep(pipeline.read(found, arrival), arrival, found, route, payload)

    def judged(self, reading: Reading, key: Key, now: datetime) -> Reading:
        """What the key under which a reading came leaves of it."""
        admitted = Guard(key, self.masters).judge(reading)
        return self.limits.admit(admitted, key, now) if self.limits else admitted

    def keep(self, reading: Reading, arrival: Arrival, found: Calls, route: str, payload: object) -> Taken:
        """Store and park what was read of a payload, and start what was asked."""
        for request in reading.requests:
            if self.privacy is None:
                raise Permanent("nobody here takes requests about somebody's data")
            self.privacy.start(request, arrival.source)
        refusals = [as_sent(refusal, found, route, payload) for refusal in reading.refusals]
        stored, parked = self.events.store(reading.events), self.parked.park_sent(refusals, arrival)
        taken = Taken(reading, stored, parked)
        if parked:
            _report(taken, arrival)
            if self.counts:
                self.counts.park(arrival.key, arrival.source, taken.refused(), arrival.received_at)
        return taken

    def _key(self, text: str | None, now: datetime) -> Key:
        key = self.keys.find(text, now)
        if key is None or not key.may(keys.TRACK):
            raise Refused(
                401,
                "unknown_write_key",
                "This write key is not known here. Send one that is: as the user of Basic authorization, "
                "as writeKey in the body, as the header X-Write-Key, or as ?writeKey=.",
            )
        return key


def _report(taken: Taken, arrival: Arrival) -> None:
    for reason, count in sorted(taken.refused().items()):
        logger.warning("parked source=%s key=%s reason=%s count=%d", arrival.source, arrival.key[:8], reason, count)
