"""What one event says of an intent: what it is about, what it is worth, until when it stands, which products."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from chalicelib.customers.intents.run import Line, Money
from chalicelib.customers.moments import moment
from chalicelib.customers.money import amount, currency_code, first_amount
from chalicelib.ids import digest

LONGEST: Final = 60  # characters of what it is, and of a product's id; a longer id is kept as its digest

_WORTH: Final = ("value", "total", "subtotal", "revenue", "amount")
_WHAT: Final = ("name", "trial_plan_name", "plan", "product", "title", "quote_id", "product_id", "sku")
_UNTIL: Final = ("trial_end_date", "expires_at", "valid_until", "expires")
_PRODUCT: Final = ("product_id", "sku", "id", "variant_id", "name")
_MOST_PRODUCTS: Final = 200


@dataclass(frozen=True, slots=True)
class Word:
    """What one event says of one kind; `role` as in IntentKind."""

    at: datetime
    kind: str
    role: str
    properties: Mapping[str, Any]

    @property
    def closes(self) -> bool:
        """Whether nothing that happened until then is open any more: it says so, or shows that it is empty."""
        return self.role == "closes" or (self.role == "sees" and self.properties.get("products") == [])

    @property
    def what(self) -> tuple[datetime, str] | None:
        """What it says the intent is."""
        if self.role == "removes":
            return None
        said = next((text for name in _WHAT if (text := _text(self.properties.get(name)))), "")
        return (self.at, said[:LONGEST]) if said else None

    @property
    def worth(self) -> Money | None:
        """What it says the whole is worth."""
        if self.role in ("adds", "removes"):
            return None
        money = first_amount(self.properties, _WORTH)
        currency = currency_code(self.properties.get("currency")) or ""
        return (self.at, money, currency) if money is not None and money > 0 else None

    @property
    def until(self) -> tuple[datetime, datetime] | None:
        """Until when it says the intent stands."""
        told = (moment(self.properties.get(name)) for name in _UNTIL)
        return next(((self.at, at) for at in told if at is not None), None)

    @property
    def listed(self) -> list[Any] | None:
        """All that is in it, if it says so."""
        products = self.properties.get("products")
        return products[:_MOST_PRODUCTS] if self.role in ("opens", "sees") and isinstance(products, list) else None

    def lines(self) -> Iterator[tuple[str, Line]]:
        """What it says of each product, by the product's id."""
        spoken = currency_code(self.properties.get("currency")) or ""
        products = self.listed
        if products is None:
            products = [self.properties] if self.role in ("adds", "removes") else []
        for product in products:
            if isinstance(product, Mapping):
                price, quantity = amount(product.get("price")), amount(product.get("quantity", 1))
                worth = amount(price * quantity) if price is not None and quantity is not None else None
                inside = self.role != "removes" and quantity != 0
                currency = currency_code(product.get("currency")) or spoken
                if not inside or worth is None or worth <= 0:
                    worth, currency = Decimal(0), ""
                yield _id(product), Line(self.at, inside, worth, currency)


def _id(product: Mapping[str, Any]) -> str:
    id = next((text for name in _PRODUCT if (text := _text(product.get(name)))), "")
    return id if len(id) <= LONGEST and id.isascii() and id.isprintable() else digest(id)


def _text(value: object) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if abs(value) < 10**30 else ""
    return value.strip() if isinstance(value, str) else ""
