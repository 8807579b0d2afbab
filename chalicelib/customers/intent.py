"""How much an event says about wanting to buy: a table from the event's name to a weight.

The fold adds the weights up by day (UTC); the lifecycle lets them decay and calls the person a Lead while enough of
them is left. The unit is one product view. Orders are no intent: they make the person a buyer. Names are those of
Segment's e-commerce and B2B specifications, plus the usual ones for forms and demos; case does not matter.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

LOOKING: Final = 1
COMPARING: Final = 3
WANTING: Final = 10
BUYING: Final = 15
ASKING: Final = 20

INTENT: Final[Mapping[str, int]] = MappingProxyType(
    {
        "Products Searched": LOOKING,
        "Product List Viewed": LOOKING,
        "Product List Filtered": LOOKING,
        "Product Clicked": LOOKING,
        "Product Viewed": LOOKING,
        "Promotion Clicked": LOOKING,
        "Signed Up": LOOKING,
        "Product Shared": COMPARING,
        "Product Reviewed": COMPARING,
        "Pricing Viewed": COMPARING,
        "Cart Viewed": COMPARING,
        "Product Added to Wishlist": WANTING,
        "Wishlist Product Added to Cart": WANTING,
        "Product Added": WANTING,
        "Coupon Applied": WANTING,
        "Form Submitted": WANTING,
        "Checkout Started": BUYING,
        "Checkout Step Viewed": LOOKING,
        "Checkout Step Completed": BUYING,
        "Payment Info Entered": BUYING,
        "Trial Started": ASKING,
        "Quote Requested": ASKING,
        "Demo Requested": ASKING,
        "Contact Requested": ASKING,
    }
)
