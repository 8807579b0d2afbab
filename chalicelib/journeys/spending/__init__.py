"""What a journey has cost so far, and whether its budget bears one more message. Pure.

A journey costs what each of its messages costs (`cost.per_message`), and what the orders that used its coupons say was
taken off. Both are counted where they happen (store.py); the sum is made when it is asked for, in the budget's
currency. Money of a currency without a rate is named, and not in the sum.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from chalicelib.customers.exchange import Exchange
from chalicelib.journeys.purpose import Budget, Cost

REACHED: Final = "budget_reached"
"""Why a message waits."""


@dataclass(frozen=True)
class Spending:
    """messages: how many left, or were about to. off: by currency, what coupons took off orders.

    amount: what that comes to in `currency`. unconverted: currencies that are not in it, because they have no rate.
    """

    messages: int
    off: Mapping[str, Decimal]
    amount: Decimal
    currency: str
    unconverted: tuple[str, ...] = ()


def spent(counts: Mapping[str, int], budget: Budget, cost: Cost | None, exchange: Exchange) -> Spending:
    """What was spent, by the counts of a journey (`messages`, `off_EUR` in hundredths)."""
    messages = counts.get("messages", 0)
    off = {name[4:]: Decimal(number) / 100 for name, number in sorted(counts.items()) if name.startswith("off_")}
    sums = dict(off)
    if cost is not None and messages:
        sums[cost.currency] = sums.get(cost.currency, Decimal(0)) + messages * cost.per_message
    total, unknown = Decimal(0), list[str]()
    for currency, amount in sums.items():
        rate = _rate(currency, budget.currency, exchange)
        if rate is None:
            unknown.append(currency)
        else:
            total += amount * rate
    return Spending(messages, off, total, budget.currency, tuple(unknown))


def bears(budget: Budget, spending: Spending, cost: Cost | None, exchange: Exchange) -> bool:
    """Whether the budget bears one more message."""
    rate = _rate(cost.currency, budget.currency, exchange) if cost is not None else None
    following = cost.per_message * rate if cost is not None and rate is not None else Decimal(0)
    return spending.amount + following <= budget.amount and spending.amount < budget.amount


def _rate(of: str, into: str, exchange: Exchange) -> Decimal | None:
    """What one unit is worth in another currency, by the workspace's table of rates."""
    if of == into:
        return Decimal(1)
    one, other = exchange.rate(of, None), exchange.rate(into, None)
    return one / other if one is not None and other else None
