"""Out of time: fitted on what was known at an origin, held against what happened after it.

The origins are at every twentieth of each record from 35 to 90 %, the horizons 28, 91 and 182 days, as far as the
record reaches: a rule, so that nobody chose them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from benchmarks.lifecycle.rivals import RIVALS, Foretold, order_days
from benchmarks.lifecycle.shops import Person, Shop, people
from chalicelib.lifecycle.assess import Assessment, assess

ORIGINS: Final = tuple(n / 20 for n in range(7, 19))
HORIZONS: Final = (28, 91, 182)
OURS, THEIRS = "Perennial", "Lifetimes MBG/NBD"


@dataclass(frozen=True, slots=True)
class Result:
    """One forecaster on one split. buyers, orders: foretold over actual, less 1."""

    shop: str
    origin: datetime
    days: int
    who: str
    figures: Assessment
    buyers: float
    orders: float | None
    error: float | None
    captured: float | None

    @property
    def split(self) -> tuple[str, datetime, int]:
        """Which split."""
        return self.shop, self.origin, self.days


def splits(shop: Shop) -> list[tuple[datetime, int]]:
    """(origin, horizon in days), by the rule."""
    span, end = shop.last - shop.first, shop.last + timedelta(days=1)
    midnights = [(shop.first + share * span).replace(hour=0, minute=0, second=0, microsecond=0) for share in ORIGINS]
    return [(origin, days) for origin in midnights for days in HORIZONS if origin + timedelta(days=days) <= end]


def measure(shops: Iterable[Shop]) -> list[Result]:
    """Every forecaster on every split, printed as it goes; who cannot say anything is left out, and said so."""
    found = []
    for shop in shops:
        for origin, days in splits(shop):
            known = people(shop, origin, timedelta(days=days))
            came = sum(bool(each.later) for each in known)
            print(f"\n{shop.name} {origin.date()} {days} days: {len(known)} customers, {came} bought")
            if not 0 < came < len(known):
                print("  left out: who all do the same cannot be told apart")
                continue
            print(HEAD)
            for who, rival in RIVALS.items():
                said = rival(known, origin, days)
                if said is None:
                    why = "did not converge" if "Lifetimes" in who else "no window before"
                    print(f"  {who:18} {why}")
                    continue
                found.append(_result(shop.name, origin, days, who, known, said))
                print(_line(found[-1]), flush=True)
    return found


HEAD: Final = "  {:18} {:>8} {:>7} {:>7} {:>7} {:>8} {:>8} {:>7} {:>8}".format(
    "", "log loss", "AUC", "Brier", "cal.err", "buyers", "orders", "MAE", "top 10 %"
)


def summary(results: Sequence[Result]) -> list[str]:
    """Means over splits, and the targets missed."""
    print(f"\nMeans over all splits of those who said something\n{HEAD}  splits")
    for who in RIVALS:
        own = [each for each in results if each.who == who]
        if own:
            print(_mean_line(who, own))
    both = [(each, other) for each in results if each.who == OURS for other in results if _same(each, other)]
    if not both:
        print(f"{THEIRS} converged on none of them: nothing to be held against")
        return []
    print(f"\nMeans over the {len(both)} splits on which {THEIRS} converges\n{HEAD}  splits")
    print(_mean_line(OURS, [each for each, _ in both]))
    print(_mean_line(THEIRS, [other for _, other in both]))
    return list(_missed(results, both))


def _missed(results: Sequence[Result], both: Sequence[tuple[Result, Result]]) -> Iterable[str]:
    own = [each for each in results if each.who == OURS]
    ratio = _mean(one.figures.log_loss for one, _ in both) / _mean(other.figures.log_loss for _, other in both)
    gains = [(one.figures.auc or 0) - (other.figures.auc or 0) for one, other in both]
    off = _mean(abs(each.buyers) for each in own)
    print(f"log loss {ratio:.4f} of theirs; AUC {_mean(gains):+.4f} on average, {min(gains):+.4f} at worst;")
    print(f"buyers foretold off by {off:.1%} on average over {len(own)} splits")
    if ratio > 0.99:
        yield f"log loss is {ratio:.4f} of {THEIRS}'s, wanted at most .99"
    if min(gains) < 0:
        yield f"AUC is below {THEIRS}'s on a split, by {-min(gains):.4f}"
    if _mean(gains) < 0.004:
        yield f"AUC is above {THEIRS}'s by {_mean(gains):.4f} on average, wanted .004"
    if off > 0.10:
        yield f"buyers foretold are off by {off:.1%} on average, wanted at most 10 %"


def _result(shop: str, origin: datetime, days: int, who: str, known: Sequence[Person], said: Foretold) -> Result:
    bought = [bool(person.later) for person in known]
    orders = [len(order_days(person.later)) for person in known]
    figures = assess(said.chances, bought)
    assert figures is not None
    return Result(
        shop,
        origin,
        days,
        who,
        figures,
        math.fsum(said.chances) / sum(bought) - 1,
        None if said.orders is None else math.fsum(said.orders) / sum(orders) - 1,
        None if said.orders is None else _mean(abs(a - b) for a, b in zip(said.orders, orders, strict=True)),
        _captured(said, known),
    )


def _captured(said: Foretold, known: Sequence[Person]) -> float:
    """The share of the window's revenue that came from the tenth of the customers ranked highest."""
    revenue = [float(sum(each.total for each in person.later)) for person in known]
    rank = said.value or said.chances
    best = sorted(range(len(known)), key=lambda place: -rank[place])[: len(known) // 10]
    return sum(revenue[place] for place in best) / (sum(revenue) or 1)


def _same(one: Result, other: Result) -> bool:
    return other.who == THEIRS and other.split == one.split


def _mean(values: Iterable[float]) -> float:
    known = list(values)
    return math.fsum(known) / len(known)


def _line(each: Result) -> str:
    f = each.figures
    orders = "" if each.orders is None else f"{each.orders:+.1%}"
    error = "" if each.error is None else f"{each.error:.4f}"
    return (
        f"  {each.who:18} {f.log_loss:8.4f} {f.auc or 0:7.4f} {f.brier:7.4f} {f.calibration_error:7.4f} "
        f"{each.buyers:+8.1%} {orders:>8} {error:>7} {each.captured or 0:8.1%}"
    )


def _mean_line(who: str, own: Sequence[Result]) -> str:
    """Means; of foretold over actual, of how far off."""
    off = [abs(each.orders) for each in own if each.orders is not None]
    errors = [each.error for each in own if each.error is not None]
    orders, error = f"{_mean(off):.1%}" if off else "", f"{_mean(errors):.4f}" if errors else ""
    return (
        f"  {who:18} {_mean(e.figures.log_loss for e in own):8.4f} {_mean(e.figures.auc or 0 for e in own):7.4f} "
        f"{_mean(e.figures.brier for e in own):7.4f} {_mean(e.figures.calibration_error for e in own):7.4f} "
        f"{_mean(abs(e.buyers) for e in own):8.1%} {orders:>8} {error:>7} {_mean(e.captured or 0 for e in own):8.1%}"
        f"  {len(own):6}"
    )
