"""A product as the catalogue has it: what is needed to show it in a message, and whether it can be had. Pure.

What a shop said last counts, by the time at which it says it changed: feeds and webhooks may come in any order. One
that was deleted stays as a mark, or an older word that comes late would bring it back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from chalicelib import resources, times
from chalicelib.ids import digest

KIND: Final = "product"  # hash key of the catalogue's products in the table `catalog`
LONGEST_ID: Final = 60  # characters: as facts keep the ids of what people bought (customers/interests.py)
LONGEST_TITLE: Final = 250
LONGEST_URL: Final = 1_000
MOST_TITLES: Final = 20

_NO_TITLES: Final[Mapping[str, str]] = {}


@dataclass(frozen=True)
class Product:
    """One product.

    id:        as orders and pages name it (`product_id`). at: when it became so, by the shop's own word.
    titles:    by BCP 47 tag in lower case (`it`, `de-ch`), beside the plain `title`.
    url:       absolute, or a path within the shop (`/products/lantern`).
    price:     of the cheapest variant, in `currency`; "" for the shop's usual one.
    available: it can be bought now. gone: it was deleted.
    source:    who said so: a webhook source, or `api`.
    """

    id: str
    at: datetime
    title: str = ""
    titles: Mapping[str, str] = field(default_factory=lambda: _NO_TITLES)
    url: str = ""
    image: str = ""
    price: Decimal | None = None
    currency: str = ""
    category: str = ""
    available: bool = True
    gone: bool = False
    source: str = "api"

    @property
    def can_be_shown(self) -> bool:
        """Whether it may be recommended: it is there, it can be had, and it has a name."""
        return self.available and not self.gone and bool(self.title)

    @property
    def content(self) -> str:
        """A digest of what it says, without when and by whom."""
        said = (f"{each.name}={getattr(self, each.name)!r}" for each in fields(self) if each.name not in _WHEN)
        return digest(*said)

    def title_in(self, locale: str | None) -> str:
        """Its title in a locale, by the chain `de-ch`, `de`, and the plain title."""
        tag = (locale or "").lower().replace("_", "-")
        while tag:
            if tag in self.titles:
                return self.titles[tag]
            tag = tag.rpartition("-")[0]
        return self.title

    def to_item(self) -> dict[str, Any]:
        """The stored form; what is empty is left out."""
        held: dict[str, Any] = {
            "title": self.title,
            "titles": dict(self.titles),
            "url": self.url,
            "image": self.image,
            "price": self.price,
            "currency": self.currency,
            "category": self.category,
            "gone": self.gone,
        }
        return {
            "pk": KIND,
            "sk": self.id,
            "schema_v": resources.SCHEMA_VERSION,
            "at": times.text(self.at),
            "available": self.available,
            "source": self.source,
            **{name: value for name, value in held.items() if value not in ("", None, False, {})},
        }

    @classmethod
    def from_item(cls, item: Mapping[str, Any]) -> Product:
        """Read a stored product."""
        price = item.get("price")
        return cls(
            id=str(item["sk"]),
            at=times.parse(item["at"]),
            title=item.get("title", ""),
            titles=item.get("titles", {}),
            url=item.get("url", ""),
            image=item.get("image", ""),
            price=None if price is None else Decimal(price),
            currency=item.get("currency", ""),
            category=item.get("category", ""),
            available=bool(item["available"]),
            gone=bool(item.get("gone")),
            source=item["source"],
        )


_WHEN: Final = frozenset({"at", "source"})


def follows(told: Product, standing: Product | None) -> bool:
    """Whether what is told takes the place of what stands: it is the first word of it, or a later one.

    At one moment the content decides, whichever comes first, so that the catalogue does not depend on the order.
    """
    return standing is None or (told.at, told.content) > (standing.at, standing.content)
