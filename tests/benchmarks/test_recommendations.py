"""The measurement of recommendations is out of time and counts what is new to the customer only."""

from __future__ import annotations

from datetime import UTC, datetime

from benchmarks.recommendations import buyers, rate, recent

SPLIT = datetime(2011, 6, 1, tzinfo=UTC)
BEFORE, LONG_AGO = datetime(2011, 5, 20, tzinfo=UTC), datetime(2011, 1, 1, tzinfo=UTC)
AFTER, LATER = datetime(2011, 6, 2, tzinfo=UTC), datetime(2011, 7, 1, tzinfo=UTC)
ORDERS = [
    ("ann", LONG_AGO, ["tea", "pot"]),
    ("ann", BEFORE, ["cup"]),
    ("bob", BEFORE, ["cup", "jug"]),
    ("ann", AFTER, ["cup", "lid"]),
    ("cid", AFTER, ["cup"]),
    ("ann", LATER, ["bag"]),
]


def test_only_what_was_before_is_known_and_only_the_next_order_is_asked() -> None:
    ann, bob = buyers(ORDERS, SPLIT)
    assert (ann.ever, ann.following) == ({"tea", "pot", "cup"}, {"cup", "lid"})
    assert (bob.ever, bob.following) == ({"cup", "jug"}, set())
    assert [name for name, _ in ann.facts().interests.top_products()] == ["cup"]


def test_bestsellers_are_those_of_the_last_four_weeks() -> None:
    assert recent(ORDERS, SPLIT) == ["cup", "jug"]


def test_a_hit_is_one_of_the_six_that_is_new() -> None:
    ann = buyers(ORDERS, SPLIT)[0]
    asked = [(ann.facts(), ann.ever, ann.following - ann.ever)]
    assert rate(asked, lambda facts, ever: ["cup"]) == 0
    assert rate(asked, lambda facts, ever: ["lid"]) == 1
    assert rate(asked, lambda facts, ever: [*"abcdef", "lid"]) == 0
