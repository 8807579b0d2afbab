"""What the provider says became of a message: an event of the customer like any other, and an outcome of its row.

SES reports through its configuration set, SNS and SQS, each of which may deliver twice and in any order. Storing an
event again changes nothing, and neither does a row that knows already. For a row whose answer was lost, the report is
the answer.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from chalicelib.errors import Transient
from chalicelib.journeys.send import Send
from chalicelib.messages import ledger, trial
from chalicelib.messages.store import SendStore
from chalicelib.tracking import pipeline
from chalicelib.tracking.actor import EVERY_LINK, Act, actor, burst
from chalicelib.tracking.answers import ACTOR, ACTOR_REASON, CLICKS, by_machine
from chalicelib.tracking.event import Event, subject_ids
from chalicelib.tracking.reading import Arrival
from chalicelib.tracking.source import source
from chalicelib.tracking.sources._sns import is_text_report
from chalicelib.tracking.store import EventStore, ParkedStore

MAIL: Final = "ses"
TEXTS: Final = "sms"

_OUTCOMES: Final[Mapping[str, str]] = {
    "Email Sent": "sent_at",
    "Email Delivered": "delivered_at",
    "Email Opened": "opened_at",
    "Email Link Clicked": "clicked_at",
    "Email Bounced": "bounced_at",
    "Email Marked as Spam": "complained_at",
    "Email Delayed": "delayed_at",
    "Email Rejected": ledger.REJECTED,
    "SMS Sent": "sent_at",
    "SMS Delivered": "delivered_at",
    "SMS Failed": "failed_at",
}
_PERMANENT: Final = "Permanent"
_ATTEMPTS: Final = 5


@dataclass(frozen=True)
class Desk:
    """What feedback is taken with. noted: told of each outcome of a row that is new to it. people: the customers who
    have a telephone number. heard: told of each report of a row, before the row learns of it; maybe twice.
    unsaid: told of clicks (a subject's, by the keys of the events) that turned out to be a machine's; maybe twice.
    confirms: what an event states besides, where it is the word that answers a message which asked for one."""

    sends: SendStore
    events: EventStore
    parked: ParkedStore
    clock: Callable[[], datetime]
    noted: Callable[[Event, str], None] = lambda event, outcome: None
    people: Callable[[str], Sequence[str]] = lambda number: ()
    heard: Callable[[Event, Send], None] = lambda event, row: None
    unsaid: Callable[[str, Sequence[str]], None] = lambda subject, keys: None
    confirms: Callable[[Event], Sequence[Event]] = lambda event: ()


def take(body: object, desk: Desk) -> list[str]:
    """Take one report; the ids of the rows that learned something. Transient: to be delivered again."""
    size = len(json.dumps(body).encode())
    name = TEXTS if is_text_report(body) else MAIL
    arrival = Arrival(source=name, key=name, received_at=desk.clock(), size=size)
    reading = pipeline.read(source(name).calls("", body), arrival)
    if reading.refusals:
        desk.parked.park(reading.refusals, arrival)
    said = [event for each in reading.events for event in (*_of_whom(each, desk), *desk.confirms(each))]
    told = [_with_row(event, desk) for event in said]
    about_customers = [event for event, _ in told if not event.subject.startswith(trial.SUBJECT)]
    if about_customers:
        desk.events.store(about_customers)
    for event, row in told:
        if row is not None:
            desk.heard(event, row)
    return [row.id for event, row in told if row is not None and _learn(event, row, desk)]


def outcome(event: Event) -> str | None:
    """The name of the outcome that a report is; None for one that says nothing about its row.

    What a machine did is not what a person did: privacy proxies open everything and scanners click every link. A
    bounce that is not permanent may still be followed by a delivery.
    """
    name = _OUTCOMES.get(event.name)
    if by_machine(event.name, event.properties):
        return f"machine_{name}"
    if name == "bounced_at" and event.properties.get("bounce_type") != _PERMANENT:
        return f"soft_{name}"
    return name


def judged(event: Event, row: Send) -> Event:
    """A click by who the ledger shows to have done it, which knows which of the other links were followed. Pure."""
    link = _followed(event)
    if link is None:
        return event
    agent = str(event.properties.get("user_agent") or "")
    found = actor(Act(agent, link=ledger.link_mark(link), at=event.timestamp, others=ledger.clicked(row)))
    said = {name: value for name, value in event.properties.items() if name not in (ACTOR, ACTOR_REASON)}
    return event.model_copy(update={"properties": {**said, **found.properties()}})


def _followed(event: Event) -> str | None:
    """The link that a click followed; None for no click, and for one that a machine made by its own account: a person
    who clicks while a gateway scans is not one of it."""
    link = event.properties.get("link_url")
    if event.name not in CLICKS or not isinstance(link, str):
        return None
    by_itself = by_machine(event.name, event.properties) and event.properties.get(ACTOR_REASON) != EVERY_LINK
    return None if by_itself else link


def _of_whom(event: Event, desk: Desk) -> Sequence[Event]:
    """The event, of whom it is about. What is written to us names a number: it is told of every customer who has it,
    and of the number itself where nobody has."""
    number = event.properties.get("phone")
    if event.source != TEXTS or not isinstance(number, str) or event.name in _OUTCOMES:
        return (event,)
    known = desk.people(number)
    return [event.model_copy(update=_named(customer)) for customer in known] or (event,)


def _named(subject: str) -> dict[str, str | None]:
    return {"user_id": None, "anonymous_id": None, **subject_ids(subject)}


def _with_row(event: Event, desk: Desk) -> tuple[Event, Send | None]:
    """The event and the row that it is about; None for a row that was erased since, or that another deployment with
    the same configuration set keeps."""
    send = event.properties.get("send_id")
    row = desk.sends.get(event.subject, send) if isinstance(send, str) else None
    return (event, None) if row is None else (judged(event, row), row)


def _learn(event: Event, row: Send, desk: Desk) -> bool:
    """Whether the row learned something."""
    name = outcome(event)
    if name is None:
        return False
    link = _followed(event)
    for _ in range(_ATTEMPTS):
        learned = ledger.evidence(row, name, event.at, event.properties.get("provider_id"))
        if link is not None:
            learned = ledger.followed(learned, link, event.key)
        known = learned is row
        if known or desk.sends.save(row, learned):
            if not known and name not in row.outcomes:
                desk.noted(event, name)
            _unsay(event, learned, desk)
            return not known
        again = desk.sends.get(row.customer, row.id)
        if again is None:
            return False
        row = again
    raise Transient(f"{row.id} kept changing while it was read")


def _unsay(event: Event, row: Send, desk: Desk) -> None:
    """Take back the clicks that were stored as a person's before the others came that show whose they were."""
    link, together = _followed(event), burst(ledger.clicked(row))
    if link is not None and ledger.link_mark(link) in together:
        desk.unsaid(event.subject, sorted(row.clicks[mark] for mark in together))
