"""Which codes an order used, in every form in which shops say it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from chalicelib.journeys.coupons.letters import ALPHABET, is_code, made, normal
from chalicelib.journeys.coupons.orders import codes_in, taken_off
from chalicelib.tracking.webhook import named

CASES: list[tuple[str, dict[str, Any], dict[str, str | None]]] = [
    ("none", {"total": "10"}, {}),
    ("Segment's word", {"coupon": "welcome10"}, {"WELCOME10": None}),
    ("and what was taken off", {"coupon": "welcome10", "discount": "4.00"}, {"WELCOME10": "4"}),
    ("several by commas", {"coupon": " one-1 , TWO-2", "discount": 9}, {"ONE-1": None, "TWO-2": None}),
    ("a list", {"coupons": ["ONE-1", {"code": "TWO-2"}]}, {"ONE-1": None, "TWO-2": None}),
    ("Shopify's", {"discount_codes": [{"code": "A10", "amount": "3.98", "type": "percentage"}]}, {"A10": "3.98"}),
    ("WooCommerce's", {"coupon_lines": [{"code": "a10", "discount": "2.50"}]}, {"A10": "2.5"}),
    ("one said twice", {"coupon": "a10", "discount_codes": [{"code": "A10", "amount": "1"}]}, {"A10": "1"}),
    ("what is no code", {"coupon": "10 % off!", "coupons": [7, None, {"code": 7}, "x"]}, {}),
    ("not a list", {"coupons": {"code": "A10"}, "discount_codes": "A10"}, {}),
    ("at most ten", {"coupons": [f"CODE-{number}" for number in range(30)]}, {f"CODE-{n}": None for n in range(10)}),
]


@pytest.mark.parametrize(("case", "properties", "codes"), CASES, ids=[case for case, *_ in CASES])
def test_the_codes_of_an_order(case: str, properties: dict[str, Any], codes: dict[str, str | None]) -> None:
    assert codes_in(properties) == {code: None if off is None else Decimal(off) for code, off in codes.items()}


def test_what_was_taken_off_is_counted_in_hundredths_of_its_currency() -> None:
    assert taken_off(Decimal("4.5"), {"currency": "eur"}) == {"off_EUR": 450}
    assert taken_off(Decimal("4.5"), {}) == taken_off(None, {"currency": "EUR"}) == {}


def test_codes_are_made_of_letters_that_nobody_mistakes() -> None:
    assert not set("0O1IU") & set(ALPHABET)
    codes = {made("WIN-", "secret", str(number)) for number in range(500)}
    assert len(codes) == 500
    assert all(is_code(code) and code.startswith("WIN-") and len(code) == 12 for code in codes)
    assert made("", "a", "bc") != made("", "ab", "c")
    assert normal("  win-ab ") == "WIN-AB"


@pytest.mark.parametrize(
    ("source", "topic", "body"),
    [
        (
            "shopify",
            "orders/create",
            {
                "id": 7,
                "line_items": [],
                "total_price": "30.00",
                "discount_codes": [{"code": "ONE-1", "amount": "3.00"}, {"code": "TWO-2", "amount": "1.50"}],
            },
        ),
        (
            "woocommerce",
            "order.created",
            {
                "id": 7,
                "status": "processing",
                "line_items": [],
                "total": "30.00",
                "coupon_lines": [{"code": "ONE-1", "discount": "3.00"}, {"code": "TWO-2", "discount": "1.50"}],
            },
        ),
    ],
)
def test_every_code_of_a_shops_order_is_read(source: str, topic: str, body: dict[str, Any]) -> None:
    (call, *_) = named(source).calls(topic, body).calls
    assert isinstance(call, dict)
    assert codes_in(call["properties"]) == {"ONE-1": Decimal(3), "TWO-2": Decimal("1.5")}
