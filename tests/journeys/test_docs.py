"""docs/JOURNEYS.md and STEPS.md name everything that a definition may say, and the example is one."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from chalicelib import plugins
from chalicelib.journeys.journey import Journey, parse
from chalicelib.journeys.step import PACKAGE, plugin
from chalicelib.journeys.trigger import TRIGGERS
from chalicelib.segments.rule import KINDS
from chalicelib.segments.rule import parse as rule

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "JOURNEYS.md").read_text(encoding="utf-8")
BOTH = PAGE + (DOCS / "STEPS.md").read_text(encoding="utf-8")


def _words() -> list[str]:
    steps = plugins.names(PACKAGE)
    fields = [field.alias or name for step in steps for name, field in plugin(step).definition.model_fields.items()]
    rules = [field.alias or name for kind in KINDS.values() for name, field in kind.model_fields.items()]
    journey = [field.alias or name for name, field in Journey.model_fields.items() if name != "name"]
    return sorted({*steps, *fields, *rules, *journey, *TRIGGERS} - {"do"})


@pytest.mark.parametrize("word", _words())
def test_every_word_of_a_definition_is_documented(word: str) -> None:
    assert re.search(rf'[`"]{word}["`]', BOTH)


def test_the_example_is_a_journey() -> None:
    example = re.search(r"```json\n(.*?)```", PAGE, re.DOTALL)
    assert example is not None
    assert parse({**json.loads(example.group(1)), "name": "welcome"}).templates == ("welcome-hello", "welcome-nudge")


def test_every_rule_in_the_page_is_a_rule() -> None:
    found = [json.loads(text) for text in re.findall(r"`(\{[^`]*\})`", PAGE) if "..." not in text]
    rules = [body for body in found if set(body) & set(KINDS) and "on" not in body]
    assert len(rules) >= 6
    for body in rules:
        rule(body)
