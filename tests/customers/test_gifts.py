"""Which orders are gifts: only explicit marks."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.customers.facts import Facts
from chalicelib.customers.fold import fold
from chalicelib.customers.gifts import is_gift
from tests.customers.events import DAY, order


@pytest.mark.parametrize(
    ("properties", "gift"),
    [
        ({"gift": True}, True),
        ({"gift": "yes"}, True),
        ({"is_gift": 1}, True),
        ({"isGift": "TRUE"}, True),
        ({"gift_wrap": "1"}, True),
        ({"gift_message": "For Ann"}, True),
        ({"note_attributes": [{"name": "Gift message", "value": "For Ann"}]}, True),
        ({"note_attributes": [{"name": "gift", "value": "true"}]}, True),
        ({"gift": False}, False),
        ({"gift": "no"}, False),
        ({"gift_message": " "}, False),
        ({"gift_card": "1234"}, False),
        ({"note": "a gift for Ann"}, False),
        ({"note_attributes": [{"name": "gift"}, "gift", None]}, False),
        ({"note_attributes": "gift"}, False),
        ({"billing": {"name": "Ann"}, "shipping_address": {"name": "Bob"}}, False),
    ],
    ids=str,
)
def test_what_makes_a_gift(properties: dict[str, Any], gift: bool) -> None:
    assert is_gift(properties) is gift


def test_gifts_are_counted_among_all_orders() -> None:
    gifts = [
        order(str(n), DAY - timedelta(days=40 - n)).model_copy(
            update={"properties": {"order_id": str(n), "total": 1, "gift": n % 2 == 0}}
        )
        for n in range(20)
    ]
    facts = fold(Facts(), gifts)
    assert (facts.order_count, facts.gift_count, facts.last_gift_at) == (20, 10, gifts[18].at)
    assert facts.earlier.gifts == 4


def test_a_second_report_without_the_mark_leaves_it_a_gift() -> None:
    marked = order("1").model_copy(update={"properties": {"order_id": "1", "total": 1, "gift": True}})
    for reports in ([marked, order("1", DAY + timedelta(hours=1))], [order("1", DAY + timedelta(hours=1)), marked]):
        assert fold(Facts(), reports).gift_count == 1
