"""The way of a webhook: verify, de-duplicate, interpret, store. Nothing is kept of what is not genuine.

A vendor waits five seconds, so nothing slow happens here: a few writes, and requests about people's data become jobs.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Protocol

from chalicelib.errors import Refused
from chalicelib.tracking import envelope, exact, webhook
from chalicelib.tracking.counts import CountStore
from chalicelib.tracking.event import Event
from chalicelib.tracking.given import mapping as _mapping
from chalicelib.tracking.intake import Taken
from chalicelib.tracking.parked import Parked, Way
from chalicelib.tracking.privacy import PrivacyRequest
from chalicelib.tracking.reading import Arrival, Reading, Reason, Refusal
from chalicelib.tracking.signatures import Fault
from chalicelib.tracking.store import EventStore, ParkedStore, Stored
from chalicelib.tracking.told import Told
from chalicelib.tracking.webhook import Delivery, SetUp, WebhookSource
from chalicelib.tracking.webhooks.store import (
    FirstHeard,
    OwnerBook,
    SourceBook,
    Waiting,
    WaitingRoom,
    names_only_an_order,
)

logger = logging.getLogger(__name__)

_SECRET: Final = re.compile("signature|hmac|auth|cookie|token|secret|forwarded", re.IGNORECASE)
_MOST_HEADERS: Final = 60
LONGEST_BODY: Final = 4 * 1024 * 1024
STALE: Final = 10.0  # seconds: a signature that fits no secret as old as that is tried against what is stored now

_SAID: Final[dict[Fault, str]] = {
    "no_secret": "This source has no secret yet. Put the one that the shop shows you.",
    "no_signature": "This source signs what it sends, and here is no signature.",
    "wrong_signature": "The signature fits none of this source's secrets. Compare the secret here with the shop's.",
    "out_of_time": "The signature is more than five minutes away from the present, or says no time.",
}


class SourceSecrets(Protocol):
    """The signing secrets of sources; chalicelib/aws/secrets.py reads them."""

    def of_source(self, name: str, *, within: float = ...) -> tuple[str, ...]:
        """Newest first, empty if there are none; read at most `within` seconds ago."""
        ...


class PrivacyDesk(Protocol):
    """Who starts what people ask of their data."""

    def start(self, request: PrivacyRequest, source: str) -> None:
        """Start it, once, however often it is asked. Transient: ask again."""
        ...


@dataclass(frozen=True)
class Webhooks:
    """Takes webhooks in."""

    sources: SourceBook
    secrets: SourceSecrets
    events: EventStore
    parked: ParkedStore
    owners: OwnerBook
    waiting: WaitingRoom
    heard: FirstHeard
    privacy: PrivacyDesk
    clock: Callable[[], datetime]
    counts: CountStore | None = None

    def take(self, name: str, delivery: Delivery) -> Taken | None:
        """Take one delivery; on return everything in it is stored, parked or started. None for a greeting.

        Refused: 404 `unknown_source`, 413 `body_too_long`, 401 `invalid_signature`. Transient: the sender must retry.
        """
        now = self.clock()
        setup = self.sources.find(name, now)
        source = webhook.webhook(setup.reads) if setup else None
        if setup is None or source is None:
            raise Refused(404, "unknown_source", "There is no webhook source of this name here.")
        if len(delivery.body) > LONGEST_BODY:
            raise Refused(413, "body_too_long", f"A webhook may bring {LONGEST_BODY} bytes.")
        if source.greeting(delivery):
            return None
        delivery = replace(delivery, signature=setup.signature)
        self._verify(source, name, delivery, now)
        return self._absorb(source, setup, delivery, Arrival(name, "", now, len(delivery.body)))

    def again(self, item: Parked) -> Taken:
        """A parked delivery once more, as its source reads it now. ValueError if there is no such source any more."""
        setup = self.sources.find(item.source, self.clock())
        source = webhook.webhook(setup.reads) if setup else None
        if setup is None or source is None:
            raise ValueError(f"there is no source {item.source}")
        delivery = Delivery(str(item.call).encode(), item.way.context, signature=setup.signature)
        arrival = Arrival(item.source, "", item.received_at, len(delivery.body))
        taken = self._absorb(source, setup, delivery, arrival)
        self.parked.keep(_as_delivered(taken.reading.refusals, delivery), arrival)
        return taken

    def _verify(self, source: WebhookSource, name: str, delivery: Delivery, now: datetime) -> None:
        known = self.secrets.of_source(name)
        fault = source.verify(delivery, known, now)
        if fault in ("wrong_signature", "no_secret"):  # perhaps it was signed with a secret put a moment ago
            fresh = self.secrets.of_source(name, within=STALE)
            fault = source.verify(delivery, fresh, now) if fresh != known else fault
        if fault:
            logger.warning("refused source=%s reason=%s", name, fault)
            raise Refused(401, "invalid_signature", _SAID[fault])

    def _absorb(self, source: WebhookSource, setup: SetUp, delivery: Delivery, arrival: Arrival) -> Taken:
        found = _told(source, setup, delivery)
        calls = [self.addressed(call, setup.name) for call in found.calls]
        calls = self._unless_early(calls, arrival)
        reading = webhook.read(replace(found, calls=calls), arrival)
        reading = replace(reading, events=[self._dated(event) for event in reading.events])
        for request in found.requests:
            self.privacy.start(request, setup.name)
        refusals = _as_delivered(reading.refusals, delivery)
        taken = Taken(reading, self._stored(reading), self.parked.park_sent(refusals, arrival))
        for reason, count in sorted(taken.refused().items()):
            logger.warning("parked source=%s reason=%s count=%d", setup.name, reason, count)
        if taken.parked and self.counts:
            self.counts.park("", setup.name, taken.refused(), arrival.received_at)
        return taken

    def _stored(self, reading: Reading) -> Stored:
        if not reading.events:
            return Stored(0, 0)
        self.owners.remember(reading.events)  # first: once an event stands, its retry must find nothing left undone
        waited = [(one, self._arrived(one)) for one in self.waiting.of(reading.events)]
        stored = self.events.store(reading.events)
        self.events.store([event for _, events in waited for event in events])
        for one, events in waited:
            if events:
                self.waiting.remove(one)
        return stored

    def _dated(self, event: Event) -> Event:
        """What concerns no person, and says no time, has the time at which it was heard first."""
        if not event.of_source or event.timestamp != event.received_at:
            return event
        first = self.heard.at(event)
        return event.model_copy(update={"timestamp": first, "at": min(first, event.received_at)})

    def _arrived(self, waited: Waiting) -> list[Event]:
        """What waited for an order that is known now."""
        arrival = Arrival(waited.source, "", waited.received_at, LONGEST_BODY)
        return webhook.read(Told([self.addressed(waited.call, waited.source)]), arrival).events

    def _unless_early(self, calls: list[object], arrival: Arrival) -> list[object]:
        """Calls that name nobody but an order that is not known wait for it. If it came in between, here it is."""
        early = [call for call in calls if names_only_an_order(call)]
        if not early:
            return calls
        self.waiting.keep(Waiting(arrival.source, _mapping(call), arrival.received_at) for call in early)
        return [self.addressed(call, arrival.source) if names_only_an_order(call) else call for call in calls]

    def addressed(self, call: object, source: str) -> object:
        """A call that names no user goes to the owner of its order or to the vendor's customer, if one is known:
        a refund counts where its order does."""
        if not isinstance(call, dict) or call.get("userId"):
            return call
        made: dict[str, Any] = {**call, **self.owners.whose(call, source)}
        return made


def _as_delivered(refusals: Sequence[Refusal], delivery: Delivery) -> list[tuple[Refusal, Way]]:
    """What is parked of a delivery: all of it, once, with what told its topic, so that its source can read it again
    when somebody has corrected how. Signatures are not kept: it was genuine when it came."""
    if not refusals:
        return []
    body = delivery.body
    with suppress(Refused):  # broken gzip: kept as it is
        body = envelope.unpack(body)
    headers = {name: value for name, value in dict(delivery.headers).items() if not _SECRET.search(name)}
    more = f" (and {len(refusals) - 1} more)" if len(refusals) > 1 else ""
    first = refusals[0]
    whole = Refusal(first.reason, first.details + more, body.decode("utf-8", "replace"))
    return [(whole, Way(whole=True, context={name: headers[name] for name in sorted(headers)[:_MOST_HEADERS]}))]


def _told(source: WebhookSource, setup: SetUp, delivery: Delivery) -> Told:
    try:
        payload = exact.read(envelope.unpack(delivery.body))
    except Refused as unreadable:  # genuine and unusable: the sender could only send it again
        text = delivery.body[:10_000].decode("utf-8", "replace")
        return Told([], refusals=[Refusal(Reason.NOT_AN_OBJECT, unreadable.message, text)])
    return webhook.told(source, setup, delivery, payload)
