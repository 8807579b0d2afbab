"""People for the tests: told in days ago, as one would tell it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from chalicelib.customers.facts import RECENT_ORDERS, Earlier, Facts, Order, Sum, add_episodes
from chalicelib.customers.fold import fold
from chalicelib.customers.vocabulary import DEFAULT, Vocabulary
from chalicelib.tracking.event import Event

Said = tuple[float, str] | tuple[float, str, Mapping[str, Any]]
"""Days ago, the name of an event, and its properties."""

TODAY = datetime(2026, 6, 15, 12, tzinfo=UTC)


def ago(days: float) -> datetime:
    """That many days before TODAY."""
    return TODAY - timedelta(days=days)


def person(
    *,
    orders: Iterable[float] = (),
    each: str = "40.00",
    cancelled: Iterable[float] = (),
    visits: Iterable[float] = (),
    wanted: Mapping[float, int] | None = None,
    identified: float | None = None,
) -> Facts:
    """Facts of somebody who did this, all of it in days ago. `wanted`: day to weight of intent, a visit as well.

    `cancelled`: which of the orders were given back in full. An order is a visit, too.
    """
    wanted, back = wanted or {}, set(cancelled)
    bought = [
        Order(f"o{days}", ago(days), Decimal(each), cancelled=days in back) for days in sorted(orders, reverse=True)
    ]
    seen = sorted([ago(days) for days in (*visits, *wanted)] + [order.at for order in bought])
    days = sorted({moment.toordinal() for moment in seen})
    return Facts(
        first_at=seen[0] if seen else None,
        last_at=seen[-1] if seen else None,
        identified_at=None if identified is None else ago(identified),
        orders=tuple(bought[-RECENT_ORDERS:]),
        earlier=compacted(bought[:-RECENT_ORDERS]),
        active_days=tuple(day for day in days if days[-1] - day < 90),
        intent=tuple(sorted((ago(day).toordinal(), weight) for day, weight in wanted.items())),
    )


def told(*said: Said, known: Facts | None = None, vocabulary: Vocabulary = DEFAULT) -> Facts:
    """`known` (identified long ago, if nothing is given) with these events, as the fold has them."""
    events = [_event(days, name, *more) for days, name, *more in said]
    return fold(person(identified=400) if known is None else known, events, vocabulary=vocabulary)


def _event(days: float, name: str, properties: Mapping[str, Any] | None = None) -> Event:
    at = ago(days)
    return Event(
        message_id=f"{name}-{days}",
        type="track",
        name=name,
        user_id="ann",
        timestamp=at,
        at=at,
        received_at=max(at, TODAY),
        properties=dict(properties or {}),
        source="segment",
    )


def compacted(bought: Iterable[Order]) -> Earlier:
    """These orders as the facts keep those before the recent ones."""
    old = [order for order in bought if order.counts]
    if not old:
        return Earlier()
    episodes, began = add_episodes(0, None, (order.at for order in old))
    revenue = sum((order.net for order in old), Decimal(0))
    return Earlier({"": Sum(len(old), revenue)}, episodes, old[0].at, old[-1].at, began, old[-1].at)


def every(step: float, until: float, start: float) -> list[float]:
    """Days ago from `start` down to `until`, `step` apart."""
    return [start - n * step for n in range(int((start - until) / step) + 1)]
