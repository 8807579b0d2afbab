"""Subscriptions: what is known of each contract, by what its source said last of each thing.

A renewal is no order: the money comes by itself. What counts is the last word, by the time of the event and, at one
moment, by what was said (the graver status), so that the facts do not depend on the order of arrival. Names are those
of our Stripe source, of Segment's B2B events, and whatever else calls itself so; case does not matter:

    Subscription Created, Updated            status, plan, price, period: as far as they are told
    Subscription Started, Renewed            a term was paid: active, and no payment is owed
    Subscription Paused, Resumed
    Subscription Cancellation Scheduled, Withdrawn       it will end with its term, or not after all
    Subscription Cancelled (or Ended, Expired)           ended; at the end of the term, if the event says so
    Trial Started, Ending, Ended             Ended with `converted: true` leaves it to the payment
    Payment Failed                           of a `subscription_id`; others are no contract's

An event without a `subscription_id` speaks of the one subscription that has none. The 8 of which something was said
last are kept; once others were left out, only a rebuild can tell what a further id comes to.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final, Literal, TypeVar

from chalicelib.customers.intents import moment
from chalicelib.customers.money import amount, currency_code, first_amount
from chalicelib.customers.rebuilding import NeedsRebuild
from chalicelib.ids import digest
from chalicelib.times import after_epoch, milliseconds
from chalicelib.tracking.event import Event

MOST: Final = 8
MOST_FAILURES: Final = 8
LONGEST: Final = 60

Status = Literal["active", "trial", "paused", "ended"]
Standing = Literal["active", "failed", "ending", "trial", "paused", "ended"]
STANDINGS: Final[tuple[Standing, ...]] = ("active", "failed", "ending", "trial", "paused", "ended")
"""The best first. failed: a payment is owed. ending: it is to end with its term."""
Interval = Literal["day", "week", "month", "year"]

_DAWN: Final = datetime(2000, 1, 1, tzinfo=UTC)
_GRAVITY: Final[tuple[Status, ...]] = ("trial", "active", "paused", "ended")
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
_PER_YEAR: Final[Mapping[Interval, Decimal]] = {
    "day": Decimal(365),
    "week": Decimal(365) / 7,
    "month": Decimal(12),
    "year": Decimal(1),
}
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

S = TypeVar("S")


@dataclass(frozen=True, slots=True, order=True)
class Price:
    """What one term costs: `amount` in `currency` ("" where none was named) every `count` `interval`s."""

    amount: Decimal
    currency: str = ""
    interval: Interval = "month"
    count: int = 1

    @property
    def yearly(self) -> Decimal:
        """The same for a year."""
        return self.amount * _PER_YEAR[self.interval] / self.count


@dataclass(frozen=True, slots=True)
class Subscription:
    """One contract. What ends in nothing is not known; each pair is when it was said, and what.

    first_at, last_at: its first and its last event.
    status:    active, trial, paused, ended; None where only payments or plans were told.
    plan, price, renews_at (the end of the present term), trial_end: last words. trial_at: when a trial was first told.
    leaving:   whether it ends with its term; `ends_at`: when it ends or ended, if that was said.
    starts, renewals: payments of a first term and of later ones. paid_since, paid_at: the first and the last of either.
    settled_at: the last word that nothing is owed. failures: when payments failed since, at most 8.
    """

    first_at: datetime
    last_at: datetime
    status: tuple[datetime, int] | None = None
    plan: tuple[datetime, str] | None = None
    price: tuple[datetime, Price] | None = None
    renews_at: tuple[datetime, datetime] | None = None
    trial_end: tuple[datetime, datetime] | None = None
    trial_at: datetime | None = None
    leaving: tuple[datetime, bool] | None = None
    ends_at: tuple[datetime, datetime] | None = None
    starts: int = 0
    renewals: int = 0
    paid_since: datetime | None = None
    paid_at: datetime | None = None
    settled_at: datetime | None = None
    failures: tuple[datetime, ...] = ()

    @property
    def standing(self) -> Status | None:
        """The status that was said last."""
        return None if self.status is None else _GRAVITY[self.status[1]]

    @property
    def failed_since(self) -> datetime | None:
        """When the first payment failed after which nothing was paid; None if nothing is owed."""
        return self.failures[0] if self.failures else None

    @property
    def ending_at(self) -> datetime | None:
        """When it ends or ended, if it does: what was said of that, else the end of the term that it ends with."""
        if self.standing == "ended":
            assert self.status is not None
            said_at = self.status[0]
            told = self.ends_at if self.ends_at and self.ends_at[0] >= said_at else None
            if told is None and self.leaving == (said_at, True) and self.renews_at and self.renews_at[1] > said_at:
                told = self.renews_at
            return told[1] if told else said_at
        if not self.is_leaving:
            return None
        ends, renews = self.ends_at, self.renews_at
        told = ends if ends and (renews is None or ends[0] >= renews[0]) else renews
        return told[1] if told else None

    @property
    def is_leaving(self) -> bool:
        """Whether it is to end, without having been said to have ended."""
        return self.leaving is not None and self.leaving[1] and self.standing != "ended"

    @property
    def renewed(self) -> int:
        """How many times it was renewed: the first payment after a trial is none, whatever its source calls it."""
        first_is_a_renewal = self.starts == 0 and self.trial_at is not None
        return max(0, self.renewals - first_is_a_renewal)

    @property
    def state(self) -> Standing:
        """How it stands, in one word."""
        if self.standing == "active":
            return "failed" if self.failures else "ending" if self.is_leaving else "active"
        return self.standing or "active"

    @property
    def is_contract(self) -> bool:
        """Whether there is a contract at all: one that waits for its first payment is none."""
        return self.status is not None


_NONE: Final[Mapping[str, Subscription]] = MappingProxyType({})


@dataclass(frozen=True)
class Subscriptions:
    """held: by id; "" for the one that was told without. lost: there were more than are kept."""

    held: Mapping[str, Subscription] = field(default_factory=lambda: _NONE)
    lost: bool = False

    @property
    def contracts(self) -> tuple[tuple[str, Subscription], ...]:
        """Those that are contracts, by id."""
        return tuple((id, each) for id, each in self.held.items() if each.is_contract)

    @property
    def status(self) -> Standing | None:
        """How it stands with the best of them, by what was said last; None without a contract."""
        said = {each.state for _, each in self.contracts}
        return next((standing for standing in STANDINGS if standing in said), None)


class Draft:
    """Subscriptions that are being added to."""

    def __init__(self, known: Subscriptions) -> None:
        self._known = known
        self._held: dict[str, Subscription] | None = None

    def add(self, event: Event, own: bool) -> None:
        """Add what an event says of a subscription; it need not be activity of one's own."""
        name = event.name.casefold() if event.type == "track" else ""
        if name not in _NAMES or event.at < _DAWN:
            return
        id = _id(event.properties)
        if not id and name == "payment failed":
            return
        if self._held is None:
            self._held = dict(self._known.held)
        known = self._held.get(id)
        if known is None and self._known.lost:
            raise NeedsRebuild("a subscription may be one of those that were left out")
        self._held[id] = _said(known or Subscription(event.at, event.at), name, event.at, event.properties)

    def finished(self) -> Subscriptions:
        """NeedsRebuild, from `add`, for an id that may have been left out."""
        if self._held is None:
            return self._known
        latest = sorted(self._held.items(), key=lambda one: (one[1].last_at, one[0]))[-MOST:]
        return Subscriptions(dict(sorted(latest)), self._known.lost or len(latest) < len(self._held))


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
_NAMES: Final = frozenset(
    {"subscription created", "subscription updated", "trial ended", "payment failed", *_STANDINGS, *_LEAVING}
)


