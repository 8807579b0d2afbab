"""Which order a cancellation takes back. UCI Online Retail does not say: a cancellation has a number of its
own.

What it does have is the customer, the stock code and the quantity. Each line of a cancellation goes to the
latest earlier order of the same customer that holds as many of that article not yet taken back; if no single
order does, the quantity is spread over the earlier orders that hold some, latest first. Discounts, postage
and amounts typed by hand name no article: they go to the latest earlier order. What is left was bought before
the history begins (2010-12-01) and is refunded for an order nobody has seen, `before-<cancellation>`.

In the sample seven lines in eight find their order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from infra.demo.shop import DISCOUNT, SHIPPING, Invoice, Line

NO_ARTICLE = SHIPPING | {DISCOUNT, "M", "m"}
"""Stock codes that stand for an amount rather than for a thing."""


@dataclass
class _Order:
    id: str
    left: Counter[str] = field(default_factory=Counter)


def match(history: Iterable[Invoice]) -> Mapping[str, list[tuple[str, list[Line]]]]:
    """Cancellation id -> (order id, lines taken back from it), for a history in order of time.

    Every cancelled piece appears exactly once; a line spread over several orders is split by quantity.
    """
    orders: dict[str, list[_Order]] = {}
    matched: dict[str, list[tuple[str, list[Line]]]] = {}
    for invoice in history:
        earlier = orders.setdefault(invoice.customer, [])
        if invoice.cancels:
            matched[invoice.id] = _take_back(invoice, earlier)
        elif invoice.customer:
            earlier.append(_bought(invoice))
    return matched


def _bought(invoice: Invoice) -> _Order:
    bought = _Order(invoice.id)
    for line in invoice.lines:
        bought.left[line.code] += line.quantity
    return bought


def _take_back(cancellation: Invoice, earlier: list[_Order]) -> list[tuple[str, list[Line]]]:
    parts: dict[str, list[Line]] = {}
    for line in cancellation.lines:
        for order_id, part in _spread(line, cancellation.id, earlier):
            parts.setdefault(order_id, []).append(part)
    return list(parts.items())


def _spread(line: Line, cancellation: str, earlier: list[_Order]) -> list[tuple[str, Line]]:
    latest = list(reversed(earlier))
    if line.code in NO_ARTICLE and latest:
        return [(latest[0].id, line)]
    wanted = -line.quantity
    whole = [order for order in latest if order.left[line.code] >= wanted]
    taken: list[tuple[str, Line]] = []
    for order in whole[:1] or latest:
        pieces = min(wanted, max(0, order.left[line.code]))
        if pieces:
            order.left[line.code] -= pieces
            wanted -= pieces
            taken.append((order.id, replace(line, quantity=-pieces)))
    if wanted:
        taken.append((f"before-{cancellation}", replace(line, quantity=-wanted)))
    return taken
