"""Questions about customers: who stands in a stage, and everything about one of them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Literal

from pydantic import Field

from chalicelib import times, wiring
from chalicelib.api.answers import Model, Strict
from chalicelib.api.answers import Moment as Moment
from chalicelib.api.behaviour import Behaviour
from chalicelib.api.http import Request, Routes, bad_cursor, opened, sealed
from chalicelib.api.stages import Standing, cause_of, standing
from chalicelib.api.uncounted import LOOKED_AT, Doubts, Uncounted
from chalicelib.lifecycle.rules import Stage
from chalicelib.tracking.event import Event, is_counted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chalicelib.customers.facts import Facts
    from chalicelib.customers.stages import StageChange
    from chalicelib.customers.state import State
    from chalicelib.journeys.send import Send
    from chalicelib.review.store import Unread

READ: Final = "customers:read"

routes: Final = Routes("customers")


class ListQuery(Strict):
    """Which customers, or accounts, to list."""

    stage: Stage = Field(description="One of the nine stages.")
    limit: int = Field(50, ge=1, le=500, description="At most this many.")
    cursor: str | None = Field(None, description="The `cursor` of the page before.")


class OneQuery(Strict):
    """How much of a customer's history to show."""

    timeline: int = Field(20, ge=0, le=200, description="How many entries of the timeline, newest first.")


class Listed(Model):
    """A customer in a list."""

    id: str
    stage: Stage
    since: Moment = Field(description="Since when the customer is in the stage.")


class Customers(Model):
    """A page of customers; `cursor` asks for the next, null at the end."""

    customers: list[Listed]
    cursor: str | None


class Lifecycle(Standing):
    """Where the customer stands, why, and until when if nothing happens."""

    cause: str = Field(description="Why the stage was entered: first, event, time, ...")
    prediction: str = Field(description="How much to trust the predictions.")


class Consent(Model):
    """What the person last said about a channel (`email`) or a topic in it (`email/newsletter`)."""

    to: str
    granted: bool
    status: Literal["granted", "withdrawn", "pending"] = Field(description="`pending`: asked to confirm, and has not.")
    at: Moment


class Suppression(Model):
    """A channel that is not used, whatever the consent."""

    channel: str
    reason: str
    at: Moment
    every_address: bool = Field(description="False: only the addresses that bounced. Another one may be written to.")


class Answering(Model):
    """How somebody answers on one channel."""

    channel: str
    weight: float = Field(description="1 for a click or a reply of this moment, half of it after 90 days; 0 for none.")
    last_at: Moment | None = Field(description="When the person last answered.")
    reachable: bool = Field(description="There is an address, nobody has said no, and nothing keeps us from it.")


class Messaging(Model):
    """By which channel the customer is best written to, and whether at all (docs/PERMISSION.md)."""

    preferred_channel: str | None = Field(description="The first of `channels` that is reachable; null: none is.")
    channels: list[Answering] = Field(
        description="What the person answers to, the most first; then as the setting says."
    )
    held_out: bool = Field(description="Left alone on purpose: gets no marketing, by the setting `permission`.")


class InSegment(Model):
    """A segment that the customer is in."""

    name: str
    since: Moment = Field(description="Since which minute.")


class Entry(Model):
    """One thing that happened: an event, a change of stage, or a message."""

    at: Moment
    kind: Literal["event", "stage", "message"]
    title: str
    details: dict[str, Any]


class Customer(Behaviour):
    """Everything that is known of one customer."""

    id: str
    lifecycle: Lifecycle
    first_active_at: Moment | None
    last_active_at: Moment | None
    traits: dict[str, Any]
    segments: list[InSegment] = Field(description="By name, as of the last event or date that changed any of them.")
    consents: list[Consent]
    suppressions: list[Suppression]
    messaging: Messaging
    uncounted: list[Uncounted] = Field(
        description=f"What was said and does not count, newest first, among the newest {LOOKED_AT} events of each id."
    )
    timeline: list[Entry] = Field(description="Newest first.")


@routes.endpoint("GET", "/v1/customers", scope=READ, query=ListQuery, response=Customers, problems=("invalid_cursor",))
def list_customers(request: Request) -> Customers:
    """Who stands in a stage, the longest in it first within each of eight groups.

    The list comes from an index and is behind by moments.
    """
    query = request.parameters(ListQuery)
    try:
        behind = opened(query.cursor) if query.cursor else None
        found, cursor = wiring.perennial().customers.in_stage(query.stage, limit=query.limit, cursor=behind)
    except ValueError as bad:
        raise bad_cursor() from bad
    return Customers(
        customers=[Listed(id=one.customer, stage=query.stage, since=one.since) for one in found],
        cursor=sealed(cursor) if cursor else None,
    )


