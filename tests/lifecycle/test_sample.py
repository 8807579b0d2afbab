"""Samples of the customers: uniform, cheap, the same for the same question."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from chalicelib.aws.database import Database
from chalicelib.customers.facts import Facts
from chalicelib.customers.profile import Profile
from chalicelib.customers.state import Join, State
from chalicelib.lifecycle.sample.store import LOOKS, Sampler
from chalicelib.resources import CUSTOMERS
from tests.fakes.database import MemoryDatabase
from tests.review.faults import counting

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def state(number: int, **given: Any) -> State:
    base: dict[str, Any] = {"v": 1, "stage": "lead", "stage_since": NOW}
    return State(f"u#{number}", **(base | given))


def fill(database: Database, count: int) -> None:
    """So many customers, each with a profile and a bit of history beside the state."""
    for number in range(count):
        one = state(number, rules_v=number)
        beside = [Profile(one.customer, v=1).to_item(), {"pk": one.customer, "sk": "stage#1"}]
        database.insert_all(CUSTOMERS, [one.to_item(), *beside])


def test_a_small_base_is_read_whole(database: Database) -> None:
    fill(database, 40)
    sample = Sampler(database).sample(100)
    assert sorted(one.customer for one in sample.states) == sorted(f"u#{n}" for n in range(40))
    assert (sample.total, sample.complete, sample.customers) == (40, True, 40)


def test_nobody_is_a_sample_of_nobody(database: Database) -> None:
    assert Sampler(database).sample(100) == Sampler(database).sample(100, lambda state: state)
    assert (Sampler(database).sample(10).states, Sampler(database).sample(10).complete) == ([], True)


def test_only_customers_are_in_it(database: Database) -> None:
    joined = Join("u#1", NOW)
    states = [state(1), state(2, join=joined, stage=None), state(3, stage=None, rebuild="new"), state(4, facts=Facts())]
    database.insert_all(CUSTOMERS, [one.to_item() for one in states])
    database.insert_all(CUSTOMERS, [{"pk": "g#acme", "sk": "account", "stage": "lead"}])
    database.insert_all(CUSTOMERS, [{"pk": "erased#1", "sk": "!erased"}, {"pk": "k#email#1", "sk": "u#1"}])
    sample = Sampler(database).sample(100)
    assert sorted(one.customer for one in sample.states) == ["u#1", "u#4"]
    assert sample.customers == 2


@pytest.mark.parametrize("facts", [b"\x01nonsense", '{"orders": 7}', "no JSON"])
def test_one_who_cannot_be_read_holds_nobody_up(facts: object) -> None:
    database = MemoryDatabase()
    fill(database, 3)
    database.put(CUSTOMERS, state(9).to_item() | {"facts": facts})
    sample = Sampler(database).sample(100)
    assert len(sample.states) == 3
    assert sample.customers == 4


@pytest.fixture(scope="module")
def large() -> MemoryDatabase:
    database = MemoryDatabase()
    fill(database, 20_000)
    return database


def test_a_large_base_is_sampled_and_its_size_estimated(large: MemoryDatabase) -> None:
    sample = Sampler(large).sample(1_000)
    assert len(sample.states) == len({one.customer for one in sample.states}) == 1_000
    assert not sample.complete
    assert sample.total == pytest.approx(20_000, rel=0.15)


def test_a_sample_costs_as_much_as_it_holds(large: MemoryDatabase) -> None:
    reads: Counter[str] = Counter()

    class Counting:
        def scan(self, table: str, **asked: Any) -> Any:
            page = large.scan(table, **asked)
            reads.update(calls=1, customers=len(page.items))
            return page

    Sampler(cast(Database, Counting())).sample(1_000)
    assert reads["customers"] <= 1_700, "not 20,000"
    assert reads["calls"] < 300, "a few customers in each part, and a page for each part"


def test_a_sample_is_uniform(large: MemoryDatabase) -> None:
    """By the customers' numbers, which have nothing to do with their hashes: four quarters, each about a quarter."""
    quarters = Counter(one.rules_v // 5_000 for seed in "abc" for one in Sampler(large, seed).sample(1_000).states)
    expected = 3_000 / 4
    assert sum((quarters[n] - expected) ** 2 / expected for n in range(4)) < 16.3, "chi-square, 3 degrees, p = .001"


def test_a_seed_decides_who_is_in_it(large: MemoryDatabase) -> None:
    samples = [{one.customer for one in Sampler(large, seed).sample(1_000).states} for seed in ("a", "a", "b")]
    assert samples[0] == samples[1]
    assert len(samples[0] & samples[2]) < 200


def test_who_is_of_no_interest_is_not_counted_among_the_sample(large: MemoryDatabase) -> None:
    sample = Sampler(large).sample(500, lambda one: one.customer if one.rules_v % 4 == 0 else None)
    assert len(sample.states) == 500
    assert sample.total == pytest.approx(5_000, rel=0.25)
    assert sample.customers == pytest.approx(20_000, rel=0.15)


def test_where_nearly_nobody_is_of_interest_the_sample_is_smaller_and_not_dearer(large: MemoryDatabase) -> None:
    looked = Counter[str]()

    def rare(one: State) -> str | None:
        looked["states"] += 1
        return one.customer if one.rules_v % 100 == 0 else None

    sample = Sampler(large).sample(1_000, rare)
    assert 20 < len(sample.states) < 100
    assert looked["states"] < 1_000 * (LOOKS + 2)
    assert sample.total == pytest.approx(200, rel=0.5)


def test_a_complete_sample_has_no_more_calls_than_pages_need(large: MemoryDatabase) -> None:
    counted, calls = counting(large)
    assert Sampler(counted).sample(50_000).complete
    assert calls() < 500
