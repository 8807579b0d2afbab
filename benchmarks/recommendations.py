"""How good recommendations are: against bestsellers, on what a real shop's customers bought next.

    python -m benchmarks.recommendations [online_retail_lines.csv.gz]

Split by time: the book is made as of a day from what was bought before it; asked is whether one of the six products
recommended to each customer (the hit rate at 6) is in the next order after it, among what she had not bought before.
What one message shows is six. Without the whole file the demonstration's sample of it is read.
"""

from __future__ import annotations

import csv
import gzip
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Final

from chalicelib.customers.facts import Facts
from chalicelib.customers.interests import Draft
from chalicelib.products.book import Book, fitting
from chalicelib.products.recommend import had, recommend
from chalicelib.products.together import Watcher
from chalicelib.tracking.event import Event, statement

SHOWN: Final = 6
SAMPLE: Final = Path(__file__).parent.parent / "infra" / "demo" / "data" / "online_retail_sample.csv.gz"
SPLITS: Final = tuple(datetime(2011, month, 1, tzinfo=UTC) for month in (6, 8, 10))
Pick = Callable[[Facts, set[str]], Sequence[str]]


@dataclass
class Buyer:
    """The orders of one customer: before the split, and the first after it."""

    before: list[tuple[datetime, list[str]]] = field(default_factory=list)
    following: set[str] = field(default_factory=set)

    @property
    def ever(self) -> set[str]:
        """Everything bought before the split."""
        return {id for _, products in self.before for id in products}

    def facts(self) -> Facts:
        """What the projector would know of her."""
        draft = Draft(Facts().interests)
        for number, (at, products) in enumerate(self.before):
            draft.add(_order(str(number), at, products), own=True)
        return Facts(interests=draft.finished())


def _order(id: str, at: datetime, products: list[str]) -> Event:
    listed = [{"product_id": product} for product in products]
    return statement("Order Completed", id, "u#buyer", {"order_id": id, "products": listed}, at=at)


def invoices(path: Path) -> Iterator[tuple[str, datetime, list[str]]]:
    """Customer, time and products of every invoice of a known customer, in the order of time; no fees, no postage."""
    found: defaultdict[tuple[str, str, str], list[str]] = defaultdict(list)
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in csv.DictReader(lines):
            if line["CustomerID"] and line["InvoiceNo"].isdigit() and line["StockCode"][:1].isdigit():
                found[line["InvoiceDate"], line["CustomerID"], line["InvoiceNo"]].append(line["StockCode"])
    for (at, customer, _), products in sorted(found.items()):
        yield customer, datetime.fromisoformat(at).replace(tzinfo=UTC), list(dict.fromkeys(products))


def buyers(every: Sequence[tuple[str, datetime, list[str]]], split: datetime) -> list[Buyer]:
    """Who bought before the split."""
    found: defaultdict[str, Buyer] = defaultdict(Buyer)
    for customer, at, products in every:
        if at < split:
            found[customer].before.append((at, products))
        elif customer in found and not found[customer].following:
            found[customer].following = set(products)
    return list(found.values())


def rate(asked: Sequence[tuple[Facts, set[str], set[str]]], pick: Pick) -> float:
    """The share of customers of whose new products at least one was shown."""
    return sum(bool(set(pick(facts, ever)[:SHOWN]) & new) for facts, ever, new in asked) / len(asked)


def without(book: Book, ids: Sequence[str], facts: Facts, ever: set[str]) -> list[str]:
    """These, without what was bought."""
    return [id for id in ids if id not in ever]


def compare(every: Sequence[tuple[str, datetime, list[str]]], split: datetime) -> None:
    """Print one line for a split."""
    people = buyers(every, split)
    watcher = Watcher(split.toordinal() // 7)
    facts = [buyer.facts() for buyer in people]
    started = perf_counter()
    for each in facts:
        watcher.see(each.interests)
    book, packed = fitting(watcher, split)
    took = perf_counter() - started
    asked = [
        (known, buyer.ever, buyer.following - buyer.ever)
        for known, buyer in zip(facts, people, strict=True)
        if buyer.following - buyer.ever
    ]
    ours = rate(asked, lambda known, _: [each.id for each in recommend(known, book, SHOWN)])
    lists = rate(asked, lambda known, _: [id for id in book.bestsellers if id not in had(known)])
    month = recent(every, split)
    rival = rate(asked, lambda known, _: [id for id in month if id not in had(known)])
    print(
        f"{split:%Y-%m-%d}  {len(asked):5d} customers   recommended {ours:.3f}   bestsellers {lists:.3f}   "
        f"of 28 days {rival:.3f}   book: {len(packed) / 1000:.0f} KB in {took:.1f} s from {book.baskets} baskets"
    )


def recent(every: Sequence[tuple[str, datetime, list[str]]], split: datetime) -> list[str]:
    """What sold in most orders of the 28 days before."""
    counts: defaultdict[str, int] = defaultdict(int)
    for _, at, products in every:
        if 0 <= (split - at).days < 28 and at < split:
            for id in products:
                counts[id] += 1
    return sorted(counts, key=lambda id: (-counts[id], id))[:200]


def main() -> None:
    """Measure."""
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else SAMPLE
    every = list(invoices(path))
    print(f"hit rate at {SHOWN}: {path.name}, {len(every)} invoices")
    for split in SPLITS:
        compare(every, split)


if __name__ == "__main__":
    main()
