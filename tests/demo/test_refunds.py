"""A cancellation finds the order that it takes back, as far as the data allows."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

from infra.demo import refunds, shop
from infra.demo.shop import Line
from tests.demo.test_shop import later, line


def refunded(*lines: Line) -> list[tuple[str, float, list[tuple[str, int]]]]:
    """(order id, total, [(article, pieces)]) of every refund."""
    return [
        (
            body["order_id"],
            body["total"],
            [(product["product_id"], product["quantity"]) for product in body["products"]],
        )
        for call in shop.calls(lines, refunds.match)
        if call.name == "Order Refunded" and (body := call.body)
    ]


def test_the_latest_earlier_order_that_holds_enough_is_refunded() -> None:
    orders = [line("1", "A", 9), line("2", "A", 9, at=later(days=1)), line("3", "A", 2, at=later(days=2))]
    assert refunded(*orders, line("C4", "A", -5, at=later(days=3))) == [("2", 12.5, [("A", 5)])]


def test_what_was_taken_back_cannot_be_taken_back_again() -> None:
    orders = [line("1", "A", 5), line("2", "A", 5, at=later(days=1))]
    first, second = (line(f"C{number}", "A", -5, at=later(days=number)) for number in (3, 4))
    assert [order for order, *_ in refunded(*orders, first, second)] == ["2", "1"]


def test_an_order_after_the_cancellation_or_of_somebody_else_is_not_its_order() -> None:
    others = [line("1", "A", 5, customer="2"), line("3", "A", 5, at=later(days=3))]
    assert [order for order, *_ in refunded(*others, line("C2", "A", -5, at=later(days=1)))] == ["before-C2"]


def test_more_than_any_order_holds_is_spread_and_the_rest_was_bought_before_the_history() -> None:
    orders = [line("1", "A", 2), line("2", "A", 3, at=later(days=1))]
    assert refunded(*orders, line("C3", "A", -6, at=later(days=2))) == [
        ("2", 7.5, [("A", 3)]),
        ("1", 5.0, [("A", 2)]),
        ("before-C3", 2.5, [("A", 1)]),
    ]


def test_lines_of_one_cancellation_go_to_the_orders_that_hold_them() -> None:
    orders = [line("1", "A", 2), line("2", "X", 3, at=later(days=1))]
    cancelled = [line("C3", code, -1, at=later(days=2)) for code in "AX"]
    assert [order for order, *_ in refunded(*orders, *cancelled)] == ["1", "2"]


def test_a_discount_or_postage_names_no_article_and_goes_to_the_latest_order() -> None:
    orders = [line("1", "A", 2), line("2", "X", 3, at=later(days=1))]
    credit = line("C3", "D", -1, price=Decimal("1.25"), at=later(days=2))
    assert refunded(*orders, credit) == [("2", 1.25, [("D", 1)])]


def test_every_cancelled_piece_appears_exactly_once() -> None:
    orders = [line("1", "A", 2), line("2", "A", 3, at=later(days=1)), line("2", "X", 1, at=later(days=1))]
    cancelled = [line("C3", "A", -4, at=later(days=2)), line("C3", "X", -2, at=later(days=2))]
    pieces: Counter[str] = Counter()
    for _, _, taken in refunded(*orders, *cancelled):
        pieces.update(dict(taken))
    assert pieces == {"A": 4, "X": 2}
