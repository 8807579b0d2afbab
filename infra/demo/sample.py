"""Draw the demonstration's sample from the whole UCI Online Retail history.

    python -m infra.demo.sample online_retail_lines.csv.gz infra/demo/data/online_retail_sample.csv.gz

The input has the columns InvoiceNo, StockCode, Description, Quantity, InvoiceDate, UnitPrice, CustomerID,
Country, a line per row in order of time. The same input gives the same output, byte for byte: who is drawn is
decided by a hash of the customer's id. A chosen customer brings all lines, cancellations included; everybody
who bought or cancelled on the last two trading days and everybody who first appears in the last days is
chosen, so that the replay's "today" is the shop's whole day and not a sixth of it. Guests (no customer id)
are drawn by invoice.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import sys
from collections.abc import Iterable
from pathlib import Path

Row = dict[str, str]

CUSTOMERS = 700
"""Known customers in the sample."""
GUEST_INVOICES = 120
"""Paid invoices without a customer that are drawn by hash, beside all of the last trading day."""
LAST_DAYS = "2011-12-08"
"""Everybody who bought or cancelled from here on is in (the history ends on 2011-12-09)."""
LAST_DAY = "2011-12-09"
NEWCOMERS_SINCE = "2011-12-05"
"""Everybody whose first invoice is from here on is in."""


def choose(rows: list[Row]) -> list[Row]:
    """The rows of the chosen customers and guest invoices, in the order they came."""
    customers, guests = _customers(rows), _guest_invoices(rows)
    return [row for row in rows if row["CustomerID"] in customers or row["InvoiceNo"] in guests]


def _customers(rows: list[Row]) -> set[str]:
    first: dict[str, str] = {}
    for row in rows:
        if row["CustomerID"]:
            first[row["CustomerID"]] = min(first.get(row["CustomerID"], "9"), row["InvoiceDate"])
    chosen = {row["CustomerID"] for row in rows if row["CustomerID"] and row["InvoiceDate"] >= LAST_DAYS}
    chosen |= {customer for customer, at in first.items() if at >= NEWCOMERS_SINCE}
    others = sorted(set(first) - chosen, key=_lot)
    return chosen | set(others[: max(0, CUSTOMERS - len(chosen))])


def _guest_invoices(rows: list[Row]) -> set[str]:
    paid = (row for row in rows if not row["CustomerID"] and float(row["UnitPrice"]) > 0)  # the rest is stock-taking
    guests = {row["InvoiceNo"]: row["InvoiceDate"] for row in paid}
    today = {invoice for invoice, at in guests.items() if at >= LAST_DAY}
    return today | set(sorted(set(guests) - today, key=_lot)[:GUEST_INVOICES])


def _lot(name: str) -> str:
    """A reproducible lot: the draw takes the smallest."""
    return hashlib.sha256(f"perennial sample {name}".encode()).hexdigest()


def write(rows: Iterable[Row], columns: list[str], path: Path) -> None:
    """Write gzipped CSV without a time stamp in the header, so that the file depends on its content alone."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    with path.open("wb") as raw, gzip.GzipFile("", "wb", 9, raw, mtime=0) as packed:
        packed.write(text.getvalue().encode())


def main(source: str, target: str) -> None:
    with gzip.open(source, "rt", newline="") as text:
        reader = csv.DictReader(text)
        rows = list(reader)
    sample = choose(rows)
    write(sample, list(reader.fieldnames or ()), Path(target))
    customers = len({row["CustomerID"] for row in sample} - {""})
    print(f"{len(sample)} lines, {customers} customers, {len({row['InvoiceNo'] for row in sample})} invoices")


if __name__ == "__main__":
    main(*sys.argv[1:3])
