"""Do the stages mean something? The share of each stage that really bought within the next 91 days, on real shops.

Judged by the product's own way from facts to stage, at 45 and 70 % of each record, under the fit that would have been
in force. Wanted: Hero > Repeat > Occasional > At risk > Lost strictly, Waiting between Occasional and At risk. What the
prior makes of the same customers is shown beside it; no target hangs on it, it knows neither shop.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final

from benchmarks.lifecycle.shops import Person, Shop, facts_at, people
from chalicelib.lifecycle.fit import fit
from chalicelib.lifecycle.parameters import with_fitted
from chalicelib.lifecycle.stage import DEFAULT, Parameters, Stage, judge

HORIZON: Final = timedelta(days=91)
SHARES: Final = (0.45, 0.70)
SHOWN: Final = (Stage.HERO, Stage.REPEAT, Stage.OCCASIONAL, Stage.WAITING, Stage.AT_RISK, Stage.LOST)

Rates = Mapping[Stage, tuple[int, int]]


def measure(shops: Iterable[Shop]) -> list[str]:
    """Print the table; the targets missed."""
    print("\nCustomers by stage, and the share of them that bought within 91 days")
    print(f"  {'shop':6} {'date':11} {'parameters':10}" + "".join(f"{stage:>16}" for stage in SHOWN) + "  falls")
    missed = []
    for shop in shops:
        for share in SHARES:
            now = (shop.first + share * (shop.last - shop.first)).replace(hour=0, minute=0, second=0, microsecond=0)
            known = people(shop, now, HORIZON)
            fitted = fit([each.history for each in known], now)
            for name, parameters in (("prior", DEFAULT), ("fit", with_fitted(DEFAULT, fitted))):
                found = rates(shop, known, now, parameters)
                good = falls(found)
                print(
                    f"  {shop.name:6} {now.date()!s:11} {name:10}{_cells(found)}  {'yes' if good else 'NO'}", flush=True
                )
                if not good and name == "fit":
                    missed.append(f"stages of {shop.name} at {now.date()} under the {name} are out of order")
    return missed


def rates(shop: Shop, known: Iterable[Person], now: datetime, parameters: Parameters) -> Rates:
    """(customers, buyers within the horizon) by stage, of everybody with an order before `now`."""
    tally: dict[Stage, list[int]] = defaultdict(lambda: [0, 0])
    for person in known:
        facts = facts_at(person.known, now)
        counted = tally[judge(facts, True, parameters, now).stage]
        counted[0] += 1
        counted[1] += bool(person.later)
    return {stage: (count, bought) for stage, (count, bought) in tally.items()}


def falls(found: Rates) -> bool:
    """Whether every stage of SHOWN that has anybody in it buys strictly less often than the one before."""
    shares = [found[stage][1] / found[stage][0] for stage in SHOWN if stage in found]
    return all(better > worse for better, worse in itertools.pairwise(shares))


def _cells(found: Rates) -> str:
    counts = (found.get(stage, (0, 0)) for stage in SHOWN)
    return "".join(f"{count:>9} {bought / count:6.3f}" if count else f"{'-':>16}" for count, bought in counts)
