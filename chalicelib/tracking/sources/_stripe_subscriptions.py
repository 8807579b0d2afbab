"""Stripe's subscriptions and their invoices. A renewal is no order: the money comes by itself, nobody chose it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from chalicelib import times
from chalicelib.tracking.given import id_text, mapping, mappings, present, text, track
from chalicelib.tracking.sources._stripe_money import Money

Body = Mapping[str, Any]
Call = dict[str, Any]

_FIRST: Final = "subscription_create"
_SIMPLE: Final = {
    "paused": "Subscription Paused",
    "resumed": "Subscription Resumed",
    "trial_will_end": "Trial Ending",
    "pending_update_applied": "Subscription Updated",
    "pending_update_expired": "Subscription Update Expired",
}


def paid(invoice: Body, at: object, who: Call) -> Iterable[Call]:
    """An invoice was paid; `invoice.paid` and `invoice.payment_succeeded` tell the same."""
    if not invoice.get("amount_paid"):  # a trial's first invoice, or one that credit has covered
        return
    id, subscription = text(invoice.get("id")), subscription_of(invoice)
    when = mapping(invoice.get("status_transitions")).get("paid_at") or at
    said = {**_invoice(invoice), "total": Money(invoice.get("currency")).text(invoice.get("amount_paid"))}
    if subscription is None:
        order = id_text(invoice.get("payment_intent")) or id
        yield track("Order Completed", f"order-{order}", when, who, {**said, "order_id": order})
    else:
        first = invoice.get("billing_reason") == _FIRST
        name = "Subscription Started" if first else "Subscription Renewed"
        yield track(name, f"paid-{id}", when, who, said, own=first)


def unpaid(invoice: Body, at: object, who: Call) -> Call:
    """A payment failed; the same invoice may fail several times."""
    said = {
        **_invoice(invoice),
        "total": Money(invoice.get("currency")).text(invoice.get("amount_due")),
        "attempt": invoice.get("attempt_count"),
        "next_attempt_at": _time(invoice.get("next_payment_attempt")),
        "pay_url": invoice.get("hosted_invoice_url"),
    }
    fact = f"unpaid-{invoice.get('id')}-{invoice.get('attempt_count')}"
    return track("Payment Failed", fact, at, who, said, own=False)


def changed(what: str, event: Body, subscription: Body, who: Call) -> Iterable[Call]:
    """A subscription was created, updated, deleted, or is about to change: one Stripe event may be several of ours."""
    at, said = event.get("created"), _subscription(subscription)
    before = mapping(mapping(event.get("data")).get("previous_attributes"))
    for name, own in _names(what, subscription, before):
        trial = name.startswith("Trial")
        fact = f"{event.get('id')}-{name.lower().replace(' ', '-')}"
        more = _trial(subscription) if trial else {"changed": sorted(before)} if name == "Subscription Updated" else {}
        yield track(name, fact, at, who, {**said, **more}, own=own)


def subscription_of(invoice: Body) -> str | None:
    """The id of an invoice's subscription: at its root until 2025, with its parent since then."""
    found = invoice.get("subscription") or parent(invoice).get("subscription")
    return text(found.get("id")) if isinstance(found, dict) else text(found)


def parent(invoice: Body) -> Mapping[str, Any]:
    """What an invoice says of the subscription that it belongs to."""
    return mapping(mapping(invoice.get("parent")).get("subscription_details"))


def _names(what: str, subscription: Body, before: Body) -> Iterable[tuple[str, bool]]:
    """What a change is called here, and whether the person did it."""
    status, was = subscription.get("status"), before.get("status")
    if what == "created":
        yield "Subscription Created", True
        if status == "trialing":
            yield "Trial Started", True
    elif what == "deleted":
        if _in_trial(subscription):
            yield "Trial Ended", False
        yield "Subscription Cancelled", False
    elif what == "updated":
        if was == "trialing" and status != "trialing":
            yield "Trial Ended", False
        elif status == "trialing" and was is not None:
            yield "Trial Started", True
        if "cancel_at_period_end" in before:
            ends = subscription.get("cancel_at_period_end") is True
            yield ("Subscription Cancellation Scheduled" if ends else "Subscription Cancellation Withdrawn"), True
        yield "Subscription Updated", False
    else:
        yield _SIMPLE.get(what, f"customer.subscription.{what}"), False


def _subscription(subscription: Body) -> Call:
    item = next(iter(mappings(mapping(subscription.get("items")).get("data"))), {})
    price = mapping(item.get("price")) or mapping(item.get("plan")) or mapping(subscription.get("plan"))
    money = Money(price.get("currency") or subscription.get("currency"))
    amount = price.get("unit_amount", price.get("amount"))
    details = mapping(subscription.get("cancellation_details"))
    interval = mapping(price.get("recurring")).get("interval") or price.get("interval")
    return {
        "subscription_id": text(subscription.get("id")),
        "customer_id": _customer_id(subscription),
        "status": subscription.get("status"),
        "plan": price.get("nickname") or price.get("lookup_key") or price.get("id"),
        "plan_id": price.get("id"),
        "quantity": item.get("quantity") or subscription.get("quantity"),
        "price": money.text(amount),
        "interval": interval,
        "currency": money.currency,
        "renews_at": _time(item.get("current_period_end") or subscription.get("current_period_end")),
        "cancel_at_period_end": subscription.get("cancel_at_period_end"),
        "cancel_at": _time(subscription.get("cancel_at")),
        "ended_at": _time(subscription.get("ended_at")),
        "reason": details.get("feedback") or details.get("reason"),
    }


def _trial(subscription: Body) -> Call:
    return present(
        {
            "trial_start_date": _time(subscription.get("trial_start")),
            "trial_end_date": _time(subscription.get("trial_end")),
            "trial_plan_name": _subscription(subscription)["plan"],
            "converted": subscription.get("status") == "active",
        }
    )


def _in_trial(subscription: Body) -> bool:
    ended, trial = subscription.get("ended_at"), subscription.get("trial_end")
    return isinstance(ended, int) and isinstance(trial, int) and ended <= trial


def _invoice(invoice: Body) -> Call:
    lines = mappings(mapping(invoice.get("lines")).get("data"))
    money = Money(invoice.get("currency"))
    return {
        "invoice_id": text(invoice.get("id")),
        "subscription_id": subscription_of(invoice),
        "customer_id": _customer_id(invoice),
        "currency": money.currency,
        "billing_reason": invoice.get("billing_reason"),
        "products": [_line(line, money) for line in lines[:50]],
    }


def _line(line: Body, money: Money) -> Call:
    """A line names its price at its root, or with its pricing since 2025; its amount is of the whole quantity."""
    newer = mapping(mapping(line.get("pricing")).get("price_details")).get("price")
    price = mapping(line.get("price")).get("id") or newer
    said = {"product_id": price, "name": line.get("description"), "quantity": line.get("quantity")}
    return present({**said, "amount": money.text(line.get("amount"))})


def _customer_id(about: Body) -> str | None:
    customer = about.get("customer")
    return text(customer.get("id")) if isinstance(customer, dict) else text(customer)


def _time(seconds: object) -> str | None:
    if isinstance(seconds, bool) or not isinstance(seconds, int) or not 0 < seconds < 10**11:
        return None
    return times.text(datetime.fromtimestamp(seconds, UTC))
