"""The way in: a request or a queue message becomes stored events and parked refusals, or an error, never a loss."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from chalicelib.errors import Refused
from chalicelib.tracking import envelope, keys
from chalicelib.tracking.keys import Key
from chalicelib.tracking.reading import Arrival, Reading
from chalicelib.tracking.source import interpret
from chalicelib.tracking.store import EventStore, KeyStore, ParkedStore, Stored

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
    """Takes in what clients post and what services report."""

    keys: KeyStore
    events: EventStore
    parked: ParkedStore

    def take(self, post: Post, now: datetime) -> Taken:
        """Everything in a request. On return it is stored or parked; Transient means that the client must retry.

        Refused: 413 `body_too_long`, 400 `invalid_json`, 401 `unknown_write_key`.
        """
        body = envelope.unpack(post.body)
        payload = envelope.read(body)
        key = self._key(envelope.find_key(post.headers, post.query, payload), now)
        scopes = frozenset() if key.public else key.scopes
        arrival = Arrival(post.source, key.id, now, len(body), unproven=key.public, scopes=scopes)
        return self.absorb(post.route, payload, arrival)

    def absorb(self, route: str, payload: object, arrival: Arrival) -> Taken:
        """Everything in a payload whose origin is trusted already, such as a queue's message."""
        reading = interpret(route, payload, arrival)
        taken = Taken(
            reading,
            stored=self.events.store(reading.events),
            parked=self.parked.park(reading.refusals, arrival),
        )
        _report(taken, arrival)
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
    if not taken.parked:
        return
    for reason, count in sorted(taken.refused().items()):
        logger.warning("parked source=%s key=%s reason=%s count=%d", arrival.source, arrival.key[:8], reason, count)
