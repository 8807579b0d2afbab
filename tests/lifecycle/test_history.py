"""A history is the facts' orders made small; what stood at a past moment is read off it as it would have been then."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.customers.exchange import Exchange
from chalicelib.customers.facts import Facts
from chalicelib.lifecycle.history import as_of, history_of, orders_between
from chalicelib.lifecycle.parameters import DEFAULT
from chalicelib.lifecycle.reading import read
from chalicelib.times import milliseconds
from tests.lifecycle.people import TODAY, ago, every, person
from tests.lifecycle.strategies import facts


@pytest.mark.parametrize(
    "orders", [[], [3], [3, 5], [3, 11], every(1, 0.5, 60), every(30, 10, 700), every(7.5, 2, 300), [100, 99, 98, 4]]
)
def test_now_is_what_judging_reads(orders: list[float]) -> None:
    known = person(orders=orders)
    view, reading = as_of(history_of(known), TODAY), read(known, True)
    if view is None:
        assert not orders
        return
    buyer = reading.buyer(DEFAULT)
    assert (view.orders, view.revenue, view.occasions) == (reading.orders, reading.revenue, reading.episodes)
    assert view.silence == reading.silence(milliseconds(TODAY))
    assert (view.repeats, view.spread) == (buyer.repeats, buyer.spread)
    assert view.told


@given(
    st.lists(st.integers(1, 900).map(float), max_size=30, unique=True),
    st.integers(1, 900),
)
def test_the_past_as_it_stood_or_said_to_be_guessed(orders: list[float], back: int) -> None:
    """Orders at whole days ago, looked at half a day after one of them could have been."""
    then = ago(back + 0.5)
    view = as_of(history_of(person(orders=orders)), then)
    true = as_of(history_of(person(orders=[day for day in orders if day > back])), then)
    if view is None or true is None:
        assert view is true
    elif view.told:
        assert view == true
    else:
        assert view.occasions >= 1
        since_the_first_order = (max(orders) - back - 0.5) / 7  # weeks; the first occasion may have had several
        whole = view.spread + view.silence
        assert 0 <= view.spread <= whole
        assert true.spread + true.silence <= whole + 1e-9 <= since_the_first_order + 1e-6


@given(facts())
def test_whatever_the_facts_are(known: Facts) -> None:
    history = history_of(known)
    for moment in (ago(3000), ago(100), TODAY, TODAY + timedelta(days=4000)):
        view = as_of(history, moment)
        assert view is None or (view.repeats >= 0 and view.spread >= 0 and view.silence >= 0 and view.orders > 0)
    count, value = orders_between(history, milliseconds(ago(100)), milliseconds(TODAY))
    assert count >= 0
    assert value >= 0


def test_orders_between() -> None:
    history = history_of(person(orders=[200, 91, 90, 50], each="40.00"))
    assert orders_between(history, milliseconds(ago(91)), milliseconds(TODAY)) == (3, 120.0)
    assert orders_between(history, milliseconds(ago(91)), milliseconds(ago(50))) == (2, 80.0)
    many = history_of(person(orders=every(1, 1, 100), each="1.00"))
    count, value = orders_between(many, milliseconds(ago(50)), milliseconds(TODAY))
    assert count == pytest.approx(50, abs=2)
    assert value == pytest.approx(50, abs=2)


def test_occasions_begin_a_week_apart() -> None:
    history = history_of(person(orders=[100, 95, 92, 60, 59]))
    assert history.starts == tuple(milliseconds(ago(day)) for day in (100, 92, 60))
    assert history.first_at == milliseconds(ago(100))


def test_amounts_by_the_workspaces_rates() -> None:
    known = person(orders=[30, 20, 10], each="10.00")
    orders = [replace(order, currency=name) for order, name in zip(known.orders, ("EUR", "USD", "XXX"), strict=True)]
    exchange = Exchange("EUR", {"USD": Decimal("0.5")})
    assert history_of(replace(known, orders=tuple(orders)), exchange).values == (10.0, 5.0, 0.0)