def _said(known: Subscription, name: str, at: datetime, said: Mapping[str, Any]) -> Subscription:
    """The subscription with what one event says."""
    told = said.get("status")
    word = told.strip().casefold() if isinstance(told, str) and name != "payment failed" else ""
    paid = name in _PAID
    renews = name == "subscription renewed" and said.get("billing_reason") in _TERMS
    settled = max(known.settled_at or at, at) if paid or word == "active" else known.settled_at
    failures = {*known.failures, at} if name == "payment failed" or word in _OWING else set(known.failures)
    standing = _standing(name, word, said)
    tries = standing == "trial" or name == "trial ended"
    return replace(
        known,
        first_at=min(known.first_at, at),
        last_at=max(known.last_at, at),
        status=_last(known.status, at, None if standing is None else _GRAVITY.index(standing)),
        plan=_last(known.plan, at, _plan(said)),
        price=_last(known.price, at, _price(said)),
        renews_at=_last(known.renews_at, at, _moment(said, _RENEWS)),
        trial_end=_last(known.trial_end, at, _trial_end(name, at, said)),
        trial_at=min(known.trial_at or at, at) if tries else known.trial_at,
        leaving=_last(known.leaving, at, _leaves(name, said, renews=renews)),
        ends_at=_last(known.ends_at, at, _moment(said, _ENDS)),
        starts=known.starts + (name == "subscription started"),
        renewals=known.renewals + renews,
        paid_since=min(known.paid_since or at, at) if paid else known.paid_since,
        paid_at=max(known.paid_at or at, at) if paid else known.paid_at,
        settled_at=settled,
        failures=tuple(sorted(one for one in failures if settled is None or one > settled)[-MOST_FAILURES:]),
    )


