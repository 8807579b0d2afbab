"""Do the stages mean something? The share of each stage that really bought within the next 91 days, on real shops.

    python -m benchmarks.lifecycle_order DIRECTORY

Needs two data sets in that directory, which do not come with the code: UCI Online Retail summed to invoices
(`online_retail_invoices.csv.gz`: CustomerID, InvoiceNo, cancel, Country, ts, amount, lines) and the CDNOW master
(`cdnow_master_daily.csv.gz`: customer_id, date, amount). Without them it says so and ends well. With them it ends
with status 1 when Hero > Repeat > Occasional > At risk > Lost does not hold strictly somewhere, under the default
parameters ("prior") and again with the shop's own quantiles of worth and of the wait for a second order.
"""

from __future__ import annotations

import csv
import gzip
import itertools
import sys
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Final

from chalicelib.customers.facts import EPISODE, RECENT_ORDERS, Earlier, Facts, Order, Sum, add_episodes
from chalicelib.lifecycle.reading import read
from chalicelib.lifecycle.stage import DEFAULT, Parameters, Stage, judge
from chalicelib.lifecycle.value import order_value, worth

HORIZON: Final = timedelta(days=91)
FALLING: Final = (Stage.HERO, Stage.REPEAT, Stage.OCCASIONAL, Stage.AT_RISK, Stage.LOST)
SHOWN: Final = (Stage.HERO, Stage.REPEAT, Stage.OCCASIONAL, Stage.WAITING, Stage.AT_RISK, Stage.LOST)


@dataclass(frozen=True)
class Purchase:
    at: datetime
    total: Decimal
    reversed_at: datetime | None = None


Shop = Mapping[str, list[Purchase]]


def uci(path: Path) -> Shop:
    """Invoices by customer; a cancellation of exactly an earlier invoice's amount reverses the newest such one."""
    shop: dict[str, list[Purchase]] = defaultdict(list)
    for row in sorted(_rows(path), key=lambda row: row["ts"]):
        at, amount = datetime.fromisoformat(row["ts"]).replace(tzinfo=UTC), Decimal(row["amount"])
        bought = shop[row["CustomerID"]]
        if amount > 0 and row["cancel"] == "False":
            bought.append(Purchase(at, amount))
        elif (place := _reversed(bought, -amount)) is not None:
            bought[place] = replace(bought[place], reversed_at=at)
    return shop


def cdnow(path: Path) -> Shop:
    """Orders by customer, one a day at most."""
    shop: dict[str, list[Purchase]] = defaultdict(list)
    for row in sorted(_rows(path), key=lambda row: row["date"]):
        at = datetime.fromisoformat(row["date"]).replace(tzinfo=UTC)
        shop[row["customer_id"]].append(Purchase(at, Decimal(row["amount"])))
    return shop


def facts_at(bought: Iterable[Purchase], now: datetime) -> Facts:
    """The facts that a fold of these purchases and their reversals would have given at `now`."""
    known = [p for p in bought if p.at < now]
    orders = [
        Order(str(n), p.at, p.total, cancelled=p.reversed_at is not None and p.reversed_at < now)
        for n, p in enumerate(known)
    ]
    old = [order for order in orders[:-RECENT_ORDERS] if order.counts]
    earlier = Earlier()
    if old:
        episodes, began = add_episodes(0, None, (order.at for order in old))
        revenue = sum((order.net for order in old), Decimal(0))
        earlier = Earlier({"": Sum(len(old), revenue)}, episodes, old[0].at, old[-1].at, began)
    first, last = (known[0].at, known[-1].at) if known else (None, None)
    return Facts(first, last, first, tuple(orders[-RECENT_ORDERS:]), earlier)


def rates(shop: Shop, now: datetime, parameters: Parameters) -> dict[Stage, tuple[int, int]]:
    """(customers, buyers within the horizon) by stage, of everybody with an order before `now`."""
    tally: dict[Stage, list[int]] = defaultdict(lambda: [0, 0])
    for bought in shop.values():
        facts = facts_at(bought, now)
        if facts.order_count:
            counted = tally[judge(facts, True, parameters, now).stage]
            counted[0] += 1
            counted[1] += any(now <= p.at < now + HORIZON for p in bought)
    return {stage: (count, bought) for stage, (count, bought) in tally.items()}


