"""The events that are measured: what a browser SDK sends while a person shops, just under 1 KB each as sent."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from chalicelib import ids, times

Sent = dict[str, Any]
"""One event as it stands in the body of a batch."""

_ARTICLES = (
    ("85123A", "White hanging heart light", 2.95),
    ("22423", "Regency cakestand", 12.75),
    ("47566", "Party bunting", 4.95),
)
_AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36"


def visit(person: str, start: datetime) -> list[Sent]:
    """Five events of one person: a page, an article looked at and added, the checkout, the order."""
    code, name, price = _ARTICLES[int(ids.digest(person, length=2), 16) % len(_ARTICLES)]
    order = ids.digest(person, times.text(start), length=10)
    product = {"product_id": code, "name": name, "category": "Home", "price": price, "quantity": 2, "currency": "GBP"}
    bought = {"order_id": order, "total": price * 2, "currency": "GBP", "products": [product]}
    path = f"/articles/{code.lower()}"
    deeds: list[tuple[str, dict[str, Any]]] = [
        ("", {"path": path, "title": name, "search": "?utm_source=newsletter"}),
        ("Product Viewed", product),
        ("Product Added", {**product, "cart_id": order}),
        ("Checkout Started", {**bought, "value": price * 2, "affiliation": "Web shop"}),
        ("Order Completed", {**bought, "subtotal": price * 2, "shipping": 0, "tax": 0, "discount": 0}),
    ]
    return [
        _sent(person, event, properties, path, name, start + timedelta(seconds=20 * step))
        for step, (event, properties) in enumerate(deeds)
    ]


def look(person: str, at: datetime) -> Sent:
    """One event of one person: an article looked at."""
    return visit(person, at)[1]


def batches(events: list[Sent], size: int, sent_at: datetime) -> Iterator[bytes]:
    """The bodies of the requests that carry the events, `size` in each."""
    for first in range(0, len(events), size):
        yield compact({"batch": events[first : first + size], "sentAt": times.text(sent_at)})


def compact(value: object) -> bytes:
    """JSON as browsers write it."""
    return json.dumps(value, separators=(",", ":")).encode()


def _sent(person: str, event: str, properties: dict[str, Any], path: str, title: str, at: datetime) -> Sent:
    moment = times.text(at)
    kind: dict[str, Any] = {"type": "track", "event": event} if event else {"type": "page", "name": title}
    return {
        **kind,
        "messageId": f"ajs-next-{int(at.timestamp() * 1000)}-{ids.digest(person, event, moment)}",
        "timestamp": moment,
        "userId": person,
        "anonymousId": ids.digest("anonymous", person),
        "properties": properties,
        "integrations": {},
        "context": {
            "library": {"name": "analytics.js", "version": "npm:next-1.84.0"},
            "page": {
                "path": path,
                "referrer": "https://shop.example/",
                "search": "?utm_source=newsletter",
                "title": title,
                "url": f"https://shop.example{path}?utm_source=newsletter",
            },
            "campaign": {"source": "newsletter", "medium": "email", "name": "spring"},
            "userAgent": _AGENT,
            "locale": "en-GB",
            "timezone": "Europe/London",
        },
    }
