"""From a shop's webhook, and from what people bought, to what is recommended: the whole application."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.fakes import vendors
from tests.fakes.world import World, backwards, twice
from tests.flow.story import joins, says

PRODUCTS = ("tea", "pot", "cup", "bag")


def buys(world: World, who: str, *products: str, order: str = "1") -> None:
    listed = [{"product_id": id, "price": "9.00"} for id in products]
    properties = {"order_id": f"{who}-{order}", "total": "9.00", "currency": "EUR", "products": listed}
    says(world, "track", who, event="Order Completed", messageId=f"{who}-{order}", properties=properties)


def feed(world: World, *products: dict[str, Any]) -> Any:
    answer = world.ask("PUT", "/v1/products", {"products": list(products)})
    assert answer.status == 200, answer.text
    return answer.json()


def recommended(world: World, who: str, **query: object) -> list[Any]:
    answer = world.ask("GET", f"/v1/customers/{who}/recommendations", **query)
    assert answer.status == 200, answer.text
    found: list[Any] = answer.json()["products"]
    return found


def test_what_others_bought_with_it_is_recommended_from_the_next_night_on(world: World) -> None:
    feed(world, *({"id": id, "title": id.title(), "price": "9.00", "currency": "EUR"} for id in PRODUCTS))
    for number in range(12):
        joins(world, f"buyer{number}")
        buys(world, f"buyer{number}", "tea", "pot")
    for number in range(20):
        joins(world, f"other{number}")
        buys(world, f"other{number}", "bag")
    joins(world, "ann")
    buys(world, "ann", "tea")
    joins(world, "bob")
    world.settle()
    assert recommended(world, "ann") == [], "nothing is known before the first night"
    world.night()
    world.wait(timedelta(hours=2))  # every container reads the new book within the hour
    assert [(each["id"], each["because"]) for each in recommended(world, "ann")] == [
        ("pot", "bought_together"),
        ("bag", "bestseller"),
    ]
    assert [each["id"] for each in recommended(world, "bob", most=1)] == ["bag"]
    feed(world, {"id": "pot", "title": "Pot", "available": False})
    assert [each["id"] for each in recommended(world, "ann")] == ["bag"], "sold out a moment ago"


SHOPIFY: dict[str, Any] = {
    "id": 901,
    "title": "Brass lantern",
    "handle": "brass-lantern",
    "product_type": "Lanterns",
    "published_at": "2026-11-01T10:00:00Z",
    "updated_at": "2026-11-22T09:00:00Z",
    "status": "active",
    "variants": [{"price": "19.90", "inventory_quantity": 3}],
    "images": [{"src": "https://cdn.example/lantern.jpg"}],
}


def tells(world: World, topic: str, **changed: Any) -> None:
    vendors.entrust(world, "shopify")
    assert vendors.signed("shopify", topic, {**SHOPIFY, **changed}, world.now).to(world).status == 200


@pytest.mark.parametrize("manner", [twice, backwards], ids=["twice", "backwards"])
def test_the_catalogue_follows_a_shop(world: World, manner: Any) -> None:
    world.manner = manner
    tells(world, "products/create")
    sold_out = [{"price": "21.00", "inventory_quantity": 0}]
    tells(world, "products/update", updated_at="2026-11-22T09:30:00Z", variants=sold_out)
    world.settle()
    found = world.ask("GET", "/v1/products/901").json()
    assert found == {
        "id": "901",
        "title": "Brass lantern",
        "titles": {},
        "url": "/products/brass-lantern",
        "image": "https://cdn.example/lantern.jpg",
        "price": "21.00",
        "currency": "",
        "category": "Lanterns",
        "available": False,
        "at": "2026-11-22T09:30:00.000Z",
        "source": "shopify",
    }
    deleted = vendors.signed("shopify", "products/delete", {"id": 901}, world.now)
    assert deleted.to(world).status == 200
    world.settle()
    assert world.ask("GET", "/v1/products/901").json()["code"] == "product_not_found"
    assert world.ask("GET", "/v1/products").json() == {"products": [], "cursor": None}


def test_products_are_listed_page_by_page_and_taken_out(world: World) -> None:
    assert feed(world, *({"id": id, "title": id} for id in PRODUCTS)) == {"stored": 4, "older": 0}
    first = world.ask("GET", "/v1/products", limit=3).json()
    assert [each["id"] for each in first["products"]] == ["bag", "cup", "pot"]
    rest = world.ask("GET", "/v1/products", limit=3, cursor=first["cursor"]).json()
    assert ([each["id"] for each in rest["products"]], rest["cursor"]) == (["tea"], None)
    assert world.ask("DELETE", "/v1/products/tea").json()["title"] == "tea"
    assert world.ask("GET", "/v1/products/tea").json()["code"] == "product_not_found"
    assert feed(world, {"id": "tea", "title": "Tea", "at": "2020-01-01T00:00:00Z"}) == {"stored": 0, "older": 1}


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": "no id"},
        {"id": "a", "title": ""},
        {"id": "a", "title": "x", "url": "javascript:alert(1)"},
        {"id": "a", "title": "x", "price": -1},
        {"id": "a", "title": "x", "currency": "euro"},
        {"id": "a", "title": "x", "colour": "red"},
    ],
    ids=lambda wrong: ",".join(wrong),
)
def test_a_feed_that_cannot_be_used_says_where(world: World, wrong: dict[str, Any]) -> None:
    answer = world.ask("PUT", "/v1/products", {"products": [wrong]})
    assert (answer.status, answer.json()["code"]) == (400, "invalid_body")
    assert answer.json()["details"][0]["path"].startswith("products.0")


def test_where_shopify_sells_and_in_which_currency_is_a_setting(world: World) -> None:
    setting = {"currency": "eur", "shops": {"shopify": "https://lantern.example/"}}
    assert world.ask("PUT", "/v1/settings/products", setting).status == 200
    assert world.ask("PUT", "/v1/settings/products", {"shops": {"shopify": "lantern"}}).status == 400
    tells(world, "products/create")
    joins(world, "ann")
    buys(world, "ann", "901")
    joins(world, "bob")
    world.settle()
    world.night()
    (found,) = recommended(world, "bob")
    assert found["url"] == "https://lantern.example/products/brass-lantern"
    assert (found["price"], found["currency"]) == ("19.90", "EUR")
