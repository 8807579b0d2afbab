"""Shops' real histories, read from files into purchases, and as facts, histories and outcomes around a moment."""

from __future__ import annotations

import csv
import gzip
import importlib.util
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Final, NamedTuple

from chalicelib.customers.facts import RECENT_ORDERS, Earlier, Facts, Order, Sum, add_episodes
from chalicelib.lifecycle.history import History, history_of

INVOICES: Final = "online_retail_invoices.csv.gz"


@dataclass(frozen=True, slots=True)
class Purchase:
    """An order, and when it was given back in full, if ever."""

    at: datetime
    total: Decimal
    reversed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Shop:
    """A shop: purchases by customer, each ascending; and the first and the last moment of the record."""

    name: str
    bought: dict[str, list[Purchase]]
    first: datetime
    last: datetime


class Person(NamedTuple):
    """A customer around a moment: what was known before it, and the purchases of the time after it."""

    known: list[Purchase]
    history: History
    later: list[Purchase]


def shops(directory: Path, others: Iterable[tuple[str, Path]] = ()) -> Iterator[Shop]:
    """Every shop that there is a file of. Says which one is missing, and where it comes from."""
    path = cdnow_file()
    if path is None:
        print("CDNOW left out: Lifetimes, which brings it, is not installed (make bench-lifecycle installs it)")
    else:
        yield _shop("CDNOW", cdnow(path))
    if (path := directory / INVOICES).exists():
        yield _shop("UCI", uci(path))
    else:
        print(
            f"UCI left out: no {INVOICES} in {directory}. It is data set 352 of the UCI Machine Learning Repository, "
            "summed to invoices: see benchmarks/lifecycle/__init__.py. Name its directory: DATA=..."
        )
    for name, path in others:
        yield _shop(name, plain(path))


def cdnow_file() -> Path | None:
    """The CDNOW master in the Lifetimes package; None where that is not installed."""
    found = importlib.util.find_spec("lifetimes")
    return Path(found.origin).parent / "datasets" / "CDNOW_master.txt" if found and found.origin else None


def cdnow(path: Path) -> dict[str, list[Purchase]]:
    """Orders by customer; those of one day are one."""
    days: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for line in path.read_text(encoding="ascii").splitlines()[1:]:
        customer, date, _, amount = line.split()
        days[customer, date] += Decimal(amount)
    shop: dict[str, list[Purchase]] = defaultdict(list)
    for (customer, day), total in days.items():
        shop[customer].append(Purchase(datetime.strptime(day, "%Y%m%d").replace(tzinfo=UTC), total))
    return shop


def uci(path: Path) -> dict[str, list[Purchase]]:
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


def plain(path: Path) -> dict[str, list[Purchase]]:
    """A shop of one's own: customer, date, amount; what is not above 0 is left out."""
    shop: dict[str, list[Purchase]] = defaultdict(list)
    for row in _rows(path):
        at, amount = datetime.fromisoformat(row["date"]), Decimal(row["amount"])
        if amount > 0:
            shop[row["customer"]].append(Purchase(at if at.tzinfo else at.replace(tzinfo=UTC), amount))
    return shop


def people(shop: Shop, now: datetime, ahead: timedelta) -> list[Person]:
    """Everybody with an order before `now` that then still counted, in the file's order."""
    found = []
    for bought in shop.bought.values():
        known = [each for each in bought if each.at < now and (each.reversed_at is None or each.reversed_at >= now)]
        if known:
            later = [each for each in bought if now <= each.at < now + ahead]
            found.append(Person(known, history_of(facts_at(bought, now)), later))
    return found


def facts_at(bought: Iterable[Purchase], now: datetime) -> Facts:
    """The facts that a fold of these purchases and their reversals would have given at `now`."""
    known = [each for each in bought if each.at < now]
    orders = [
        Order(str(n), each.at, each.total, cancelled=each.reversed_at is not None and each.reversed_at < now)
        for n, each in enumerate(known)
    ]
    old = [order for order in orders[:-RECENT_ORDERS] if order.counts]
    earlier = Earlier()
    if old:
        episodes, began = add_episodes(0, None, (order.at for order in old))
        revenue = sum((order.net for order in old), Decimal(0))
        earlier = Earlier({"": Sum(len(old), revenue)}, episodes, old[0].at, old[-1].at, began)
    first, last = (known[0].at, known[-1].at) if known else (None, None)
    return Facts(first, last, first, tuple(orders[-RECENT_ORDERS:]), earlier)


def _shop(name: str, bought: dict[str, list[Purchase]]) -> Shop:
    ordered = {customer: sorted(each, key=lambda one: one.at) for customer, each in bought.items() if each}
    return Shop(
        name,
        ordered,
        min(each[0].at for each in ordered.values()),
        max(each[-1].at for each in ordered.values()),
    )


def _rows(path: Path) -> list[dict[str, str]]:
    text = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return list(csv.DictReader(text.decode("utf-8-sig").splitlines()))


def _reversed(bought: list[Purchase], amount: Decimal) -> int | None:
    for place in range(len(bought) - 1, -1, -1):
        if bought[place].total == amount and bought[place].reversed_at is None:
            return place
    return None
