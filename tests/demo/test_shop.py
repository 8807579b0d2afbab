"""A shop's lines become the calls of its website."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from infra.demo import refunds, shop
from infra.demo.shop import Call, Line

MORNING = datetime(2011, 5, 2, 9, 0, tzinfo=UTC)


def line(invoice: str, code: str, quantity: int, **other: object) -> Line:
    fields: dict[str, object] = {
        "name": f"ARTICLE {code}",
        "at": MORNING,
        "price": Decimal("2.50"),
        "customer": "17850",
        "country": "United Kingdom",
    }
    return Line(invoice=invoice, code=code, quantity=quantity, **(fields | other))  # type: ignore[arg-type]


def calls(*lines: Line) -> list[Call]:
    return shop.calls(lines, refunds.match)


def later(**span: int) -> datetime:
    return MORNING + timedelta(**span)


def test_a_new_customer_subscribes_and_identifies_before_the_first_order() -> None:
    made = calls(line("1", "A", 2), line("2", "X", 1, at=later(days=1)))
    assert [call.name or call.kind for call in made] == [
        "Subscribed",
        "identify",
        "Order Completed",
        "Order Completed",
    ]
    assert made[1].body == {"email": "customer-17850@shop.example", "country": "United Kingdom"}
    assert {call.user_id for call in made} == {"17850"}


def test_an_order_says_what_was_paid_and_for_what() -> None:
    postage = line("1", "POST", 1, price=Decimal("18.00"))
    discount = line("1", "D", -1, price=Decimal("3.00"))
    order = calls(line("1", "A", 2), postage, discount, line("1", "CRUK", -1))[-1]
    assert order.body == {
        "order_id": "1",
        "total": 20.0,
        "currency": "GBP",
        "shipping": 18.0,
        "discount": 3.0,
        "products": [{"product_id": "A", "name": "ARTICLE A", "quantity": 2, "price": 2.5}],
    }


def test_a_guest_is_anonymous_and_neither_identifies_nor_subscribes() -> None:
    (order,) = calls(line("1", "A", 2, customer=""))
    assert (order.user_id, order.anonymous_id, order.subject) == (None, "guest-1", "a#guest-1")


def test_what_is_no_sale_makes_no_call() -> None:
    assert not calls(
        line("1", "A", -5, customer=""),  # stock-taking
        line("2", "A", 5, price=Decimal(0)),  # given away
        line("A3", "B", 1, price=Decimal("11062.06"), customer=""),  # an adjusted debt
        line("C4", "A", -1, customer=""),  # a guest's cancellation: nothing ties it to an order
        line("C5", "CRUK", -1, price=Decimal("100.00")),  # commission
    )


def test_every_line_of_time_keeps_its_order() -> None:
    made = calls(
        line("3", "A", 1, at=later(days=3)), line("1", "A", 1), line("2", "X", 1, at=later(days=1), customer="2")
    )
    assert made == sorted(made, key=lambda call: call.at)


def test_message_ids_are_stable_within_a_day_and_change_with_day_and_data() -> None:
    def ids(*lines: Line, day: str = "2026-11-22") -> list[str]:
        return [call.message_id(day) for call in calls(*lines)]

    assert ids(line("1", "A", 2)) == ids(line("1", "A", 2))
    assert len(set(ids(line("1", "A", 2)))) == 3
    assert not set(ids(line("1", "A", 2))) & set(ids(line("1", "A", 2), day="2026-11-23"))
    assert ids(line("1", "A", 2))[-1] != ids(line("1", "A", 3))[-1]


def test_an_invoice_of_a_thousand_lines_stays_one_event_of_the_dearest_products() -> None:
    many = [line("1", f"A{number}", 1, price=Decimal(number + 1)) for number in range(1_114)]
    body = calls(*many)[-1].body
    assert len(json.dumps(body)) < 32_768 - 1_000
    assert body["total"] == sum(range(1, 1_115))
    assert len(body["products"]) + body["products_omitted"] == 1_114
    assert body["products"][-1]["price"] == 1_114.0


def test_only_an_identify_carries_the_moved_time_of_the_account() -> None:
    subscribed, identify, _ = calls(line("1", "A", 2))
    moved = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
    assert shop.stamped(identify, moved)["createdAt"] == "2026-11-22T09:00:00.000+00:00"
    assert shop.stamped(subscribed, moved) == subscribed.body
    assert "createdAt" not in identify.body
