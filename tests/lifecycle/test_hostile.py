"""Facts that make no sense still get a stage, a reason and finite figures, quickly."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from chalicelib.customers.facts import Earlier, Facts, Order, Sum
from chalicelib.lifecycle.parameters import DEFAULT
from chalicelib.lifecycle.stage import Stage, judge
from tests.lifecycle.people import TODAY, ago, every, person, told
from tests.lifecycle.test_law import assert_sound

LAST_DAY = datetime(9999, 12, 31, 23, 59, tzinfo=UTC)
FIRST_DAY = datetime(1, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def order(at: datetime, total: str = "10", refunded: str = "0") -> Order:
    return Order(at.isoformat(), at, Decimal(total), Decimal(refunded))


def of(*orders: Order, **more: object) -> Facts:
    return Facts(orders=orders, first_at=orders[0].at, last_at=orders[-1].at, **more)  # type: ignore[arg-type]


HOSTILE = {
    "3,000 orders, one a day": person(orders=[float(n) for n in range(3000)]),
    "3,000 orders in a minute": of(
        order(TODAY), earlier=Earlier({"": Sum(2999, Decimal(9))}, 2999, TODAY, TODAY, TODAY)
    ),
    "refunds above revenue": of(order(ago(9), "10", "99"), order(ago(5), "10", "11")),
    "an order in 1970": of(order(datetime(1970, 1, 1, tzinfo=UTC)), order(ago(1))),
    "an order in the year 1": of(order(FIRST_DAY), order(ago(1))),
    "an order in 9999": of(order(ago(1)), order(LAST_DAY)),
    "only in 9999": of(order(LAST_DAY)),
    "clocks that went back": of(order(ago(1)), earlier=Earlier({"": Sum(5, Decimal(9))}, 5, TODAY + DAY, TODAY, TODAY)),
    "orders without a date of activity": Facts(orders=(order(ago(9)),)),
    "active in the future": person(visits=[-4000]),
    "intent of no weight": person(wanted={1: 0}),
    "intent below nothing": person(wanted={1: -50}),
    "days that do not exist": Facts(last_at=TODAY, active_days=(-5, 10**9), intent=((10**9, 50), (-4, 5))),
    "currencies mixed": of(
        Order("1", ago(30), Decimal(9), currency="EUR"), Order("2", ago(9), Decimal(9), currency="XAU"), order(ago(2))
    ),
    "a subscription that says everything at once": told(
        *(
            (1, name, {"subscription_id": "s1", "status": "odd", "price": -5, "renews_at": "0001-01-01", "interval": 9})
            for name in ("Subscription Created", "Subscription Paused", "Subscription Cancelled", "Trial Started")
        )
    ),
    "a subscription that ended before it began": told(
        (400, "Subscription Cancelled", {"ended_at": "9000-01-01"}), (500, "Trial Ended"), (1, "Payment Failed")
    ),
    "paid without ever having begun": told((3, "Subscription Renewed", {"subscription_id": "s"})),
    "a subscription of 3,000 renewals": told(
        *(
            (n, "Subscription Renewed", {"subscription_id": "s", "price": "1e11", "interval": "daily"})
            for n in range(3000)
        )
    ),
    "a trial until the year 8999": told((3, "Trial Started", {"trial_end_date": "8999-12-31"})),
    "a cart of no worth, ended before it began": told(
        (3, "Product Added", {"price": "-5", "quantity": "0.0"}), (2, "Checkout Started", {"expires_at": "2001-01-01"})
    ),
    "more than money": of(order(ago(30), "1e300"), order(ago(1), "1e400")),
}


@pytest.mark.parametrize("known", HOSTILE.values(), ids=HOSTILE.keys())
@pytest.mark.parametrize("now", [FIRST_DAY, TODAY, LAST_DAY], ids=["year 1", "today", "year 9999"])
def test_hostile(known: Facts, now: datetime) -> None:
    assert_sound(judge(known, True, DEFAULT, now))


def test_what_was_given_back_with_interest_is_no_order() -> None:
    known = HOSTILE["refunds above revenue"]
    assert judge(known, True, DEFAULT, TODAY).stage is Stage.WAITING
    assert judge(known, True, DEFAULT, TODAY).expected_value is None


def test_the_future_has_not_aged() -> None:
    """An order dated tomorrow counts as made, with all of its time still before it."""
    judged = judge(person(orders=[-1]), True, DEFAULT, TODAY)
    assert (judged.stage, judged.warmth) == (Stage.OCCASIONAL, 1.0)
    assert judged.next_at == TODAY + timedelta(days=61)


def test_a_daily_buyer_of_years_is_no_burden() -> None:
    judged = judge(person(orders=every(1, 0.5, 3000)), True, DEFAULT, TODAY)
    assert judged.stage is Stage.HERO
    assert judged.expected_value is not None
    assert 280 * 20 < judged.expected_value < 330 * 53  # at most one occasion a week, each of some eight orders
