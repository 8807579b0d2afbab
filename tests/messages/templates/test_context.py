"""What templates see: the cart as it is now, the stage and its dates, products; each read only for who asks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.customers.facts import Facts
from chalicelib.customers.fold import fold
from chalicelib.customers.state import State
from chalicelib.messages import compiled
from chalicelib.messages.context import Contexts
from chalicelib.messages.render import Rendered, render
from tests.customers.events import event
from tests.messages.samples import DAY, NOW, template

SHIRT = {"id": "shirt", "title": "Linen shirt", "url": "https://shop.example/shirt", "price": 49.9}


class Asked:
    """A shop that notes what it is asked."""

    def __init__(self) -> None:
        self.questions: list[str] = []

    def products(self, facts: Facts, most: int, now: object, *, locale: str | None = None) -> list[Mapping[str, Any]]:
        self.questions.append("products")
        return [SHIRT]

    def cards(self, ids: Sequence[str], locale: str | None) -> dict[str, Mapping[str, Any]]:
        self.questions.append("cards")
        return {"shirt": SHIRT} if "shirt" in ids else {}


def state(*happened: tuple[str, int, dict[str, Any]]) -> State:
    """Somebody with these events, so many minutes ago."""
    events = [
        event(name, NOW - timedelta(minutes=minutes), properties=properties) for name, minutes, properties in happened
    ]
    return State("u#ann", v=1, facts=fold(Facts(), events), stage="lead", stage_since=NOW - DAY)


def seen(known: State, asks: frozenset[str] = compiled.EVERYTHING, **traits: Any) -> dict[str, Any]:
    shop = Asked()
    context = Contexts(recommender=lambda: shop, cards=shop.cards).of(known, traits, None, asks, "it", NOW)
    return context | {"questions": shop.questions}


SHIRT_IN = ("Product Added", 60, {"product_id": "shirt", "name": "Shirt", "price": 20, "currency": "EUR"})
HAT_IN = ("Product Added", 50, {"product_id": "hat", "price": 5, "currency": "EUR"})


def test_the_cart_is_what_is_in_it_when_the_message_leaves() -> None:
    cart = seen(state(SHIRT_IN, HAT_IN))["cart"]
    assert (cart["what"], str(cart["worth"]), cart["currency"]) == ("hat", "25.00", "EUR")
    assert [item["id"] for item in cart["items"]] == ["shirt", "hat"]
    assert cart["items"][0]["title"] == "Linen shirt"
    assert str(cart["items"][0]["worth"]) == "20.00"


@pytest.mark.parametrize(
    "happened",
    [
        (),
        (SHIRT_IN, ("Product Removed", 5, {"product_id": "shirt"})),
        (SHIRT_IN, ("Order Completed", 5, {"order_id": "1", "total": 20})),
    ],
)
def test_a_cart_that_was_bought_or_emptied_is_none(happened: tuple[Any, ...]) -> None:
    assert seen(state(*happened))["cart"] is None


def test_what_a_template_does_not_name_is_not_asked_for() -> None:
    assert seen(state(SHIRT_IN), frozenset())["questions"] == []
    assert seen(state(SHIRT_IN), frozenset({"cart"}))["questions"] == ["cards"]
    assert seen(state(SHIRT_IN), frozenset({"products"}))["questions"] == ["products"]


def test_the_stage_has_its_dates() -> None:
    known = replace(state(), next_at=NOW + DAY, next_stage="new", overdue_at=NOW + 2 * DAY)
    assert seen(known)["lifecycle"] == {
        "stage": "lead",
        "since": "2026-11-21T09:00:00.000Z",
        "next_change_at": "2026-11-23T09:00:00.000Z",
        "next_stage": "new",
        "next_order_at": None,
        "overdue_at": "2026-11-24T09:00:00.000Z",
    }
    assert seen(known)["stage"] == "lead"


def test_who_orders_in_a_rhythm_has_a_next_order() -> None:
    ordered = [("Order Completed", days * 24 * 60, {"order_id": str(days), "total": 10}) for days in (90, 60, 30, 1)]
    assert seen(state(*ordered))["lifecycle"]["next_order_at"] > "2026-11-22"


@pytest.mark.parametrize(
    ("traits", "zone"),
    [({"timezone": "Europe/Bucharest"}, "Europe/Bucharest"), ({"timezone": "Mars/Olympus"}, "UTC"), ({}, "UTC")],
)
def test_clocks_are_the_persons(traits: dict[str, Any], zone: str) -> None:
    assert seen(state(), **traits)["timezone"] == zone


def test_a_whole_mail_of_it() -> None:
    words = render(
        template(
            html="{% for item in cart.items %}{{ item.title | default: item.id }}: "
            "{{ item.worth | money: item.currency }}; {% endfor %}{{ lifecycle.since | date }}",
            text=None,
            locale="it",
        ),
        seen(state(SHIRT_IN, HAT_IN)),
    )
    assert isinstance(words, Rendered)
    assert (words.html or "").replace("\u00a0", " ") == "Linen shirt: 20,00 €; hat: 5,00 €; 21 novembre 2026"
