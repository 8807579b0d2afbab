"""Kinds of business, and what the names of events mean to each: the vocabularies that a workspace begins with.

They differ where businesses do: what makes a buyer, what shows a wish, what is begun and left. lifecycle/presets.py has
the thresholds of each.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final, Literal

from chalicelib.customers.intent import ASKING, COMPARING, INTENT, LOOKING, WANTING
from chalicelib.customers.vocabulary import CART, CHECKOUT, CONVERSIONS, DEFAULT, INTENTS, QUOTE, Conversion, Vocabulary

Business = Literal["shop", "grocer", "saas", "content", "b2b"]

_DONATION: Final = Conversion("Donation Completed", "donation_id", ("amount", "total", "value"), ("Donation Refunded",))
_CONTRACT: Final = Conversion("Contract Signed", "contract_id", ("value", "total", "amount"), ("Contract Cancelled",))
_DEAL: Final = Conversion("Deal Won", "deal_id", ("value", "amount", "total"), ("Deal Reopened",))
_ASKING: Final = {
    "Pricing Viewed": COMPARING,
    "Whitepaper Downloaded": COMPARING,
    "Case Study Viewed": LOOKING,
    "Webinar Registered": WANTING,
    "Webinar Attended": WANTING,
    "Meeting Booked": ASKING,
    "Deal Opened": ASKING,
}

VOCABULARIES: Final[Mapping[Business, Vocabulary]] = MappingProxyType(
    {
        "shop": DEFAULT,
        "grocer": Vocabulary(
            intents={
                **INTENTS,
                "cart": replace(CART, expires_days=4),
                "checkout": replace(CHECKOUT, expires_days=4),
            }
        ),
        "saas": Vocabulary(
            weights={
                **INTENT,
                "Pricing Viewed": COMPARING,
                "Account Created": COMPARING,
                "Invite Sent": WANTING,
                "Feature Limit Reached": WANTING,
                "Upgrade Clicked": ASKING,
            }
        ),
        "content": Vocabulary(
            conversions=(*CONVERSIONS, _DONATION),
            weights={
                **INTENT,
                "Article Shared": LOOKING,
                "Article Saved": LOOKING,
                "Paywall Viewed": COMPARING,
                "Subscription Offer Viewed": COMPARING,
                "Subscription Offer Clicked": WANTING,
            },
        ),
        "b2b": Vocabulary(
            conversions=(*CONVERSIONS, _CONTRACT, _DEAL),
            weights={**INTENT, **_ASKING},
            intents={**INTENTS, "cart": replace(CART, expires_days=30), "quote": replace(QUOTE, expires_days=90)},
        ),
    }
)
