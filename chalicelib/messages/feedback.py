"""What the provider says became of a message: an event of the customer like any other, and an outcome of its row.

SES reports through its configuration set, SNS and SQS, each of which may deliver twice and in any order. Storing an
event again changes nothing, and neither does a row that knows already. For a row whose answer was lost, the report is
the answer.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from chalicelib.errors import Transient
from chalicelib.messages import ledger, trial
from chalicelib.messages.store import SendStore
from chalicelib.tracking import pipeline
from chalicelib.tracking.event import Event
from chalicelib.tracking.reading import Arrival
from chalicelib.tracking.source import source
from chalicelib.tracking.store import EventStore, ParkedStore

SOURCE: Final = "ses"

_OUTCOMES: Final[Mapping[str, str]] = {
    "Email Sent": "sent_at",
    "Email Delivered": "delivered_at",
    "Email Opened": "opened_at",
    "Email Link Clicked": "clicked_at",
    "Email Bounced": "bounced_at",
    "Email Marked as Spam": "complained_at",
    "Email Delayed": "delayed_at",
    "Email Rejected": ledger.REJECTED,
}
_PERMANENT: Final = "Permanent"
_ATTEMPTS: Final = 5


@dataclass(frozen=True)
class Desk:
    """What feedback is taken with."""

    sends: SendStore
    events: EventStore
    parked: ParkedStore
    clock: Callable[[], datetime]


def take(body: object, desk: Desk) -> list[str]:
    """Take one report; the ids of the rows that learned something. Transient: to be delivered again."""
    size = len(json.dumps(body).encode())
    arrival = Arrival(source=SOURCE, key=SOURCE, received_at=desk.clock(), size=size)
    reading = pipeline.read(source(SOURCE).calls("", body), arrival)
    if reading.refusals:
        desk.parked.park(reading.refusals, arrival)
    about_customers = [event for event in reading.events if not event.subject.startswith(trial.SUBJECT)]
    if about_customers:
        desk.events.store(about_customers)
    return [send for event in reading.events if (send := _learn(event, desk)) is not None]


def outcome(event: Event) -> str | None:
    """The name of the outcome that a report is; None for one that says nothing about its row.

    What a machine did is not what a person did: privacy proxies open everything and scanners click every link. A
    bounce that is not permanent may still be followed by a delivery.
    """
    name = _OUTCOMES.get(event.name)
    if name in ("opened_at", "clicked_at") and event.properties.get("machine"):
        return f"machine_{name}"
    if name == "bounced_at" and event.properties.get("bounce_type") != _PERMANENT:
        return f"soft_{name}"
    return name


def _learn(event: Event, desk: Desk) -> str | None:
    send, name = event.properties.get("send_id"), outcome(event)
    if not isinstance(send, str) or name is None:
        return None
    for _ in range(_ATTEMPTS):
        row = desk.sends.get(event.subject, send)
        if row is None:  # erased since, or sent by another deployment with the same configuration set
            return None
        learned = ledger.evidence(row, name, event.at, event.properties.get("provider_id"))
        if learned is row:
            return None
        if desk.sends.save(row, learned):
            return send
    raise Transient(f"{send} kept changing while it was read")
