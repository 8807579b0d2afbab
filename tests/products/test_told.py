"""What shops tell of their products, by webhook: the recordings of tests/tracking, and the corners."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.products.told import product_of
from chalicelib.tracking.event import Event
from tests.tracking.test_sources import HERE

AT = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


def told(topic: str, **properties: Any) -> Event:
    return Event(
        message_id="m",
        type="track",
        name=topic,
        timestamp=AT,
        at=AT,
        received_at=AT,
        properties=properties,
        source="shop",
    )


def recorded(source: str, name: str) -> Event:
    said = json.loads((HERE / source / f"{name}.expected.json").read_text())
    return Event.model_validate(said["events"][0])


def test_what_shopify_tells() -> None:
    product = product_of(recorded("shopify", "product_created"))
    assert product is not None
    assert (product.id, product.title, product.category) == ("788032119674292922", "Brass lantern", "Lanterns")
    assert (product.url, product.price, product.available) == ("/products/brass-lantern", Decimal("19.90"), True)
    assert product.at == AT


def test_what_woocommerce_tells() -> None:
    product = product_of(recorded("woocommerce", "product_updated"))
    assert product is not None
    assert (product.id, product.title, product.price, product.available) == ("88", "Walking stick", Decimal(28), True)


@pytest.mark.parametrize("source", ["shopify", "woocommerce"])
def test_a_deletion_is_a_word_too(source: str) -> None:
    product = product_of(recorded(source, "product_deleted_says_no_time"))
    assert product is not None
    assert product.gone
    assert not product.can_be_shown


def variant(**said: Any) -> dict[str, Any]:
    return {"price": "9.00", **said}


SHOPIFY: list[tuple[str, dict[str, Any], bool]] = [
    ("in stock", {"variants": [variant(inventory_quantity=1)]}, True),
    ("sold out", {"variants": [variant(inventory_quantity=0)]}, False),
    ("one of two left", {"variants": [variant(inventory_quantity=0), variant(inventory_quantity=2)]}, True),
    ("sold beyond the stock", {"variants": [variant(inventory_quantity=-3, inventory_policy="continue")]}, True),
    ("not counted", {"variants": [variant(inventory_quantity=0, inventory_management=None)]}, True),
    ("counted by Shopify", {"variants": [variant(inventory_quantity=0, inventory_management="shopify")]}, False),
    ("a draft", {"status": "draft"}, False),
    ("not in the shop yet", {"published_at": None}, False),
]


@pytest.mark.parametrize(("case", "body", "available"), SHOPIFY, ids=[case for case, *_ in SHOPIFY])
def test_whether_shopify_has_it(case: str, body: dict[str, Any], available: bool) -> None:
    product = product_of(told("products/update", **{"id": 1, "title": "x", "published_at": "2026-01-01", **body}))
    assert product is not None
    assert product.available is available


WOOCOMMERCE: list[tuple[str, dict[str, Any], bool]] = [
    ("in stock", {"stock_status": "instock"}, True),
    ("on order", {"stock_status": "onbackorder"}, True),
    ("sold out", {"stock_status": "outofstock"}, False),
    ("a draft", {"status": "draft"}, False),
    ("hidden", {"catalog_visibility": "hidden"}, False),
]


@pytest.mark.parametrize(("case", "body", "available"), WOOCOMMERCE, ids=[case for case, *_ in WOOCOMMERCE])
def test_whether_woocommerce_has_it(case: str, body: dict[str, Any], available: bool) -> None:
    product = product_of(told("product.updated", id=88, name="Stick", **body))
    assert product is not None
    assert product.available is available


def test_links_and_pictures_are_of_the_web_or_left_out() -> None:
    images = [{"src": "javascript:alert(1)"}, {"src": 7}, {"src": "https://cdn.example/a.jpg"}]
    product = product_of(told("product.updated", id=1, name="x", permalink="data:x", images=images))
    assert product is not None
    assert (product.url, product.image) == ("", "https://cdn.example/a.jpg")


@pytest.mark.parametrize(
    "event",
    [
        told("inventory_levels/update", id=1),
        told("products/update"),
        told("products/update", id="x" * 61),
        told("products/update", id=["1"]),
        told("products/update", id=1).model_copy(update={"user_id": "ann"}),
    ],
    ids=["another topic", "no id", "an id too long", "an id that is none", "of a person"],
)
def test_what_is_no_product(event: Event) -> None:
    assert product_of(event) is None


@pytest.mark.parametrize("value", [None, 3, "x", [], {}, [3], [{}], True], ids=repr)
def test_nothing_is_raised_for_what_a_payload_may_be(value: Any) -> None:
    names = ("title", "variants", "images", "image", "product_type", "category", "handle", "status", "categories")
    for topic in ("products/update", "product.updated", "products/delete"):
        assert product_of(told(topic, id=1, **dict.fromkeys((*names, "name", "price", "permalink"), value)))
