"""Who is who: the ids that are one customer, merging and splitting by hand, and finding somebody by an address.

Merging and splitting store an event, as everything does that happens to a customer; it takes effect when it is counted,
moments later, and a rebuild from the stored events comes to the same.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import ConfigDict, Field, StringConstraints

from chalicelib import ids, times, wiring
from chalicelib.api.answers import Model, Moment, Strict
from chalicelib.api.http import Request, Routes
from chalicelib.api.whom import chain_of
from chalicelib.errors import Refused
from chalicelib.tracking.call import LONGEST_ID
from chalicelib.tracking.event import USER, Event, statement

if TYPE_CHECKING:
    from chalicelib.customers.links.family import Graph

READ: Final = "customers:read"
WRITE: Final = "customers:write"

routes: Final = Routes("identity")

Id = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_ID + len(USER))]


class _Body(Strict):
    model_config = ConfigDict(populate_by_name=True)


class Merge(_Body):
    """Who turned out to be the same person."""

    other: Id = Field(alias="with", description="An id of the other: a user id, or `u#...`, `a#...`.")


class Split(_Body):
    """Who turned out to be somebody else."""

    subject: Id = Field(description="The linked id that is to stand alone, as `GET .../subjects` shows it.")


class Taken(Model):
    """What was stored. It takes effect when it is counted, moments later."""

    customer: str
    subject: str = Field(description="Who joined the customer, or stands alone from now on.")
    message_id: str = Field(description="Of the event that says so.")


class Subject(Model):
    """One id that belongs to the customer, and by which claim."""

    subject: str
    owner: str = Field(description="To whom it belongs directly; that one may belong to another in turn.")
    why: Literal["identify", "alias", "address", "order", "token", "merge"]
    at: Moment = Field(description="The time of the event that claims it.")
    message_id: str
    trusted: bool = Field(description="Whether a secret key, a signature or a proof stood behind it.")
    received_at: Moment = Field(description="When that was first received.")


class Subjects(Model):
    """Everybody who is this customer."""

    customer: str
    subjects: list[Subject] = Field(description="Those that are linked to it, the nearest first.")


class LookupQuery(Strict):
    """One thing that is known of somebody."""

    email: str | None = Field(None, description="A mail address, in any spelling.")
    phone: str | None = Field(None, description="A telephone number with its country code.")
    user_id: Id | None = None
    anonymous_id: Id | None = None
    external_id: str | None = Field(None, max_length=200, description="`shopify:7`: the system, and the id there.")


class Found(Model):
    """The customers who are known by it: none, one, or several who share an address."""

    customers: list[str]


@routes.endpoint(
    "POST",
    "/v1/customers/{customer}/merge",
    scope=WRITE,
    request=Merge,
    response=Taken,
    problems=("customer_not_found", "same_customer", "too_many_subjects"),
)
def merge_customers(request: Request) -> Taken:
    """Make two customers one.

    Everything of the other becomes this customer's: events, consents, suppressions, enrolments. If only the other has a
    user id, it is the other that stays. `POST .../split` undoes it.
    """
    from chalicelib.customers.claims import MERGED, properties_of_merge
    from chalicelib.customers.identity import MOST_SUBJECTS

    customer = chain_of(request.path["customer"]).root.customer
    other = chain_of(request.json(Merge).other).root.customer
    if customer == other:
        raise Refused(409, "same_customer", f"Both ids belong to {customer!r} already.")
    perennial = wiring.perennial()
    if len(perennial.family(customer)) + len(perennial.family(other)) > MOST_SUBJECTS:
        raise Refused(409, "too_many_subjects", f"One customer can have {MOST_SUBJECTS} ids. Split some off first.")
    if other.startswith(USER) and not customer.startswith(USER):
        customer, other = other, customer
    event = _event(MERGED, other, properties_of_merge(customer), perennial.now())
    perennial.events.store([event])
    return Taken(customer=customer, subject=other, message_id=event.message_id)


@routes.endpoint(
    "POST",
    "/v1/customers/{customer}/split",
    scope=WRITE,
    request=Split,
    response=Taken,
    problems=("customer_not_found", "not_linked"),
)
def split_customer(request: Request) -> Taken:
    """Undo a wrong merge: one linked id stands alone again, with its own events and whoever is linked to it.

    No identify, alias, address or order joins it to anybody after that; only `POST .../merge` does.
    """
    from chalicelib.customers.claims import SPLIT, properties_of_split

    customer = chain_of(request.path["customer"]).root.customer
    chain = chain_of(request.json(Split).subject)
    if not chain.hops or chain.root.customer != customer:
        raise Refused(
            409,
            "not_linked",
            f"That id is not linked to {customer!r}. GET /v1/customers/{{customer}}/subjects shows those that are.",
        )
    perennial = wiring.perennial()
    subject = chain.hops[0].customer
    event = _event(SPLIT, subject, properties_of_split(customer), perennial.now())
    perennial.events.store([event])
    return Taken(customer=customer, subject=subject, message_id=event.message_id)


@routes.endpoint(
    "GET",
    "/v1/customers/{customer}/subjects",
    scope=READ,
    response=Subjects,
    problems=("customer_not_found", "too_many_subjects"),
)
def list_subjects(request: Request) -> Subjects:
    """The ids that are one customer: why each belongs to it, since when, and by which event."""
    from chalicelib.customers.links.family import Graph, TooWide

    customer = chain_of(request.path["customer"]).root.customer
    graph = Graph(wiring.perennial().customers.links.node)
    try:
        members = graph.members(customer)
    except TooWide as wide:
        raise Refused(409, "too_many_subjects", "More ids hang together than can be shown.") from wide
    return Subjects(customer=customer, subjects=[_subject(graph, member) for member in members])


@routes.endpoint(
    "GET", "/v1/lookup", scope=READ, query=LookupQuery, response=Found, problems=("one_question", "invalid_address")
)
def look_up(request: Request) -> Found:
    """Find customers by one thing that is known of them: an address, or an id.

    Several customers may have one address. An address is in the one form under which it is compared: case and spaces
    do not matter, a telephone number needs its country code.
    """
    query = request.parameters(LookupQuery)
    asked = {name: value for name, value in query.model_dump().items() if value is not None}
    if len(asked) != 1:
        raise Refused(400, "one_question", "Ask by one of email, phone, user_id, anonymous_id or external_id.")
    ((name, value),) = asked.items()
    return Found(customers=_by_id(name, value) if name in _IDS else _by_address(name, value))


_IDS: Final = {"user_id": "u#", "anonymous_id": "a#"}


def _by_id(name: str, value: str) -> list[str]:
    try:
        return [chain_of(_IDS[name] + value).root.customer]
    except Refused:
        return []


def _by_address(name: str, value: str) -> list[str]:
    """By the profiles that say so, and by what was stored under the address itself before anybody knew whose it is."""
    from chalicelib.customers.addresses import form
    from chalicelib.tracking.contact import address_id

    known = form(name.removesuffix("_id"), value.casefold() if name == "email" else _external(name, value))
    if known is None:
        raise Refused(400, "invalid_address", f"That is no {name} by which anybody could be known.")
    found = wiring.perennial().customers.known_by(known)
    if name in ("email", "phone"):
        guest = address_id("email" if name == "email" else "phone", value)
        found += _by_id("anonymous_id", guest) if guest else []
    return list(dict.fromkeys(found))


def _external(name: str, value: str) -> str:
    kind, colon, id = value.partition(":")
    return kind.strip().casefold() + colon + id.strip() if name == "external_id" else value


def _subject(graph: Graph, member: str) -> Subject:
    join, claim = graph.join(member), graph.claim(member)
    assert join is not None, "a member has an owner"
    assert claim is not None, "and a claim on it"
    return Subject(
        subject=member,
        owner=join.to,
        why=claim.why,
        at=claim.at,
        message_id=claim.message_id,
        trusted=not join.unproven,
        received_at=join.received_at,
    )


def _event(name: str, subject: str, properties: dict[str, Any], now: datetime) -> Event:
    """What somebody decided. Impatient clicks within a minute are one event."""
    id = ids.digest(name, subject, str(sorted(properties.items())), times.text(now)[:16])
    context = {"active": False}  # nothing that the person did
    return statement(name, f"identity-{id}", subject, properties, at=now, context=context)
