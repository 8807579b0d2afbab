"""Journeys start when an intent was left open: a cart of a buyer, too."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.journeys.enrol import unheard
from chalicelib.journeys.trigger import effect
from chalicelib.lifecycle.stage import DEFAULT
from chalicelib.review.advance import Rules
from chalicelib.review.effects import of_intents
from chalicelib.tracking.problems import Invalid
from tests.customers.events import DAY
from tests.journeys.definitions import journey, send
from tests.lifecycle.people import told

LEFT = {"on": "intent", "left_open": ["cart", "checkout"]}


def test_it_hears_the_intents_that_it_names_and_no_others() -> None:
    trigger = journey(send("hello"), trigger=LEFT).trigger
    facts = told((1, "Product Added", {"name": "Lamp"}), (1, "Quote Requested"))
    cart, quote = (effect(said) for said in of_intents(facts, {"cart": DAY, "quote": DAY}))
    assert trigger.hears(cart)
    assert not trigger.hears(quote)
    assert cart.data["what"] == "Lamp"
    assert not trigger.hears(effect({"id": "1", "kind": "event", "at": cart.data["at"], "name": "cart"}))


def test_publishing_it_has_reviews_look_for_them() -> None:
    names = journey(send("hello"), trigger=LEFT).trigger.events()
    rules = Rules(DEFAULT, frozenset(names))
    assert rules.intents == {"cart", "checkout"}


def test_one_of_long_ago_starts_nothing() -> None:
    live = journey(send("hello"), trigger=LEFT)
    (cart,) = (effect(said) for said in of_intents(told((1, "Product Added", {"name": "Lamp"})), {"cart": DAY}))
    assert unheard(cart, live, DAY + timedelta(minutes=1)) is None
    assert unheard(cart, live, DAY + timedelta(days=400)) == "stale"


@pytest.mark.parametrize(
    "wrong", [{"on": "intent"}, {"on": "intent", "left_open": []}, {**LEFT, "left_open": ["A cart"]}]
)
def test_what_is_no_such_trigger(wrong: dict[str, object]) -> None:
    with pytest.raises(Invalid):
        journey(send("hello"), trigger=wrong)
