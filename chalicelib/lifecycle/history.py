"""What fits and reports look at of one customer: the orders, small enough that 50,000 fit into one Lambda.

The models count *occasions*: orders within 7 days of the one that began an occasion belong to it (split shipments,
forgotten items), as in the facts. Merging them makes predictions better (docs/MODELS.md). Times are milliseconds since
1970; spans are weeks.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final, NamedTuple

from chalicelib.customers.exchange import OWN, Exchange
from chalicelib.lifecycle.reading import MOST
from chalicelib.lifecycle.risk import WEEK_MS
from chalicelib.times import milliseconds

if TYPE_CHECKING:  # the type only: the models do not need the fold
    from chalicelib.customers.facts import Facts

OCCASION_MS: Final = WEEK_MS


class View(NamedTuple):
    """A buyer as he stood at some moment, as the models see him.

    repeats:   occasions after the first (x). spread: weeks from the first order to the last (t_x).
    silence:   weeks since the last order, >= 0; so T = spread + silence.
    occasions, orders, revenue: so far, net of refunds as they are known today.
    told:      False where the older orders, of which only sums are kept, were spread evenly over their time.
    """

    repeats: int
    spread: float
    silence: float
    occasions: int
    orders: int
    revenue: float
    told: bool = True


@dataclass(frozen=True, slots=True)
class Before:
    """The orders before those that are known one by one: sums, and the times of the first, the last and the last
    occasion's beginning."""

    occasions: int
    orders: int
    revenue: float
    first_at: int
    last_at: int
    began_at: int


@dataclass(frozen=True, slots=True)
class History:
    """The orders of one customer that count: times ascending, what each brought (0 where no rate is known)."""

    times: tuple[int, ...] = ()
    values: tuple[float, ...] = ()
    before: Before | None = None

    @property
    def first_at(self) -> int | None:
        """The first order; None for somebody without one."""
        return self.before.first_at if self.before else self.times[0] if self.times else None

    @property
    def starts(self) -> tuple[int, ...]:
        """When the occasions began that are known one by one."""
        found: list[int] = []
        began = self.before.began_at if self.before else None
        for at in self.times:
            if began is None or at - began > OCCASION_MS:
                began = at
                found.append(at)
        return tuple(found)


def history_of(facts: Facts, exchange: Exchange = OWN) -> History:
    """The history that these facts tell, amounts by the workspace's rates."""
    own, earlier = facts.currency, facts.earlier
    rates = {name: float(exchange.rate(name, own) or 0) for name in {order.currency for order in facts.counting}}
    before = None
    if earlier.first_at is not None and earlier.last_at is not None:
        revenue = sum(held.revenue * (exchange.rate(name, own) or 0) for name, held in earlier.sums.items())
        before = Before(
            earlier.episodes,
            earlier.count,
            float(min(revenue, MOST)),
            milliseconds(earlier.first_at),
            milliseconds(earlier.last_at),
            milliseconds(earlier.episode_at or earlier.last_at),
        )
    return History(
        tuple(milliseconds(order.at) for order in facts.counting),
        tuple(float(min(order.net, MOST)) * rates[order.currency] for order in facts.counting),
        before,
    )


def as_of(history: History, moment: datetime | int) -> View | None:
    """The buyer as he stood just before `moment`; None if there was no order yet.

    Exact as long as the orders since then are known one by one (there are at most 12). Otherwise the older ones are
    taken to have come evenly, and the view says that it was not told.
    """
    at = moment if isinstance(moment, int) else milliseconds(moment)
    before = history.before
    if before is not None and before.last_at >= at:
        return _guessed(before, at)
    place = bisect_left(history.times, at)
    occasions, orders, revenue, first, began = 0, place, 0.0, 0, None
    if before is not None:
        occasions, orders, revenue = before.occasions, before.orders + place, before.revenue
        first, began = before.first_at, before.began_at
    elif place:
        first = history.times[0]
    if not orders:
        return None
    for each in history.times[:place]:
        if began is None or each - began > OCCASION_MS:
            began, occasions = each, occasions + 1
    last = history.times[place - 1] if place or before is None else before.last_at
    return _view(first, last, at, occasions, orders, revenue + sum(history.values[:place]), True)


def orders_between(history: History, since: int, until: int) -> tuple[int, float]:
    """(how many orders were made from `since` to before `until`, what they brought).

    Of orders that are kept as sums only the share of their time that lies between is counted.
    """
    low, high = bisect_left(history.times, since), bisect_left(history.times, until)
    count, value = high - low, sum(history.values[low:high])
    before = history.before
    if before is not None and before.last_at >= since:
        whole = max(1, before.last_at - before.first_at)
        share = max(0, min(until, before.last_at) - max(since, before.first_at)) / whole
        count, value = count + max(1, round(share * before.orders)), value + share * before.revenue
    return count, value


def _guessed(before: Before, at: int) -> View | None:
    if before.first_at >= at:
        return None
    share = (at - before.first_at) / max(1, before.last_at - before.first_at)
    orders = 1 + int(share * (before.orders - 1))
    occasions = min(orders, 1 + int(share * (before.occasions - 1)))
    step = (before.last_at - before.first_at) / max(1, before.occasions - 1)
    last = before.first_at + int((occasions - 1) * step)
    return _view(before.first_at, last, at, occasions, orders, before.revenue * orders / before.orders, False)


def _view(first: int, last: int, at: int, occasions: int, orders: int, revenue: float, told: bool) -> View:
    """As Reading.buyer has it: one occasion has no spread, and there are no more repeats than weeks."""
    spread = max(0, last - first) / WEEK_MS if occasions > 1 else 0.0
    repeats = min(occasions - 1, int(spread) + 1) if occasions > 1 else 0
    return View(repeats, spread, max(0, at - last) / WEEK_MS, occasions, orders, revenue, told)
