"""The bill of a million events adds up what was counted, and says what it assumes."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import fields

import pytest

from benchmarks import money, report
from benchmarks.costs import Cost
from benchmarks.cpu import Cpu
from benchmarks.imports import Imports
from benchmarks.money import Assumptions, Bill
from benchmarks.wire import Tally

TIMED = Cpu(floor=8, parse=4, validate=16, store=30, project=50, put=300, get=300)


def cost(*, write_units: int = 1_200, posts: int = 50) -> Cost:
    """A thousand events, each inserted, two hundred customers read and written."""
    requests = Counter({"api.Post": posts, "dynamodb.PutItem": 1_200, "dynamodb.GetItem": 200})
    tally = Tally(requests, writes=Counter(events=write_units), reads={"customers": 200.0})
    return Cost("batches of 20", 1_000, {"store": tally}, targeted=True)


def test_each_part_is_priced() -> None:
    found = money.bill(cost(), TIMED)
    assert found.gateway == pytest.approx(0.175), "50 requests of a thousand events, at $3.50 a million"
    assert found.writes == pytest.approx(0.75)
    assert found.reads == pytest.approx(0.025)
    computing = (100 + 0.2 * 300 + 1.2 * 300 + 0.1 * 500) * 1.5 * 1.769
    waiting = 1.4 * 5_000 / 8 * 0.5
    assert found.functions == pytest.approx((computing + waiting) * 0.0000166667 + 0.1 * 0.2)
    assert found.total == found.gateway + found.functions + found.writes + found.reads


def test_fewer_requests_cost_less() -> None:
    assert money.bill(cost(posts=10), TIMED).total < money.bill(cost(), TIMED).total


def test_a_bill_over_the_target_is_missed() -> None:
    cheap = Imports(floor=0.2, app=0.2, app_and_client=0.3)
    dear = Bill("batches of 20", gateway=1, functions=0.2, writes=0.3, reads=0.2, targeted=True)
    assert "$1.70 a million events" in report.missed([], cheap, [dear])[0]
    assert report.missed([], cheap, [money.bill(cost(), TIMED)]) == []
    assert "12.5 times the floor" in report.missed([], cheap, timed=TIMED)[0]


def test_every_assumption_is_told() -> None:
    told = money.assumptions()
    numbers = {float(number) for number in re.findall(r"\d+(?:\.\d+)?", told)}
    for field in fields(Assumptions):
        value = float(getattr(Assumptions(), field.name))
        if field.name not in ("whole_processor_gb", "stream_reads", "memory_gb", "gb_second"):
            assert value in numbers, field.name
    assert "512 MB" in told
    assert "$16.6667 a million GB-seconds" in told
