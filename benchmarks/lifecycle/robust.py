"""Never a failed or degenerate fit: small subsamples of the shops, and shops of other kinds than these two, made up.

Degenerate means that the model says what cannot be: a regular buyer who has cooled within a day, or never; or that on
the customers left out it foretells worse than knowing nothing would (a chance of a half for everybody).
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from benchmarks.lifecycle.rivals import lifetimes_fitter, triples
from benchmarks.lifecycle.shops import Shop, people
from chalicelib.lifecycle.assess import assess_fit
from chalicelib.lifecycle.fit import before, fit
from chalicelib.lifecycle.fitted import PRIOR, Fitted
from chalicelib.lifecycle.history import History
from chalicelib.lifecycle.risk import WEEK_MS, Buyer
from chalicelib.times import milliseconds

SIZES: Final = (20, 50, 100, 500)
TIMES: Final = 30
DAY_MS: Final = WEEK_MS // 7
_KNOWING_NOTHING: Final = math.log(2)


def subsamples(shops: Iterable[Shop]) -> list[str]:
    """30 subsamples of each size of each shop, at 55 % of its record and 91 days ahead; the targets missed."""
    print(f"\nFits of {TIMES} subsamples each: failed or degenerate; log loss on the customers left out")
    print(f"  {'':8} {'buyers':>6} {'failed':>7} {'median':>8} {'worst':>8}  {'Lifetimes MBG/NBD failed':>24}")
    missed = []
    for shop in shops:
        origin = shop.first + 0.55 * (shop.last - shop.first)
        known = people(shop, origin, timedelta(days=91))
        whole = [History(each.history.times, each.history.values, each.history.before) for each in known]
        ahead = [
            _with(history, [milliseconds(p.at) for p in each.later]) for history, each in zip(whole, known, strict=True)
        ]
        dice = random.Random(91)
        for size in SIZES:
            losses, failed, theirs = [], 0, 0
            for _ in range(TIMES):
                chosen = dice.sample(range(len(known)), size)
                found = fit([whole[place] for place in chosen], origin)
                rest = [ahead[place] for place in dice.sample(range(len(known)), min(2000, len(known)))]
                result = assess_fit(found, rest, origin)
                assert result is not None
                losses.append(result.log_loss)
                failed += is_degenerate(found) or result.log_loss > _KNOWING_NOTHING
                theirs += (
                    lifetimes_fitter("ModifiedBetaGeoFitter", triples([known[place] for place in chosen], origin))
                    is None
                )
            losses.sort()
            print(
                f"  {shop.name:8} {size:6} {failed:7} {losses[len(losses) // 2]:8.4f} {losses[-1]:8.4f}  {theirs:24}",
                flush=True,
            )
            if failed:
                missed.append(f"{failed} of {TIMES} fits of {size} customers of {shop.name} failed or are degenerate")
    return missed


def is_degenerate(fitted: Fitted) -> bool:
    """Whether a buyer with seven occasions in a year cools within a day, or not within twenty years."""
    years = 7300 * DAY_MS
    until = Buyer(fitted.model, 6, 52.0, 13.0).cools_after(0.5, years)
    return not DAY_MS < until < years


@dataclass(frozen=True, slots=True)
class Kind:
    """A made-up shop: how many customers over how many days, and how each of them buys."""

    name: str
    customers: int
    days: int
    buy: Callable[[random.Random, int], list[tuple[float, float]]]


def others() -> list[str]:
    """Shops of other kinds: what the fit says, and whether it beats the prior a quarter ahead; the targets missed."""
    now = datetime(2026, 1, 1, tzinfo=UTC)
    print("\nShops of other kinds, made up, a quarter ahead: the fit against the prior")
    print(
        f"  {'':22} {'buyers':>6} {'r':>7} {'alpha':>7} {'a':>7} {'b':>7} {'log loss':>9} {'prior':>7} {'AUC':>6}"
        f" {'buyers foretold':>15} {'once, days':>14} {'trust'}"
    )
    missed = []
    for kind in KINDS:
        shop = made_up(kind, now)
        found = fit([before(history, milliseconds(now)) for history in shop], now)
        result, prior = assess_fit(found, shop, now), assess_fit(PRIOR, shop, now)
        m = found.model
        figures = ""
        if result is not None and prior is not None:
            figures = f"{result.log_loss:9.4f} {prior.log_loss:7.4f} {result.auc or math.nan:6.3f}"
            figures += f"{math.expm1(result.ratio):+16.1%}"
        fitted = " ".join(f"{value:7.3f}" for value in (m.r, m.alpha, m.a, m.b))
        once = "/".join(f"{days:.0f}" for days in found.once_days if days is not None)
        print(f"  {kind.name:22} {found.buyers:6} {fitted} {figures:>40} {once:>14}  {found.trust.level}", flush=True)
        if is_degenerate(found):
            missed.append(f"the fit of {kind.name} is degenerate")
    return missed


def made_up(kind: Kind, now: datetime) -> list[History]:
    """The customers of a kind of shop, until a quarter after `now`."""
    dice, found = random.Random(kind.name), []
    start = milliseconds(now) - kind.days * DAY_MS
    for _ in range(kind.customers):
        came = dice.randint(0, kind.days - 1)
        orders = [(came + day, value) for day, value in kind.buy(dice, kind.days + 91 - came)]
        whole = [(start + round(day * DAY_MS), value) for day, value in orders if day < kind.days + 91]
        found.append(History(tuple(at for at, _ in whole), tuple(value for _, value in whole)))
    return found


def _renewal(
    gap: Callable[[random.Random], float], stays: Callable[[random.Random], float], value: float
) -> Callable[[random.Random, int], list[tuple[float, float]]]:
    """Customers with a rhythm each: `gap` draws the mean wait in days, `stays` the chance to stay after each order."""

    def buy(dice: random.Random, days: int) -> list[tuple[float, float]]:
        mean, stay, usual, at = gap(dice), stays(dice), value * math.exp(dice.gauss(0, 0.4)), 0.0
        orders = [(at, usual)]
        while dice.random() < stay and len(orders) < 1000:
            at += dice.gammavariate(2, mean / 2)
            if at >= days:
                break
            orders.append((at, usual * math.exp(dice.gauss(0, 0.3))))
        return orders

    return buy


def _once(dice: random.Random, _: int) -> list[tuple[float, float]]:
    return [(0.0, 40 * math.exp(dice.gauss(0, 0.5)))]


def _whale(dice: random.Random, days: int) -> list[tuple[float, float]]:
    if dice.random() < 0.005:
        return [(float(day), 5000.0) for day in range(0, days, 2)]
    return _once(dice, days)


def _gifts(dice: random.Random, days: int) -> list[tuple[float, float]]:
    """Everybody once a year, in the same weeks: a season that no model here knows of."""
    return [
        (365.0 * year + dice.uniform(-10, 10), 60.0)
        for year in range(days // 365 + 1)
        if not year or dice.random() < 0.5
    ]


KINDS: Final = (
    Kind("grocer, weekly", 3000, 500, _renewal(lambda d: 5 + d.expovariate(1 / 5), lambda d: d.betavariate(20, 1), 35)),
    Kind(
        "furniture, yearly",
        4000,
        1500,
        _renewal(lambda d: 200 + d.expovariate(1 / 300), lambda d: d.betavariate(2, 3), 900),
    ),
    Kind("coffee, monthly", 2000, 700, _renewal(lambda d: d.gammavariate(8, 4), lambda d: d.betavariate(9, 1), 25)),
    Kind(
        "fashion, half once",
        5000,
        800,
        _renewal(lambda d: d.gammavariate(1.5, 60), lambda d: d.betavariate(1, 1.2), 70),
    ),
    Kind("young shop, 60 days", 800, 60, _renewal(lambda d: d.gammavariate(2, 15), lambda d: d.betavariate(3, 2), 50)),
    Kind("tiny shop", 35, 400, _renewal(lambda d: d.gammavariate(2, 25), lambda d: d.betavariate(2, 2), 50)),
    Kind("all one-time buyers", 1500, 600, _once),
    Kind("one whale in 200", 1000, 600, _whale),
    Kind("gifts, once a year", 2000, 1200, _gifts),
    Kind("one customer", 1, 100, _once),
)


def _with(history: History, later: Sequence[int]) -> History:
    return History((*history.times, *later), (*history.values, *([1.0] * len(later))), history.before)
