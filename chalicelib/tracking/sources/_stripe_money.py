"""Stripe's amounts: whole numbers of a currency's smallest unit, as Stripe counts them.

https://docs.stripe.com/currencies: most currencies have two decimals; ISK and UGX, which have none any more, are still
counted with two.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Final

NONE: Final = frozenset(
    ["BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"]
)
THREE: Final = frozenset(["BHD", "JOD", "KWD", "OMR", "TND"])


class Money:
    """Amounts of one currency. `currency` is its code in capitals, None if none is given."""

    def __init__(self, currency: object) -> None:
        self.currency = currency.upper() if isinstance(currency, str) and currency else None
        self._decimals = 0 if self.currency in NONE else 3 if self.currency in THREE else 2

    def text(self, amount: object) -> str | None:
        """`2499` as `24.99`; None for what is no whole number."""
        whole = _whole(amount)
        return None if whole is None else format(whole.scaleb(-self._decimals), f".{self._decimals}f")

    def difference(self, all: object, before: object) -> str | None:
        """What an amount that only grows has grown by."""
        now, then = _whole(all), _whole(before) or Decimal(0)
        return None if now is None else self.text(int(now - then))


def _whole(amount: object) -> Decimal | None:
    if isinstance(amount, bool) or not isinstance(amount, int | str):
        return None
    try:
        found = Decimal(amount)
    except InvalidOperation:
        return None
    sane = found.is_finite() and abs(found) < Decimal(10) ** 18
    return found if sane and found == found.to_integral_value() else None
