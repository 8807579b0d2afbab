"""What the shipped sample must hold for the demonstration to be worth watching, and what goes to the SDK of it."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date, timedelta

import pytest

from infra.demo import history, refunds, shop, visitors
from tests.demo.sample import calls, lines

LAST_DAY = date(2011, 12, 9)


def test_the_sample_has_at_least_500_customers_with_orders_cancellations_and_guests() -> None:
    assert len({line.customer for line in lines()} - {""}) >= 500
    assert sum(line.invoice.startswith("C") for line in lines()) > 1_000
    assert len({line.invoice for line in lines() if not line.customer}) >= 100


def test_the_last_day_is_whole_and_somebody_is_new_on_it() -> None:
    today = {line.invoice for line in lines() if line.at.date() == LAST_DAY}
    assert len(today) == 49  # of the whole file
    assert history.last_day(calls()) == LAST_DAY
    assert any(call.kind == "identify" and call.at.date() == LAST_DAY and call.user_id == "12713" for call in calls())


def test_the_calls_are_in_order_of_time_and_none_is_after_the_last_day() -> None:
    moments = [call.at for call in calls()]
    assert moments == sorted(moments)
    assert moments[-1].date() == LAST_DAY
    assert moments[-1] - moments[0] > timedelta(days=370)


def test_every_invoice_that_is_a_sale_is_one_order() -> None:
    orders = [call.body["order_id"] for call in calls() if call.name == "Order Completed"]
    sales = [invoice.id for invoice in shop.invoices(lines()) if not invoice.cancels]
    assert sorted(orders) == sorted(sales)


def test_refunds_add_up_to_the_cancellations_and_seven_lines_in_eight_find_their_order() -> None:
    cancellations = {invoice.id: invoice for invoice in shop.invoices(lines()) if invoice.cancels}
    given_back: Counter[str] = Counter()
    matched = refunds.match(shop.invoices(lines()))
    for order, parts in matched.items():
        given_back[order] += round(sum(-line.amount for _, part in parts for line in part) * 100)
    assert given_back == {name: round(-invoice.total * 100) for name, invoice in cancellations.items()}
    taken_back = [(order, part) for parts in matched.values() for order, part in parts]
    unseen = sum(len(part) for order, part in taken_back if order.startswith("before-"))
    assert unseen < sum(len(part) for _, part in taken_back) / 8


def test_message_ids_are_unique() -> None:
    assert len({call.message_id("2026-11-22") for call in calls()}) == len(calls())


def test_every_call_fits_the_sdk() -> None:
    envelope = 1_000  # ids, times, library and names, generously
    assert max(len(json.dumps(call.body)) for call in calls()) + envelope < 32 << 10


def test_synthetic_visitors_are_labelled() -> None:
    for call in visitors.calls(LAST_DAY):
        assert call.subject[2:].startswith("synthetic-")
        if call.kind == "identify":
            assert call.body["synthetic"] is True
            assert call.body["email"].endswith("@visitors.example")


@pytest.mark.parametrize("person", [visitors.UNSUBSCRIBER, visitors.NO_PERMISSION])
def test_the_visitors_that_the_checks_ask_about_come_on_the_last_day(person: str) -> None:
    deeds = [call for call in calls() if call.user_id == person]
    assert {call.at.date() for call in deeds} == {LAST_DAY}
    assert ("Subscribed" in {call.name for call in deeds}) is (person == visitors.UNSUBSCRIBER)