_TERMS: Final = (None, "subscription_cycle", "subscription")
"""Reasons of a bill that is a renewal. Others (a change of plan within the term) are payments, but renew nothing."""


def _last(known: tuple[datetime, S] | None, at: datetime, new: S | None) -> tuple[datetime, S] | None:
    """The last word; at one moment the greater, whichever came first."""
    if new is None:
        return known
    said: tuple[datetime, Any] = (at, new)
    return said if known is None or said > known else known


def _standing(name: str, word: str, said: Mapping[str, Any]) -> Status | None:
    if name in ("subscription created", "subscription updated"):
        return "active" if name == "subscription created" and not word else _STATUS.get(word)
    if name == "trial ended":
        return "active" if said.get("converted") is True else "trial"
    return _STANDINGS.get(name)


def _leaves(name: str, said: Mapping[str, Any], *, renews: bool) -> bool | None:
    if name in _LEAVING:
        return _LEAVING[name]
    if renews:
        return False
    ends = said.get("cancel_at_period_end")
    if ends is True or _moment(said, ("cancel_at",)) is not None:
        return True
    return False if ends is False else None


def _trial_end(name: str, at: datetime, said: Mapping[str, Any]) -> datetime | None:
    if name == "trial ended" and said.get("converted") is not True:
        return at
    return _moment(said, _TRIAL_END)


def _plan(said: Mapping[str, Any]) -> str | None:
    text = next((value.strip() for name in _PLAN if isinstance(value := said.get(name), str) and value.strip()), "")
    return text[:LONGEST] or None


def _price(said: Mapping[str, Any]) -> Price | None:
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


def _interval(value: object) -> tuple[Interval, int] | None:
    return _INTERVALS.get(value.strip().casefold()) if isinstance(value, str) else None


def _moment(said: Mapping[str, Any], names: Iterable[str]) -> datetime | None:
    return next((at for name in names if (at := moment(said.get(name))) is not None), None)


def _id(said: Mapping[str, Any]) -> str:
    id = said.get("subscription_id", said.get("subscriptionId"))
    text = str(id).strip() if isinstance(id, str | int) and not isinstance(id, bool) else ""
    return text if len(text) <= LONGEST and text.isascii() and text.isprintable() else digest(text)


def united(many: Iterable[Subscriptions]) -> Subscriptions:
    """The subscriptions of several people together; one that several report is one."""
    held: dict[str, Subscription] = {}
    named = [(id, each) for one in many for id, each in one.held.items()]
    for number, (id, each) in enumerate(sorted(named, key=repr)):  # one without an id is nobody else's
        key = id or f"#{number}"
        held[key] = _together(held[key], each) if key in held else each
    latest = sorted(held.items(), key=lambda one: (one[1].last_at, one[0]))[-MOST:]
    return Subscriptions(dict(sorted(latest)), len(latest) < len(held))


