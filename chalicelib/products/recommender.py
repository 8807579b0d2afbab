"""What to recommend to a person, as messages and pages ask for it: the port over the night's book and the catalogue.

A container reads the book once an hour, so a message costs one read: of the products that come into question, as they
are at that moment. What was sold out or deleted since the night is not shown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from chalicelib.customers.facts import Facts
from chalicelib.products.book import Book
from chalicelib.products.card import card
from chalicelib.products.recommend import recommend
from chalicelib.products.settings import Catalogue
from chalicelib.products.store import BookStore, ProductStore

FRESH: Final = timedelta(hours=1)
SPARE: Final = 14
"""So many more are asked for than are shown, in the place of those that cannot be had."""
MOST: Final = 24


class Recommender(Protocol):
    """Who recommends products. Built once per container (`wiring: perennial().recommender`)."""

    def products(self, facts: Facts, most: int, now: datetime, *, locale: str | None = None) -> list[Mapping[str, Any]]:
        """At most `most` products (24 at most) for a customer, the best first; fewer, or none, where no more are known.

        Each is a JSON object as templates see it: `id`, `title` (in `locale`, a BCP 47 tag such as `it-CH`, where the
        feed has it), `url`, `image`, `price` (a Decimal), `currency`, `category`, `because` (`bought_together`,
        `viewed_together` or `bestseller`). What is not known is not there. Never sold out, deleted, or bought already
        as far as the facts remember. Transient if the tables do not answer.
        """
        ...


class Nothing:
    """A shop without products: nothing is recommended."""

    def products(self, facts: Facts, most: int, now: datetime, *, locale: str | None = None) -> list[Mapping[str, Any]]:
        return []


class Shop:
    """Recommends from a deployment's tables. `shown`: how the workspace shows products, now."""

    def __init__(self, products: ProductStore, books: BookStore, shown: Callable[[], Catalogue] = Catalogue) -> None:
        self._products = products
        self._books = books
        self._shown = shown
        self._book: Book | None = None
        self._read_at: datetime | None = None

    def products(self, facts: Facts, most: int, now: datetime, *, locale: str | None = None) -> list[Mapping[str, Any]]:
        book, most = self._current(now), min(most, MOST)
        suggested = recommend(facts, book, most + SPARE) if book and most > 0 else []
        if not suggested:
            return []
        known, shown = self._products.some([each.id for each in suggested]), self._shown()
        found = ((known.get(each.id), each.because) for each in suggested)
        return [card(product, locale, shown, why) for product, why in found if product and product.can_be_shown][:most]

    def _current(self, now: datetime) -> Book | None:
        if self._read_at is None or not self._read_at <= now < self._read_at + FRESH:
            self._book, self._read_at = self._books.current(), now
        return self._book
