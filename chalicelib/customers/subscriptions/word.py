"""What one event says of a subscription."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from chalicelib.customers.moments import moment
from chalicelib.customers.money import amount, currency_code, first_amount
from chalicelib.customers.subscriptions.contract import Interval, Price, Status
from chalicelib.ids import digest

LONGEST: Final = 60  # characters of a plan, and of an id; a longer id is kept as its digest


_STATUS: Final[Mapping[str, Status]] = {
    "active": "active",
    "past_due": "active",
    "unpaid": "active",
    "trialing": "trial",
    "trial": "trial",
    "paused": "paused",
    "canceled": "ended",
    "cancelled": "ended",
    "ended": "ended",
    "expired": "ended",
    "incomplete_expired": "ended",
}
_OWING: Final = frozenset({"past_due", "unpaid"})
_INTERVALS: Final[Mapping[str, tuple[Interval, int]]] = {
    "day": ("day", 1),
    "daily": ("day", 1),
    "week": ("week", 1),
    "weekly": ("week", 1),
    "month": ("month", 1),
    "monthly": ("month", 1),
    "quarter": ("month", 3),
    "quarterly": ("month", 3),
    "year": ("year", 1),
    "yearly": ("year", 1),
    "annual": ("year", 1),
    "annually": ("year", 1),
}
_PLAN: Final = ("plan", "plan_name", "trial_plan_name", "plan_id", "name")
_PRICE: Final = ("price", "amount", "value", "revenue", "mrr")
_PERIOD: Final = ("interval", "billing_interval", "billing_period", "period")
_RENEWS: Final = ("renews_at", "current_period_end", "period_end", "next_billing_at")
_ENDS: Final = ("ended_at", "ends_at", "cancel_at", "effective_at")
_TRIAL_END: Final = ("trial_end_date", "trial_end", "trial_ends_at")
_PAID: Final = frozenset({"subscription started", "subscription renewed"})
_ENDED: Final = frozenset(
    {"subscription cancelled", "subscription canceled", "subscription ended", "subscription expired"}
)
_STANDINGS: Final[Mapping[str, Status]] = {
    "subscription started": "active",
    "subscription renewed": "active",
    "subscription resumed": "active",
    "subscription paused": "paused",
    "trial started": "trial",
    "trial ending": "trial",
    **dict.fromkeys(_ENDED, "ended"),
}
_LEAVING: Final = {
    "subscription cancellation scheduled": True,
    "subscription cancellation withdrawn": False,
}
NAMES: Final = frozenset(
    {"subscription created", "subscription updated", "trial ended", "payment failed", *_STANDINGS, *_LEAVING}
)
"""Whatever speaks of a subscription, without regard to case."""
_TERMS: Final = (None, "subscription_cycle", "subscription")
"""Reasons of a bill that is a renewal. Others (a change of plan within the term) are payments, but renew nothing."""


@dataclass(frozen=True, slots=True)
class Word:
    """One event; `name` is one of NAMES. What it does not say is None."""

    at: datetime
    name: str
    properties: Mapping[str, Any]

    @property
    def id(self) -> str:
        """Of which subscription it speaks; "" for the one that has no id."""
        id = self.properties.get("subscription_id", self.properties.get("subscriptionId"))
        text = str(id).strip() if isinstance(id, str | int) and not isinstance(id, bool) else ""
        return text if len(text) <= LONGEST and text.isascii() and text.isprintable() else digest(text)

    @property
    def fails(self) -> bool:
        """Whether it is a payment that failed."""
        return self.name == "payment failed"

    @property
    def paid(self) -> bool:
        """Whether a term was paid."""
        return self.name in _PAID

    @property
    def starts(self) -> bool:
        """Whether the first term was paid."""
        return self.name == "subscription started"

    @property
    def renews(self) -> bool:
        """Whether a later term was paid."""
        return self.name == "subscription renewed" and self.properties.get("billing_reason") in _TERMS

    @property
    def settles(self) -> bool:
        """Whether nothing is owed from now on."""
        return self.paid or self._status == "active"

    @property
    def owes(self) -> bool:
        """Whether a payment is owed from now on."""
        return self.fails or self._status in _OWING

    @property
    def tries(self) -> bool:
        """Whether it tells of a trial."""
        return self.name == "trial ended" or self.standing == "trial"

    @property
    def standing(self) -> Status | None:
        """The status that it gives."""
        if self.name in ("subscription created", "subscription updated"):
            return "active" if self.name == "subscription created" and not self._status else _STATUS.get(self._status)
        if self.name == "trial ended":
            return "active" if self.properties.get("converted") is True else "trial"
        return _STANDINGS.get(self.name)

    @property
    def leaves(self) -> bool | None:
        """Whether it ends with its term."""
        if self.name in _LEAVING:
            return _LEAVING[self.name]
        if self.renews:
            return False
        ends = self.properties.get("cancel_at_period_end")
        if ends is True or self._moment(("cancel_at",)) is not None:
            return True
        return False if ends is False else None

    @property
    def plan(self) -> str | None:
        """The plan's name."""
        texts = (value.strip() for name in _PLAN if isinstance(value := self.properties.get(name), str))
        return next((text[:LONGEST] for text in texts if text), None)

    @property
    def price(self) -> Price | None:
        """What a term costs; a month, unless it says which."""
        said = self.properties
        period = next((known for name in _PERIOD if (known := _interval(said.get(name))) is not None), None)
        money = first_amount(said, _PRICE if period is None else (*_PRICE, "total"))
        if money is None or money < 0:
            return None
        quantity = amount(said.get("quantity", 1))
        whole = amount(money * quantity) if quantity is not None and quantity > 0 else money
        interval, count = period or ("month", 1)
        times = said.get("interval_count")
        if isinstance(times, int) and not isinstance(times, bool) and 0 < times <= 100:
            count *= times
        return Price(whole or Decimal(0), currency_code(said.get("currency")) or "", interval, count)

    @property
    def renews_at(self) -> datetime | None:
        """The end of the present term."""
        return self._moment(_RENEWS)

    @property
    def trial_end(self) -> datetime | None:
        """When a trial ends or ended."""
        if self.name == "trial ended" and self.properties.get("converted") is not True:
            return self.at
        return self._moment(_TRIAL_END)

    @property
    def ends_at(self) -> datetime | None:
        """When the subscription ends or ended."""
        return self._moment(_ENDS)

    @property
    def _status(self) -> str:
        told = self.properties.get("status")
        return told.strip().casefold() if isinstance(told, str) and not self.fails else ""

    def _moment(self, names: Iterable[str]) -> datetime | None:
        return next((at for name in names if (at := moment(self.properties.get(name))) is not None), None)


def _interval(value: object) -> tuple[Interval, int] | None:
    return _INTERVALS.get(value.strip().casefold()) if isinstance(value, str) else None
