"""Where it is counted what journeys cost, and who asks before a message leaves.

    customers   journey#<name>     count#<shard>                 messages that were claimed; what its coupons took off

A message is counted by the transaction that claims it (where the journey has a budget), what a coupon took off by the
one that counts its order: exactly. Senders that work at one moment may each find room for one more message, so a budget
is overdrawn by as many messages as are sent at once, and no more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from chalicelib.aws.database import Database, Update
from chalicelib.customers.prices import Prices
from chalicelib.journeys.coupons.store import counted, summed
from chalicelib.journeys.purpose import Budget, Cost
from chalicelib.journeys.spending import REACHED, Spending, bears, spent
from chalicelib.journeys.store import JourneyStore

FRESH: Final = timedelta(seconds=30)
"""How long a container may not know that a budget was changed."""


class Limits(NamedTuple):
    """What a journey may cost, and what a message of it does."""

    budget: Budget | None = None
    cost: Cost | None = None


class Budgets:
    """What journeys cost and may cost. prices: how the workspace reads money."""

    def __init__(self, db: Database, prices: Callable[[], Prices] = Prices) -> None:
        self._db = db
        self._prices = prices
        self._journeys = JourneyStore(db)
        self._known: dict[str, tuple[datetime, Limits]] = {}

    def limits(self, journey: str, now: datetime) -> Limits:
        """What the version in force says, or the newest where none is."""
        read_at, known = self._known.get(journey, (None, Limits()))
        if read_at is None or not read_at <= now < read_at + FRESH:
            known = self._read(journey)
            self._known[journey] = (now, known)
        return known

    def spending(self, journey: str, now: datetime) -> Spending | None:
        """What was spent so far; None for a journey without a budget."""
        budget, cost = self.limits(journey, now)
        return spent(self._counts(journey), budget, cost, self._prices().exchange) if budget else None

    def reached(self, journey: str, now: datetime) -> str | None:
        """The reason for which a message of a journey must wait; None if it may leave."""
        budget, cost = self.limits(journey, now)
        if budget is None:
            return None
        exchange = self._prices().exchange
        standing = spent(self._counts(journey), budget, cost, exchange)
        return None if bears(budget, standing, cost, exchange) else REACHED

    def charge(self, journey: str, by: str, now: datetime) -> tuple[Update, ...]:
        """The write that counts a message, for the transaction that claims it; none without a budget."""
        return (counted(spending_key(journey), by, messages=1),) if self.limits(journey, now).budget else ()

    def _counts(self, journey: str) -> Counter[str]:
        return summed(self._db, spending_key(journey))

    def _read(self, journey: str) -> Limits:
        pointer = self._journeys.pointer(journey)
        version = (pointer.version or pointer.latest) if pointer else None
        body = (self._journeys.body(journey, version) if version else None) or {}
        budget, cost = body.get("budget"), body.get("cost")
        return Limits(
            Budget.model_validate(budget) if budget else None,
            Cost.model_validate(cost) if cost else None,
        )


def spending_key(journey: str) -> str:
    """The hash key of a journey's counts."""
    return f"journey#{journey}"
