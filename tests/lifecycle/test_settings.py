"""The settings `lifecycle` and `vocabulary`: presets, a workspace's own choices, and what is objected to, where."""

from __future__ import annotations

import json
import re
from dataclasses import fields
from pathlib import Path
from typing import Any, get_args

import pytest

from chalicelib.customers.business import VOCABULARIES, Business
from chalicelib.customers.exchange import Exchange
from chalicelib.customers.facts import Facts
from chalicelib.customers.fold import FOLD_VERSION, fold, fold_version
from chalicelib.customers.setting import Setting, body_of
from chalicelib.customers.vocabulary import DEFAULT as SHOP
from chalicelib.customers.words import Words
from chalicelib.lifecycle.fitted import Fitted
from chalicelib.lifecycle.parameters import DEFAULT, Parameters
from chalicelib.lifecycle.presets import PRESETS
from chalicelib.lifecycle.settings import Lifecycle, parameters_of
from chalicelib.lifecycle.thresholds import THRESHOLDS
from chalicelib.segments.problems import validated
from chalicelib.tracking.problems import Invalid
from tests.customers.events import DAY, event

BUSINESSES = get_args(Business)


def objections(model: type[Setting], body: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(Invalid) as invalid:
        validated(model, body)
    return {problem.path: problem.problem for problem in invalid.value.problems}


# --- thresholds ---


def test_without_a_setting_everything_is_as_documented() -> None:
    assert parameters_of(Lifecycle()) == DEFAULT
    assert Words().vocabulary("shop") == SHOP
    assert fold_version(SHOP) == FOLD_VERSION


def test_every_threshold_has_a_unit_a_range_that_holds_its_default_and_a_meaning() -> None:
    named = {field.name for field in fields(Parameters)} - {"exchange", "version", "source", "fitted"}
    assert THRESHOLDS.keys() == named
    for name, about in THRESHOLDS.items():
        usual = getattr(DEFAULT, name)
        assert usual is None or about.least <= usual <= about.most, name
        assert about.says.endswith("."), name
        assert name.endswith(f"_{about.unit}") or about.unit in ("share", "views", "money", "orders", "days"), name


@pytest.mark.parametrize("business", BUSINESSES)
def test_every_preset_agrees_with_itself(business: Business) -> None:
    assert PRESETS[business].keys() <= THRESHOLDS.keys()
    setting = validated(Lifecycle, {"preset": business})
    assert parameters_of(setting).as_dict().items() >= dict(PRESETS[business]).items()
    assert Lifecycle.model_validate(body_of(setting)) == setting
    for name, value in PRESETS[business].items():
        assert THRESHOLDS[name].least <= value <= THRESHOLDS[name].most


def test_what_is_chosen_stands_whatever_a_fit_says() -> None:
    fit = Fitted(once_occasional_days=30, once_waiting_days=90, once_at_risk_days=200, hero_value=700.0, version=4)
    setting = validated(Lifecycle, {"preset": "grocer", "thresholds": {"once_waiting_days": 50, "warm": 0.6}})
    held = parameters_of(setting, fit, Exchange("EUR", version=2), version=3)
    assert (held.once_occasional_days, held.once_waiting_days, held.once_at_risk_days) == (30, 50, 200)
    assert (held.warm, held.hero_value, held.activity_warm_days) == (0.6, 700.0, 14)
    assert held.version != parameters_of(setting, fit, Exchange("EUR", version=2), version=4).version


@pytest.mark.parametrize(
    ("body", "path", "said"),
    [
        ({"thresholds": {"warm": 0.1}}, "thresholds.warm", "cooling (0.2) cannot be above warm (0.1)"),
        ({"thresholds": {"cooling": 0.7}}, "thresholds.cooling", "cooling (0.7) cannot be above warm (0.5)"),
        (
            {"preset": "grocer", "thresholds": {"once_at_risk_days": 400}},
            "thresholds.once_at_risk_days",
            "once_at_risk_days (400) cannot be above cooling_at_most_days (365)",
        ),
        ({"thresholds": {"repeat_orders": 13}}, "thresholds.repeat_orders", "less than or equal to 12"),
        ({"thresholds": {"repeat_orders": 2.5}}, "thresholds.repeat_orders", "integer"),
        ({"thresholds": {"new_days": "soon"}}, "thresholds.new_days", "valid number"),
        ({"thresholds": {"new_days": -1}}, "thresholds.new_days", "greater than or equal to 0.01"),
        ({"thresholds": {"warmth": 1}}, "thresholds.warmth", "not known"),
        ({"preset": "bank"}, "preset", "'shop', 'grocer'"),
    ],
    ids=str,
)
def test_contradictions_are_shown_at_their_place(body: dict[str, Any], path: str, said: str) -> None:
    assert said in objections(Lifecycle, body)[path]


# --- vocabulary ---


def test_a_booking_makes_a_buyer_where_it_is_said_to() -> None:
    setting = validated(
        Words,
        {
            "conversions": [
                {
                    "event": "Booking Confirmed",
                    "id": "booking_id",
                    "totals": ["price"],
                    "undone_by": ["Booking Cancelled"],
                }
            ]
        },
    )
    said = setting.vocabulary("shop")
    booked = event("booking confirmed", properties={"booking_id": 7, "price": "120", "currency": "EUR"})
    bought = event("Order Completed", properties={"order_id": 7, "total": "9"})
    facts = fold(Facts(), [booked, bought], vocabulary=said)
    assert (facts.order_count, str(facts.revenue)) == (1, "120.0000")
    assert fold(Facts(), [booked, bought]).revenue == 9
    undone = event("Booking Cancelled", properties={"booking_id": "7"})
    assert fold(facts, [undone], vocabulary=said).order_count == 0
    assert fold_version(said) != FOLD_VERSION


def test_booking_seven_is_not_order_seven() -> None:
    both = [{"event": "Order Completed"}, {"event": "Booking Confirmed", "id": "booking_id"}]
    said = validated(Words, {"conversions": both}).vocabulary("shop")
    events = [
        event("Booking Confirmed", properties={"booking_id": 7, "total": 1}),
        event("Order Completed", properties={"order_id": 7, "total": 2}),
    ]
    assert fold(Facts(), events, vocabulary=said).order_count == 2


def test_weights_are_added_to_those_of_the_preset() -> None:
    said = validated(Words, {"preset": "b2b", "weights": {"Call Booked": 20, "product viewed": 0}}).vocabulary("shop")
    assert (said.weight("call booked"), said.weight("Product Viewed"), said.weight("Meeting Booked")) == (20, 0, 20)
    assert fold(Facts(), [event("Call Booked")], vocabulary=said).intent == ((DAY.toordinal(), 20),)


def test_kinds_of_intent_are_a_workspaces_own() -> None:
    body = {"intents": {"viewing": {"opens": ["Viewing Requested"], "closes": ["Viewing Done"]}, "trial": None}}
    said = validated(Words, body).vocabulary("shop")
    assert list(said.intents) == ["cart", "checkout", "quote", "viewing"]
    facts = fold(Facts(), [event("Viewing Requested"), event("Trial Started")], vocabulary=said)
    assert [kind for kind, _ in facts.intents.open_at(DAY)] == ["viewing"]


@pytest.mark.parametrize("business", BUSINESSES)
def test_every_kind_of_business_has_words_of_its_own_number(business: Business) -> None:
    said = Words().vocabulary(business)
    assert said == VOCABULARIES[business] == Words(preset=business).vocabulary("shop")
    assert "order completed" in said.orders
    others = {Words().vocabulary(other).mark for other in BUSINESSES}
    assert len(others) == len(BUSINESSES)
    assert (said.mark == 0) is (business == "shop")


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"conversions": []}, "conversions"),
        ({"conversions": [{"event": "A"}, {"event": "a"}]}, ""),
        ({"conversions": [{"event": "A", "undone_by": ["A"]}]}, ""),
        ({"conversions": [{"event": f"E{n}"} for n in range(31)]}, "conversions"),
        ({"conversions": [{"name": "A"}]}, "conversions[0].event"),
        ({"weights": {"A": 101}}, "weights.A"),
        ({"weights": {f"E{n}": 1 for n in range(201)}}, "weights"),
        ({"intents": {"A cart": {}}}, "intents.A cart.[key]"),
        ({"intents": {"cart": {"expires_days": 0}}}, "intents.cart.expires_days"),
        ({"intents": {f"kind{n}": {} for n in range(5)}}, ""),
        ({"preset": "bank"}, "preset"),
    ],
    ids=lambda value: str(value)[:60],
)
def test_words_that_cannot_be(body: dict[str, Any], path: str) -> None:
    assert path in objections(Words, body)


