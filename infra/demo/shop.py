"""A shop's history as the calls that its website would have made to a tracking SDK. Pure: lines in, calls
out.

The lines are real (UCI Online Retail, see data/README.md). What that data lacks is made up, and only this:

- addresses and permission: each customer gets `customer-<id>@shop.example` (a reserved domain) and subscribes
  to mail at the first checkout, two seconds before the first order;
- the link from a cancellation to its order: see refunds.py;
- the zone: the shop's wall clock is read as UTC. The replay moves it by an arbitrary span anyway.

What is no sale is left out: stock-taking (negative quantities outside cancellations, nothing paid), the
bookkeeper's own lines (BOOKKEEPING), invoices that come to nothing, and cancellations by guests, whom nothing
ties to an order.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal

from chalicelib import ids

CURRENCY = "GBP"
SHIPPING = frozenset({"POST", "DOT", "C2"})
"""Stock codes of postage and carriage."""
DISCOUNT = "D"
BOOKKEEPING = frozenset({"AMAZONFEE", "B", "BANK CHARGES", "CRUK", "S"})
"""Fees, adjusted debts, commission, samples: not what a customer bought."""
LARGEST = 30_000
"""Bytes of JSON that a call's properties may take: the SDK refuses an event over 32,768 with its envelope."""

Body = dict[str, Any]
Kind = Literal["identify", "track", "page"]


@dataclass(frozen=True)
class Line:
    """One row of an invoice. `at` is in the shop's own time, `price` per piece, `customer` empty for a guest."""

    invoice: str
    code: str
    name: str
    quantity: int
    at: datetime
    price: Decimal
    customer: str
    country: str

    @property
    def amount(self) -> Decimal:
        return self.price * self.quantity


@dataclass(frozen=True)
class Call:
    """One call of the SDK, at a moment of the shop's own time.

    key:  unique and stable within the history (`order/581475`).
    body: the traits of an identify, the properties of everything else.
    """

    key: str
    kind: Kind
    at: datetime
    name: str = ""
    user_id: str | None = None
    anonymous_id: str | None = None
    body: Body = field(default_factory=dict)

    @property
    def subject(self) -> str:
        """Whose event it is, as the application keys it."""
        return f"u#{self.user_id}" if self.user_id else f"a#{self.anonymous_id}"

    def message_id(self, day: str) -> str:
        """The same data replayed on the same day has the same id, so that a second replay adds nothing."""
        return "demo-" + ids.digest(day, self.kind, self.key, self.name, self.subject, _canonical(self.body))


@dataclass(frozen=True)
class Invoice:
    """The lines of one invoice, at the moment of the first (43 of 25,900 spread over two minutes)."""

    id: str
    at: datetime
    lines: tuple[Line, ...]

    @property
    def customer(self) -> str:
        return self.lines[0].customer

    @property
    def cancels(self) -> bool:
        return self.id.startswith("C")

    @property
    def total(self) -> Decimal:
        """What was paid, or given back by a cancellation (then negative), in pounds and pence."""
        return sum((line.amount for line in self.lines), Decimal(0)).quantize(Decimal("0.01"))


def read(rows: Iterable[str]) -> list[Line]:
    """The lines of CSV text in the columns of the UCI file."""
    return [
        Line(
            invoice=row["InvoiceNo"],
            code=row["StockCode"],
            name=row["Description"].strip(),
            quantity=int(row["Quantity"]),
            at=datetime.fromisoformat(row["InvoiceDate"]).replace(tzinfo=UTC),
            price=Decimal(row["UnitPrice"]),
            customer=row["CustomerID"],
            country=row["Country"],
        )
        for row in csv.DictReader(rows)
    ]


def invoices(lines: Iterable[Line]) -> list[Invoice]:
    """The invoices that are sales or cancellations, in order of time, without the lines that are neither."""
    grouped: dict[str, list[Line]] = {}
    for line in lines:
        if line.code not in BOOKKEEPING and line.price > 0:
            grouped.setdefault(line.invoice, []).append(line)
    found = (Invoice(name, min(line.at for line in rows), tuple(rows)) for name, rows in grouped.items())
    return sorted((invoice for invoice in found if _counts(invoice)), key=lambda one: (one.at, one.id))


