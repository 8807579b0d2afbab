"""Webhooks: what shops and services post to us by themselves, under a signature instead of a key.

A webhook source is a source (source.py) that can also say whether a delivery is genuine and what it is about. Its file
is pure: verify, name the topic, read. What it reads gets its final ids here:

- A message id says which *fact* is told (`order-1001`), never which delivery: the same fact comes again in retries
  and in other topics. Here it gets the source's name in front, so that two shops cannot collide.
- A source of which there are several (two shops of one kind) may put a prefix before ids of people and orders.
- Test data is kept out of a shop that is live, and live data out of one that is not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final, Protocol

from chalicelib import plugins
from chalicelib.ids import digest
from chalicelib.tracking import given, pipeline
from chalicelib.tracking.mapping import Mapping as Mapped
from chalicelib.tracking.privacy import PrivacyRequest
from chalicelib.tracking.reading import Arrival, Itself, Reading, Reason, Refusal
from chalicelib.tracking.signatures import Fault
from chalicelib.tracking.source import SOURCES, Source
from chalicelib.tracking.told import Told

_PREFIXED: Final = ("order_id", "customer_id")


@dataclass(frozen=True)
class SetUp:
    """How a source is set up.

    name:      what it is called here, the last part of its address. reads: the file that reads it.
    live:      whether real sales come from it; test data is then refused, and the other way round.
    prefix:    put before the ids of its people and orders.
    mapping:   how its payloads become calls, where a marketer says so.
    signature: how it signs, for sources that can be told.
    """

    name: str
    reads: str
    live: bool
    prefix: str = ""
    mapping: Mapped | None = None
    signature: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Delivery:
    """One POST, as it arrived. `headers` are looked up by lower-case name."""

    body: bytes
    headers: Mapping[str, str]
    signature: Mapping[str, str] = field(default_factory=dict)


class WebhookSource(Source, Protocol):
    """Pure. `calls(topic, payload)` of Source reads; a `Told` may say more than calls."""

    def greeting(self, delivery: Delivery) -> bool:
        """Whether this is the sender's unsigned try of the address, to be answered with 200 and forgotten."""
        ...

    def verify(self, delivery: Delivery, secrets: Sequence[str], now: datetime) -> Fault | None:
        """None if the delivery was signed with one of these secrets, at a time that can be; else why not."""
        ...

    def topic(self, delivery: Delivery, payload: object) -> str:
        """What a genuine delivery is about, in the vendor's words; empty if it does not say."""
        ...

    def fact(self, delivery: Delivery) -> str | None:
        """The id of what is told, where the sender signs one; None: the body says it."""
        ...

    def test(self, topic: str, payload: object) -> bool | None:
        """Whether this is a try (True) or a real sale (False); None if the vendor does not say."""
        ...


def webhook(name: str) -> WebhookSource | None:
    """The webhook source in the file of that name; None if there is none, or if it is no webhook."""
    found = named(name) if name in plugins.names(SOURCES) else None
    return found if hasattr(found, "verify") else None


def named(name: str) -> WebhookSource:
    """The webhook source in the file of that name, which is known to be there. Raises plugins.UnknownPlugin."""
    found: WebhookSource = plugins.load(SOURCES, name)
    return found


def names() -> tuple[str, ...]:
    """The names of all webhook sources."""
    return tuple(name for name in plugins.names(SOURCES) if webhook(name) is not None)


def told(source: WebhookSource, setup: SetUp, delivery: Delivery, payload: object) -> Told:
    """What a genuine delivery says, with final ids. Never raises for anything that the payload may be."""
    topic = source.topic(delivery, payload)
    refusal = _misplaced(source.test(topic, payload), setup, payload)
    if refusal:
        return Told([], refusals=[refusal])
    found = setup.mapping.calls(payload) if setup.mapping else source.calls(topic, payload)
    fact = source.fact(delivery) or digest(delivery.body.hex())
    calls = [_final(call, f"{fact}-{number}", setup) for number, call in enumerate(found.calls)]
    if not isinstance(found, Told):
        return Told(calls)
    return replace(found, calls=calls, requests=[_of(setup, request) for request in found.requests])


def read(found: Told, arrival: Arrival) -> Reading:
    """The calls as events and refusals, with what was refused before. Pure."""
    reading = pipeline.read(found, arrival)
    return replace(reading, refusals=[*found.refusals, *reading.refusals])


def _misplaced(test: bool | None, setup: SetUp, payload: object) -> Refusal | None:
    if test is None or test is not setup.live:
        return None
    if test:
        return Refusal(Reason.TEST_DATA, "a try, and this source is live", payload)
    return Refusal(Reason.LIVE_DATA, "a real sale, and this source is not live", payload)


def _final(call: object, otherwise: str, setup: SetUp) -> object:
    if isinstance(call, Itself):
        return Itself(given.mapping(_final(call.call, otherwise, setup)))
    if not isinstance(call, dict):
        return call
    made: dict[str, Any] = {**call, "messageId": f"{setup.name}-{_fitting(call.get('messageId') or otherwise)}"}
    if setup.prefix and made.get("userId") is not None:
        made["userId"] = f"{setup.prefix}{made['userId']}"
    properties = made.get("properties")
    if setup.prefix and isinstance(properties, dict):
        prefixed = {name: f"{setup.prefix}{properties[name]}" for name in _PREFIXED if properties.get(name)}
        made["properties"] = {**properties, **prefixed}
    return made


def _of(setup: SetUp, request: PrivacyRequest) -> PrivacyRequest:
    """The request about whom events of the source name."""
    return replace(request, user_id=f"{setup.prefix}{request.user_id}") if request.user_id else request


def _fitting(id: object) -> str:
    text = str(id)
    return text if len(text) <= 100 and text.isprintable() else digest(text)
