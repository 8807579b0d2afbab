"""Where products and the book of recommendations are kept.

catalog    product           <product id>    the catalogue; one that was deleted stays as a mark
work       recommendations   current         the night's book (book.py), one item
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from typing import Final

from chalicelib.aws.database import ABSENT, ConditionFailed, Database
from chalicelib.errors import Transient
from chalicelib.products import book
from chalicelib.products.book import Book
from chalicelib.products.product import KIND, Product, follows
from chalicelib.resources import CATALOG, SCHEMA_VERSION

BOOK: Final = "recommendations"
CURRENT: Final = "current"
AT_ONCE: Final = 100  # products read in one request
_ATTEMPTS: Final = 4


class ProductStore:
    """The catalogue."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def keep(self, told: Iterable[Product]) -> Counter[str]:
        """Keep what was told of products; how many were `stored`, and how many were `older` than what is known.

        In any order, and however often: what was true last stays. Transient if others kept writing the same product.
        """
        newest: dict[str, Product] = {}
        counts: Counter[str] = Counter()
        for each in told:
            counts["older"] += each.id in newest
            newest[each.id] = each if follows(each, newest.get(each.id)) else newest[each.id]
        ids = list(newest)
        for start in range(0, len(ids), AT_ONCE):
            part = ids[start : start + AT_ONCE]
            standing = self.some(part)
            counts.update("stored" if self._keep(newest[id], standing.get(id)) else "older" for id in part)
        return +counts

    def some(self, ids: Collection[str]) -> Mapping[str, Product]:
        """Those of these products that there are (at most 100), by id: one request. It may lag by moments."""
        found = self._db.get_all(CATALOG, [(KIND, id) for id in ids])
        return {product.id: product for product in map(Product.from_item, found)}

    def get(self, id: str) -> Product | None:
        """One product, as it is now; deleted ones too."""
        item = self._db.get(CATALOG, KIND, id)
        return None if item is None else Product.from_item(item)

    def page(self, limit: int, after: str = "") -> list[Product]:
        """Products by id, those after `after`; deleted ones too."""
        found = self._db.query(CATALOG, KIND, after=after or None, limit=limit).items
        return [Product.from_item(item) for item in found]

    def _keep(self, told: Product, standing: Product | None) -> bool:
        for _ in range(_ATTEMPTS):
            if not follows(told, standing):
                return False
            when = {"pk": ABSENT} if standing is None else {"at": standing.to_item()["at"], "source": standing.source}
            try:
                self._db.put(CATALOG, told.to_item(), when=when)
            except ConditionFailed as lost:
                standing = Product.from_item(lost.item) if lost.item else None
                continue
            return True
        raise Transient(f"others kept writing the product {told.id}")


class BookStore:
    """The book of recommendations in force."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def keep(self, packed: bytes) -> None:
        """Put a book in the place of the one before."""
        self._db.put(CATALOG, {"pk": BOOK, "sk": CURRENT, "body": packed, "schema_v": SCHEMA_VERSION})

    def current(self) -> Book | None:
        """The book in force; None if none was made yet, or by a release that wrote it otherwise."""
        item = self._db.get(CATALOG, BOOK, CURRENT, consistent=False)
        return None if item is None else book.unpack(bytes(item["body"]))
