"""Taking and keeping a census: the same on the fake and on DynamoDB in moto."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from chalicelib.aws.database import Database
from chalicelib.customers.state import State
from chalicelib.customers.store import CustomerStore
from chalicelib.lifecycle.frame import frames
from chalicelib.lifecycle.parameters import DEFAULT
from chalicelib.lifecycle.reports.store import KEPT_FOR, CensusStore, count, take
from chalicelib.lifecycle.rules import Stage
from chalicelib.resources import WORK

NOW = datetime(2026, 11, 22, 0, 5, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def base(database: Database) -> Database:
    """Thirty customers: twenty are new, and will be waiting in a week."""
    store = CustomerStore(database)
    for n in range(30):
        lost = State(f"u#{n}", v=1, stage="lost", stage_since=NOW)
        new = replace(lost, stage="new", next_at=NOW + 7 * DAY, next_stage="waiting")
        store.save(new if n < 20 else lost)
    store.save(State("u#nobody", v=1))
    return database


def test_a_census_of_everybody(base: Database) -> None:
    found = take(base, DEFAULT, frames(), NOW)
    assert (found.customers, found.sampled, found.complete) == (30, 30, True)
    assert {part.name: part.count.customers for part in found.stages if part.count.customers} == {"new": 20, "lost": 10}
    (expected,) = found.forecast
    assert (expected.day, expected.stage_to, expected.count.customers) == ("2026-11-29", "waiting", 20)
    assert found.frames.keys() == frames().keys()


def test_a_census_of_some_says_so(base: Database) -> None:
    found = take(base, DEFAULT, {}, NOW, most=10)
    assert (found.sampled, found.complete) == (10, False)
    assert found.customers >= 10


def test_the_newest_census_is_found_and_one_of_the_same_day_replaces_it(base: Database) -> None:
    store = CensusStore(base)
    assert store.latest() is None
    for at in (NOW, NOW + timedelta(hours=3), NOW - 3 * DAY):
        store.keep(take(base, DEFAULT, frames(), at))
    latest = store.latest()
    assert latest is not None
    assert (latest["as_of"], latest["customers"]) == ("2026-11-22T03:05:00.000Z", 30)
    held = base.query(WORK, "census").items
    assert [item["sk"] for item in held] == ["2026-11-19", "2026-11-22"]
    assert held[1]["expires"] == int((NOW + timedelta(hours=3) + KEPT_FOR).timestamp())


def test_counts_by_day(base: Database) -> None:
    store, customers = CensusStore(base), CustomerStore(base)
    for back in (0, 1, 5):
        store.keep_counts(count(customers, NOW - back * DAY))
    found = store.counts(date(2026, 11, 17), date(2026, 11, 21))
    assert list(found) == [date(2026, 11, 17), date(2026, 11, 21)]
    assert found[date(2026, 11, 21)].as_of == NOW - DAY
    assert {stage: n for stage, n in found[date(2026, 11, 21)].stages.items() if n} == {Stage.NEW: 20, Stage.LOST: 10}
    assert list(store.counts(date(2026, 11, 18), date(2026, 12, 1))) == [date(2026, 11, 21), date(2026, 11, 22)]


def test_of_an_empty_base_there_is_a_census_too(database: Database) -> None:
    found = take(database, DEFAULT, frames(), NOW)
    assert (found.customers, found.complete, found.forecast, found.cohorts) == (0, True, (), ())