def _together(one: Subscription, other: Subscription) -> Subscription:
    words = {
        name: max((said for said in (getattr(one, name), getattr(other, name)) if said is not None), default=None)
        for name in ("status", "plan", "price", "renews_at", "trial_end", "leaving", "ends_at", "paid_at", "settled_at")
    }
    firsts = {
        name: min((at for at in (getattr(one, name), getattr(other, name)) if at is not None), default=None)
        for name in ("trial_at", "paid_since")
    }
    settled = words["settled_at"]
    failures = sorted(at for at in {*one.failures, *other.failures} if settled is None or at > settled)
    return replace(
        one,
        **words,
        **firsts,
        first_at=min(one.first_at, other.first_at),
        last_at=max(one.last_at, other.last_at),
        starts=max(one.starts, other.starts),
        renewals=max(one.renewals, other.renewals),
        failures=tuple(failures[-MOST_FAILURES:]),
    )


_WORDS: Final = ("status", "plan", "price", "renews_at", "trial_end", "leaving", "ends_at")
_TIMES: Final = ("trial_at", "paid_since", "paid_at", "settled_at")


def pack(subscriptions: Subscriptions) -> Any:
    """`[{id: [first ms, last, [said, value]... or 0 for each word, time or 0 for each time, starts, renewals,
    failures]}, lost]`. Times after the first are counted from one before it; what is 0 at the end is left out."""
    if not subscriptions.held:
        return None
    held = {id: _packed(each) for id, each in subscriptions.held.items()}
    return [held, 1] if subscriptions.lost else [held]


def _packed(each: Subscription) -> list[Any]:
    start = milliseconds(each.first_at) - 1

    def value(said: object) -> Any:
        if isinstance(said, datetime):
            return milliseconds(said) - start
        if isinstance(said, Price):
            return [format(said.amount.normalize(), "f"), said.currency, said.interval, said.count]
        return int(said) if isinstance(said, bool) else said

    held: list[Any] = [start + 1, milliseconds(each.last_at) - start]
    words = [getattr(each, name) for name in _WORDS]
    held += [[milliseconds(word[0]) - start, value(word[1])] if word else 0 for word in words]
    held += [milliseconds(at) - start if (at := getattr(each, name)) else 0 for name in _TIMES]
    held += [each.starts, each.renewals, [milliseconds(at) - start for at in each.failures]]
    while not held[-1]:
        held.pop()
    return held


def unpack(held: Any) -> Subscriptions:
    """What `pack` wrote."""
    return Subscriptions({id: _unpacked(each) for id, each in held[0].items()}, len(held) > 1)


def _unpacked(held: list[Any]) -> Subscription:
    start = held[0] - 1
    held = held + [0] * (5 + len(_WORDS) + len(_TIMES) - len(held))
    words, times = held[2 : 2 + len(_WORDS)], held[2 + len(_WORDS) : 2 + len(_WORDS) + len(_TIMES)]
    starts, renewals, failures = held[-3:]
    read: dict[str, Any] = {}
    for name, word in zip(_WORDS, words, strict=True):
        read[name] = (after_epoch(start + word[0]), _VALUES[name](start, word[1])) if word else None
    for name, at in zip(_TIMES, times, strict=True):
        read[name] = after_epoch(start + at) if at else None
    return Subscription(
        after_epoch(start + 1),
        after_epoch(start + held[1]),
        **read,
        starts=starts,
        renewals=renewals,
        failures=tuple(after_epoch(start + at) for at in failures or ()),
    )


_VALUES: Final[Mapping[str, Any]] = {
    "status": lambda start, value: value,
    "plan": lambda start, value: value,
    "price": lambda start, value: Price(Decimal(value[0]), *value[1:]),
    "renews_at": lambda start, value: after_epoch(start + value),
    "trial_end": lambda start, value: after_epoch(start + value),
    "leaving": lambda start, value: bool(value),
    "ends_at": lambda start, value: after_epoch(start + value),
}