def test_any_order_of_words_says_the_same() -> None:
    one = validated(Words, {"weights": {"A": 1, "B": 2}}).vocabulary("shop")
    other = validated(Words, {"weights": {"B": 2, "A": 1}}).vocabulary("shop")
    assert fold_version(one) == fold_version(other) != FOLD_VERSION


# --- the page ---

PAGE = (Path(__file__).parents[2] / "docs" / "LIFECYCLE.md").read_text()


def written(value: float | None) -> str:
    return "null" if value is None else f"{value:g}"


def test_the_page_has_every_threshold_with_its_range_and_its_presets() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("| `") and line.count("|") == 10]
    kinds = [kind for kind in PRESETS if kind != "shop"]
    expected = []
    for name, about in THRESHOLDS.items():
        usual = written(getattr(DEFAULT, name))
        span = f"{written(about.least)} to {written(about.most)}"
        own = [written(PRESETS[kind][name]) if name in PRESETS[kind] else "" for kind in kinds]
        expected.append("| " + " | ".join([f"`{name}`", about.unit, span, usual, *own, about.says]) + " |")
    assert rows == expected


def test_the_setting_in_the_page_is_one() -> None:
    (body,) = [text for text in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL) if '"preset"' in text]
    assert validated(Lifecycle, json.loads(body)).chosen == {"once_waiting_days": 50, "hero_value": 900}
