"""How many customers' rules one process decides in a second, on the customer's item alone: no history is read.

    python -m benchmarks.rules

Typical rules, of one to four conditions, over shoppers of one, four and twelve visits. Every evaluation is counted
once, with all its conditions. Ends with status 1 if the target is missed.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Any, Final

from benchmarks import load, report
from benchmarks.targets import exit_status
from chalicelib import times
from chalicelib.customers.facts import Facts
from chalicelib.customers.fold import fold
from chalicelib.lifecycle.stage import Stage
from chalicelib.segments.match import holds, match
from chalicelib.segments.need import needed
from chalicelib.segments.rule import Rule, parse
from chalicelib.segments.view import View
from chalicelib.tracking import pipeline
from chalicelib.tracking.reading import Arrival, Calls

A_SECOND: Final = 20_000
"""Target: evaluations a second, of `holds`."""
Way = Callable[[Rule, View], object]
TYPICAL: Final[Mapping[str, Mapping[str, Any]]] = {
    "a stage": {"stage": ["occasional", "repeat", "hero"]},
    "lapsing buyers of two countries": {
        "all": [
            {"trait": "country", "in": ["IT", "RO"]},
            {"fact": "order_count", "at_least": 1},
            {"not": {"event": "Order Completed", "within": "P30D"}},
            {"consent": "email", "is": "granted"},
        ]
    },
    "bought for more than 50": {
        "all": [{"fact": "revenue", "above": 50}, {"fact": "average_order_value", "below": 90}]
    },
    "looked three times this week": {"event": "Product Viewed", "within": "P7D", "count": {"at_least": 3}},
    "went to the checkout, did not buy": {
        "all": [
            {"event": "Checkout Started", "within": "P3D"},
            {"not": {"event": "Order Completed", "last": {"within_last": "P3D"}}},
        ]
    },
    "birthday within a week": {"trait": "birthday", "anniversary": {"within_next": "P7D"}},
    "came by mail, likes Home": {
        "all": [
            {"fact": "last_touch_channel", "equals": "email"},
            {"fact": "categories_of_interest", "contains": "Home"},
        ]
    },
    "silent for two months, or no order": {
        "any": [{"fact": "days_since_last_order", "at_least": 60}, {"fact": "order_count", "equals": 0}]
    },
    "in another segment": {"all": [{"segment": "newsletter"}, {"fact": "days_in_stage", "at_most": 14}]},
}


@dataclass(frozen=True)
class Evaluations:
    """Evaluations a second of processor time: the answer; with reasons and the moment of change; whether history is
    needed. slowest: the rule of which the fewest answers come, and how many."""

    holds: float
    match: float
    needed: float
    slowest: tuple[str, float]


def measure(rounds: int = 7) -> Evaluations:
    """Every typical rule for every shopper, the median of several rounds."""
    now = times.utcnow()
    rules = {name: parse(raw) for name, raw in TYPICAL.items()}
    views = [_shopper(visits, now) for visits in (1, 4, 12) for _ in range(100)]
    for rule in rules.values():
        if any(needed([rule], view, now) is not None for view in views):
            raise RuntimeError("a typical rule needs the history")
    ways: Mapping[str, Way] = {
        "holds": lambda rule, view: holds(rule, view, now),
        "match": lambda rule, view: match(rule, view, now),
        "needed": lambda rule, view: needed([rule], view, now),
    }
    each = {name: _rate(ways["holds"], [rule], views) for name, rule in rules.items()}
    found = {name: median(_rate(way, list(rules.values()), views) for _ in range(rounds)) for name, way in ways.items()}
    return Evaluations(found["holds"], found["match"], found["needed"], min(each.items(), key=lambda one: one[1]))


def _rate(way: Way, rules: Sequence[Rule], views: Sequence[View]) -> float:
    """How often a second it answers, every rule for every customer."""
    started = time.process_time()
    for rule in rules:
        for view in views:
            way(rule, view)
    return len(rules) * len(views) / (time.process_time() - started)


def _shopper(visits: int, now: datetime) -> View:
    sent = [call for n in range(visits) for call in load.visit("person", now - timedelta(days=9 * n, minutes=5))]
    arrival = Arrival("segment", "bench", now, 1_000)
    facts = fold(Facts(), pipeline.read(Calls(sent, sent_at=now), arrival).events)
    traits = {"country": "IT", "birthday": "1990-05-17", "timezone": "Europe/Rome"}
    return View("u#person", facts, traits, Stage.REPEAT, now - timedelta(days=20), segments=frozenset({"newsletter"}))


def shown(found: Evaluations) -> str:
    """The table of docs/BENCHMARKS.md."""
    rows = [
        ["the answer (`holds`)", f"{found.holds:,.0f}"],
        [f"— of the slowest of them, {found.slowest[0]}", f"{found.slowest[1]:,.0f}"],
        ["with its reasons and the moment at which time changes it (`match`)", f"{found.match:,.0f}"],
        ["whether it needs the history (`needed`)", f"{found.needed:,.0f}"],
    ]
    return report.table(["one typical rule of one customer, on the item alone", "a second of processor"], rows)


def missed(found: Evaluations) -> list[str]:
    """Targets that were missed."""
    return [] if found.holds >= A_SECOND else [f"{found.holds:,.0f} evaluations a second, and not {A_SECOND:,}"]


def main() -> int:
    """The command."""
    found = measure()
    print(shown(found))
    return exit_status(missed(found))


if __name__ == "__main__":
    sys.exit(main())
