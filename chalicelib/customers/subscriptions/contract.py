"""What is kept of a subscription, and of all that somebody has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Final, Literal

MOST: Final = 8
MOST_FAILURES: Final = 8

Status = Literal["active", "trial", "paused", "ended"]
Standing = Literal["active", "failed", "ending", "trial", "paused", "ended"]
STANDINGS: Final[tuple[Standing, ...]] = ("active", "failed", "ending", "trial", "paused", "ended")
"""The best first. failed: a payment is owed. ending: it is to end with its term."""
Interval = Literal["day", "week", "month", "year"]

GRAVITY: Final[tuple[Status, ...]] = ("trial", "active", "paused", "ended")
"""A status is kept as its place in this: of two that were said at one moment the graver counts."""
_PER_YEAR: Final[Mapping[Interval, Decimal]] = {
    "day": Decimal(365),
    "week": Decimal(365) / 7,
    "month": Decimal(12),
    "year": Decimal(1),
}


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
        return None if self.status is None else GRAVITY[self.status[1]]

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
