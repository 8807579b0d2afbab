"""The facts of an account: those of its members together. Pure.

An order counts once, whoever reports it: it is known by its id, and, among those that were added up, by the mark of it.
Two members who each have more than twelve orders, and had the same one before that, count it twice: nothing in their
facts tells. Sessions are added up. Consent, suppression, links and tickets are persons', and no account has any.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from chalicelib.customers import intents, interests, sessions, subscriptions, touches
from chalicelib.customers.facts import ACTIVE_SPAN, INTENT_SPAN, RECENT_ORDERS, Earlier, Facts, Order, Refund, Sum
from chalicelib.customers.orders import added_up, is_among, reported_again


def united(members: Iterable[Facts]) -> Facts:
    """The facts of these people as if they were one."""
    each = list(members)
    earlier, orders = _orders(each)
    return Facts(
        first_at=_first(one.first_at for one in each),
        last_at=_last(one.last_at for one in each),
        identified_at=_first(one.identified_at for one in each),
        orders=tuple(orders[-RECENT_ORDERS:]),
        earlier=added_up(earlier, orders[:-RECENT_ORDERS]) if len(orders) > RECENT_ORDERS else earlier,
        active_days=tuple(sorted(_within({day: 0 for one in each for day in one.active_days}, ACTIVE_SPAN))),
        intent=tuple(sorted(_within(_intent(each), INTENT_SPAN).items())),
        sessions=sessions.united(one.sessions for one in each),
        touches=touches.united(one.touches for one in each),
        interests=interests.united(one.interests for one in each),
        intents=intents.united(one.intents for one in each),
        subscriptions=subscriptions.united(one.subscriptions for one in each),
    )


def _orders(each: Sequence[Facts]) -> tuple[Earlier, list[Order]]:
    """What was added up of anybody, and all other orders, each once, oldest first."""
    earlier = _earlier([one.earlier for one in each])
    known: dict[str, Order] = {}
    for one in each:
        for order in one.orders:
            added = any(is_among(order.id, other.earlier) for other in each if other is not one)
            if not added:
                known[order.id] = _together(known[order.id], order) if order.id in known else order
    for id, refund in _waiting(each).items():
        if id in known:
            held = known[id]
            known[id] = replace(held, refunded=held.refunded + refund.amount, cancelled=held.cancelled or refund.all)
    return earlier, sorted(known.values(), key=lambda order: order.place)


def _together(order: Order, again: Order) -> Order:
    both = reported_again(order, again)
    return replace(both, refunded=order.refunded + again.refunded, cancelled=order.cancelled or again.cancelled)


def _waiting(each: Sequence[Facts]) -> Mapping[str, Refund]:
    """Refunds of orders that another member may have made."""
    waiting: dict[str, Refund] = {}
    for one in each:
        for id, refund in one.refunds.items():
            waiting[id] = waiting.get(id, Refund()) + refund
    return waiting


def _earlier(each: Sequence[Earlier]) -> Earlier:
    sums: dict[str, Sum] = {}
    for one in each:
        for currency, held in one.sums.items():
            sums[currency] = sums.get(currency, Sum()) + held
    return Earlier(
        sums=sums,
        episodes=sum(one.episodes for one in each),
        first_at=_first(one.first_at for one in each),
        last_at=_last(one.last_at for one in each),
        episode_at=_last(one.episode_at for one in each),
        until=_last(one.until for one in each),
        gifts=sum(one.gifts for one in each),
        gift_at=_last(one.gift_at for one in each),
    )


def _intent(each: Sequence[Facts]) -> dict[int, int]:
    intent: dict[int, int] = {}
    for one in each:
        for day, weight in one.intent:
            intent[day] = intent.get(day, 0) + weight
    return intent


def _within(days: Mapping[int, int], span: int) -> dict[int, int]:
    newest = max(days, default=0)
    return {day: weight for day, weight in days.items() if day > newest - span}


def _first(moments: Iterable[datetime | None]) -> datetime | None:
    return min((moment for moment in moments if moment), default=None)


def _last(moments: Iterable[datetime | None]) -> datetime | None:
    return max((moment for moment in moments if moment), default=None)
