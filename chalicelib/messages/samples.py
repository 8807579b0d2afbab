"""People whom templates are tried with: one of whom nothing is known, and one of whom everything is. Pure.

What is real about a message (links, the postal address) is made up for both, in a form that can be found again.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from chalicelib import times
from chalicelib.customers.facts import Facts
from chalicelib.customers.prices import Prices
from chalicelib.customers.shown import shown
from chalicelib.journeys import confirm
from chalicelib.journeys.template import Content

UNSUBSCRIBE: Final = "https://unsubscribe.invalid/0f1e2d"
CONFIRM: Final = "https://confirm.invalid/0f1e2d"
PREFERENCES: Final = "https://preferences.invalid/0f1e2d"
VIEW: Final = "https://view.invalid/0f1e2d"
POSTAL: Final = "0f1e2d Postal Street"

_SOME_TOPIC: Final = {"key": "email/topic", "title": "Topic", "description": "Topic", "wording": "1"}
_NO_FACTS: Final = shown(Facts(), Prices(), datetime(2000, 1, 1, tzinfo=UTC))
_PRODUCTS: Final = (
    {
        "id": "p1",
        "title": "Linen shirt",
        "url": "https://shop.example/p1",
        "image": "https://shop.example/p1.jpg",
        "price": 49.9,
        "currency": "EUR",
        "category": "Shirts",
        "because": "bought_together",
    },
    {
        "id": "p2",
        "title": "Straw hat",
        "url": "https://shop.example/p2",
        "image": "https://shop.example/p2.jpg",
        "price": 25,
        "currency": "EUR",
        "category": "Hats",
        "because": "bestseller",
    },
)


def nobody(template: Content, now: datetime) -> dict[str, Any]:
    """The context of somebody of whom nothing is known."""
    about_topic = template.topic is not None or template.name in confirm.TEMPLATES
    return {
        "customer": {},
        "facts": _NO_FACTS,
        "event": {},
        "account": {},
        "stage": "new",
        "lifecycle": {"stage": "new"},
        "cart": None,
        "products": [],
        "coupon": None,
        "links": {"unsubscribe": UNSUBSCRIBE, "confirm": CONFIRM, "preferences": PREFERENCES, "view": VIEW},
        "topic": _SOME_TOPIC if about_topic else {},
        "postal_address": POSTAL,
        "sender_name": "Shop",
        "timezone": "UTC",
        "currency": "EUR",
        "now": times.text(now),
    }


def somebody(template: Content, now: datetime, said: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The context of Ada, of whom everything is known; `said` replaces what it names, part by part."""
    known = nobody(template, now) | {
        "customer": {"first_name": "Ada", "last_name": "Byron", "gender": "female", "email": "ada@example.com"},
        "stage": "lead",
        "lifecycle": {
            "stage": "lead",
            "since": "2026-05-01T09:00:00.000Z",
            "next_change_at": "2026-07-01T09:00:00.000Z",
            "next_order_at": "2026-06-10T09:00:00.000Z",
            "overdue_at": "2026-06-20T09:00:00.000Z",
        },
        "event": {"name": "Linen shirt", "total": 74.9, "currency": "EUR", "order_id": "1001", "products": _PRODUCTS},
        "cart": {
            "what": "Linen shirt",
            "worth": 74.9,
            "currency": "EUR",
            "since": "2026-05-17T09:00:00.000Z",
            "last_at": "2026-05-17T09:30:00.000Z",
            "items": _PRODUCTS,
        },
        "products": _PRODUCTS,
        "coupon": {"code": "ADA-7F3K", "expires_at": "2026-06-01T21:59:59.000Z"},
        "account": {"id": "acme", "stage": "buyer", "traits": {"name": "Acme", "plan": "pro"}},
    }
    for part, value in (said or {}).items():
        both = isinstance(value, Mapping) and isinstance(known.get(part), Mapping)
        known[part] = {**known[part], **value} if both else value
    return known
