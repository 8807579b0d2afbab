"""What each kind of event says, and what a fold makes of odd ones."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.customers.facts import NOTHING, Consent, Earlier, Facts, Order, Sum, Suppression
from chalicelib.customers.fold import NeedsRebuild, fold
from chalicelib.customers.packing import pack, unpack
from chalicelib.tracking.event import Event
from tests.customers.events import DAY, event, order, refund

HOUR, A_DAY = timedelta(hours=1), timedelta(days=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def folded(*events: Any) -> Facts:
    return fold(Facts(), events)


def test_activity_has_a_first_a_last_and_days() -> None:
    facts = folded(event(at=DAY), event(at=DAY - A_DAY), event("Page", at=DAY - A_DAY - HOUR))
    assert (facts.first_at, facts.last_at) == (DAY - A_DAY - HOUR, DAY)
    assert facts.active_days == (DAY.toordinal() - 1, DAY.toordinal())


@pytest.mark.parametrize(
    "reported",
    [
        event("Email Delivered", source="ses"),
        event("Email Opened", source="ses"),
        event("Email Link Clicked", source="ses", properties={"machine": True}),
        event("Unsubscribed"),
        event("Task Completed", source="perennial", properties={"outcome": "no_answer"}),
        event("Journey Called", source="perennial"),
        refund("1"),
        event("Order Cancelled", properties={"order_id": "1"}),
        event("Product Viewed", context={"active": False}),
        event("Identify", traits={"email": "ann@shop.example"}),
        event("Group"),
    ],
    ids=lambda each: each.name,
)
def test_what_machines_and_shops_report_is_no_activity(reported: Any) -> None:
    facts = folded(reported)
    assert facts.last_at is None
    assert facts.active_days == ()


@pytest.mark.parametrize(
    "own",
    [
        event("Email Link Clicked", source="ses"),
        event("Identify", anonymous_id="b1"),
        event("Identify", context={"userAgent": "Mozilla/5.0"}),
        event("Identify", context={"active": True}),
        order("1"),
    ],
    ids=lambda each: each.name,
)
def test_what_comes_from_the_person_is_activity(own: Any) -> None:
    assert folded(own).last_at == DAY


def test_days_beyond_the_span_fall_out_and_never_come_back() -> None:
    facts = fold(folded(event(at=DAY)), [event(at=DAY - timedelta(days=90)), event(at=DAY - timedelta(days=89))])
    assert facts.active_days == (DAY.toordinal() - 89, DAY.toordinal())
    assert facts.first_at == DAY - timedelta(days=90)


def test_intent_is_summed_by_day_and_only_of_own_activity() -> None:
    seen, added = event("Product Viewed"), event("Product Added", DAY + HOUR)
    quiet = event("Product Added", context={"active": False})
    assert folded(seen, added, quiet).intent == ((DAY.toordinal(), 11),)


def test_the_earliest_identify_with_an_id_or_an_address() -> None:
    late, early = event("Identify", DAY), event("Identify", DAY - A_DAY)
    nameless = event("Identify", DAY - 2 * A_DAY, user_id=None, anonymous_id="b", traits={"name": "Ann"})
    addressed = nameless.model_copy(update={"traits": {"email": "ann@shop.example"}})
    assert folded(late, early, nameless).identified_at == DAY - A_DAY
    assert folded(late, addressed).identified_at == DAY - 2 * A_DAY


def test_an_order_and_its_refunds() -> None:
    facts = folded(refund("1", total="3"), order("1", total="10.50"), refund("1", DAY + HOUR, total=-2.5))
    assert facts.orders == (Order("1", DAY, Decimal("10.50"), Decimal("5.5"), currency="GBP"),)
    assert (facts.order_count, facts.revenue, facts.currency) == (1, Decimal("5"), "GBP")


@pytest.mark.parametrize(
    "given_back",
    [
        refund("1"),
        refund("1", total="10"),
        refund("1", total="99"),
        refund("1", products=[{"price": 5, "quantity": 2}]),
        event("Order Cancelled", properties={"order_id": "1"}),
        event("Order Canceled", properties={"order_id": "1"}),
    ],
    ids=str,
)
def test_an_order_given_back_in_full_is_none(given_back: Any) -> None:
    for facts in (folded(order("1"), given_back), folded(given_back, order("1"))):
        assert (facts.order_count, facts.revenue, facts.last_order_at) == (0, NOTHING, None)


def test_a_refund_of_some_products_takes_their_worth() -> None:
    facts = folded(order("1"), refund("1", products=[{"price": "1.5", "quantity": 2}, {"price": 1}]))
    assert facts.revenue == 6


def test_a_refund_waits_for_its_order() -> None:
    waiting = folded(refund("1", total="4"))
    assert waiting.order_count == 0
    assert fold(waiting, [order("1")]).revenue == 6
    assert fold(waiting, [order("1")]).refunds == {}


def test_one_order_reported_twice_is_one_order() -> None:
    """When: the earliest report. How much: the latest."""
    facts = folded(order("1", DAY, "12"), order("1", DAY - HOUR, "10"), event("Completed Order", DAY - 2 * HOUR))
    (first, other) = facts.orders
    assert other == Order("1", DAY - HOUR, Decimal(12), total_at=DAY, currency="GBP")
    assert first.id.startswith("Completed Order-"), "an order without an id stands for itself"
    assert facts.revenue == 12


def test_order_ids_are_text_whatever_they_came_as() -> None:
    number, text = 820982911946154508, "820982911946154508"
    numbered = event("Order Completed", properties={"order_id": number, "total": 1})
    assert folded(numbered, order(text, DAY + HOUR, "1")).order_count == 1


@pytest.mark.parametrize(
    "total", [None, "", "twelve", float("nan"), float("inf"), -3, "1e40", True, {"amount": 3}, "9" * 5000]
)
def test_an_order_without_a_usable_total_is_an_order_over_nothing(total: Any) -> None:
    facts = folded(event("Order Completed", properties={"order_id": "1", "total": total}))
    assert (facts.order_count, facts.revenue, facts.faulty) == (1, NOTHING, 1)


def test_the_first_usable_amount_counts() -> None:
    properties = {"order_id": "1", "total": "?", "revenue": " 7.25 ", "subtotal": 3}
    assert folded(event("Order Completed", properties=properties)).revenue == Decimal("7.25")


def test_a_refund_without_an_order_is_left_out() -> None:
    facts = folded(order("1"), event("Order Refunded", properties={"total": 3}))
    assert (facts.revenue, facts.faulty) == (Decimal(10), 1)


def test_a_time_from_a_clock_at_its_epoch_says_nothing_but_no() -> None:
    old = {"at": EPOCH, "timestamp": EPOCH, "received_at": DAY}
    facts = folded(
        order("1", EPOCH),
        event(at=EPOCH),
        event("Identify", EPOCH),
        event("Unsubscribed", **old),
        event("Subscribed", DAY - HOUR),
    )
    assert (facts.order_count, facts.last_at, facts.identified_at) == (0, None, None)
    assert facts.faulty == 4
    assert facts.consent["email"].granted is False


def test_the_last_word_on_each_channel_and_topic_holds() -> None:
    said = [
        event("Subscribed", DAY),
        event("Unsubscribed", DAY + HOUR),
        event("Subscribed", DAY - HOUR, properties={"channel": "sms"}),
        event("Subscribed", DAY, message_id="z", properties={"topic": "newsletter"}),
        event("Unsubscribed", DAY, message_id="a", properties={"list_id": "newsletter"}),
    ]
    consent = folded(*said).consent
    assert {subject: held.granted for subject, held in consent.items()} == {
        "email": False,
        "sms": True,
        "email/newsletter": True,
    }
    assert consent["email"] == Consent(False, DAY + HOUR, said[1].message_id)


@pytest.mark.parametrize("properties", [{"topic": ["a"]}, {"channel": {"a": 1}}, {"topic": "x" * 101}])
def test_consent_to_what_has_no_name_is_left_out(properties: dict[str, Any]) -> None:
    facts = folded(event("Subscribed", properties=properties))
    assert (facts.consent, facts.faulty) == ({}, 1)


def test_a_mailbox_that_refuses_for_good_is_left_alone() -> None:
    permanent = event("Email Bounced", source="ses", properties={"bounce_type": "Permanent"})
    complaint = event("Email Marked as Spam", DAY + HOUR, source="ses")
    assert folded(permanent).suppressed == {"email": Suppression("bounce", DAY)}
    for facts in (folded(permanent, complaint), folded(complaint, permanent)):
        assert facts.suppressed == {"email": Suppression("complaint", DAY + HOUR)}


def bounced(address: str | None, number: int = 0) -> Event:
    said = {"bounce_type": "Permanent", **({"email": address} if address else {})}
    return event("Email Bounced", DAY + number * HOUR, message_id=f"{address}{number}", source="ses", properties=said)


def test_a_bounce_is_of_the_address_that_bounced_and_a_complaint_of_the_person() -> None:
    old, older = bounced("Old@shop.example", 1), bounced("older@shop.example")
    for events in ((old, older), (older, old)):
        held = folded(*events).suppressed["email"]
        assert (held.reason, held.at) == ("bounce", DAY)
        assert [held.holds(each) for each in ("old@shop.example ", "older@shop.example", "new@shop.example")] == [
            True,
            True,
            False,
        ]
    complaint = event("Email Marked as Spam", DAY + HOUR, source="ses", properties={"email": "old@shop.example"})
    for unknown in (complaint, bounced(None, 2)):  # a bounce that names no address is of all
        assert folded(old, unknown).suppressed["email"].holds("new@shop.example")


def test_of_more_addresses_than_are_kept_none_is_written_to() -> None:
    many = [bounced(f"{number}@shop.example", number) for number in range(6)]
    for events in (many, many[::-1]):
        assert folded(*events[:5]).suppressed["email"].holds("new@shop.example") is False
        assert folded(*events).suppressed["email"].holds("new@shop.example") is True
    facts = folded(*many[:3])
    assert unpack(pack(facts)) == facts


def test_nobody_else_can_suppress_or_bounce_softly() -> None:
    soft = event("Email Bounced", source="ses", properties={"bounce_type": "Transient"})
    forged = event("Email Marked as Spam", source="segment")
    assert folded(soft, forged).suppressed == {}


def many(count: int, every: timedelta = A_DAY) -> list[Any]:
    return [order(str(n), DAY - every * (count - n), total=1) for n in range(count)]


def test_the_thirteenth_order_adds_up_the_first() -> None:
    facts = folded(*many(13))
    assert len(facts.orders) == 12
    first = DAY - 13 * A_DAY
    assert facts.earlier == Earlier({"GBP": Sum(1, Decimal(1))}, 1, first, first, first, first, facts.earlier.ids)
    assert (facts.order_count, facts.revenue, facts.first_order_at) == (13, Decimal(13), first)


@pytest.mark.parametrize(
    "late",
    [
        refund("0"),
        order("0", DAY, "5"),
        order("new", DAY - timedelta(days=300)),
        order("19", DAY - timedelta(days=300)),
    ],
)
def test_what_would_change_the_orders_added_up_needs_a_rebuild(late: Any) -> None:
    facts = folded(*many(20))
    with pytest.raises(NeedsRebuild):
        fold(facts, [late])
    assert folded(*many(20), late) is not None


@pytest.mark.parametrize("fine", [refund("19"), order("new", DAY), refund("never seen"), event()])
def test_everything_else_does_not(fine: Any) -> None:
    assert fold(folded(*many(20)), [fine]) == folded(*many(20), fine)


def test_orders_within_a_week_of_the_first_are_one_occasion() -> None:
    assert folded(*many(8)).episodes == 1
    assert folded(*many(9)).episodes == 2
    assert folded(*many(30)).episodes == 4
    assert folded(*many(12, every=timedelta(days=7, seconds=1))).episodes == 12, "a weekly shopper comes every week"


def test_orders_within_days() -> None:
    facts = folded(*many(5), order("back", DAY - A_DAY), refund("back"))
    assert facts.orders_within(3, DAY) == 2
    assert facts.orders_within(3.5, DAY) == 3
