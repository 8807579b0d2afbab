"""Shopify's words about people: who a body is about, customers, their consent and tags, and what privacy law asks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from chalicelib.ids import digest
from chalicelib.tracking import contact
from chalicelib.tracking.given import id_text, identify, mapping, present, track
from chalicelib.tracking.privacy import PrivacyRequest

Body = Mapping[str, Any]
Call = dict[str, Any]

REQUESTS: Final = frozenset({"customers/data_request", "customers/redact", "shop/redact"})

_SAID: Final = {"subscribed": "Subscribed", "unsubscribed": "Unsubscribed"}
_CONFIRMED: Final = "confirmed_opt_in"  # the customer has clicked the shop's mail of confirmation
_MAIL: Final = ("email", "contact_email", "email_address")
_MOST_TAGS: Final = 100


def buyer(body: Body) -> Call:
    """Whom a body is about, as a call says it: the shop's customer; else the visitor whom an address stands for."""
    customer, known = mapping(body.get("customer")), addresses(body)
    context = {"context": {"traits": known}} if known else {}
    if customer.get("id"):
        return {"userId": id_text(customer["id"]), **context}
    id = contact.address_id("email", known.get("email")) or contact.address_id("phone", known.get("phone"))
    return {"anonymousId": id, **context} if id else context


def addresses(body: Body) -> dict[str, str]:
    """The mail address and the telephone number that a body gives, in the form of contact.py."""
    people = (body, mapping(body.get("customer")))
    mails = (contact.email(person.get(name)) for person in people for name in _MAIL)
    phones = (contact.phone(person.get("phone")) for person in (*people, mapping(body.get("default_address"))))
    return present({"email": next(filter(None, mails), None), "phone": next(filter(None, phones), None)})


def customer(body: Body) -> Iterable[Call]:
    """A customer as it stands now."""
    id, changed, address = id_text(body["id"]), body.get("updated_at"), mapping(body.get("default_address"))
    place = {
        "city": address.get("city"),
        "state": address.get("province"),
        "country": address.get("country_code") or address.get("country"),
        "postalCode": address.get("zip"),
        "street": address.get("address1"),
    }
    traits = {
        **addresses(body),
        "firstName": body.get("first_name"),
        "lastName": body.get("last_name"),
        "createdAt": body.get("created_at"),
        "tags": _tags(body.get("tags")),
        "verifiedEmail": body.get("verified_email"),
        "address": present(place),
    }
    at = changed or body.get("created_at")
    yield identify(f"customer-{id}-{at}", at, {"userId": id}, traits)
    yield from consents(body)


def deleted(body: Body) -> Call:
    """The shop removed a customer, who may have asked for it or not: erasing is another topic."""
    id = id_text(body["id"])
    return track("Customer Deleted", f"customer-deleted-{id}", None, {"userId": id}, {}, own=False)


def consents(body: Body) -> Iterable[Call]:
    """What a customer last said of each channel, in the newer and in the older form; its time makes it one fact."""
    said = {
        "email": mapping(body.get("email_marketing_consent")),
        "sms": mapping(body.get("sms_marketing_consent")),
    }
    older, changed = body.get("accepts_marketing"), body.get("accepts_marketing_updated_at")
    if not any(said.values()) and isinstance(older, bool) and changed:  # false without a time: was never asked
        state = "subscribed" if older else "unsubscribed"
        said = {
            "email": {"state": state, "consent_updated_at": changed, "opt_in_level": body.get("marketing_opt_in_level")}
        }
    who = _named(body)
    for channel, consent in said.items():
        name, at = _SAID.get(str(consent.get("state")).lower()), consent.get("consent_updated_at")
        if name:  # pending, not_subscribed, invalid and redacted are no word of the customer's
            properties = {"channel": channel, "source": "shopify", "at": at, "opt_in": consent.get("opt_in_level")}
            if name == "Subscribed" and properties["opt_in"] == _CONFIRMED:
                properties["proof"] = {"double_opt_in": "shopify", "at": at}
            fact = f"consent-{digest(channel, str(who), name, str(at))}"
            yield track(name, fact, at, who, properties, own=False)


def tags(body: Body, *, added: bool) -> Call:
    """Tags that came or went: each is a trait of its own, so that coming and going add up in any order."""
    at, who = body.get("occurredAt") or body.get("occurred_at"), _named(body)
    names = [f"tag_{tag.lower().replace(' ', '_')}"[:100] for tag in _tags(body.get("tags")) or ()]
    fact = f"tags-{digest(str(who), str(at), *sorted(names), str(added))}"
    return identify(fact, at, who, dict.fromkeys(names, added))


def request(topic: str, body: Body) -> PrivacyRequest | None:
    """What is asked of somebody's data; None if the body has not that shape: the topic stands in a header that nobody
    signed, and no other body may pass for it."""
    person, shop = mapping(body.get("customer")), body.get("shop_domain")
    everything = topic == "shop/redact"
    if not isinstance(shop, str) or not shop or (not everything and not (person.get("id") or person.get("email"))):
        return None
    orders = body.get("orders_requested") or body.get("orders_to_redact")
    named = tuple(filter(None, map(id_text, orders))) if isinstance(orders, list) else ()
    asked = mapping(body.get("data_request")).get("id")
    return PrivacyRequest(
        kind="erase_shop" if everything else "export" if topic.endswith("data_request") else "erase",
        reference=digest(topic, shop, str(asked), str(person.get("id")), str(person.get("email")), *named),
        user_id=id_text(person.get("id")),
        email=contact.email(person.get("email")),
        phone=contact.phone(person.get("phone")),
        orders=named,
    )


def _named(body: Body) -> Call:
    """Whom a body about a customer is about: older topics say `id`, newer ones `customer_id` or `customerId`."""
    id = id_text(body.get("customer_id") or body.get("customerId") or body.get("id"))
    return {"userId": id} if id else buyer(body)


def _tags(said: object) -> list[str] | None:
    listed = said.split(",") if isinstance(said, str) else said
    if not isinstance(listed, list):
        return None
    return [tag.strip() for tag in listed[:_MOST_TAGS] if isinstance(tag, str) and tag.strip()]
