"""The history that the demonstration replays: the shipped sample and the synthetic visitors."""

from __future__ import annotations

import gzip
from datetime import date
from pathlib import Path

from infra.demo import refunds, shop, visitors
from infra.demo.shop import Call, Line

SAMPLE = Path(__file__).parent / "data" / "online_retail_sample.csv.gz"


def lines() -> list[Line]:
    """Every line of the sample."""
    with gzip.open(SAMPLE, "rt", newline="", encoding="utf-8") as text:
        return shop.read(text)


def calls() -> list[Call]:
    """Every call that the replay makes, in order of the shop's own time."""
    bought = shop.calls(lines(), refunds.match)
    return sorted(bought + visitors.calls(last_day(bought)), key=lambda call: call.at)


def last_day(made: list[Call]) -> date:
    """The last day of the history: the replay's today."""
    return max(call.at for call in made).date()
