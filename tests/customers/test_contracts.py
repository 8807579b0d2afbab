"""What is known of subscriptions and of open intents, case by case."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.customers.facts import Facts
from chalicelib.customers.fold import NeedsRebuild, fold
from chalicelib.customers.intents import Run
from chalicelib.customers.subscriptions import Price, Subscription
from tests.customers.events import DAY, event

Said = tuple[int, str, Mapping[str, Any]]
S1: Mapping[str, Any] = {"subscription_id": "s1"}
LAMP: Mapping[str, Any] = {"product_id": "lamp", "name": "Lamp", "price": "40", "quantity": 2, "currency": "EUR"}
RUG: Mapping[str, Any] = {"product_id": "rug", "name": "Rug", "price": "100", "currency": "USD"}


def folded(*said: Said) -> Facts:
    """Of things said so many hours before DAY."""
    events = [
        event(name, DAY - timedelta(hours=hours), message_id=f"{n}", properties=dict(properties))
        for n, (hours, name, properties) in enumerate(said)
    ]
    return fold(Facts(), events)


def contract(*said: Said) -> Subscription:
    return folded(*said).subscriptions.held["s1"]


def intent(kind: str, *said: Said) -> Run | None:
    return dict(folded(*said).intents.open_at(DAY)).get(kind)


@pytest.mark.parametrize(
    ("said", "state", "renewed"),
    [
        ([(9, "Subscription Created", S1)], "active", 0),
        ([(9, "Subscription Created", {**S1, "status": "trialing"})], "trial", 0),
        ([(9, "Subscription Started", S1), (5, "Subscription Renewed", S1)], "active", 1),
        ([(5, "Subscription Renewed", S1), (9, "Subscription Started", S1)], "active", 1),
        ([(9, "Trial Started", S1), (5, "Subscription Renewed", S1)], "active", 0),
        ([(9, "Trial Started", S1), (5, "Subscription Renewed", S1), (1, "Subscription Renewed", S1)], "active", 1),
        ([(9, "Subscription Started", S1),
          (5, "Subscription Renewed", {**S1, "billing_reason": "subscription_update"})], "active", 0),
        ([(9, "Subscription Started", S1), (5, "Payment Failed", S1)], "failed", 0),
        ([(9, "Subscription Started", S1), (5, "Payment Failed", S1), (4, "Subscription Renewed", S1)], "active", 1),
        ([(9, "Subscription Started", S1), (5, "Subscription Updated", {**S1, "status": "past_due"})], "failed", 0),
        ([(9, "Subscription Updated", {**S1, "status": "past_due"}),
          (5, "Subscription Updated", {**S1, "status": "active"})], "active", 0),
        ([(9, "Subscription Started", S1),
          (5, "Subscription Updated", {**S1, "cancel_at_period_end": True})], "ending", 0),
        ([(9, "Subscription Updated", {**S1, "status": "active", "cancel_at_period_end": True}),
          (5, "Subscription Updated", {**S1, "cancel_at_period_end": False})], "active", 0),
        ([(9, "Subscription Paused", S1)], "paused", 0),
        ([(9, "Subscription Paused", S1), (5, "Subscription Resumed", S1)], "active", 0),
        ([(9, "Subscription Cancelled", S1), (5, "Subscription Started", S1)], "active", 0),
        ([(5, "Subscription Cancelled", S1), (9, "Subscription Started", S1)], "ended", 0),
        # at one moment the graver word: a payment's, and what made it needless
        ([(9, "Subscription Cancelled", S1), (9, "Subscription Renewed", S1),
          (9, "Subscription Updated", {**S1, "status": "active"})], "ended", 1),
    ],
    ids=str,
)  # fmt: skip
def test_how_a_subscription_stands(said: list[Said], state: str, renewed: int) -> None:
    each = contract(*said)
    assert (each.state, each.renewed) == (state, renewed)


def test_what_waits_for_its_first_payment_is_no_contract() -> None:
    assert folded((9, "Subscription Created", {**S1, "status": "incomplete"})).subscriptions.contracts == ()
    assert folded((9, "Payment Failed", {"order_id": "1"})).subscriptions.held == {}


def test_a_renewal_is_no_order_and_no_activity() -> None:
    facts = folded((9, "Subscription Renewed", {**S1, "total": "50"}))
    assert (facts.order_count, facts.active_days) == (0, ())


def test_what_a_term_costs() -> None:
    said = {**S1, "plan": "Team", "price": "12.50", "quantity": 4, "currency": "eur", "interval": "quarterly"}
    each = contract((9, "Subscription Updated", {**said, "status": "active"}))
    assert each.price is not None
    assert each.price[1] == Price(Decimal(50), "EUR", "month", 3)
    assert each.price[1].yearly == 200
    assert each.plan is not None
    assert each.plan[1] == "Team"


def test_when_it_ends() -> None:
    renews, soon = "2026-12-20T00:00:00Z", "2026-12-01T00:00:00Z"
    ends = contract(
        (9, "Subscription Updated", {**S1, "status": "active", "cancel_at_period_end": True, "renews_at": renews})
    )
    assert str(ends.ending_at) == "2026-12-20 00:00:00+00:00"
    sooner = contract((9, "Subscription Updated", {**S1, "status": "active", "renews_at": renews, "cancel_at": soon}))
    assert (sooner.state, str(sooner.ending_at)) == ("ending", "2026-12-01 00:00:00+00:00")
    ended = contract((9, "Subscription Cancelled", S1))
    assert ended.ending_at == DAY - timedelta(hours=9)


def test_since_when_a_payment_is_owed() -> None:
    said: list[Said] = [(n, "Payment Failed", S1) for n in (9, 5, 7)]
    assert contract(*said).failed_since == DAY - timedelta(hours=9)
    assert contract((8, "Subscription Renewed", S1), *said).failed_since == DAY - timedelta(hours=7)


def test_more_subscriptions_than_are_kept() -> None:
    many: list[Said] = [(30 - n, "Subscription Started", {"subscription_id": f"many{n}"}) for n in range(10)]
    facts = folded(*many)
    assert (len(facts.subscriptions.held), facts.subscriptions.lost) == (8, True)
    late = event("Subscription Renewed", DAY, properties={"subscription_id": "many0"})
    with pytest.raises(NeedsRebuild):
        fold(facts, [late])


@pytest.mark.parametrize(
    ("said", "worth"),
    [
        ([(9, "Product Added", LAMP)], {"EUR": 80}),
        ([(9, "Product Added", LAMP), (8, "Product Added", RUG)], {"EUR": 80, "USD": 100}),
        ([(9, "Product Added", LAMP), (8, "Product Added", RUG), (7, "Product Removed", RUG)], {"EUR": 80}),
        ([(9, "Product Added", LAMP), (8, "Product Removed", LAMP)], None),
        ([(8, "Product Removed", LAMP), (9, "Product Added", LAMP)], None),
        ([(9, "Product Added", LAMP), (8, "Cart Cleared", {})], None),
        ([(9, "Product Added", LAMP), (8, "Cart Updated", {"products": []})], None),
        ([(9, "Product Added", LAMP), (8, "Cart Updated", {"products": [RUG]})], {"USD": 100}),
        ([(9, "Cart Updated", {"products": [LAMP], "value": "75", "currency": "EUR"})], {"EUR": 75}),
        ([(9, "Cart Viewed", {})], None),
        ([(9, "Product Added", LAMP), (8, "Order Completed", {"order_id": 1})], None),
        ([(9, "Product Added", LAMP), (8, "Order Completed", {"order_id": 1}),
          (7, "Product Added", RUG)], {"USD": 100}),
        ([(24 * 15, "Product Added", LAMP)], None),
        ([(24 * 20, "Product Added", LAMP), (24 * 10, "Product Added", RUG)], {"EUR": 80, "USD": 100}),
        ([(24 * 40, "Product Added", LAMP), (24 * 10, "Product Added", RUG)], {"USD": 100}),
    ],
    ids=str,
)  # fmt: skip
def test_what_is_in_a_cart(said: list[Said], worth: Mapping[str, int] | None) -> None:
    for order in (said, said[::-1]):
        cart = intent("cart", *order)
        assert (None if cart is None else {name: int(amount) for name, amount in cart.worth.items()}) == worth


def test_since_when_and_until_when() -> None:
    cart = intent("cart", (30, "Product Added", LAMP), (3, "Cart Viewed", {}))
    assert cart is not None
    assert (cart.since, cart.last_at) == (DAY - timedelta(hours=30), DAY - timedelta(hours=3))
    assert cart.expires == cart.last_at + timedelta(days=14)
    trial = intent("trial", (30, "Trial Started", {"trial_end_date": "2026-12-24"}))
    assert trial is not None
    assert str(trial.expires) == "2026-12-24 00:00:00+00:00"


def test_what_lies_within_a_cart_asks_for_a_rebuild() -> None:
    known = folded((9, "Product Added", LAMP), (5, "Product Added", RUG))
    bought = event("Order Completed", DAY - timedelta(hours=7), properties={"order_id": 1})
    with pytest.raises(NeedsRebuild):
        fold(known, [bought])
    whole = folded((9, "Product Added", LAMP), (7, "Order Completed", {"order_id": 1}), (5, "Product Added", RUG))
    cart = whole.intents.runs["cart"]
    assert (cart.since, list(cart.lines)) == (DAY - timedelta(hours=5), ["rug"])