def _counts(invoice: Invoice) -> bool:
    if invoice.cancels:
        return invoice.total < 0 and bool(invoice.customer)
    return invoice.total > 0


def first_calls(invoice: Invoice) -> list[Call]:
    """A new customer at the first checkout: the tick in the newsletter's box, and the account."""
    customer = invoice.customer
    traits = {"email": f"customer-{customer}@shop.example", "country": invoice.lines[0].country}
    consent = {"channel": "email", "source": "checkout"}
    return [
        Call(f"consent/{customer}", "track", invoice.at - timedelta(seconds=2), "Subscribed", customer, body=consent),
        Call(f"identify/{customer}", "identify", invoice.at - timedelta(seconds=1), user_id=customer, body=traits),
    ]


def order(invoice: Invoice) -> Call:
    """`Order Completed` in the words of the e-commerce specification; `total` is all in."""
    goods = [line for line in invoice.lines if line.code not in SHIPPING and line.code != DISCOUNT]
    body: Body = {"order_id": invoice.id, "total": _money(invoice.total), "currency": CURRENCY}
    for name, part in (
        ("shipping", [line for line in invoice.lines if line.code in SHIPPING]),
        ("discount", [line for line in invoice.lines if line.code == DISCOUNT]),
    ):
        if part:
            body[name] = _money(abs(sum((line.amount for line in part), Decimal(0))))
    return Call(
        f"order/{invoice.id}",
        "track",
        invoice.at,
        "Order Completed",
        user_id=invoice.customer or None,
        anonymous_id=None if invoice.customer else f"guest-{invoice.id}",
        body=body | products(goods),
    )


def refund(cancellation: Invoice, order_id: str, lines: list[Line]) -> Call:
    """`Order Refunded` of these lines of a cancellation, for the order that they were matched to."""
    total = -sum((line.amount for line in lines), Decimal(0))
    body: Body = {"order_id": order_id, "refund_id": cancellation.id, "total": _money(total), "currency": CURRENCY}
    return Call(
        f"refund/{cancellation.id}/{order_id}",
        "track",
        cancellation.at,
        "Order Refunded",
        user_id=cancellation.customer,
        body=body | products(lines),
    )


def products(lines: list[Line]) -> Body:
    """The products of an event. Wholesale invoices have up to 1,114 lines, more than an event may hold: of
    those the
    dearest that fit are named, and `products_omitted` counts the rest. `total` is always of the whole
    invoice."""
    named = [_product(line) for line in lines]
    if len(_canonical(named)) <= LARGEST:
        return {"products": named}
    dearest = sorted(range(len(lines)), key=lambda n: (-abs(lines[n].amount), n))
    room, kept = LARGEST, set[int]()
    for n in dearest:
        room -= len(_canonical(named[n])) + 2
        if room < 0:
            break
        kept.add(n)
    return {"products": [named[n] for n in sorted(kept)], "products_omitted": len(lines) - len(kept)}


def _product(line: Line) -> Body:
    return {
        "product_id": line.code,
        "name": line.name,
        "quantity": abs(line.quantity),
        "price": float(line.price),
    }


def _money(amount: Decimal) -> float:
    return float(amount.quantize(Decimal("0.01")))


def _canonical(value: object) -> str:
    return json.dumps(value, sort_keys=True)


def stamped(call: Call, moment: datetime) -> Body:
    """The body as sent at `moment`: an identify carries the time of the account's making, which the replay moves."""
    if call.kind != "identify":
        return call.body
    return {**call.body, "createdAt": moment.isoformat(timespec="milliseconds")}


Matcher = Callable[[Iterable[Invoice]], Mapping[str, list[tuple[str, list[Line]]]]]


def calls(lines: Iterable[Line], match: Matcher) -> list[Call]:
    """The whole history as calls, in order of time. `match` ties cancellations to orders (refunds.match)."""
    history = invoices(lines)
    matched = match(history)
    known: set[str] = set()
    made: list[Call] = []
    for invoice in history:
        if invoice.customer and invoice.customer not in known:
            known.add(invoice.customer)
            made += first_calls(invoice)
        if invoice.cancels:
            made += [refund(invoice, order_id, part) for order_id, part in matched[invoice.id]]
        else:
            made.append(order(invoice))
    return sorted(made, key=lambda call: call.at)
