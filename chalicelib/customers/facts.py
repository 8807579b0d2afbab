"""What is known of a customer: everything that stages, segments and permission ask for, and nothing else.

Facts are the fold of a customer's events (fold.py) and are *canonical*: the same events give equal facts, whatever
the order, the splits and the repetitions in which they arrived. So each field is something that can be added to
without remembering how it came about: a least, a greatest, a sum, a set, or a last write by (time, message id).

Times are aware UTC in whole milliseconds; days are ordinals of `datetime.date` in UTC. Money is kept by
currency and added up when it is read (exchange.py): rates change, and facts must not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final, Literal

from chalicelib.customers.happenings import Happenings
from chalicelib.customers.intents import Intents
from chalicelib.customers.interests import Interests
from chalicelib.customers.lists import Lists
from chalicelib.customers.memberships import Memberships
from chalicelib.customers.once import once
from chalicelib.customers.sessions import Sessions
from chalicelib.customers.subscriptions import Subscriptions
from chalicelib.customers.tickets import Tickets
from chalicelib.customers.touches import Touches
from chalicelib.ids import digest
from chalicelib.tracking import contact

MOST_ADDRESSES: Final = 5
"""Of so many addresses it is known that they bounced; after more, none of that person's is written to."""

RECENT_ORDERS: Final = 12
ACTIVE_SPAN: Final = 90  # days
INTENT_SPAN: Final = 30  # days
EPISODE: Final = timedelta(days=7)
NOTHING: Final = Decimal(0)

ConsentStatus = Literal["granted", "withdrawn", "pending"]

