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
from typing import Final

from chalicelib.customers.facts import RECENT_ORDERS, Earlier, Facts, Order, Refund, Sum, add_episodes
from chalicelib.customers.rebuilding import NeedsRebuild

WAITING_REFUNDS: Final = 20
_MARK: Final = 4  # characters of base64 for three bytes


class Orders:
    """The orders of one customer while a fold is adding to them."""

    def __init__(self, facts: Facts) -> None:
        self._earlier = facts.earlier
        self._orders = {order.id: order for order in facts.orders}
        self._refunds = dict(facts.refunds)
        self._lost = facts.refunds_lost

    def report(self, said: Order) -> None:
        """An order was made; see `Order` for what several reports of it come to."""
        known = self._known(said.id)
        if known is not None:
            self._put(reported_again(known, said))
            return
        if self._lost:
            raise NeedsRebuild(f"a refund of order {said.id} may be one of those that were left out")
        refund = self._refunds.pop(said.id, Refund())
        self._put(replace(said, refunded=refund.amount, cancelled=refund.all))

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
        earlier = added_up(self._earlier, old) if old else self._earlier
        waiting = dict(sorted(self._refunds.items())[-WAITING_REFUNDS:])
        lost = self._lost or len(waiting) < len(self._refunds)
        return replace(facts, orders=tuple(recent), earlier=earlier, refunds=waiting, refunds_lost=lost)

    def _known(self, id: str) -> Order | None:
        known = self._orders.get(id)
        if known is None and is_among(id, self._earlier):
            raise NeedsRebuild(f"order {id} may be one of those added up")
        return known

    def _put(self, order: Order) -> None:
        if self._earlier.until is not None and order.at <= self._earlier.until:
            raise NeedsRebuild(f"order {order.id} lies among those added up")
        self._orders[order.id] = order


def reported_again(order: Order, again: Order) -> Order:
    """An order after another report of it; what was given back is not the business of reports."""
    last = max(order, again, key=lambda said: (said.total_at or said.at, said.total, said.currency))
    first, said_at = min(order.at, again.at), last.total_at or last.at
    return replace(
        order,
        at=first,
        total=last.total,
        total_at=said_at if said_at > first else None,
        currency=last.currency,
        gift=order.gift or again.gift,
    )


def is_among(id: str, earlier: Earlier) -> bool:
    """Whether an order may be one of those added up: it is, but for once in some millions."""
    return bool(earlier.ids) and _mark(id) in _marks(earlier.ids)


def added_up(earlier: Earlier, old: Sequence[Order]) -> Earlier:
    """`earlier` with the next orders after it, oldest first, at least one."""
    counting = [order for order in old if order.counts]
    times = [order.at for order in counting]
    episodes, began = add_episodes(earlier.episodes, earlier.episode_at, times)
    sums = dict(earlier.sums)
    for order in counting:
        sums[order.currency] = sums.get(order.currency, Sum()) + Sum(1, order.net)
    return Earlier(
        sums=sums,
        episodes=episodes,
        first_at=earlier.first_at or (times[0] if times else None),
        last_at=times[-1] if times else earlier.last_at,
        episode_at=began,
        until=old[-1].at,
        ids="".join(sorted([*_marks(earlier.ids), *(_mark(order.id) for order in old)])),
        gifts=earlier.gifts + sum(order.gift for order in counting),
        gift_at=next((order.at for order in reversed(counting) if order.gift), earlier.gift_at),
    )


def _mark(id: str) -> str:
    return urlsafe_b64encode(hashlib.sha256(id.encode("utf-8", "surrogatepass")).digest()[:3]).decode()


def _marks(ids: str) -> Iterable[str]:
    return (ids[start : start + _MARK] for start in range(0, len(ids), _MARK))
