"""How often a person wants to hear from us: a wish of the person's own, beside the caps of the workspace. Pure.

It is the trait `message_frequency`, `weekly` or `monthly`, which the preference centre sets and the shop's own account
pages may set, too; it is a protected trait (trust.py). Anything else is no wish.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Any, Final

TRAIT: Final = "message_frequency"


class Frequency(StrEnum):
    """At most one marketing message in any..."""

    WEEKLY = "weekly"
    MONTHLY = "monthly"

    @property
    def every(self) -> timedelta:
        """The span in which one message may come."""
        return _EVERY[self]


_EVERY: Final[Mapping[Frequency, timedelta]] = {
    Frequency.WEEKLY: timedelta(days=7),
    Frequency.MONTHLY: timedelta(days=30),
}


def wished(traits: Mapping[str, Any]) -> Frequency | None:
    """What a customer's traits say of it; None for no wish."""
    said = traits.get(TRAIT)
    return next((one for one in Frequency if one == said), None)
