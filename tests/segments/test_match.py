"""Rules against customers: what each condition means, and what it means when nothing is known."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.customers.exchange import Exchange
from chalicelib.customers.facts import Facts
from chalicelib.customers.interests import LOOKED, Cell, Held, Interests
from chalicelib.customers.prices import Prices
from chalicelib.customers.touches import At, Touch, Touches
from chalicelib.customers.workspace import PriceTiers
from chalicelib.lifecycle.stage import Stage
from chalicelib.segments.match import match
from chalicelib.segments.rule import parse
from chalicelib.segments.view import View
from tests.segments.people import NOW, customer
from tests.segments.rules import rules

NOBODY = customer()
BUYER = customer(orders=((40, "10.10"), (20, "20")), seen_days_ago=(50, 20), active_days_ago=(40, 20, 0))
ITALIAN = customer(
    traits={
        "country": "IT",
        "age": 30,
        "vip": True,
        "tags": ["Blue", 7],
        "address": {"city": "Torino"},
        "a.b": "dotted",
        "none": None,
    }
)
BROWSER = customer(visits=((9, 1), (1.5, 1), (0.1, 0.5)))
MEMBER = customer(account={"stage": "hero", "revenue": Decimal(100), "traits": {"plan": "pro"}})
TOUCHED = replace(
    NOBODY,
    facts=Facts(
        touches=Touches(
            (Touch(1, "email"), Touch(2, "direct"), Touch(2, "email")),
            At(NOW - timedelta(days=9), "email", "news", "spring"),
            At(NOW - timedelta(days=1), "direct"),
        ),
        interests=Interests(categories={Cell(1, LOOKED, "Home", "EUR"): Held(2, 2, 600_000)}),
    ),
    prices=Prices(Exchange("EUR"), PriceTiers.model_validate({"categories": {"home": {"mid": "20", "high": "100"}}})),
)


@pytest.mark.parametrize(
    ("rule", "who", "held"),
    [
        ({"fact": "order_count", "above": 0}, BUYER, True),
        ({"fact": "order_count", "above": 2}, BUYER, False),
        ({"fact": "order_count", "equals": 0}, NOBODY, True),
        ({"fact": "order_count", "at_least": 1, "at_most": 2}, BUYER, True),
        ({"fact": "order_count", "at_least": 1, "below": 2}, BUYER, False),
        # 0.1 in JSON is a tenth, not the nearest binary fraction
        ({"fact": "revenue", "equals": 30.1}, BUYER, True),
        ({"fact": "average_order_value", "equals": 15.05}, BUYER, True),
        ({"fact": "average_order_value", "at_least": 0}, NOBODY, False),
        ({"fact": "days_since_last_order", "equals": 20}, BUYER, True),
        ({"fact": "days_since_last_order", "at_least": 30}, BUYER, False),
        ({"fact": "days_since_first_order", "at_least": 40}, BUYER, True),
        # what is not known satisfies nothing; "not in the last 30 days" includes those who never did
        ({"fact": "days_since_last_order", "at_least": 30}, NOBODY, False),
        ({"fact": "days_since_last_order", "at_most": 30}, NOBODY, False),
        ({"not": {"fact": "days_since_last_order", "at_most": 30}}, NOBODY, True),
        ({"fact": "days_since_first_activity", "equals": 50}, BUYER, True),
        ({"fact": "days_since_last_activity", "below": 20.5}, BUYER, True),
        ({"fact": "days_since_identified", "above": 0}, BUYER, False),
        ({"fact": "active_days_last_30", "equals": 2}, BUYER, True),
        ({"fact": "days_in_stage", "at_least": 3}, customer(stage_days_ago=3), True),
        ({"fact": "days_in_stage", "at_least": 3}, customer(stage_days_ago=2.999), False),
        ({"fact": "session_count", "equals": 3}, BROWSER, True),
        ({"fact": "browsing_seconds_last_session", "equals": 1800}, BROWSER, True),
        ({"fact": "browsing_seconds_today", "equals": 1800}, BROWSER, True),
        ({"fact": "browsing_seconds_last_7_days", "equals": 5400}, BROWSER, True),
        ({"fact": "sessions_last_7_days", "equals": 2}, BROWSER, True),
        ({"fact": "days_since_last_session", "below": 0.2}, BROWSER, True),
        ({"fact": "gift_share", "exists": False}, NOBODY, True),
        ({"fact": "gift_share", "equals": 0}, BUYER, True),
        ({"fact": "touch_days_email", "equals": 2}, TOUCHED, True),
        ({"fact": "touch_days_sms", "equals": 0}, TOUCHED, True),
        ({"fact": "acquisition_channel", "in": ["paid_search", "email"]}, TOUCHED, True),
        ({"fact": "acquisition_channel", "equals": "direct"}, TOUCHED, False),
        ({"fact": "acquisition_campaign", "contains": "spr"}, TOUCHED, True),
        ({"fact": "acquisition_channel", "exists": False}, NOBODY, True),
        ({"fact": "last_touch_channel", "equals": "direct"}, TOUCHED, True),
        ({"fact": "categories_of_interest", "contains": "Home"}, TOUCHED, True),
        ({"fact": "categories_of_interest", "contains": "Ho"}, TOUCHED, False),
        ({"fact": "top_category_price", "equals": "mid"}, TOUCHED, True),
        ({"fact": "top_category_price", "exists": True}, BUYER, False),
        ({"account": "stage", "in": ["hero"]}, MEMBER, True),
        ({"account": "revenue", "at_least": 100}, MEMBER, True),
        ({"account": "traits.plan", "equals": "pro"}, MEMBER, True),
        ({"account": "traits.plan", "exists": False}, NOBODY, True),
        ({"account": "stage", "in": ["hero"]}, NOBODY, False),
        ({"stage": ["new", "lead"]}, NOBODY, True),
        ({"stage": ["hero"]}, NOBODY, False),
        ({"stage": ["ghost"]}, customer(stage=None), False),
        ({"trait": "country", "equals": "IT"}, ITALIAN, True),
        ({"trait": "country", "equals": "it"}, ITALIAN, False),
        ({"trait": "country", "in": ["RO", "IT"]}, ITALIAN, True),
        ({"trait": "country", "in": ["RO"]}, ITALIAN, False),
        ({"trait": "country", "contains": "T"}, ITALIAN, True),
        ({"trait": "tags", "contains": "Blue"}, ITALIAN, True),
        ({"trait": "tags", "contains": 7}, ITALIAN, True),
        ({"trait": "tags", "contains": "7"}, ITALIAN, False),
        ({"trait": "address.city", "equals": "Torino"}, ITALIAN, True),
        ({"trait": "address.street", "exists": False}, ITALIAN, True),
        ({"trait": "country.code", "exists": True}, ITALIAN, False),
        ({"trait": "a.b", "equals": "dotted"}, ITALIAN, True),
        ({"trait": "none", "exists": True}, ITALIAN, False),
        ({"trait": "age", "above": 29, "below": 31}, ITALIAN, True),
        ({"trait": "age", "equals": 30.0}, ITALIAN, True),
        ({"trait": "age", "equals": "30"}, ITALIAN, False),
        ({"trait": "country", "above": 0}, ITALIAN, False),
        ({"trait": "vip", "equals": True}, ITALIAN, True),
        ({"trait": "vip", "equals": 1}, ITALIAN, False),
        ({"trait": "age", "equals": True}, ITALIAN, False),
        ({"consent": "email", "is": "unknown"}, NOBODY, True),
        ({"consent": "email", "is": "granted"}, customer(consent={"email": True}), True),
        ({"consent": "email", "is": "denied"}, customer(consent={"email": False}), True),
        ({"consent": "sms", "is": "granted"}, customer(consent={"email": True}), False),
        ({"consent": "advertising", "is": "granted"}, customer(consent={"advertising": True}), True),
        ({"consent": "email", "topic": "news", "is": "granted"}, customer(consent={"email": True}), False),
        ({"consent": "email", "topic": "news", "is": "granted"}, customer(consent={"email/news": True}), True),
        ({"all": [{"stage": ["new"]}, {"fact": "order_count", "equals": 0}]}, NOBODY, True),
        ({"all": [{"stage": ["new"]}, {"fact": "order_count", "above": 0}]}, NOBODY, False),
        ({"any": [{"stage": ["hero"]}, {"fact": "order_count", "equals": 0}]}, NOBODY, True),
        ({"any": [{"stage": ["hero"]}, {"fact": "order_count", "above": 0}]}, NOBODY, False),
    ],
)
def test_what_a_rule_means(rule: dict[str, Any], who: View, held: bool) -> None:
    assert match(parse(rule), who, NOW).matched is held


def test_the_reasons_are_the_conditions_that_decided() -> None:
    rule = parse({"all": [{"stage": ["new"]}, {"any": [{"stage": ["hero"]}, {"fact": "order_count", "above": 0}]}]})
    answer = match(rule, NOBODY, NOW)
    assert [(reason.rule, reason.actual, reason.held) for reason in answer.reasons] == [
        ("stage in hero", Stage.NEW, False),
        ("fact order_count above 0", 0, False),
    ]
    assert answer.text() == "not stage in hero; not fact order_count above 0"


def test_a_long_explanation_is_cut() -> None:
    rule = parse({"all": [{"trait": f"trait-number-{number}", "exists": False} for number in range(50)]})
    assert len(match(rule, NOBODY, NOW).text()) == 200


@given(raw=rules(), days=st.floats(0, 400))
def test_a_rule_and_its_negation_disagree_for_the_same_reasons(raw: dict[str, Any], days: float) -> None:
    now = NOW + timedelta(days=days)
    for who in (NOBODY, BUYER, ITALIAN):
        said, denied = match(parse(raw), who, now), match(parse({"not": raw}), who, now)
        assert said.matched is not denied.matched
        assert said.reasons == denied.reasons
        assert said.reasons


@given(raw=rules())
def test_a_rule_survives_its_own_json(raw: dict[str, Any]) -> None:
    rule = parse(raw)
    again = rule.model_dump(mode="json", by_alias=True, exclude_none=True)
    assert parse(again) == rule
