"""A shop's webhooks from a cart to a refund: carts name nobody, checkouts an address, refunds only the order."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.resources import WORK
from chalicelib.tracking.contact import address_id
from tests.fakes import vendors
from tests.fakes.platforms import over_fakes
from tests.fakes.world import World
from tests.tracking.test_sources import HERE

GUEST = f"a%23{address_id('email', 'wick.reader@example.com')}"
CART = "a%23cart:hWN4bTlpcHh0a2V0b2tlbjE"
STEPS = ["cart_created", "cart_changed", "checkout_started", "checkout_with_an_address", "order", "refund"]


@pytest.fixture
def world() -> Iterator[World]:
    with over_fakes() as made:
        vendors.entrust(made, "shopify")
        yield made


def recorded(name: str) -> tuple[str, dict[str, Any]]:
    """A recording; the order is a guest's."""
    found = json.loads((HERE / "shopify" / f"{'order_created' if name == 'order' else name}.json").read_text())
    body: dict[str, Any] = found["payload"]
    return found["route"], body | ({"customer": None} if name == "order" else {})


def happens(world: World, name: str) -> None:
    topic, body = recorded(name)
    assert vendors.signed("shopify", topic, body, world.now).to(world).status == 200
    world.settle()
    world.wait(timedelta(seconds=20))


def bought(world: World, who: str) -> tuple[int, Decimal]:
    orders = world.customer(who)["orders"]
    return orders["count"], Decimal(orders["revenue"])


def test_from_a_cart_to_a_refund(world: World) -> None:
    happens(world, "cart_created")
    assert bought(world, CART) == (0, Decimal(0))
    happens(world, "cart_changed")
    happens(world, "checkout_started")
    happens(world, "checkout_with_an_address")
    happens(world, "order")
    assert bought(world, GUEST) == (1, Decimal("61.40"))
    happens(world, "refund")
    assert bought(world, GUEST) == (1, Decimal("36.45"))
    assert [item for item in world.items(WORK) if item["pk"] == "parked"] == []


def test_the_cart_becomes_the_buyers(world: World) -> None:
    for step in STEPS:
        happens(world, step)
    world.tick()
    world.settle()
    assert bought(world, GUEST) == (1, Decimal("36.45"))
    assert bought(world, CART) == (1, Decimal("36.45")), "the cart's subject leads to whoever bought it"


@pytest.mark.parametrize("order", [STEPS, ["order", *STEPS, "refund"], [*STEPS[:4], "order", "order", "refund"]])
def test_it_comes_to_the_same_however_often_it_is_told(world: World, order: list[str]) -> None:
    for step in order:
        happens(world, step)
    world.tick()
    world.settle()
    assert bought(world, GUEST) == (1, Decimal("36.45"))
