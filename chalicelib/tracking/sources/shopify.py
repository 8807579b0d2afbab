"""Shopify's webhooks. https://shopify.dev/docs/api/webhooks

The signature covers the body alone, so nothing is believed of the headers but the topic, and the body must have that
topic's shape. Money is text; ids are longer than a float can hold. What the topics mean:

    orders/*               one Order Completed per order that was placed, however many topics tell of it; Order
                           Cancelled once it is; one Order Refunded for each refund that the order lists
    refunds/create         Order Refunded; it names nobody: the customer is the order's
    checkouts/*, carts/*   Checkout Started and Cart Viewed once, Checkout Updated and Cart Updated for each change; a
                           cart names nobody but its token
    customers/*            identify, consent, tags; data_request and redact, like shop/redact: requests for jobs
    others                 stored as themselves: of whom they name, else of the shop itself
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final
from urllib.parse import parse_qs

from chalicelib.ids import digest
from chalicelib.tracking import contact, signatures
from chalicelib.tracking.given import id_text, itself, mapping, mappings, present, text, total, track
from chalicelib.tracking.reading import Itself
from chalicelib.tracking.signatures import Fault
from chalicelib.tracking.sources import _shopify_people as people
from chalicelib.tracking.sources._shopify_people import Body, Call
from chalicelib.tracking.told import Told
from chalicelib.tracking.webhook import Delivery, WebhookSource

_ORDERS: Final = frozenset({"orders/create", "orders/paid", "orders/updated", "orders/cancelled", "orders/edited"})
_CONSENT: Final = frozenset({"customers/email_marketing_consent_update", "customers/marketing_consent_update"})
_CUSTOMERS: Final = frozenset({"customers/create", "customers/update", "customers/enable", "customers/disable"})
_UTM: Final = {
    "source": "utm_source",
    "medium": "utm_medium",
    "name": "utm_campaign",
    "term": "utm_term",
    "content": "utm_content",
}
_SHOPS: Final = ("app/", "shop/", "locations/", "domains/")  # topics whose addresses are the merchant's
_PEOPLE: Final = (
    "orders/",
    "refunds/",
    "checkouts/",
    "carts/",
    "customers/",
    "customer.",
)  # about somebody, or useless
_LONGEST_URL: Final = 2_000
_MOST_NOTES: Final = 20
_MOST_COUPONS: Final = 10
_VISITOR: Final = ("anonymousId", "anonymous_id")  # names under which a theme may keep our visitor's id in a cart


class Shopify:
    """Verifies and reads Shopify."""

    def greeting(self, delivery: Delivery) -> bool:
        return False

    def verify(self, delivery: Delivery, secrets: Sequence[str], now: datetime) -> Fault | None:
        given = _header(delivery, "hmac-sha256")
        return signatures.judged([given], signatures.in_base64(secrets, delivery.body))

    def topic(self, delivery: Delivery, payload: object) -> str:
        return _header(delivery, "topic").strip().lower()

    def fact(self, delivery: Delivery) -> str | None:
        return None

    def test(self, topic: str, payload: object) -> bool | None:
        return True if mapping(payload).get("test") is True else None

    def calls(self, route: str, payload: object) -> Told:
        if not isinstance(payload, dict):
            return Told([payload])
        if route in people.REQUESTS:
            asked = people.request(route, payload)
            return Told([], requests=[asked]) if asked else Told([payload])
        return Told(list(_read(route, payload)))


def _read(topic: str, body: Body) -> Iterable[Call | Itself]:
    if topic in _ORDERS and body.get("id") and isinstance(body.get("line_items"), list) and "total_price" in body:
        return _order(body)
    if topic == "refunds/create" and body.get("id") and body.get("order_id"):
        return [_refund(body, {})]
    if topic.startswith("checkouts/") and _token(body.get("token")):
        return _checkout(body)
    if topic.startswith("carts/") and _token(body.get("token") or body.get("id")):
        return _cart(body)
    if topic in _CUSTOMERS and body.get("id"):
        return people.customer(body)
    if topic == "customers/delete" and body.get("id"):
        return [people.deleted(body)]
    if topic in _CONSENT:
        return people.consents(body)
    if topic in ("customer.tags_added", "customer.tags_removed"):
        return [people.tags(body, added=topic.endswith("added"))]
    return [_itself(topic, body)]


def _order(body: Body) -> Iterable[Call]:
    id, who, placed = id_text(body["id"]), people.buyer(body), body.get("processed_at") or body.get("created_at")
    context = present({**mapping(who.get("context")), "campaign": _campaign(body)})
    yield track("Order Completed", f"order-{id}", placed, {**who, "context": context}, _order_properties(body))
    if body.get("buyer_accepts_marketing") is True and people.addresses(body).get("email"):
        said = {"channel": "email", "source": "shopify checkout", "at": placed}
        yield track("Subscribed", f"order-{id}-accepts", placed, who, said, own=False)
    if body.get("cancelled_at"):
        said = {"order_id": id, "reason": body.get("cancel_reason")}
        yield track("Order Cancelled", f"cancelled-{id}", body["cancelled_at"], who, said, own=False)
    for refund in mappings(body.get("refunds")):
        yield _refund({**refund, "order_id": id}, who)


def _order_properties(body: Body) -> Call:
    shipping = mapping(mapping(body.get("total_shipping_price_set")).get("shop_money")).get("amount")
    coupons = mappings(body.get("discount_codes"))
    checkout = _token(body.get("checkout_token"))
    return {
        "order_id": id_text(body["id"]),
        "order_number": text(body.get("name") or body.get("order_number")),
        "total": text(body.get("total_price")),
        "subtotal": text(body.get("subtotal_price")),
        "tax": text(body.get("total_tax")),
        "discount": text(body.get("total_discounts")),
        "shipping": text(shipping),
        "currency": body.get("currency"),
        "coupon": coupons[0].get("code") if coupons else None,
        "coupons": [present({"code": one.get("code"), "amount": one.get("amount")}) for one in coupons[:_MOST_COUPONS]]
        if len(coupons) > 1
        else None,
        "financial_status": body.get("financial_status"),
        "checkout_id": checkout,
        "checkout_token": checkout,
        "cart_token": _token(body.get("cart_token")),
        "landing_site": body.get("landing_site"),
        "referring_site": body.get("referring_site"),
        "source_name": body.get("source_name"),
        "note_attributes": mappings(body.get("note_attributes"))[:_MOST_NOTES] or None,
        "products": _products(body),
    }


def _campaign(body: Body) -> Call:
    """What led to the first page of the visit that became an order."""
    landing = text(body.get("landing_site")) or ""
    asked = parse_qs(landing[:_LONGEST_URL].partition("?")[2].partition("#")[0]) if "utm_" in landing else {}
    return present({ours: asked[theirs][0] for ours, theirs in _UTM.items() if theirs in asked})


def _refund(body: Body, who: Call) -> Call:
    """The money of the transactions that went through; without any, the worth of what came back."""
    paid = [
        each
        for each in mappings(body.get("transactions"))
        if each.get("kind") == "refund" and each.get("status") == "success"
    ]
    lines = mappings(body.get("refund_line_items"))
    back = total(each.get("amount") for each in paid) if paid else total(each.get("subtotal") for each in lines)
    goods = [
        {**product, "quantity": line.get("quantity")}
        for line in lines
        for product in _products({"line_items": [line.get("line_item")]})
    ]
    said = {
        "order_id": id_text(body["order_id"]),
        "refund_id": id_text(body.get("id")),
        "total": back or "0",  # nothing was given back yet; without a total all of it would be meant
        "currency": paid[0].get("currency") if paid else None,
        "reason": body.get("note"),
        "products": goods,
    }
    return track("Order Refunded", f"refund-{id_text(body.get('id'))}", body.get("created_at"), who, said, own=False)


def _products(body: Body) -> list[Call]:
    return [
        present(
            {
                "product_id": id_text(line.get("product_id")),
                "variant_id": id_text(line.get("variant_id")),
                "sku": line.get("sku"),
                "name": line.get("title"),
                "variant": line.get("variant_title"),
                "brand": line.get("vendor"),
                "price": text(line.get("price")),
                "quantity": line.get("quantity"),
                "gift_card": line.get("gift_card") or None,
            }
        )
        for line in mappings(body.get("line_items"))
    ]


def _checkout(body: Body) -> Iterable[Call]:
    if body.get("completed_at"):  # the order tells it
        return
    token, began, changed = _token(body["token"]), body.get("created_at"), body.get("updated_at")
    said = {
        "checkout_id": token,
        "checkout_token": token,
        "cart_token": _token(body.get("cart_token")),
        "value": text(body.get("total_price")),
        "subtotal": text(body.get("subtotal_price")),
        "tax": text(body.get("total_tax")),
        "discount": text(body.get("total_discounts")),
        "currency": body.get("presentment_currency") or body.get("currency"),
        "abandoned_checkout_url": body.get("abandoned_checkout_url"),
        "products": _products(body),
    }
    who = {"anonymousId": contact.token_id("checkout", token), **people.buyer(body)}
    yield track("Checkout Started", f"checkout-{token}", began or changed, who, said)
    if changed and changed != began:
        yield track("Checkout Updated", f"checkout-{token}-{changed}", changed, who, said)


def _cart(body: Body) -> Iterable[Call]:
    token, began, changed = _token(body.get("token") or body["id"]), body.get("created_at"), body.get("updated_at")
    products = _products(body)
    who = {"anonymousId": _visitor(body) or contact.token_id("cart", token)}
    said = {"cart_id": token, "cart_token": token, "products": products}
    if products:
        yield track("Cart Viewed", f"cart-{token}", began or changed, who, said)
    if not products or changed != began:
        # The same contents at the same time, told in two topics, are one fact.
        fact = f"cart-{token}-{changed}-{digest(repr(products), length=12)}"
        yield track("Cart Updated", fact, changed, who, said)


def _visitor(body: Body) -> str | None:
    """Our visitor's own id, if the theme keeps it in the cart's attributes. Buyers can write there: no reserved ids."""
    for note in mappings(body.get("note_attributes")):
        value = note.get("value")
        if note.get("name") in _VISITOR and isinstance(value, str) and value and not contact.is_reserved(value):
            return value
    return None


def _itself(topic: str, body: Body) -> Call | Itself:
    """A topic that is not known here, under its own name and with all that it says."""
    fact = digest(topic, repr(sorted((name, repr(value)) for name, value in body.items())))
    if topic.startswith(_SHOPS):  # when the shop changed last is no time of its uninstalling the app
        at = None if topic.startswith("app/") else body.get("updated_at")
        return Itself({**track(topic, fact, at, {}, {}, own=False), "properties": body})
    named = body.get("customer_id") or body.get("customerId")
    who = {"userId": id_text(named)} if named else people.buyer(body)
    at = body.get("updated_at") or body.get("occurredAt") or body.get("created_at")
    order = present({"order_id": body.get("order_id") or id_text(mapping(body.get("order")).get("id"))})
    told = {**track(topic or "shopify", fact, at, who, {}, own=False), "properties": {**body, **order}}
    return told if not topic or topic.startswith(_PEOPLE) else itself(told)


def _header(delivery: Delivery, name: str) -> str:
    """A header of either family: `X-Shopify-Topic`, `Shopify-Topic`."""
    return delivery.headers.get(f"x-shopify-{name}") or delivery.headers.get(f"shopify-{name}") or ""


def _token(value: object) -> str | None:
    """A cart's or checkout's token, without the key that newer ones carry behind a question mark."""
    return id_text(value.partition("?")[0]) if isinstance(value, str) else id_text(value)


plugin: WebhookSource = Shopify()
