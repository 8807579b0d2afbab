"""docs/FACTS.md says of every fact what the code says of it, and of the API's form what it is."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from benchmarks import load
from chalicelib.api.behaviour import Behaviour
from chalicelib.customers import channels, intents, interests, sessions, subscriptions, touches, words
from chalicelib.customers.exchange import Exchange
from chalicelib.customers.facts import Facts
from chalicelib.customers.fold import fold
from chalicelib.customers.packing import pack
from chalicelib.customers.prices import Prices
from chalicelib.customers.shown import shown
from chalicelib.customers.vocabulary import INTENTS
from chalicelib.customers.words import Words
from chalicelib.customers.workspace import Currencies, PriceTiers
from chalicelib.segments.measures import MEASURES
from chalicelib.segments.texts import TEXTS
from chalicelib.tracking import pipeline
from chalicelib.tracking.reading import Arrival, Calls
from tests.customers.events import DAY, event, order

PAGE = (Path(__file__).parents[2] / "docs" / "FACTS.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", MEASURES)
def test_every_number_is_documented(name: str) -> None:
    if name.startswith("touch_days_"):
        assert f"`{name}`" in PAGE
    else:
        assert f"| `{name}` | {MEASURES[name].says} | {MEASURES[name].trend} |" in PAGE


@pytest.mark.parametrize("name", TEXTS)
def test_every_text_is_documented(name: str) -> None:
    assert f"| `{name}` | {TEXTS[name].says} |" in PAGE


def test_the_page_names_no_fact_that_is_none() -> None:
    named = set(re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE)) | set(re.findall(r"`(touch_days_\w+)`", PAGE))
    assert named == {*MEASURES, *TEXTS}


def test_the_bounds_in_the_page_are_those_of_the_code() -> None:
    text = " ".join(PAGE.split())
    assert f"last {sessions.RECENT} sessions within {sessions.SPAN // 86_400} days" in text
    assert f"last {touches.RECENT} within {touches.SPAN} days" in text
    assert f"The last {intents.MOST_LINES} products spoken of" in text
    assert f"The last {subscriptions.MOST} spoken of are kept" in text
    assert (
        f"At most {words.MOST_CONVERSIONS} conversions, {words.MOST_WEIGHTS} weights and {words.MOST_KINDS} kinds"
        in text
    )
    days = [INTENTS[kind].expires_days for kind in ("cart", "checkout", "quote", "trial")]
    assert f"expire {days[0]} days after their last event, a quote after {days[2]}, a trial after {days[3]}" in text
    assert days[0] == days[1]
    assert f"{interests.CELLS} cells of each are kept, within {interests.SPAN} weeks" in text
    assert f"cut after {channels.LONGEST} characters, the path after {2 * channels.LONGEST}" in text


def test_the_settings_in_the_page_are_settings() -> None:
    currencies, spoken, tiers = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    assert Currencies.model_validate(json.loads(currencies)).report == "EUR"
    said = Words.model_validate(json.loads(spoken)).vocabulary("shop")
    assert (list(said.orders), said.weight("Showroom Visited")) == (["order completed", "booking confirmed"], 10)
    assert list(said.intents) == ["cart", "checkout", "quote", "viewing"]
    assert PriceTiers.model_validate(json.loads(tiers)).default is not None


def names(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield name
            yield from names(inner)


def test_what_templates_see_is_what_the_api_answers() -> None:
    context = {"page": {"url": "https://shop.example/a"}, "campaign": {"source": "news", "medium": "email"}}
    viewed = {"product_id": "p1", "category": "Home", "price": "10", "currency": "GBP"}
    history = [event("Page", context=context), event(properties=viewed), order("1"), event("Group", group_id="acme")]
    for facts in (Facts(), fold(Facts(), history)):
        told = shown(facts, Prices(), datetime(2026, 11, 20, 13, tzinfo=UTC))
        assert set(told) == set(Behaviour.model_fields)
        assert Behaviour.model_validate(told).model_dump() == told
        assert all(f"`facts.{name}`" in PAGE for name in told)


def test_what_is_shown_of_somebody() -> None:
    viewed = {"product_id": "p1", "category": "Home", "price": "10", "currency": "USD"}
    prices = Prices(
        Exchange("EUR", {"USD": Decimal("0.92")}), PriceTiers.model_validate({"default": {"mid": "20", "high": "100"}})
    )
    facts = fold(Facts(), [event(properties=viewed), order("1", total="10.5")])
    told = shown(facts, prices, DAY)
    assert told["orders"]["by_currency"] == [
        {"currency": "GBP", "count": 1, "revenue": facts.revenue, "converted": False}
    ]
    assert (told["orders"]["revenue"], told["orders"]["currency"]) == (0, "EUR")
    assert told["interests"]["categories"][0]["price"] == "low"
    assert str(told["interests"]["categories"][0]["mean_price"]) == "9.20"


def test_four_visits_are_some_300_bytes() -> None:
    now = datetime(2026, 11, 22, 10, tzinfo=UTC)
    sent = [call for visit in range(4) for call in load.visit("person-1", now - timedelta(days=9 * visit, minutes=5))]
    events = pipeline.read(Calls(sent, sent_at=now), Arrival("segment", "key", now, 10**6)).events
    facts = fold(Facts(), events)
    assert (facts.order_count, facts.sessions.count) == (4, 4)
    assert 240 < len(pack(facts)) <= 320