_NONE: Final[Mapping[str, Any]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Refund:
    """Money given back on one order: the sum of its refunds, and whether all of it was (a cancellation)."""

    amount: Decimal = NOTHING
    all: bool = False

    def __add__(self, other: Refund) -> Refund:
        return Refund(self.amount + other.amount, self.all or other.all)


@dataclass(frozen=True, slots=True)
class Order:
    """One order. The same order is often reported twice (by the shop and by the browser) or updated:

    at:        the earliest time that any report of it gave.
    total:     what the last report by (time, total, currency) said. currency: in which; "" where it named none.
    total_at:  the time of that report; None for `at`.
    refunded:  the sum of its refunds. cancelled: all of it was given back, whatever the total.
    gift:      any report of it said that it was for somebody else.
    """

    id: str
    at: datetime
    total: Decimal
    refunded: Decimal = NOTHING
    cancelled: bool = False
    total_at: datetime | None = None
    currency: str = ""
    gift: bool = False

    @property
    def net(self) -> Decimal:
        """What was paid and kept, never below zero."""
        if not self.refunded and self.total > 0 and not self.cancelled:
            return self.total
        return NOTHING if self.cancelled else max(NOTHING, self.total - self.refunded)

    @property
    def counts(self) -> bool:
        """Whether it is an order at all: one that was given back in full is not. One that cost nothing is."""
        return not self.cancelled and (not self.refunded or self.net > 0)

    @property
    def place(self) -> tuple[datetime, str]:
        """Its place among the orders of a customer."""
        return self.at, self.id


@dataclass(frozen=True, slots=True)
class Sum:
    """Orders of one currency: how many, and what they brought, net of refunds."""

    count: int = 0
    revenue: Decimal = NOTHING

    def __add__(self, other: Sum) -> Sum:
        return Sum(self.count + other.count, self.revenue + other.revenue)


@dataclass(frozen=True, slots=True)
class Earlier:
    """The orders before the recent ones, added up.

    sums:       by currency, of those that count. episodes, first_at, last_at, gifts, gift_at (the last): likewise.
    episode_at: when the last episode began.
    until:      the time of the newest of them, counting or not: nothing at or before it can be added any more.
    ids:        three bytes of each order's digest in base64, sorted and joined: enough to see that an event may
                concern one of them, in which case only a rebuild can tell.
    """

    sums: Mapping[str, Sum] = field(default_factory=lambda: _NONE)
    episodes: int = 0
    first_at: datetime | None = None
    last_at: datetime | None = None
    episode_at: datetime | None = None
    until: datetime | None = None
    ids: str = ""
    gifts: int = 0
    gift_at: datetime | None = None

    @property
    def count(self) -> int:
        """How many of them count."""
        return sum([held.count for held in self.sums.values()]) if self.sums else 0


@dataclass(frozen=True, slots=True)
class Consent:
    """What the person last said about a channel or a topic, which event said it, and whether it came with a proof.

    of: the mark of the address whose owner confirmed it; None: it is the person's, whatever the address.
    """

    granted: bool
    at: datetime
    message_id: str
    confirmed: bool = False
    of: str | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A subscription that its topic lets count only once the person has confirmed it, and which event asked."""

    at: datetime
    message_id: str


@dataclass(frozen=True, slots=True)
class Suppression:
    """Why a channel may not be used whatever the consent, and since when. A complaint outweighs a bounce.

    of: short digests of the addresses that bounced: whoever gets another address may be written to there. None: it is
    whatever the address, as with a complaint, which is the person's.
    """

    reason: Literal["bounce", "complaint"]
    at: datetime
    of: frozenset[str] = frozenset()

    def holds(self, address: str | None) -> bool:
        """Whether it holds for an address."""
        return not self.of or address is None or address_mark(address) in self.of

    def together(self, other: Suppression) -> Suppression:
        """Both: the graver reason, of those the earlier; of bounces all addresses."""
        graver = min(self, other, key=lambda one: (one.reason != "complaint", one.at))
        either = self.of | other.of if self.of and other.of else frozenset[str]()
        known = graver.reason == "bounce" and len(either) <= MOST_ADDRESSES
        return Suppression(graver.reason, graver.at, either if known else frozenset())


def address_mark(address: str) -> str:
    """What is kept of an address that bounced: enough to tell it from the person's others."""
    form = contact.email(address) or contact.phone(address) or address.strip().lower()
    return digest("address", form, length=8)


def lift_key(channel: str, mark: str = "") -> str:
    """Under what it is kept until when a channel's complaints were lifted; `mark`: the bounces of an address."""
    return f"{channel}#{mark}" if mark else channel


@dataclass(frozen=True)
class Facts:
    """The facts of one customer; `Facts()` is somebody of whom nothing is known.

    first_at, last_at: of the person's own activity; what machines report (deliveries, opens, refunds) is none.
    identified_at:     the earliest identify with a user id or an email.
    orders:            the most recent 12, oldest first by (at, id). earlier: the ones before.
    refunds:           by order id, of orders that have not been seen; at most 20. refunds_lost: there are more, so
                       only a rebuild can tell what an order that comes now is worth.
    active_days:       ascending, within 90 days of the newest.
    intent:            (day, sum of weights), ascending, within 30 days of the newest.
    consent:           by channel (`email`) or channel and topic (`email/newsletter`).
    asked:             by the same, the last subscription that waits, or waited, for a confirmation.
    suppressed:        by channel, what was not lifted.
    lifted:            by `lift_key`, until when complaints, or bounces of an address, count no more.
    known_at:          the first receipt of an event of the person's own; None for an anonymous visitor.
    claimed_at:        the last receipt on which something rests that counts because the person was new (trust.py).
    sessions, touches, interests, memberships, tickets, intents, subscriptions, happenings, lists: each says of itself
                       in its own module.
    faulty:            how many events carried something unusable, for instance an order without a total.
    """

    first_at: datetime | None = None
    last_at: datetime | None = None
    identified_at: datetime | None = None
    orders: tuple[Order, ...] = ()
    earlier: Earlier = Earlier()
    refunds: Mapping[str, Refund] = field(default_factory=lambda: _NONE)
    refunds_lost: bool = False
    active_days: tuple[int, ...] = ()
    intent: tuple[tuple[int, int], ...] = ()
    consent: Mapping[str, Consent] = field(default_factory=lambda: _NONE)
    asked: Mapping[str, Asked] = field(default_factory=lambda: _NONE)
    suppressed: Mapping[str, Suppression] = field(default_factory=lambda: _NONE)
    lifted: Mapping[str, datetime] = field(default_factory=lambda: _NONE)
    known_at: datetime | None = None
    claimed_at: datetime | None = None
    sessions: Sessions = field(default_factory=Sessions)
    touches: Touches = field(default_factory=Touches)
    interests: Interests = field(default_factory=Interests)
    memberships: Memberships = field(default_factory=Memberships)
    tickets: Tickets = field(default_factory=Tickets)
    intents: Intents = field(default_factory=Intents)
    subscriptions: Subscriptions = field(default_factory=Subscriptions)
    happenings: Happenings = field(default_factory=Happenings)
    lists: Lists = field(default_factory=Lists)
    faulty: int = 0

    @once
    def counting(self) -> tuple[Order, ...]:
        """Those of the recent orders that count, oldest first."""
        return tuple([order for order in self.orders if order.counts])

    @property
    def order_count(self) -> int:
        """All orders that count."""
        return self.earlier.count + len(self.counting)

    @once
    def sums(self) -> Mapping[str, Sum]:
        """All orders that count, by currency; "" for those that named none."""
        if len(orders := self.counting) == 1 and not self.earlier.sums:  # most buyers
            return {orders[0].currency: Sum(1, orders[0].net)}
        brought: dict[str, list[Decimal]] = {}
        for order in orders:
            brought.setdefault(order.currency, []).append(order.net)
        sums = dict(self.earlier.sums)
        for currency, amounts in brought.items():
            held = Sum(len(amounts), sum(amounts, NOTHING))
            sums[currency] = sums[currency] + held if currency in sums else held
        return sums

    @property
    def currency(self) -> str | None:
        """The currency of the newest order that names one: the person's own."""
        for order in reversed(self.orders):
            if order.currency:
                return order.currency
        return max((name for name in self.earlier.sums if name), default=None)

    @property
    def revenue(self) -> Decimal:
        """What all orders in the person's own currency brought, net of refunds; those that name none are taken to be
        in it. What a workspace's rates make of all of them is the business of exchange.py."""
        return sum((held.revenue for name, held in self.sums.items() if name in ("", self.currency)), NOTHING)

    @property
    def gift_count(self) -> int:
        """How many of the orders that count were gifts."""
        return self.earlier.gifts + sum(order.gift for order in self.counting)

    @property
    def last_gift_at(self) -> datetime | None:
        """When the last of them was made."""
        return next((order.at for order in reversed(self.counting) if order.gift), self.earlier.gift_at)

    @property
    def first_order_at(self) -> datetime | None:
        """When the first order that counts was made."""
        return self.earlier.first_at or (self.counting[0].at if self.counting else None)

    @property
    def last_order_at(self) -> datetime | None:
        """When the last order that counts was made."""
        return self.counting[-1].at if self.counting else self.earlier.last_at

    @once
    def episodes(self) -> int:
        """Buying occasions: an order within 7 days of the one that began an occasion belongs to it."""
        return add_episodes(self.earlier.episodes, self.earlier.episode_at, [order.at for order in self.counting])[0]

    def consent_status(self, to: str, of: str | None = None) -> ConsentStatus | None:
        """Where the person stands on a channel or a topic; None if nothing was said.

        Asking anew takes nothing from somebody who has agreed; after a withdrawal it waits for the confirmation.

        of: the mark of an address of which nobody knows that it is the person's: what the owner of another address
        confirmed waits there for a confirmation.
        """
        said, asked = self.consent.get(to), self.asked.get(to)
        if said is not None and said.granted and of is not None and said.of not in (None, of):
            return "pending"
        if asked is not None and (said is None or (asked.at, asked.message_id) > (said.at, said.message_id)):
            return "granted" if said is not None and said.granted else "pending"
        return None if said is None else "granted" if said.granted else "withdrawn"

    def orders_within(self, days: float, now: datetime) -> int:
        """How many orders that count were made in the last `days` before `now`; at most 12 are known one by one."""
        since = now - timedelta(days=days)
        return sum(since < order.at <= now for order in self.counting)


def add_episodes(count: int, began: datetime | None, times: Iterable[datetime]) -> tuple[int, datetime | None]:
    """(episodes, start of the last one) after orders at these ascending times, given the same before them."""
    for at in times:
        if began is None or at - began > EPISODE:
            count, began = count + 1, at
    return count, began
