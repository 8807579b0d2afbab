"""The tables, and which target was missed."""

from __future__ import annotations

from collections import Counter

from benchmarks import report
from benchmarks.costs import Cost
from benchmarks.cpu import Cpu
from benchmarks.imports import Imports
from benchmarks.inside import ALONE
from benchmarks.wire import Tally

CHEAP = Imports(floor=0.2, app=0.2, app_and_client=0.3)


def cost(write_units: int, *, targeted: bool = True) -> Cost:
    """A thousand events that took so many write units, half as many requests, and 200 read units."""
    requests = Counter({"dynamodb.PutItem": write_units // 2, "api.Post": 50})
    tally = Tally(requests, writes=Counter(customers=write_units - 100), index_writes=Counter(customers=100))
    tally.reads["customers"] = 200.0
    return Cost("batches of 20", 1_000, {"store": tally}, targeted)


def test_a_row_has_requests_units_and_what_dynamodb_asks_for_them() -> None:
    row = report.events([cost(1_600)]).splitlines()[2]
    assert [cell.strip() for cell in row.strip("|").split("|")] == [
        "batches of 20",
        "50",
        "800",
        "1,600",
        "100",
        "200",
        "1.02",
    ]


def test_parts_say_where_the_units_went() -> None:
    assert "customers 1500 + 100" in report.parts([cost(1_600)])


def test_only_a_target_that_was_missed_is_told() -> None:
    assert not report.missed([cost(1_600), cost(9_000, targeted=False)], CHEAP)
    assert "1.70 write units" in report.missed([cost(1_700)], CHEAP)[0]
    assert "1.60 times the floor" in report.missed([], Imports(floor=0.2, app=0.32, app_and_client=0.4))[0]


def test_the_parts_of_the_projector_stand_below_it_and_the_libraries_at_the_end() -> None:
    timed = Cpu(10, 5, 15, 30, 150, 400, 300, {"fold": 30.0, ALONE: 25.0})
    rows = [line.split("|")[1].strip() for line in report.cpu(timed).splitlines()[2:]]
    assert rows[rows.index("project: decode, load, fold, judge, save") + 1] == "— fold"
    assert rows[rows.index("all of our own") + 1] == "the libraries alone, for all of these"


def test_the_document_has_a_place_for_the_tables() -> None:
    text = report.DOCUMENT.read_text(encoding="utf-8")
    assert text.index(report.BEGIN) < text.index(report.END)
