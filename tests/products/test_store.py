"""The catalogue and the recommender over it, on the fake and on DynamoDB in moto."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import permutations

import pytest

from chalicelib.aws.database import Database
from chalicelib.customers.facts import Facts
from chalicelib.products.book import Book, pack
from chalicelib.products.product import Product
from chalicelib.products.recommender import FRESH, Shop
from chalicelib.products.settings import Catalogue
from chalicelib.products.store import BookStore, ProductStore
from tests.fakes.database import MemoryDatabase

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)


def product(id: str, at: datetime = NOW, **said: object) -> Product:
    return Product(id=id, at=at, **{"title": id.title(), **said})  # type: ignore[arg-type]


def test_what_is_kept_is_read(database: Database) -> None:
    store = ProductStore(database)
    full = product(
        "tea",
        titles={"it": "Tè", "de-ch": "Tee"},
        url="/tea",
        image="https://cdn.example/tea.jpg",
        price=Decimal("4.50"),
        currency="EUR",
        category="Drinks",
        available=False,
        source="shop",
    )
    assert store.keep([full, product("pot")]) == {"stored": 2}
    assert store.get("tea") == full
    assert store.get("cup") is None
    assert store.some(["pot", "cup", "tea"]) == {"tea": full, "pot": product("pot")}
    assert [each.id for each in store.page(1)] == ["pot"]
    assert [each.id for each in store.page(5, after="pot")] == ["tea"]


WORDS = (
    product("tea", NOW, price=Decimal(4)),
    product("tea", NOW + HOUR, available=False, gone=True),
    product("tea", NOW + 2 * HOUR, price=Decimal(5)),
    product("tea", NOW + 2 * HOUR, price=Decimal(6)),
)


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_the_last_word_stays_in_whatever_order_it_comes(order: tuple[int, ...]) -> None:
    store = ProductStore(MemoryDatabase())
    for place in order:
        store.keep([WORDS[place]])
    together = ProductStore(MemoryDatabase())
    together.keep(WORDS[place] for place in order)
    assert store.get("tea") == together.get("tea") == max(WORDS, key=lambda word: (word.at, word.content))


def test_the_same_again_is_no_change(database: Database) -> None:
    store = ProductStore(database)
    store.keep([product("tea")])
    assert store.keep([product("tea")]) == {"older": 1}


def test_two_who_write_one_product_leave_the_later_word(database: Database) -> None:
    class Slow(ProductStore):
        def some(self, ids: object) -> dict[str, Product]:
            return {}  # it was read before the other wrote

    ProductStore(database).keep([product("tea", NOW + HOUR)])
    assert Slow(database).keep([product("tea", NOW)]) == {"older": 1}
    assert Slow(database).keep([product("tea", NOW + 2 * HOUR)]) == {"stored": 1}


def shop(db: Database, *bestsellers: str) -> Shop:
    BookStore(db).keep(pack(Book(NOW, bestsellers=bestsellers)))
    shown = Catalogue(currency="EUR", shops={"shop": "https://shop.example"})
    return Shop(ProductStore(db), BookStore(db), lambda: shown)


def test_products_are_shown_as_they_are_now_and_only_those_that_can_be_had(database: Database) -> None:
    store, recommender = ProductStore(database), shop(database, "tea", "unknown", "cup", "pot", "jug")
    store.keep([product("tea", price=Decimal("4.5"), url="/tea", source="shop", titles={"it": "Tè"})])
    store.keep([product("cup", available=False), product("pot", gone=True), product("jug", url="/jug")])
    found = recommender.products(Facts(), 6, NOW, locale="it-CH")
    assert found[0] == {
        "id": "tea",
        "title": "Tè",
        "url": "https://shop.example/tea",
        "price": Decimal("4.5"),
        "currency": "EUR",
        "because": "bestseller",
    }
    assert [each["id"] for each in found] == ["tea", "jug"]
    assert "url" not in found[1], "the setting does not say which shop"
    store.keep([product("tea", NOW + HOUR, available=False)])
    assert [each["id"] for each in recommender.products(Facts(), 6, NOW)] == ["jug"]


class Counted(MemoryDatabase):
    """Counts requests."""

    requests = 0

    def get(self, table: str, pk: str, sk: str, *, consistent: bool = True) -> dict[str, object] | None:
        if pk == "recommendations":
            self.requests += 1
        return super().get(table, pk, sk, consistent=consistent)

    def get_all(self, table: str, keys: object) -> list[dict[str, object]]:
        self.requests += 1
        return super().get_all(table, keys)  # type: ignore[arg-type]


def test_a_message_costs_one_read() -> None:
    db = Counted()
    ProductStore(db).keep([product("tea")])
    recommender = shop(db, "tea")
    recommender.products(Facts(), 6, NOW)
    db.requests = 0
    for minute in range(10):
        assert recommender.products(Facts(), 6, NOW + timedelta(minutes=minute))
    assert db.requests == 10
    recommender.products(Facts(), 6, NOW + FRESH)
    assert db.requests == 12, "the book, once an hour"


def test_a_shop_without_products_recommends_none(database: Database) -> None:
    assert Shop(ProductStore(database), BookStore(database)).products(Facts(), 6, NOW) == []
