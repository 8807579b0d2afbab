"""An account's facts are those of its members together, and an order counts once."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.customers.accounts.union import united
from chalicelib.customers.facts import Facts
from chalicelib.customers.fold import fold
from chalicelib.tracking.event import Event
from tests.customers.events import DAY, event, histories, order, refund

A_DAY = timedelta(days=1)
SAME = (
    "first_at",
    "last_at",
    "identified_at",
    "active_days",
    "intent",
    "touches",
    "interests",
    "orders",
    "earlier",
    "order_count",
    "revenue",
    "sums",
    "gift_count",
)


def of(*events: Event) -> Facts:
    return fold(Facts(), events)


@given(histories(max_size=24), st.lists(st.integers(0, 2), min_size=24, max_size=24))
def test_the_union_is_the_fold_of_all_their_events(history: list[Event], members: list[int]) -> None:
    """As long as nobody has more than the recent orders, whoever reports an order, and whoever its refund."""
    shares = [[each for each, mine in zip(history, members, strict=False) if mine == member] for member in range(3)]
    each = [fold(Facts(), share) for share in shares]
    if any(one.earlier.ids or one.refunds_lost for one in each):
        return
    together, whole = united(each), fold(Facts(), history)
    for name in SAME:
        if name == "earlier" or (whole.earlier.ids and name in ("orders",)):
            continue
        assert getattr(together, name) == getattr(whole, name), name
    assert united(reversed(each)) == together


def test_an_order_that_two_report_counts_once() -> None:
    both = united([of(order("1", total="10")), of(order("1", DAY + timedelta(hours=1), total="12"), order("2"))])
    assert (both.order_count, both.revenue) == (2, Decimal(22))


def test_a_refund_finds_the_order_of_another_member() -> None:
    assert united([of(order("1", total="10")), of(refund("1", total="4"))]).revenue == 6
    assert united([of(order("1")), of(refund("1"))]).order_count == 0


def test_an_order_that_is_added_up_of_one_is_not_counted_of_another() -> None:
    many = [order(str(n), DAY - A_DAY * (30 - n), total=1) for n in range(20)]
    assert united([of(*many), of(order("0", total=1), order("new", total=1))]).order_count == 21


def test_sessions_of_several_are_added_up() -> None:
    visits = [event("Page", DAY, message_id="a"), event("Page", DAY + timedelta(minutes=10), message_id="b")]
    both = united([of(*visits), of(*visits)])
    assert (both.sessions.count, both.sessions.seconds, both.sessions.pages) == (2, 1_200, 4)
    assert both.sessions.first_at == DAY


def test_what_is_a_persons_own_is_no_accounts() -> None:
    both = united([of(event("Subscribed"), event("Group", group_id="acme"))])
    assert (dict(both.consent), both.memberships.groups) == ({}, ())
    assert united([]) == Facts()
