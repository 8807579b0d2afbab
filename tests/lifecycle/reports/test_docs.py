"""docs/REPORTS.md: its worked examples come out as they say, and what it says of costs is counted."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from benchmarks import units
from chalicelib.aws.values import encode_item
from chalicelib.customers.stages import StageChange
from chalicelib.customers.state import State
from chalicelib.customers.store import CustomerStore
from chalicelib.lifecycle.history import History
from chalicelib.lifecycle.reports import cohorts, forecast, rates
from chalicelib.lifecycle.reports.estimate import Scale, Share
from chalicelib.lifecycle.reports.person import Person
from chalicelib.lifecycle.rules import Stage
from chalicelib.review.changes import Move
from chalicelib.review.changes.store import TOGETHER, ChangeStore
from chalicelib.times import milliseconds
from chalicelib.tracking.store import EventStore
from tests.fakes.database import MemoryDatabase

PAGE = (Path(__file__).parents[3] / "docs" / "REPORTS.md").read_text(encoding="utf-8")
NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
DAY = timedelta(days=1)


def example(name: str) -> tuple[list[str], Any]:
    """What stands under `<!-- example: name -->`: the lines after the people's names, and the answer."""
    text = PAGE.split(f"<!-- example: {name} -->")[1]
    base, answer = re.findall(r"```\w+\n(.*?)```", text, re.DOTALL)[:2]
    return [line.split(maxsplit=1)[1] for line in base.strip().splitlines()], json.loads(answer)


def history(*at: datetime) -> History:
    return History(tuple(sorted(map(milliseconds, at))), (10.0,) * len(at))


def told(share: Share) -> list[float | int | None]:
    return [share.share, share.of]


def test_rates() -> None:
    base, answer = example("rates")
    histories = [history(*(NOW - float(each) * DAY for each in line.split(","))) for line in base]
    found = rates.rates(histories, Scale(len(base), len(base)), NOW)
    second = found.second_order
    assert answer == {
        "buyers": found.buyers.customers,
        "churn": told(found.churn),
        "win_back": told(found.win_back),
        "repeat": told(found.repeat),
        "quartiles": [second.lower_quartile, second.median, second.upper_quartile],
        "within": {str(each.days): told(each.came_back) for each in second.within},
    }


def test_cohorts() -> None:
    base, answer = example("cohorts")
    days = [[datetime.fromisoformat(f"{each.strip()}T12:00:00+00:00") for each in line.split(",")] for line in base]
    found = cohorts.cohorts([history(*each) for each in days], Scale(len(base), len(base)), NOW)
    assert answer == {
        each.month: {
            "buyers": each.buyers.customers,
            "ordered": [month.ordered.share for month in each.months],
            "still": [month.still.share for month in each.months],
        }
        for each in found
    }


def test_forecast() -> None:
    base, answer = example("forecast")
    people = []
    for line in base:
        stage_from, _, stage_to, days = line.split()
        people.append(Person(Stage(stage_from), milliseconds(NOW + float(days) * DAY), Stage(stage_to)))
    found = forecast.forecast(people, Scale(len(base), len(base)), NOW)
    assert answer == [[each.day, each.stage_from, each.stage_to, each.count.customers] for each in found]


def test_the_margin_of_nobody() -> None:
    assert "the count is 0, give or take 26" in PAGE
    assert Scale(100, 1_000).count(0).margin == 26


# --- what a change costs ---


class Metered(MemoryDatabase):
    """Counts the write units. What stands alone in a transaction of the fake is a write by itself."""

    units = 0

    def transact(self, writes: Any) -> None:
        kept = [(write, self.get(*_place(write))) for write in writes]
        super().transact(writes)
        for write, before in kept:
            after = self.get(*_place(write))
            self.units += units.write(
                encode_item(before) if before else None,
                encode_item(after) if after else None,
                transaction=len(writes) > 1,
            )


def _place(write: Any) -> tuple[str, str, str]:
    item = getattr(write, "item", None)
    return (write.table, item["pk"], item["sk"]) if item else (write.table, write.pk, write.sk)


def moves(number: int, **given: Any) -> Iterator[Move]:
    reason = {"rule": "buyer.cooling", "values": {"orders": 4, "last_order_at": "2026-11-22T10:00:00.000Z"}}
    said = {"stage_from": "repeat", "stage_to": "lost", "cause": "time", "at": NOW, "v": 2, "reason": reason}
    for n in range(number):
        yield Move(f"u#{n}", "stage#2#0", StageChange(**cast(Any, {**said, **given})))


@pytest.mark.parametrize(
    ("number", "given", "cost"),
    [(1, {}, 8), (TOGETHER, {}, 6 * TOGETHER + 2), (1, {"stage_from": None}, 1), (5, {"stage_from": None}, 5)],
)
def test_what_a_change_costs(number: int, given: dict[str, Any], cost: int) -> None:
    db = Metered()
    for n in range(number):
        CustomerStore(db).save(State(f"u#{n}", v=1))
    db.units = 0
    assert ChangeStore(db, EventStore(db)).keep(list(moves(number, **given)), NOW) == []
    assert db.units == cost
    assert "costs 8 write units" in PAGE
    assert f"up to {'ten' if TOGETHER == 10 else TOGETHER} changes of a batch share" in PAGE
