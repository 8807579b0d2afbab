"""Which products go together, and what follows for one person. Figures by hand."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.customers.facts import Facts
from chalicelib.customers.intents import Intents, Line, Run
from chalicelib.customers.interests import ADDED, BOUGHT, LOOKED, Cell, Held, Interests
from chalicelib.products.book import Book, bound, fitting, pack, unpack
from chalicelib.products.neighbours import nearness, neighbours
from chalicelib.products.recommend import Suggestion, recommend
from chalicelib.products.together import Together, Watcher, baskets

NOW = datetime(2026, 11, 22, tzinfo=UTC)
WEEK = NOW.toordinal() // 7


def interests(*cells: tuple[int, int, str]) -> Interests:
    """Cells as (weeks ago, kind, product)."""
    return Interests(products={Cell(WEEK - ago, kind, name): Held(1) for ago, kind, name in sorted(cells)})


def facts(*cells: tuple[int, int, str]) -> Facts:
    return Facts(interests=interests(*cells))


def counted(*lists: str, most: int = 1_000) -> Together:
    together = Together(WEEK, most)
    for basket in lists:
        together.add(WEEK, basket.split())
    return together


def test_a_basket_is_what_one_person_bought_or_looked_at_in_one_week() -> None:
    one = interests((0, BOUGHT, "tea"), (0, BOUGHT, "pot"), (0, LOOKED, "cup"), (3, BOUGHT, "cup"), (0, ADDED, "jug"))
    assert list(baskets(one, bought=True)) == [(WEEK - 3, {"cup"}), (WEEK, {"tea", "pot"})]
    assert list(baskets(one, bought=False)) == [(WEEK, {"cup", "jug"})]


def test_a_basket_weighs_half_as_much_every_four_weeks() -> None:
    together = Together(WEEK)
    for ago in (0, 4, 8, -2, 60):
        together.add(WEEK - ago, ["pot", "tea"])
    assert together.pairs == {("pot", "tea"): 1 + 0.5 + 0.25 + 1}
    assert together.baskets == 4, "of the future like now; too old not at all"


def test_nearness_is_the_cosine_shrunk_where_few_baskets_hold_both() -> None:
    assert nearness(40, 40, 40) == pytest.approx(0.8)
    assert nearness(2, 2, 2) == pytest.approx(2 / 12)
    assert nearness(10, 40, 10) == pytest.approx(0.25)
    assert nearness(0, 4, 4) == 0


def test_what_is_always_bought_together_is_nearer_than_what_everybody_buys() -> None:
    together = counted(*["tea pot bag"] * 8, *["bag"] * 40)
    near = neighbours(together, {"tea", "pot", "bag"})
    assert [id for _, id in near["tea"]] == ["pot", "bag"]
    assert neighbours(together, {"tea"}) == {}, "of products that are asked for only"


@given(st.lists(st.sets(st.sampled_from("abcdefghijklmnop"), max_size=6), max_size=60))
def test_counting_in_bounded_memory_errs_by_the_floor_at_most(lists: list[set[str]]) -> None:
    exact, bounded = Together(WEEK), Together(WEEK, most=12)
    for basket in lists:
        exact.add(WEEK, basket)
        bounded.add(WEEK, basket)
        assert len(bounded.pairs) <= 12
    assert bounded.singles == exact.singles
    for pair, weight in exact.pairs.items():
        assert weight - bounded.floor <= bounded.pairs.get(pair, 0.0) <= weight


def test_the_book_is_the_same_after_it_was_stored() -> None:
    watcher = Watcher(WEEK)
    for _ in range(30):
        watcher.see(interests((0, BOUGHT, "tea"), (0, BOUGHT, "pot"), (0, LOOKED, "cup"), (0, LOOKED, "jug")))
    book = bound(watcher, NOW)
    again = unpack(pack(book))
    assert again is not None
    assert (again.as_of, again.bestsellers, again.baskets) == (NOW, ("pot", "tea"), 60)
    assert {id: [each for _, each in found] for id, found in again.bought.items()} == {"tea": ["pot"], "pot": ["tea"]}
    assert again.viewed["cup"][0][0] == pytest.approx(book.viewed["cup"][0][0], abs=0.001)
    assert unpack(pack(Book(NOW))) == Book(NOW)


def test_a_book_that_does_not_fit_into_an_item_knows_fewer_products() -> None:
    watcher = Watcher(WEEK)
    for number in range(60):
        watcher.see(interests(*((0, BOUGHT, f"product-{number}-{each}") for each in range(4))))
    whole, packed = fitting(watcher, NOW)
    assert len(whole.bought) == 240
    smaller, packed_smaller = fitting(watcher, NOW, largest=len(packed) // 2)
    assert len(packed_smaller) <= len(packed) // 2
    assert 0 < len(smaller.bought) < 240


BOOK = Book(
    NOW,
    bestsellers=("bag", "tea", "mug", "pen"),
    bought={"tea": [(0.8, "pot"), (0.4, "cup"), (0.3, "bag")], "cup": [(0.5, "pot")]},
    viewed={"tea": [(0.5, "jug")], "jug": [(0.9, "pot"), (0.8, "lid")]},
)


def ids(found: list[Suggestion]) -> list[str]:
    return [each.id for each in found]


def test_what_was_bought_speaks_for_its_neighbours_then_come_bestsellers() -> None:
    found = recommend(facts((0, BOUGHT, "tea")), BOOK, 6)
    assert ids(found) == ["pot", "cup", "bag", "jug", "mug", "pen"]
    assert [each.because for each in found] == ["bought_together"] * 3 + ["viewed_together"] + ["bestseller"] * 2


def test_what_was_only_looked_at_speaks_by_what_is_looked_at_together() -> None:
    found = recommend(facts((0, LOOKED, "jug")), BOOK, 2)
    assert found == [Suggestion("pot", "viewed_together"), Suggestion("lid", "viewed_together")]


def test_what_interests_more_speaks_louder() -> None:
    assert ids(recommend(facts((0, BOUGHT, "tea"), (0, BOUGHT, "cup")), BOOK, 1)) == ["pot"]
    assert ids(recommend(facts((12, BOUGHT, "tea"), (0, LOOKED, "jug")), BOOK, 2)) == ["pot", "cup"]


def test_what_was_bought_is_not_recommended_again() -> None:
    assert "pot" not in ids(recommend(facts((0, BOUGHT, "tea"), (9, BOUGHT, "pot")), BOOK, 9))


def test_nor_what_is_in_the_cart() -> None:
    line = Line(NOW, True, Decimal(9))
    cart = Run(NOW, NOW, NOW, lines={"pot": line, "cup": Line(NOW, False)})
    known = Facts(interests=interests((0, BOUGHT, "tea")), intents=Intents({"cart": cart}))
    assert ids(recommend(known, BOOK, 2)) == ["cup", "bag"]


def test_of_whom_nothing_is_known_gets_bestsellers() -> None:
    assert ids(recommend(Facts(), BOOK, 2)) == ["bag", "tea"]
    assert recommend(Facts(), Book(NOW), 6) == []
