"""How reports of orders, refunds and cancellations add up, in any order of arrival.

The recent orders are kept one by one; the ones before are added up into `Earlier`, which nothing can be taken out of
again. An event that would have to change that part cannot be folded: `NeedsRebuild`, and the caller folds all stored
events anew.
"""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Final

from chalicelib.customers.facts import NOTHING, RECENT_ORDERS, Earlier, Facts, Order, Refund, add_episodes

_MARK: Final = 4  # characters of base64 for three bytes


class NeedsRebuild(Exception):
    """These facts cannot take these events: only all stored events can tell. The text says why."""


class Orders:
    """The orders of one customer while a fold is adding to them."""

    def __init__(self, facts: Facts) -> None:
        self._earlier = facts.earlier
        self._orders = {order.id: order for order in facts.orders}
        self._refunds = dict(facts.refunds)

    def report(self, id: str, at: datetime, total: Decimal) -> None:
        """The order `id` was made; see `Order` for what several reports of it come to."""
        known = self._known(id)
        if known is None:
            refund = self._refunds.pop(id, Refund())
            self._put(Order(id, at, total, refund.amount, refund.all))
        else:
            self._put(_reported_again(known, at, total))

    def refund(self, id: str, refund: Refund) -> None:
        """Money was given back on the order `id`; if that has not been seen, the refund waits for it."""
        known = self._known(id)
        if known is None:
            self._refunds[id] = self._refunds.get(id, Refund()) + refund
        else:
            refunded, cancelled = known.refunded + refund.amount, known.cancelled or refund.all
            self._orders[id] = replace(known, refunded=refunded, cancelled=cancelled)

    def added_to(self, facts: Facts) -> Facts:
        """`facts` with these orders; the oldest beyond the recent ones are added up."""
        ordered = sorted(self._orders.values(), key=lambda order: order.place)
        old, recent = ordered[:-RECENT_ORDERS], ordered[-RECENT_ORDERS:]
        earlier = _added_up(self._earlier, old) if old else self._earlier
        return replace(facts, orders=tuple(recent), earlier=earlier, refunds=self._refunds)

    def _known(self, id: str) -> Order | None:
        known = self._orders.get(id)
        if known is None and self._earlier.ids and _mark(id) in _marks(self._earlier.ids):
            raise NeedsRebuild(f"order {id} may be one of those added up")
        return known

    def _put(self, order: Order) -> None:
        if self._earlier.until is not None and order.at <= self._earlier.until:
            raise NeedsRebuild(f"order {order.id} lies among those added up")
        self._orders[order.id] = order


def _reported_again(order: Order, at: datetime, total: Decimal) -> Order:
    said_at, said = max((order.total_at or order.at, order.total), (at, total))
    first = min(order.at, at)
    return replace(order, at=first, total=said, total_at=said_at if said_at > first else None)


def _added_up(earlier: Earlier, old: Sequence[Order]) -> Earlier:
    counting = [order for order in old if order.counts]
    times = [order.at for order in counting]
    episodes, began = add_episodes(earlier.episodes, earlier.episode_at, times)
    return Earlier(
        count=earlier.count + len(counting),
        revenue=earlier.revenue + sum((order.net for order in counting), NOTHING),
        episodes=episodes,
        first_at=earlier.first_at or (times[0] if times else None),
        last_at=times[-1] if times else earlier.last_at,
        episode_at=began,
        until=old[-1].at,
        ids="".join(sorted([*_marks(earlier.ids), *(_mark(order.id) for order in old)])),
    )


def _mark(id: str) -> str:
    return urlsafe_b64encode(hashlib.sha256(id.encode("utf-8", "surrogatepass")).digest()[:3]).decode()


def _marks(ids: str) -> Iterable[str]:
    return (ids[start : start + _MARK] for start in range(0, len(ids), _MARK))
