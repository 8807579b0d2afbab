"""What counts as value: all expected revenue, unless the setting says that a part of it does, or that later is less."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.customers.facts import Facts
from chalicelib.lifecycle.parameters import Parameters
from chalicelib.lifecycle.stage import judge
from tests.lifecycle.people import TODAY, ago, person, told

PLAN = {"subscription_id": "s1", "plan": "Pro", "price": "50", "currency": "EUR", "interval": "month"}
BUYER = person(orders=(10, 40, 80), identified=90)
SUBSCRIBER = told((40, "Subscription Started", PLAN), (10, "Subscription Renewed", PLAN))
LEAVER = told((10, "Subscription Started", PLAN | {"cancel_at_period_end": True, "renews_at": ago(-20).isoformat()}))


def value(facts: Facts, **thresholds: float) -> float:
    found = judge(facts, True, Parameters(**thresholds), TODAY).expected_value  # type: ignore[arg-type]
    assert found is not None
    return found


@pytest.mark.parametrize("facts", [BUYER, SUBSCRIBER, LEAVER], ids=["buyer", "subscriber", "leaver"])
def test_a_margin_is_a_share_of_revenue(facts: Facts) -> None:
    assert value(facts) > 0
    assert value(facts, margin=0.3) == pytest.approx(0.3 * value(facts))


@pytest.mark.parametrize("facts", [BUYER, SUBSCRIBER], ids=["buyer", "subscriber"])
def test_a_discount_takes_less_than_a_year_of_itself(facts: Facts) -> None:
    assert value(facts) / 1.1 < value(facts, yearly_discount=0.1) < value(facts)


def test_the_stage_does_not_ask_for_a_margin() -> None:
    plain, careful = (judge(BUYER, True, Parameters(margin=share), TODAY) for share in (1, 0.01))
    assert (plain.stage, plain.next_at) == (careful.stage, careful.next_at)
    assert plain.next_at is not None
    assert plain.next_at > TODAY + timedelta(days=1)


def test_no_discount_is_no_error_and_a_negative_one_is() -> None:
    with pytest.raises(ValueError, match="yearly_discount"):
        Parameters(yearly_discount=-0.1)