def own_quantiles(shop: Shop, now: datetime) -> Parameters:
    """The defaults with this shop's quantiles as known at `now`: worth, and the wait for the second episode."""
    values, waits = [], []
    for bought in shop.values():
        facts = facts_at(bought, now)
        reading = read(facts, True)
        if reading.orders:
            each = order_value(reading.orders, reading.revenue, DEFAULT)
            values.append(worth(reading.buyer(DEFAULT), each, DEFAULT))
        waits += _wait([p.at for p in bought if p.at < now])
    return replace(
        DEFAULT,
        source="quantiles",
        hero_value=_quantile(values, 0.95),
        once_occasional_days=_quantile(waits, 0.5),
        once_waiting_days=_quantile(waits, 0.8),
        once_at_risk_days=_quantile(waits, 0.95),
    )


def _wait(times: list[datetime]) -> list[float]:
    """Days from the first order to the first one of another episode; nothing where there is none."""
    return [(at - times[0]) / timedelta(days=1) for at in times if at - times[0] > EPISODE][:1]


def _quantile(values: list[float], share: float) -> float:
    return sorted(values)[int(share * len(values))]


def falls(found: Mapping[Stage, tuple[int, int]]) -> bool:
    """Whether every stage of FALLING that has anybody in it buys strictly less often than the one before."""
    shares = [found[stage][1] / found[stage][0] for stage in FALLING if stage in found]
    return all(better > worse for better, worse in itertools.pairwise(shares))


def main(arguments: list[str]) -> int:
    if not arguments:
        print("nothing measured: name the directory with the two data sets")
        return 0
    directory = Path(arguments[0])
    shops = (
        ("UCI", uci, directory / "online_retail_invoices.csv.gz", ("2011-06-09", "2011-09-09")),
        ("CDNOW", cdnow, directory / "cdnow_master_daily.csv.gz", ("1997-09-30", "1998-03-31")),
    )
    missing = [path for _, _, path, _ in shops if not path.exists()]
    if missing:
        print(f"nothing measured: {', '.join(str(path) for path in missing)} not found")
        return 0
    print(f"{'shop':6} {'date':11} {'parameters':11}" + "".join(f"{stage:>16}" for stage in SHOWN) + "  falls")
    good = True
    for name, load, path, dates in shops:
        shop = load(path)
        for date in dates:
            now = datetime.fromisoformat(date).replace(tzinfo=UTC)
            for parameters in (DEFAULT, own_quantiles(shop, now)):
                found = rates(shop, now, parameters)
                good &= falls(found)
                print(
                    f"{name:6} {date:11} {parameters.source:11}"
                    + _cells(found)
                    + f"  {'yes' if falls(found) else 'NO'}"
                )
        print(f"{name:6} one judgement takes {microseconds(shop, now):.0f} microseconds")
    return 0 if good else 1


def microseconds(shop: Shop, now: datetime) -> float:
    """The mean time of one judgement over the first 2,000 customers, from facts that nobody has read yet."""
    known = [facts_at(bought, now) for bought in itertools.islice(shop.values(), 2000)]
    start = time.perf_counter()
    for facts in known:
        judge(facts, True, DEFAULT, now)
    return (time.perf_counter() - start) / len(known) * 1e6


def _cells(found: Mapping[Stage, tuple[int, int]]) -> str:
    counts = (found.get(stage, (0, 0)) for stage in SHOWN)
    return "".join(f"{count:>9} {bought / count:6.3f}" if count else f"{'-':>16}" for count, bought in counts)


def _rows(path: Path) -> list[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


def _reversed(bought: list[Purchase], amount: Decimal) -> int | None:
    for place in range(len(bought) - 1, -1, -1):
        if bought[place].total == amount and bought[place].reversed_at is None:
            return place
    return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
