"""Several currencies: kept apart in the facts, one figure by the workspace's table, and nothing added in silence."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from chalicelib.customers.exchange import OWN, Exchange
from chalicelib.customers.facts import Facts, Sum
from chalicelib.customers.fold import fold
from chalicelib.customers.workspace import Currencies
from tests.customers.events import DAY, event

EUROS = Exchange.of(Currencies.model_validate({"report": "EUR", "rates": {"USD": "0.92"}}), 1)
NAMELESS_POUNDS = Exchange("EUR", {"GBP": Decimal("1.2")}, "GBP")


def bought(*orders: tuple[str, object]) -> Facts:
    """Orders of (total, currency), a day apart."""
    return fold(
        Facts(),
        [
            event(
                "Order Completed",
                DAY + timedelta(days=place - 30),
                properties={
                    "order_id": f"o{place}",
                    "total": total,
                    **({} if currency is None else {"currency": currency}),
                },
            )
            for place, (total, currency) in enumerate(orders)
        ],
    )


@pytest.mark.parametrize(
    ("orders", "table", "amount", "currency", "apart"),
    [
        ([], OWN, "0", None, {}),
        ([("10", None)], OWN, "10", None, {}),
        ([("10", "EUR"), ("5", "eur ")], OWN, "15", "EUR", {}),
        ([("10", None), ("5", "EUR")], OWN, "15", "EUR", {}),
        ([("10", "USD"), ("5", "EUR")], OWN, "5", "EUR", {"USD": Sum(1, Decimal(10))}),
        ([("10", "EUR")], EUROS, "10", "EUR", {}),
        ([("10", "USD")], EUROS, "9.2", "EUR", {}),
        ([("10", "USD"), ("1", "EUR"), ("1", None)], EUROS, "11.2", "EUR", {}),
        ([("10", "RON"), ("1", "EUR")], EUROS, "1", "EUR", {"RON": Sum(1, Decimal(10))}),
        ([("10", None), ("1", "EUR")], NAMELESS_POUNDS, "13", "EUR", {}),
        # what is no currency is as if none was named
        ([("10", "euros"), ("1", 7), ("1", {"code": "EUR"})], EUROS, "12", "EUR", {}),
    ],
)
def test_what_orders_come_to(
    orders: list[tuple[str, object]], table: Exchange, amount: str, currency: str | None, apart: dict[str, Sum]
) -> None:
    total = table.total(bought(*orders))
    assert (total.amount, total.currency, total.apart) == (Decimal(amount), currency, apart)
    assert total.orders + sum(each.count for each in apart.values()) == len(orders)


def test_orders_before_the_recent_ones_keep_their_currency() -> None:
    facts = bought(*[("1", "USD"), ("2", "RON")] * 20)
    assert facts.sums == {"USD": Sum(20, Decimal(20)), "RON": Sum(20, Decimal(40))}
    assert facts.earlier.count == 28
    assert facts.currency == "RON"
    assert facts.revenue == 40, "in the person's own currency"
