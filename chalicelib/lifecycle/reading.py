"""The few values that a stage depends on, read off a customer's facts, in whole milliseconds and whole days.

A fact dated in the future counts as of its date: until then nothing has aged. An order reversed in full is no order.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Final, NamedTuple

from chalicelib.customers.exchange import OWN, Exchange
from chalicelib.lifecycle.parameters import Parameters
from chalicelib.lifecycle.risk import WEEK_MS, Buyer
from chalicelib.times import after_epoch, milliseconds

if TYPE_CHECKING:  # the types only: judging does not need the fold
    from chalicelib.customers.facts import Facts
    from chalicelib.customers.subscriptions import Subscription

DAY_MS: Final = 86_400_000
NEVER: Final = -(10**18)  # the end of something that never began
ALWAYS: Final = 253_402_300_800_000  # the first millisecond after the year 9999: beyond every representable time
MOST: Final = Decimal(10**15)  # more is no money, but would make infinities of sums and products
_EPOCH_DAY: Final = date(1970, 1, 1).toordinal()


def moment_of(value: int) -> datetime | None:
    """The time `value` milliseconds after 1970; None for what lies beyond the calendar on either side."""
    try:
        return after_epoch(value)
    except OverflowError:
        return None


def days(span: float) -> int:
    """A span in days as whole milliseconds."""
    return round(span * DAY_MS)


class Intent(NamedTuple):
    """An open intent: its kind, its first and last event, and the time from which on it has expired."""

    kind: str
    since: int
    last: int
    until: int


class Reading(NamedTuple):
    """What judging looks at. Times are milliseconds since 1970; NEVER where there is none."""

    identified: bool
    identified_at: int
    active_at: int  # last own activity
    active_days: tuple[int, ...]  # days since 1970 (UTC), descending, distinct
    intent: tuple[tuple[int, int], ...]  # (day since 1970, weight)
    orders: int
    episodes: int  # buying occasions: orders within 7 days are one
    revenue: float
    first_order_at: int
    last_order_at: int
    order_times: tuple[int, ...]  # the recent orders that count, newest first
    intents: tuple[Intent, ...] = ()  # whether or not they have expired
    contracts: tuple[Subscription, ...] = ()
    currency: str | None = None  # the person's own

    def buyer(self, parameters: Parameters) -> Buyer:
        """The model's view. Only for somebody with an order.

        Episodes begin at least a week apart, so there cannot be more repeats than weeks: whatever contradicts that
        (clocks that went back) is cut.
        """
        spread = max(0, self.last_order_at - self.first_order_at) / WEEK_MS if self.episodes > 1 else 0.0
        repeats = min(max(0, self.episodes - 1), int(spread) + 1)
        return Buyer(parameters.fitted.model, repeats, spread, parameters.horizon_days / 7)

    def silence(self, now: int) -> float:
        """Weeks since the last order; 0 while it lies in the future."""
        return max(0, now - self.last_order_at) / WEEK_MS


def read(facts: Facts, identified: bool, exchange: Exchange = OWN) -> Reading:
    """The reading of these facts. `identified`: there is a user id, or an email or phone was given. `exchange`: by
    which amounts of several currencies become one."""
    counting, earlier = facts.counting, facts.earlier
    orders = earlier.count + len(counting)
    recent = [milliseconds(order.at) for order in counting]
    before = _at(earlier.last_at)
    last = recent[-1] if recent else before
    first = _at(earlier.first_at) if earlier.first_at or not recent else recent[0]
    recent.reverse()  # the newest first, and after them the one before: of the older ones only that has its time left
    if before > NEVER:
        recent.append(before)
    known = _at(facts.identified_at or facts.first_at or _first_word(facts))
    active = _at(facts.last_at)
    return Reading(
        identified=identified,
        identified_at=known,
        active_at=max(active, last) if active > NEVER or last > NEVER else known,
        active_days=_active_days(facts),
        intent=tuple([(day - _EPOCH_DAY, weight) for day, weight in facts.intent]) if facts.intent else (),
        orders=orders,
        episodes=facts.episodes,
        revenue=float(min(exchange.amount(facts), MOST)) if orders else 0.0,
        first_order_at=first,
        last_order_at=last,
        order_times=tuple(recent),
        intents=_intents(facts) if facts.intents.runs else (),
        contracts=tuple(each for _, each in facts.subscriptions.contracts) if facts.subscriptions.held else (),
        currency=facts.currency,
    )


def _intents(facts: Facts) -> tuple[Intent, ...]:
    return tuple(
        Intent(kind, milliseconds(run.since), milliseconds(run.last_at), milliseconds(run.expires))
        for kind, run in facts.intents.runs.items()
        if run.unfinished
    )


def _first_word(facts: Facts) -> datetime | None:
    """When the person first said anything about consent: no activity, but a first meeting."""
    return min((consent.at for consent in facts.consent.values()), default=None)


def _active_days(facts: Facts) -> tuple[int, ...]:
    return tuple(sorted({day - _EPOCH_DAY for day in facts.active_days}, reverse=True)) if facts.active_days else ()


def _at(moment: datetime | None) -> int:
    return NEVER if moment is None else milliseconds(moment)
