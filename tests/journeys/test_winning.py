"""A split whose winner is certain sends everybody that way, before that nobody; with one read a minute at most."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from chalicelib import resources
from chalicelib.journeys.journey import Journey
from chalicelib.journeys.stats.store import KIND
from chalicelib.journeys.winning import Counts, Winning, winners
from tests.fakes.database import MemoryDatabase
from tests.journeys.definitions import journey, send
from tests.journeys.world import World
from tests.segments.people import NOW


def plan(**fields: Any) -> Journey:
    ways = [{"name": name, "share": 1, "steps": [send(f"{name}-mail")]} for name in ("a", "b")]
    split = {"id": "test", "do": "split", "ways": ways, **fields}
    return journey(split, goal={"when": {"event": "Order Completed"}})


def goals(a: int, b: int) -> dict[str, int]:
    return {"test:goal.a": a, "test:goal.b": b, "test:as.a": 900, ":goal": a + b}


@pytest.mark.parametrize(
    ("fields", "counted", "won"),
    [
        ({"winner": {}}, {}, {}),
        ({"winner": {}}, goals(140, 60), {"test": "a"}),
        ({"winner": {}}, goals(60, 140), {"test": "b"}),
        ({"winner": {}}, goals(105, 95), {}),
        ({"winner": {"after": 300}}, goals(140, 60), {}),
        ({"winner": {"confidence": 0.999}}, goals(132, 68), {}),
        ({"winner": {"confidence": 0.8}}, goals(125, 75), {"test": "a"}),
        ({}, goals(140, 60), {}),
    ],
)
def test_what_has_won(fields: dict[str, Any], counted: dict[str, int], won: dict[str, str]) -> None:
    assert winners(plan(**fields), counted) == won


def test_figures_are_read_once_a_minute_and_only_where_a_winner_is_wanted() -> None:
    asked: list[str] = []
    now = NOW

    def counts(name: str) -> Counts:
        asked.append(name)
        told: Mapping[str, int] = goals(140, 60)
        return {1: told}

    winning = Winning(counts, lambda: now)
    assert winning.of(plan(), 1) == {}
    assert asked == []
    assert [dict(winning.of(plan(winner={}), 1)) for _ in range(3)] == [{"test": "a"}] * 3
    assert winning.of(plan(winner={}), 2) == {}
    assert len(asked) == 2, "once for each version"
    now += timedelta(minutes=1)
    winning.of(plan(winner={}), 1)
    assert len(asked) == 3


def test_whoever_enters_goes_the_way_that_has_won() -> None:
    world = World(MemoryDatabase())
    world.publish(plan(winner={"after": 50}))
    world.db.put(resources.WORK, {"pk": KIND + "trial", "sk": "000001#0", **goals(10, 90)})
    for number in range(12):
        world.customer(f"u#{number}")
        world.identified(f"u#{number}")
        assert world.steps(f"u#{number}") == ["b-mail"]
