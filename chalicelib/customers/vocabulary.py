"""What the names of events mean to a workspace: which are conversions, how much the others say of wanting, and what
opens and closes an intent. The fold goes by it, so facts are always those of one vocabulary.

A conversion is an order, a booking, a donation, a signed contract: it makes a buyer. An intent is something begun that
waits to be finished (intents/). Names are compared without regard to case. `DEFAULT` is a shop's, by Segment's
e-commerce and B2B specifications; presets.py has those of other businesses.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Final

from chalicelib.customers.intent import INTENT

TOTALS: Final = ("total", "revenue", "value", "subtotal")
ORDER_ID: Final = "order_id"


@dataclass(frozen=True, slots=True)
class Conversion:
    """An event that makes a buyer.

    id:        the property that tells one from the other, and the same from its second report.
    totals:    the properties that may say what it brought; the first with an amount counts.
    undone_by: names of events, with the same `id`, that take it back.
    """

    event: str
    id: str = ORDER_ID
    totals: tuple[str, ...] = TOTALS
    undone_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class IntentKind:
    """One kind of intent, by the names of the events that say something of it.

    opens:    it is open from then on, or goes on.
    sees:     it goes on; with `products`, they are all that is in it. Nobody opens a cart by looking at it empty.
    adds, removes: one product is put in, or taken out. It is open while anything is in it.
    closes:   it is done with. A conversion closes every kind.
    expires_days: after its last event it is open for this long, unless an event says until when.
    """

    opens: tuple[str, ...] = ()
    sees: tuple[str, ...] = ()
    adds: tuple[str, ...] = ()
    removes: tuple[str, ...] = ()
    closes: tuple[str, ...] = ()
    expires_days: float = 30


CART: Final = IntentKind(
    sees=("Cart Viewed", "Cart Updated"),
    adds=("Product Added", "Wishlist Product Added to Cart"),
    removes=("Product Removed",),
    closes=("Cart Cleared", "Checkout Completed", "Subscription Started"),
    expires_days=14,
)
CHECKOUT: Final = IntentKind(
    opens=(
        "Checkout Started",
        "Checkout Updated",
        "Checkout Step Viewed",
        "Checkout Step Completed",
        "Payment Info Entered",
    ),
    closes=("Checkout Completed", "Checkout Cancelled", "Subscription Started"),
    expires_days=14,
)
TRIAL: Final = IntentKind(
    opens=("Trial Started", "Trial Ending"),
    closes=("Trial Ended", "Subscription Started", "Subscription Renewed", "Subscription Cancelled"),
    expires_days=14,
)
QUOTE: Final = IntentKind(
    opens=("Quote Requested", "Quote Sent", "Quote Updated", "Quote Viewed", "Demo Requested"),
    closes=("Quote Accepted", "Quote Declined", "Quote Rejected", "Quote Expired"),
    expires_days=30,
)
INTENTS: Final[Mapping[str, IntentKind]] = MappingProxyType(
    {"cart": CART, "checkout": CHECKOUT, "trial": TRIAL, "quote": QUOTE}
)
CONVERSIONS: Final = (
    Conversion("Order Completed", undone_by=("Order Cancelled", "Order Canceled", "Cancelled Order")),
    Conversion("Completed Order"),
)


@dataclass(frozen=True)
class Vocabulary:
    """The names that mean something. Equal vocabularies make equal facts."""

    conversions: tuple[Conversion, ...] = CONVERSIONS
    weights: Mapping[str, int] = field(default_factory=lambda: INTENT)
    intents: Mapping[str, IntentKind] = field(default_factory=lambda: INTENTS)

    @cached_property
    def orders(self) -> Mapping[str, Conversion]:
        """Conversions by name."""
        return {conversion.event.casefold(): conversion for conversion in self.conversions}

    @cached_property
    def undone(self) -> Mapping[str, Conversion]:
        """Conversions by the names of what takes them back."""
        return {name.casefold(): conversion for conversion in self.conversions for name in conversion.undone_by}

    @cached_property
    def _weights(self) -> Mapping[str, int]:
        return {name.casefold(): weight for name, weight in self.weights.items()}

    @cached_property
    def said_of_intents(self) -> Mapping[str, tuple[tuple[str, str], ...]]:
        """By name: the kinds that an event says something of, and what (`opens`, `closes`...)."""
        said: dict[str, tuple[tuple[str, str], ...]] = {}
        for kind, about in self.intents.items():
            for role in ("opens", "sees", "adds", "removes", "closes"):
                for name in getattr(about, role):
                    said[name.casefold()] = (*said.get(name.casefold(), ()), (kind, role))
        return said

    def weight(self, name: str) -> int:
        """How much an event of this name says about wanting, in product views; 0 for nothing."""
        return self._weights.get(name.casefold(), 0)

    @cached_property
    def mark(self) -> int:
        """A number that stands for what it says: 0 for the default, else one of some four milliards."""
        if self == DEFAULT:
            return 0
        said = (self.conversions, sorted(self.weights.items()), sorted(self.intents.items()))
        return zlib.crc32(repr(said).encode()) or 1


DEFAULT: Final = Vocabulary()
