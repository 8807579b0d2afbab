"""docs/RULES.md: every example says of Ada what the page says; every kind and every condition is shown."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from chalicelib.customers.facts import Consent, Facts
from chalicelib.customers.fold import fold
from chalicelib.lifecycle.stage import Stage
from chalicelib.segments.history import History
from chalicelib.segments.match import holds, match
from chalicelib.segments.need import needed
from chalicelib.segments.rule import KINDS, parse
from chalicelib.segments.schema import RULE
from chalicelib.segments.view import View
from chalicelib.times import parse as moment
from tests.customers.events import event

PAGE = (Path(__file__).parents[2] / "docs" / "RULES.md").read_text()
NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
RULES = re.findall(r"^\| `(\{.*\})` \| (yes|no) \|", PAGE, re.MULTILINE)
EVENTS = [
    event(name, moment(at), message_id=at, properties=json.loads(properties))
    for at, name, properties in re.findall(r"^\| (\S+Z) \| ([^|]+) \| `(\{.*\})` \|$", PAGE, re.MULTILINE)
]
TRAITS = {
    "timezone": "Europe/Rome",
    "birthday": "1990-11-25",
    "country": "IT",
    "points": 120,
    "tags": ["vip", "press"],
    "address": {"city": "Torino"},
}


def ada() -> View:
    agreed = Consent(True, moment("2026-01-01T00:00:00Z"), "m")
    return View(
        "u#ann",
        replace(fold(Facts(), EVENTS), consent={"email": agreed}),
        TRAITS,
        Stage.REPEAT,
        moment("2026-11-01T00:00:00Z"),
        account={"id": "acme", "traits": {"plan": "pro"}},
        segments=frozenset({"newsletter-readers"}),
    )


@pytest.mark.parametrize(("raw", "said"), RULES)
def test_what_the_page_says_of_ada(raw: str, said: str) -> None:
    rule, view = parse(json.loads(raw)), ada()
    if (need := needed([rule], view, NOW)) is not None:
        view = replace(view, history=History.of(EVENTS, need.names, need.since))
    assert match(rule, view, NOW).matched is (said == "yes")
    assert holds(rule, view, NOW) is (said == "yes")


def test_the_page_shows_every_kind_and_every_condition() -> None:
    shown = {key for raw, _ in RULES for key in _keys(json.loads(raw))}
    conditions = {
        *("equals", "in", "contains", "exists", "above", "at_least", "below", "at_most"),
        *("before", "after", "within_last", "more_than_ago", "within_next", "anniversary"),
        *("where", "within", "between", "count", "sum", "distinct", "first", "last", "followed_by"),
    }
    assert len(EVENTS) == 9
    assert {*KINDS, *conditions} <= shown


def test_the_first_example_of_the_page_is_a_rule() -> None:
    (first, *_) = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    parse(json.loads(first))


def test_the_examples_of_the_schema_show_every_kind() -> None:
    kinds = {type(parse(example)) for example in RULE["examples"]}
    shown = {key for example in RULE["examples"] for key in _keys(example)}
    assert kinds
    assert set(KINDS) <= shown


def _keys(value: Any) -> set[str]:
    if isinstance(value, dict):
        return set(value) | {key for each in value.values() for key in _keys(each)}
    return {key for each in value for key in _keys(each)} if isinstance(value, list) else set()
