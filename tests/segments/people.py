"""Customers for tests of rules and journeys."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from chalicelib.customers.facts import Consent, Facts, Order
from chalicelib.customers.sessions import Session, Sessions
from chalicelib.lifecycle.stage import Stage
from chalicelib.segments.view import View

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def customer(
    *,
    orders: tuple[tuple[float, str], ...] = (),
    active_days_ago: tuple[int, ...] = (),
    seen_days_ago: tuple[float, float] | None = None,
    traits: Mapping[str, Any] | None = None,
    stage: Stage | None = Stage.NEW,
    stage_days_ago: float | None = None,
    consent: Mapping[str, bool] | None = None,
    name: str = "u#1",
    visits: tuple[tuple[float, float], ...] = (),
    account: Mapping[str, Any] | None = None,
) -> View:
    """Somebody as seen at NOW. `orders` are (days ago, total); `visits` are (days ago, hours), oldest first."""
    bought = sorted((Order(f"o{n}", NOW - d * DAY, Decimal(t)) for n, (d, t) in enumerate(orders)), key=lambda o: o.at)
    first, last = seen_days_ago or (None, None)
    return View(
        customer=name,
        facts=Facts(
            first_at=None if first is None else NOW - first * DAY,
            last_at=None if last is None else NOW - last * DAY,
            orders=tuple(bought),
            active_days=tuple(sorted(NOW.toordinal() - ago for ago in active_days_ago)),
            sessions=Sessions(tuple(Session(_second(d), _second(d) + round(h * 3600), 1) for d, h in visits)),
            consent={subject: Consent(said, NOW - DAY, "m") for subject, said in (consent or {}).items()},
        ),
        traits=traits or {},
        account=account or {},
        stage=stage,
        stage_since=None if stage_days_ago is None else NOW - stage_days_ago * DAY,
    )


def _second(days_ago: float) -> int:
    return int((NOW - days_ago * DAY).timestamp())
