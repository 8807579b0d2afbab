"""Which codes an order used, and what each took off. Pure.

coupon: "WELCOME10"                        Segment's word; several may be divided by commas
coupons: ["WELCOME10", "SHIP"]
discount_codes: [{code, amount}]           Shopify's
coupon_lines: [{code, discount}]           WooCommerce's
discount: "4.00"                           what was taken off in all: of the one code, where there is but one
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

from chalicelib.customers.money import amount, currency_code
from chalicelib.journeys.coupons.letters import is_code, normal

ORDERED: Final = frozenset({"Order Completed", "Completed Order"})
"""The events in which codes are looked for."""
MOST: Final = 10
_LISTS: Final = ("coupons", "discount_codes", "coupon_lines")


def codes_in(properties: Mapping[str, Any]) -> dict[str, Decimal | None]:
    """The codes of an order in their normal form, and what each took off; None where the order does not say."""
    found: dict[str, Decimal | None] = {}
    for code, off in _said(properties):
        if is_code(code) and len(found) < MOST:
            found[normal(code)] = off if off is not None else found.get(normal(code))
    if len(found) == 1 and None in found.values():
        return dict.fromkeys(found, amount(properties.get("discount")))
    return found


def taken_off(off: Decimal | None, properties: Mapping[str, Any]) -> dict[str, int]:
    """What was taken off as counters keep it: `{"off_EUR": 450}` in hundredths; empty where nothing is known."""
    currency = currency_code(properties.get("currency"))
    return {f"off_{currency}": round(off * 100)} if off is not None and off > 0 and currency else {}


def _said(properties: Mapping[str, Any]) -> Iterator[tuple[str, Decimal | None]]:
    single = properties.get("coupon")
    if isinstance(single, str):
        yield from ((code, None) for code in single.split(",")[:MOST])
    for name in _LISTS:
        listed = properties.get(name)
        for each in listed[:MOST] if isinstance(listed, list) else ():
            if isinstance(each, str):
                yield each, None
            elif isinstance(each, Mapping) and isinstance(each.get("code"), str):
                off = each.get("amount") if "amount" in each else each.get("discount")
                yield each["code"], amount(off)
