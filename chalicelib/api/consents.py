"""Consent as marketers see it: where a person stands, what was said when, and to say it for somebody who has."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final, Literal

from pydantic import AwareDatetime, Field, StringConstraints, field_validator

from chalicelib import ids, times, wiring
from chalicelib.api.answers import Model, Moment, Strict
from chalicelib.api.http import Request, Routes, bad_cursor, opened, sealed
from chalicelib.customers.consent import (
    SUBSCRIBED,
    UNSUBSCRIBED,
    Channel,
    awaits_confirmation,
    consent_key,
    is_statement,
    key_of,
)
from chalicelib.errors import Refused
from chalicelib.tracking.call import LONGEST_ID
from chalicelib.tracking.event import USER, Event, statement, subject_ids

READ: Final = "consents:read"
WRITE: Final = "consents:write"
SOURCE: Final = "api"
PAGE: Final = 1_000  # events that one call looks through

routes: Final = Routes("consents")

Short = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Status = Literal["granted", "withdrawn", "pending"]


class HistoryQuery(Strict):
    """Which part of the history."""

    cursor: str | None = Field(None, max_length=2_000, description="The `cursor` of the page before.")


class Standing(Model):
    """Where the person stands on a channel (`email`) or a topic of it (`email/newsletter`)."""

    to: str
    status: Status = Field(description="`pending`: asked to confirm, and has not.")
    since: Moment
    confirmed: bool = Field(description="There is a proof of the consent.")
    defined: bool = Field(description="False for a topic that the workspace has not defined.")


class Said(Model):
    """One statement, as it was stored; statements are never changed and do not expire."""

    to: str
    action: Literal["subscribed", "unsubscribed"]
    status: Status = Field(description="What it came to when it was received.")
    at: Moment
    received_at: Moment
    source: str = Field(description="Where the person said it, in the caller's words; else what brought it here.")
    wording: str | None = Field(description="The version of the text that was agreed to.")
    proof: dict[str, Any] | None
    unproven: bool = Field(description="It came under a public key, and nothing proves who spoke.")
    message_id: str


class Consents(Model):
    """Where a person stands, and what was said, newest first. `cursor` asks for more of the history, null at the end;
    a page may be empty before the end, because it looks through a thousand events of every kind."""

    customer: str
    consents: list[Standing]
    history: list[Said]
    cursor: str | None


class Statement(Strict):
    """What a person has said, by whoever heard it: a form's server, a call centre."""

    action: Literal["subscribe", "unsubscribe"]
    channel: Channel = "email"
    topic: Short | None = Field(None, description="A topic of the channel; without one the channel itself.")
    source: Short = Field(description="Where the person said it: `checkout form`, `call centre`.")
    wording: Short | None = Field(None, description="The version of the text that was agreed to.")
    proof: dict[str, Any] | None = Field(
        None, description="What proves it, if anything does; with it a topic of double opt-in counts at once."
    )
    at: AwareDatetime | None = Field(None, description="When it was said; now, if not given. Not in the future.")
    id: Short | None = Field(None, description="The caller's id of the statement: the same is taken once.")

    @field_validator("at", mode="before")
    @classmethod
    def _at_is_text(cls, at: object) -> object:
        if at is not None and not isinstance(at, str):
            raise ValueError("a time is text, `2026-11-22T10:00:00Z`")
        return at

    @field_validator("proof")
    @classmethod
    def _small(cls, value: dict[str, Any] | None) -> dict[str, Any] | None:
        if value is not None and len(repr(value)) > 4_000:
            raise ValueError("longer than 4,000 characters")
        return value


class StatementTaken(Model):
    """What a statement came to. Facts follow within moments."""

    to: str
    status: Status = Field(description="`pending`: a message asks the person to confirm.")
    at: Moment
    message_id: str


class TopicInfo(Model):
    """A topic that the workspace has defined (`PUT /v1/settings/consent`)."""

    key: str
    channel: Channel
    name: str
    title: dict[str, str]
    description: dict[str, str]
    wording: str | None
    double_opt_in: bool
    own_consent: bool


class UnknownTopic(Model):
    """A topic that somebody stated something about and nobody has defined. Its statements count; no mail asks for a
    confirmation of it."""

    topic: str
    met_at: Moment


class Topics(Model):
    """The topics that there are, and those that were met and are not."""

    topics: list[TopicInfo]
    unknown: list[UnknownTopic]


@routes.endpoint("GET", "/v1/topics", scope=READ, response=Topics)
def list_topics(request: Request) -> Topics:
    """The topics that people can subscribe to, and the first hundred that were only met."""
    perennial = wiring.perennial()
    settings = perennial.consent()
    return Topics(
        topics=[TopicInfo(key=topic.key, **topic.model_dump()) for topic in settings.topics],
        unknown=[
            UnknownTopic(topic=key, met_at=at)
            for key, at in perennial.topics.all(perennial.now())
            if not settings.knows(key)
        ],
    )


