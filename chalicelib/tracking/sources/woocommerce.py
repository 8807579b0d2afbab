"""WooCommerce's webhooks. https://woocommerce.github.io/woocommerce-rest-api-docs/#webhooks

- When a webhook is saved, an unsigned form `webhook_id=7` tries the address and wants exactly 200.
- A delivery's id is a hash of webhook and *second*: two orders of one second share it. A fact's id is made of the
  order and what became of it.
- Times end in `_gmt` and have no zone. Money is text. What was deleted is named by its id alone.
- WordPress keeps secrets with `<`, `>`, `&` and quotes escaped and signs with the characters themselves; whoever copies
  a secret may have either.

An order counts once it is paid or on its way (processing, completed). Its updates come again and again, so its facts
carry the moment at which the order was made: it is the same in all of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from chalicelib.ids import digest
from chalicelib.tracking import contact, signatures
from chalicelib.tracking.given import id_text, identify, itself, mapping, mappings, present, text, track
from chalicelib.tracking.reading import Itself
from chalicelib.tracking.signatures import Fault
from chalicelib.tracking.told import Told
from chalicelib.tracking.webhook import Delivery, WebhookSource

Body = Mapping[str, Any]
Call = dict[str, Any]

_PING: Final = re.compile(rb"webhook_id=[0-9]{1,20}")
_ESCAPED: Final = (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&#039;", "'"), ("&amp;", "&"))
_COUNTS: Final = frozenset({"processing", "completed", "refunded"})
_WAITS: Final = frozenset({"pending", "on-hold"})
_PEOPLE: Final = ("order.", "customer.")  # topics that are about somebody, or useless
_MOST_NOTES: Final = 20
_MOST_COUPONS: Final = 10
_CAMPAIGN: Final = {"source": "utm_source", "medium": "utm_medium", "name": "utm_campaign", "content": "utm_content"}


class WooCommerce:
    """Verifies and reads WooCommerce."""

    def greeting(self, delivery: Delivery) -> bool:
        return not _header(delivery, "signature") and _PING.fullmatch(delivery.body.strip()) is not None

    def verify(self, delivery: Delivery, secrets: Sequence[str], now: datetime) -> Fault | None:
        both = dict.fromkeys(form for secret in secrets for form in (secret, _unescaped(secret)))
        return signatures.judged([_header(delivery, "signature")], signatures.in_base64(both, delivery.body))

    def topic(self, delivery: Delivery, payload: object) -> str:
        return _header(delivery, "topic").strip().lower()

    def fact(self, delivery: Delivery) -> str | None:
        return None

    def test(self, topic: str, payload: object) -> bool | None:
        return None

    def calls(self, route: str, payload: object) -> Told:
        return Told(list(_read(route, payload)) if isinstance(payload, dict) else [payload])


def _read(topic: str, body: Body) -> Iterable[Call | Itself]:
    id = id_text(body.get("id"))
    if id and topic == "order.deleted":
        return [track("Order Deleted", f"order-deleted-{id}", None, {}, {"order_id": id}, own=False)]
    if id and topic == "customer.deleted":
        return [track("Customer Deleted", f"customer-deleted-{id}", None, {"userId": id}, {}, own=False)]
    if id and topic.startswith("order.") and isinstance(body.get("line_items"), list) and "total" in body:
        return _order(id, body)
    if id and topic.startswith("customer.") and ("email" in body or "billing" in body):
        return _customer(id, body)
    return [_itself(topic, body)]


def _order(id: str, body: Body) -> Iterable[Call]:
    status, made, changed = text(body.get("status")), body.get("date_created_gmt"), body.get("date_modified_gmt")
    who, said = _buyer(body), _order_properties(id, body)
    if status in _COUNTS:
        yield track("Order Completed", f"order-{id}", made, who, said)
    elif status in _WAITS:
        yield track("Order Pending", f"order-{id}-pending", made, who, said)
    elif status == "failed":
        yield track("Payment Failed", f"order-{id}-failed", made, who, said, own=False)
    elif status == "cancelled":
        yield track("Order Cancelled", f"cancelled-{id}", changed or made, who, {"order_id": id}, own=False)
    refunds = [refund for refund in mappings(body.get("refunds")) if id_text(refund.get("id"))]
    for refund in refunds:
        yield _refund(id, refund, made, who, said)
    if status == "refunded" and not refunds:
        yield track("Order Refunded", f"refunded-{id}", made, who, {"order_id": id}, own=False)


def _refund(id: str, refund: Body, made: object, who: Call, order: Call) -> Call:
    said = {
        "order_id": id,
        "refund_id": id_text(refund.get("id")),
        "total": (text(refund.get("total")) or "0").removeprefix("-"),
        "currency": order.get("currency"),
        "reason": refund.get("reason"),
    }
    return track("Order Refunded", f"refund-{id_text(refund.get('id'))}", made, who, said, own=False)


def _order_properties(id: str, body: Body) -> Call:
    coupons = mappings(body.get("coupon_lines"))
    return present(
        {
            "order_id": id,
            "order_number": text(body.get("number")),
            "status": body.get("status"),
            "total": text(body.get("total")),
            "tax": text(body.get("total_tax")),
            "shipping": text(body.get("shipping_total")),
            "discount": text(body.get("discount_total")),
            "currency": body.get("currency"),
            "coupon": coupons[0].get("code") if coupons else None,
            "coupons": [
                present({"code": one.get("code"), "amount": one.get("discount")}) for one in coupons[:_MOST_COUPONS]
            ]
            if len(coupons) > 1
            else None,
            "payment_method": body.get("payment_method"),
            "paid_at": body.get("date_paid_gmt"),
            "note_attributes": _gift(body) or None,
            "products": [_product(line) for line in mappings(body.get("line_items"))],
        }
    )


def _gift(body: Body) -> list[Call]:
    """What plugins for gifts keep with an order, in the form in which customers/gifts.py looks for it."""
    meta = [(text(each.get("key")) or "", text(each.get("value"))) for each in mappings(body.get("meta_data"))]
    return [{"name": key.strip("_"), "value": value} for key, value in meta if "gift" in key.lower()][:_MOST_NOTES]


def _product(line: Body) -> Call:
    return present(
        {
            "product_id": id_text(line.get("product_id")),
            "variant_id": id_text(line.get("variation_id") or None),
            "sku": line.get("sku"),
            "name": line.get("name"),
            "price": text(line.get("price")),
            "quantity": line.get("quantity"),
        }
    )


def _customer(id: str, body: Body) -> Iterable[Call]:
    changed = body.get("date_modified_gmt") or body.get("date_created_gmt")
    billing = mapping(body.get("billing"))
    place = {
        "city": billing.get("city"),
        "state": billing.get("state"),
        "country": billing.get("country"),
        "postalCode": billing.get("postcode"),
        "street": billing.get("address_1"),
    }
    traits = {
        **_addresses(body),
        "firstName": body.get("first_name") or billing.get("first_name"),
        "lastName": body.get("last_name") or billing.get("last_name"),
        "username": body.get("username"),
        "createdAt": body.get("date_created_gmt"),
        "address": present(place),
    }
    yield identify(f"customer-{id}-{changed}", changed, {"userId": id}, traits)


def _itself(topic: str, body: Body) -> Call | Itself:
    """A topic that is not known here, under its own name and with all that it says: of the buyer, else of the shop."""
    fact = digest(topic, repr(sorted((name, repr(value)) for name, value in body.items())))
    at = body.get("date_modified_gmt") or body.get("date_created_gmt")
    told = {**track(topic or "woocommerce", fact, at, _buyer(body), {}, own=False), "properties": body}
    return told if not topic or topic.startswith(_PEOPLE) else itself(told)


def _buyer(body: Body) -> Call:
    """The shop's customer; 0 is a guest, whom the billing address stands for."""
    known, customer = _addresses(body), id_text(body.get("customer_id"))
    context = present({"traits": known, "campaign": _campaign(body)})
    who: Call = {"context": context} if context else {}
    if customer and customer != "0":
        return {"userId": customer, **who}
    id = contact.address_id("email", known.get("email")) or contact.address_id("phone", known.get("phone"))
    return {"anonymousId": id, **who} if id else who


def _addresses(body: Body) -> dict[str, str]:
    billing = mapping(body.get("billing"))
    email = contact.email(body.get("email")) or contact.email(billing.get("email"))
    return present({"email": email, "phone": contact.phone(billing.get("phone"))})


def _campaign(body: Body) -> dict[str, str]:
    """What led to the order, as WooCommerce's order attribution keeps it."""
    meta = {str(each.get("key")): text(each.get("value")) for each in mappings(body.get("meta_data"))}
    return present({ours: meta.get(f"_wc_order_attribution_{theirs}") for ours, theirs in _CAMPAIGN.items()})


def _header(delivery: Delivery, name: str) -> str:
    return delivery.headers.get(f"x-wc-webhook-{name}") or ""


def _unescaped(secret: str) -> str:
    for escaped, character in _ESCAPED:
        secret = secret.replace(escaped, character)
    return secret


plugin: WebhookSource = WooCommerce()
