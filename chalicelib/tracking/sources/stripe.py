"""Stripe's events. https://docs.stripe.com/webhooks

The version of the API is the endpoint's, so what moved is read in its old place and in its new one: an invoice's
subscription, a subscription's period. Amounts are whole numbers of the currency's smallest unit, of which some
currencies have none and some have a thousand. What the types mean:

    checkout.session.completed,        a payment that is paid: Order Completed; anything else: Checkout Completed
      .async_payment_succeeded
    checkout.session.expired           Checkout Abandoned
    invoice.paid, .payment_succeeded   of a subscription: Subscription Started, then Subscription Renewed, and never an
                                       order; without one: Order Completed
    invoice.payment_failed             Payment Failed
    customer.subscription.*            Trial Started, Ending, Ended; Subscription Created, Updated, Cancelled...
    charge.refunded                    Order Refunded, of what was given back since the last one
    customer.*                         identify
    others                             stored as themselves: of whom they name, else of the account itself

`client_reference_id` is the shop's own user id, except in a payment link: there whoever holds the link may write it.
A customer of Stripe's (`cus_...`) belongs to whom an earlier event named with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from chalicelib.tracking import contact, signatures
from chalicelib.tracking.given import id_text, identify, itself, mapping, present, text, track
from chalicelib.tracking.reading import Itself
from chalicelib.tracking.signatures import Fault
from chalicelib.tracking.sources import _stripe_subscriptions as subscriptions
from chalicelib.tracking.sources._stripe_money import Money
from chalicelib.tracking.told import Told
from chalicelib.tracking.webhook import Delivery, WebhookSource

Body = Mapping[str, Any]
Call = dict[str, Any]

_PAID: Final = ("paid", "no_payment_required")
_USER: Final = ("userId", "user_id")  # where a shop may keep its user's id among the metadata
_SESSIONS: Final = ("checkout.session.completed", "checkout.session.async_payment_succeeded")
_ACCOUNTS: Final = ("account.", "person.", "capability.")  # whose addresses are the merchant's
_INVOICES: Final = ("invoice.paid", "invoice.payment_succeeded")


class Stripe:
    """Verifies and reads Stripe."""

    def greeting(self, delivery: Delivery) -> bool:
        return False

    def verify(self, delivery: Delivery, secrets: Sequence[str], now: datetime) -> Fault | None:
        pairs = [part.partition("=") for part in delivery.headers.get("stripe-signature", "").split(",")]
        given = [value for name, _, value in pairs if name.strip() == "v1"]
        at = next((value.strip() for name, _, value in pairs if name.strip() == "t"), "")
        fault = signatures.judged(given, signatures.in_hex(secrets, at.encode() + b"." + delivery.body))
        return fault or (None if signatures.in_time(at, now) else "out_of_time")

    def topic(self, delivery: Delivery, payload: object) -> str:
        return text(mapping(payload).get("type")) or ""

    def fact(self, delivery: Delivery) -> str | None:
        return None

    def test(self, topic: str, payload: object) -> bool | None:
        live = mapping(payload).get("livemode")
        return not live if isinstance(live, bool) else None

    def calls(self, route: str, payload: object) -> Told:
        if not isinstance(payload, dict):
            return Told([payload])
        about = mapping(mapping(payload.get("data")).get("object"))
        return Told(list(_read(route, payload, about)) if about else [payload])


def _read(kind: str, event: Body, about: Body) -> Iterable[Call | Itself]:
    at, who = event.get("created"), {} if kind.startswith(_ACCOUNTS) else _who(about)
    if kind in _SESSIONS:
        return [_session(about, at, who)]
    if kind == "checkout.session.expired":
        return [_expired(about, at, who)]
    if kind in _INVOICES:
        return subscriptions.paid(about, at, who)
    if kind == "invoice.payment_failed":
        return [subscriptions.unpaid(about, at, who)]
    if kind.startswith("customer.subscription."):
        return subscriptions.changed(kind.rpartition(".")[2], event, about, who)
    if kind == "charge.refunded":
        return [_refund(about, mapping(mapping(event.get("data")).get("previous_attributes")), at, who)]
    if kind in ("customer.created", "customer.updated", "customer.deleted"):
        return [_customer(kind, about, at, who)]
    told = track(kind or "stripe", f"event-{event.get('id')}", at, who, {}, own=False)
    told = {**told, "properties": {**about, **present({"customer_id": _customer_id(about)})}}
    return [itself(told) if kind else told]


def _session(session: Body, at: object, who: Call) -> Call:
    money = Money(session.get("currency"))
    totals, id = mapping(session.get("total_details")), text(session.get("id"))
    said = {
        "checkout_id": id,
        "customer_id": _customer_id(session),
        "subscription_id": id_text(session.get("subscription")),
        "total": money.text(session.get("amount_total")),
        "subtotal": money.text(session.get("amount_subtotal")),
        "discount": money.text(totals.get("amount_discount")),
        "shipping": money.text(totals.get("amount_shipping")),
        "tax": money.text(totals.get("amount_tax")),
        "currency": money.currency,
        "metadata": mapping(session.get("metadata")),
    }
    if session.get("mode") != "payment" or session.get("payment_status") not in _PAID:
        status = {"mode": session.get("mode"), "payment_status": session.get("payment_status")}
        return track("Checkout Completed", f"checkout-{id}", at, who, {**said, **status})
    order = id_text(session.get("payment_intent")) or id
    return track("Order Completed", f"order-{order}", at, who, {**said, "order_id": order})


def _expired(session: Body, at: object, who: Call) -> Call:
    recovery = mapping(mapping(session.get("after_expiration")).get("recovery"))
    money = Money(session.get("currency"))
    said = {
        "checkout_id": text(session.get("id")),
        "customer_id": _customer_id(session),
        "value": money.text(session.get("amount_total")),
        "currency": money.currency,
        "abandoned_checkout_url": recovery.get("url"),
    }
    return track("Checkout Abandoned", f"expired-{session.get('id')}", at, who, said, own=False)


def _refund(charge: Body, before: Body, at: object, who: Call) -> Call:
    """`amount_refunded` is what was given back in all; the difference to what it was before is this refund."""
    money, all = Money(charge.get("currency")), charge.get("amount_refunded")
    said = {
        "order_id": id_text(charge.get("payment_intent")) or text(charge.get("id")),
        "customer_id": _customer_id(charge),
        "total": money.difference(all, before.get("amount_refunded")) or "0",
        "currency": money.currency,
        "charge_id": text(charge.get("id")),
    }
    return track("Order Refunded", f"refund-{charge.get('id')}-{all}", at, who, said, own=False)


def _customer(kind: str, customer: Body, at: object, who: Call) -> Call:
    id = text(customer.get("id"))
    if kind == "customer.deleted":
        return track("Customer Deleted", f"customer-deleted-{id}", at, who, {"customer_id": id}, own=False)
    address = mapping(customer.get("address"))
    place = {
        "city": address.get("city"),
        "state": address.get("state"),
        "country": address.get("country"),
        "postalCode": address.get("postal_code"),
        "street": address.get("line1"),
    }
    traits = {**_addresses(customer), "name": customer.get("name"), "address": present(place)}
    return {**identify(f"customer-{id}-{at}", at, who, traits), "properties": present({"customer_id": id})}


def _who(about: Body) -> Call:
    """The user whom the shop named; else the visitor whom an address stands for."""
    known = _addresses(about)
    context = {"context": {"traits": known}} if known else {}
    reference = None if about.get("payment_link") else about.get("client_reference_id")
    user = text(reference) or _named(about)
    if user:
        return {"userId": user, **context}
    id = contact.address_id("email", known.get("email")) or contact.address_id("phone", known.get("phone"))
    return {"anonymousId": id, **context} if id else context


def _named(about: Body) -> str | None:
    """A user's id among the metadata, of the object itself or of its subscription, in the old place and in the new."""
    held = (about, mapping(about.get("subscription_details")), subscriptions.parent(about))
    found = (text(mapping(each.get("metadata")).get(name)) for each in held for name in _USER)
    return next(filter(None, found), None)


def _addresses(about: Body) -> dict[str, str]:
    details = [mapping(about.get(name)) for name in ("customer_details", "billing_details")]
    mails = [about.get(name) for name in ("customer_email", "receipt_email", "email")]
    email = next(filter(None, map(contact.email, [*(each.get("email") for each in details), *mails])), None)
    phones = [*(each.get("phone") for each in details), about.get("customer_phone"), about.get("phone")]
    return present({"email": email, "phone": next(filter(None, map(contact.phone, phones)), None)})


def _customer_id(about: Body) -> str | None:
    """Stripe's customer: its id, or the whole customer where the endpoint expands it."""
    customer = about.get("customer")
    return text(customer.get("id")) if isinstance(customer, dict) else text(customer)


plugin: WebhookSource = Stripe()
