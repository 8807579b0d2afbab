"""Amounts as clients send them: numbers, text, and what should have been a number."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final

_LARGEST: Final = Decimal(10) ** 12
_UNIT: Final = Decimal("0.0001")  # finer than any currency; sums of such amounts are exact


def amount(value: object) -> Decimal | None:
    """The amount in `value` (number or text), to four decimals; None for what is none: missing, NaN, absurd."""
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        return None
    try:
        money = Decimal(str(value).strip())
    except (InvalidOperation, ValueError):  # ValueError: an integer of thousands of digits
        return None
    return money.quantize(_UNIT) if money.is_finite() and abs(money) < _LARGEST else None


def currency_code(value: object) -> str | None:
    """The currency in `value` as three capital letters (ISO 4217); None for what is none."""
    if not isinstance(value, str) or len(value) > 8:
        return None
    code = value.strip().upper()
    return code if len(code) == 3 and code.isascii() and code.isalpha() else None


def first_amount(properties: Mapping[str, Any], names: Iterable[str]) -> Decimal | None:
    """The first usable amount among these properties."""
    return next((money for name in names if (money := amount(properties.get(name))) is not None), None)


def goods(products: object) -> Decimal | None:
    """The worth of a list of products, the sum of price times quantity (1 where none is given); None if any has
    no price, or there are none."""
    if not isinstance(products, list) or not products:
        return None
    worths = [_worth(product) for product in products]
    known = [worth for worth in worths if worth is not None]
    return sum(known, Decimal(0)) if len(known) == len(worths) else None


def _worth(product: object) -> Decimal | None:
    if not isinstance(product, Mapping):
        return None
    price, quantity = amount(product.get("price")), amount(product.get("quantity", 1))
    return amount(price * quantity) if price is not None and quantity is not None else None
