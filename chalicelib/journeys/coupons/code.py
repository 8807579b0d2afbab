"""A code as somebody has it, and why somebody has none. Values only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol

from chalicelib import times

Lack = Literal["unknown_coupon", "paused_coupon", "over_coupon", "none_left"]
"""Why there is no code: no coupon of this name; it is paused; its last day is past; its pool is empty."""


@dataclass(frozen=True)
class Code:
    """A code that somebody was given.

    campaign: the coupon's name. expires_at: from then on the shop need not take it; None for never.
    discount: what it is worth: `{"percent": Decimal}` or `{"amount": Decimal, "currency": "EUR"}`.
    """

    code: str
    campaign: str
    given_at: datetime
    expires_at: datetime | None = None
    discount: Mapping[str, Any] | None = None

    def as_dict(self) -> dict[str, Any]:
        """As templates see it: `code`, `campaign`, `given_at`, and `expires_at`, `discount` where there are such."""
        held = {
            "code": self.code,
            "campaign": self.campaign,
            "given_at": times.text(self.given_at),
            "expires_at": times.text(self.expires_at) if self.expires_at else None,
            "discount": dict(self.discount) if self.discount else None,
        }
        return {name: value for name, value in held.items() if value is not None}


@dataclass(frozen=True)
class NoCode:
    """No code can be given now. A message that needs one is held with `reason`, until somebody acts, or is skipped."""

    reason: Lack
    detail: str


class Coupons(Protocol):
    """Who gives codes. Built once per container (`wiring: perennial().coupons`)."""

    def code(
        self, customer: str, campaign: str, journey: str, now: datetime, *, also: Sequence[str] = ()
    ) -> Code | NoCode:
        """The one code that this customer has of this coupon in this journey, given now if there was none.

        Asked before a message is rendered and claimed. Asked again, by anybody, after any fault, it answers with the
        same code: no code goes to two people, and nobody gets two. `also`: other subjects that turned out to be the
        same person, who may have had theirs before they were joined. Transient: ask again.
        """
        ...