@routes.endpoint(
    "GET",
    "/v1/customers/{customer}",
    scope=READ,
    query=OneQuery,
    response=Customer,
    problems=("customer_not_found",),
)
def read_customer(request: Request) -> Customer:
    """One customer: stage with reasons and next change, orders, traits, consents and timeline.

    `customer` is a user id, or an id as this API gives it (`u#...`, `a#...` for somebody anonymous), URL-encoded. The
    answer is about the customer that it belongs to: its `id` may be another.
    """
    from chalicelib.api.whom import state_of
    from chalicelib.customers.shown import shown

    query = request.parameters(OneQuery)
    perennial = wiring.perennial()
    state = state_of(request.path["customer"])
    customer, facts = state.customer, state.facts
    behaviour = Behaviour.model_validate(shown(facts, perennial.prices(), perennial.now()))
    traits = perennial.customers.profile(customer).values
    doubts = Doubts(perennial, state, traits)
    timeline = _timeline(customer, query.timeline, doubts)
    return Customer(
        **dict(behaviour),
        id=customer,
        lifecycle=_lifecycle(state, perennial.now()),
        first_active_at=facts.first_at,
        last_active_at=facts.last_at,
        traits=traits,
        segments=_segments(state),
        consents=_consents(facts),
        suppressions=[
            Suppression(channel=channel, reason=held.reason, at=held.at, every_address=not held.of)
            for channel, held in sorted(facts.suppressed.items())
        ],
        messaging=_messaging(state, traits),
        uncounted=doubts.shown(),
        timeline=timeline,
    )


def _messaging(state: State, traits: Mapping[str, Any]) -> Messaging:
    from chalicelib.customers.answering import answering

    perennial = wiring.perennial()
    policy = perennial.policy()
    channels = answering(state.facts, traits, perennial.now(), policy.preferred)
    return Messaging(
        preferred_channel=next((one.channel for one in channels if one.reachable), None),
        channels=[Answering.model_validate(vars(one)) for one in channels],
        held_out=policy.holdout.holds(state.customer),
    )


def _segments(state: State) -> list[InSegment]:
    live = wiring.perennial().conditions.live(at_least=state.conditions_v)
    held = {each.segment: state.memberships.get(each.key) for each in live.conditions if each.segment}
    return [
        InSegment(name=name, since=times.EPOCH + timedelta(minutes=minute))
        for name, minute in sorted(held.items())
        if minute is not None
    ]


def _consents(facts: Facts) -> list[Consent]:
    shown = []
    for to in sorted({*facts.consent, *facts.asked}):
        status, said = facts.consent_status(to), facts.consent.get(to)
        last = facts.asked[to] if said is None or status == "pending" else said
        if status is not None:
            shown.append(Consent(to=to, granted=status == "granted", status=status, at=last.at))
    return shown


def _lifecycle(state: State, now: datetime) -> Lifecycle:
    from chalicelib.customers.identity import is_identified
    from chalicelib.lifecycle.explain import of_trust

    perennial = wiring.perennial()
    parameters = perennial.parameters
    identified = is_identified(state.customer, state.facts)
    shown = standing(state.facts, identified, state, parameters, perennial.frames(), now)
    return Lifecycle(
        **dict(shown), cause=cause_of(state, shown.stage, state.cause), prediction=of_trust(parameters.fitted.trust)
    )


def _timeline(customer: str, limit: int, doubts: Doubts) -> list[Entry]:
    """The newest entries of events, stages and messages, each read newest first and then merged. A change of stage is
    stored as an event as well; it is shown once."""
    perennial = wiring.perennial()
    subjects = perennial.family(customer)
    looked_at = {subject: perennial.log.latest(subject, max(limit, LOOKED_AT)) for subject in subjects}
    doubts.look(event for events in looked_at.values() for event in events)
    if limit == 0:
        return []
    stored = [event for events in looked_at.values() for event in events[:limit]]
    events = [_event_entry(event, doubts) for event in stored if not isinstance(event, Event) or is_counted(event)]
    stages = [stage_entry(change) for change in perennial.customers.history(customer, limit=limit)]
    messages = [
        Entry(at=send.planned_at, kind="message", title=_title(send), details=_send_details(send))
        for subject in subjects
        for send in perennial.sends.of(subject, limit=limit)
    ]
    return sorted([*events, *stages, *messages], key=lambda entry: entry.at, reverse=True)[:limit]


def _event_entry(event: Event | Unread, doubts: Doubts) -> Entry:
    """An event; of one that this code cannot read (a newer one stored it, before a rollback), that it is there."""
    if isinstance(event, Event):
        details = {"properties": event.properties, **doubts.details(event)}
        return Entry(at=event.at, kind="event", title=event.name, details=details)
    at, name = times.parse(str(event.item["sk"]).partition("#")[0]), str(event.item.get("name", ""))
    return Entry(at=at, kind="event", title=name, details={"unread": event.reason})


def stage_entry(change: StageChange) -> Entry:
    """A change of stage in a timeline, with the rule that gave the stage where it was kept."""
    said = {"from": change.stage_from, "to": change.stage_to, "cause": change.cause, "reason": change.reason}
    since = times.text(change.since or change.at)
    return Entry(at=change.at, kind="stage", title=change.stage_to, details={**said, "since": since})


def _title(send: Send) -> str:
    """What a message is called: its template; the task that it is; or else the step that called another system."""
    return send.template or str((send.said or send.content or {}).get("title") or send.step)


def _send_details(send: Any) -> dict[str, Any]:
    return {
        "id": send.id,
        "channel": send.channel,
        "journey": send.journey,
        "step": send.step,
        "status": str(send.status),
        "reason": send.reason,
        "outcomes": {name: times.text(at) for name, at in send.outcomes.items()},
    }