@routes.endpoint(
    "GET",
    "/v1/customers/{customer}/consents",
    scope=READ,
    query=HistoryQuery,
    response=Consents,
    problems=("customer_not_found", "invalid_cursor"),
)
def read_consents(request: Request) -> Consents:
    """Where a person stands on every channel and topic, and every statement that led there."""
    query = request.parameters(HistoryQuery)
    customer, subjects = _known(request.path["customer"])
    perennial = wiring.perennial()
    facts, settings = perennial.customers.load(customer).facts, perennial.consent()
    said, cursor = _history(subjects, query.cursor)
    standing = []
    for key in sorted({*facts.consent, *facts.asked}):
        status, word, asked = facts.consent_status(key), facts.consent.get(key), facts.asked.get(key)
        last = asked if status == "pending" or word is None else word
        if status is not None and last is not None:
            confirmed = word is not None and word.granted and word.confirmed
            standing.append(
                Standing(to=key, status=status, since=last.at, confirmed=confirmed, defined=settings.knows(key))
            )
    return Consents(customer=customer, consents=standing, history=said, cursor=cursor)


@routes.endpoint(
    "POST",
    "/v1/customers/{customer}/consents",
    scope=WRITE,
    request=Statement,
    response=StatementTaken,
    problems=("invalid_customer",),
)
def state_consent(request: Request) -> StatementTaken:
    """State what a person has said about a channel or a topic.

    It is stored as the event `Subscribed` or `Unsubscribed`. A subscription to what asks for double opt-in is `pending`
    until the person confirms it by mail, unless the caller brings a `proof`.
    """
    from chalicelib.customers.consent import received
    from chalicelib.customers.identity import customer_id

    said = request.json(Statement)
    customer = customer_id(request.path["customer"])
    if not _possible(customer):
        raise Refused(400, "invalid_customer", "That cannot be the id of a customer.")
    perennial = wiring.perennial()
    event = received(_event(customer, said, perennial.now()), perennial.consent())
    perennial.events.store([event])
    status = "pending" if awaits_confirmation(event) else "granted" if said.action == "subscribe" else "withdrawn"
    return StatementTaken(to=key_of(said.channel, said.topic), status=status, at=event.at, message_id=event.message_id)


def _event(customer: str, said: Statement, now: datetime) -> Event:
    at = min(times.whole_milliseconds(said.at), now) if said.at else now
    to = key_of(said.channel, said.topic)
    own = said.id or ids.digest(to, said.action, said.source, times.text(at))
    properties = {
        "channel": said.channel,
        "topic": said.topic,
        "source": said.source,
        "wording": said.wording
        or (wiring.perennial().consent().wording_of(to) if said.action == "subscribe" else None),
        "proof": said.proof,
    }
    return statement(
        SUBSCRIBED if said.action == "subscribe" else UNSUBSCRIBED,
        f"consent-{ids.digest(customer, own)}",
        customer,
        {name: value for name, value in properties.items() if value is not None},
        at=at,
        received_at=now,
        source=SOURCE,
    )


def _known(spoken: str) -> tuple[str, list[str]]:
    """The customer that an id means, and every subject that belongs to it. Refused: 404 `customer_not_found`."""
    from chalicelib.customers.identity import customer_id

    perennial = wiring.perennial()
    subject = customer_id(spoken)
    state = perennial.customers.find(subject) if _possible(subject) else None
    if state is None or not state.v:
        raise Refused(404, "customer_not_found", f"Nobody is known by {spoken[:LONGEST_ID]!r}.")
    return state.customer, perennial.family(state.customer)


def _history(subjects: list[str], cursor: str | None) -> tuple[list[Said], str | None]:
    """A page of the statements of some subjects, one subject after the other, each newest first."""
    place, behind = 0, None
    if cursor:
        try:
            first, _, key = opened(cursor).partition("|")
            place, behind = int(first), key or None
            if not 0 <= place < len(subjects) or (behind is not None and not _is_key(behind)):
                raise ValueError("beyond the end")
        except ValueError as bad:
            raise bad_cursor() from bad
    found: list[Said] = []
    looked = 0
    while place < len(subjects) and looked < PAGE:
        log = wiring.perennial().log
        events, behind = log.page(subjects[place], PAGE - looked, behind, newest_first=True)
        found += [said for event in events if isinstance(event, Event) and (said := _said(event)) is not None]
        looked += len(events) or 1
        place += behind is None
    rest = f"{place}|{behind or ''}" if place < len(subjects) else None
    found.sort(key=lambda said: (said.at, said.message_id), reverse=True)
    return found, sealed(rest) if rest else None


def _said(event: Event) -> Said | None:
    to = consent_key(event.properties) if is_statement(event) else None
    if to is None:
        return None
    subscribed = event.name.casefold() == SUBSCRIBED.casefold()
    told, wording, proof = (event.properties.get(name) for name in ("source", "wording", "proof"))
    return Said(
        to=to,
        action="subscribed" if subscribed else "unsubscribed",
        status="pending" if awaits_confirmation(event) else "granted" if subscribed else "withdrawn",
        at=event.at,
        received_at=event.received_at,
        source=told if isinstance(told, str) and told else event.source,
        wording=str(wording) if wording else None,
        proof=dict(proof) if isinstance(proof, dict) else None,
        unproven=event.unproven,
        message_id=event.message_id,
    )


def _is_key(text: str) -> bool:
    return 0 < len(text.encode()) <= 1_024


def _possible(customer: str) -> bool:
    """Whether a key can be a customer's: one that cannot is not even asked for."""
    try:
        subject_ids(customer)
    except ValueError:
        return False
    return len(customer.encode()) <= LONGEST_ID + len(USER) and customer.isprintable()
