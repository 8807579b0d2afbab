"""The laws of the fold, over arbitrary histories."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.customers.facts import RECENT_ORDERS, Facts
from chalicelib.customers.fold import NeedsRebuild, fold
from chalicelib.customers.packing import pack, unpack
from chalicelib.tracking.event import Event
from tests.customers.events import DAY, histories, order


@given(histories(), st.randoms(use_true_random=False))
def test_the_order_of_arrival_does_not_matter(history: list[Event], random: object) -> None:
    shuffled = list(history)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert fold(Facts(), shuffled) == fold(Facts(), history)


@given(histories(), st.lists(st.integers(0, 60), max_size=6), st.randoms(use_true_random=False))
@settings(max_examples=300)
def test_any_split_comes_to_the_fold_of_all_or_asks_for_a_rebuild(
    history: list[Event], cuts: list[int], random: object
) -> None:
    shuffled = list(history)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    places = [0, *sorted(cuts), len(shuffled)]
    facts = Facts()
    try:
        for start, end in pairwise(places):
            facts = fold(facts, shuffled[start:end])
    except NeedsRebuild:
        return
    assert facts == fold(Facts(), history)


@given(histories(max_size=40))
def test_packing_loses_nothing(history: list[Event]) -> None:
    facts = fold(Facts(), history)
    assert unpack(pack(facts)) == facts
    assert pack(unpack(pack(facts))) == pack(facts)


@given(histories(max_size=25))
def test_folding_goes_on_after_packing(history: list[Event]) -> None:
    half = len(history) // 2
    try:
        kept = fold(unpack(pack(fold(Facts(), history[:half]))), history[half:])
    except NeedsRebuild:
        return
    assert kept == fold(Facts(), history)


@given(histories())
def test_what_is_added_up_is_what_it_would_be_one_by_one(history: list[Event]) -> None:
    facts = fold(Facts(), history)
    assert facts.order_count == facts.earlier.count + len(facts.counting)
    assert len(facts.orders) <= RECENT_ORDERS
    assert list(facts.orders) == sorted(facts.orders, key=lambda each: each.place)
    assert facts.earlier.count == 0 or len(facts.orders) == RECENT_ORDERS
    assert facts.revenue >= 0
    assert (facts.last_order_at is None) == (facts.order_count == 0) == (facts.first_order_at is None)
    assert (facts.episodes == 0) == (facts.order_count == 0)
    assert facts.episodes <= facts.order_count


@pytest.mark.parametrize("count", [5, 12, 13, 40])
def test_orders_in_order_of_time_never_need_a_rebuild(count: int) -> None:
    history = [order(str(n), DAY - timedelta(days=200 - 3 * n), total=n) for n in range(count)]
    facts = Facts()
    for each in history:
        facts = fold(facts, [each])
    assert facts == fold(Facts(), history)
    assert facts.order_count == count
    assert facts.revenue == sum(range(count))
