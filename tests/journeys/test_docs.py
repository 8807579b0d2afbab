"""docs/JOURNEYS.md and STEPS.md name everything that a definition may say, and the example is one."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from chalicelib import plugins
from chalicelib.journeys.goal import Goal
from chalicelib.journeys.journey import Journey, parse
from chalicelib.journeys.purpose import Budget, Cost, Serves
from chalicelib.journeys.step import PACKAGE, plugin
from chalicelib.journeys.trigger import TRIGGERS
from tests.journeys.definitions import journey, send

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "JOURNEYS.md").read_text(encoding="utf-8")
BOTH = PAGE + (DOCS / "STEPS.md").read_text(encoding="utf-8")


def _words() -> list[str]:
    models: tuple[type[BaseModel], ...] = (Journey, Goal, Serves, Budget, Cost, *TRIGGERS.values())
    fields = [field.alias or name for model in models for name, field in model.model_fields.items()]
    return sorted({*fields, *TRIGGERS} - {"name"})


def _step_words() -> list[str]:
    steps = plugins.names(PACKAGE)
    fields = [field.alias or name for step in steps for name, field in plugin(step).definition.model_fields.items()]
    return sorted({*steps, *fields} - {"do", "id"})


@pytest.mark.parametrize("word", _words())
def test_every_word_of_a_journey_is_documented(word: str) -> None:
    assert re.search(rf'[`"]{word}["`]', PAGE)


@pytest.mark.parametrize("word", _step_words())
def test_every_word_of_a_step_is_documented(word: str) -> None:
    assert re.search(rf'[`"]{word}["`]', BOTH)


def test_the_example_is_a_journey() -> None:
    example = re.search(r"```json\n(.*?)```", PAGE, re.DOTALL)
    assert example is not None
    assert parse({**json.loads(example.group(1)), "name": "welcome"}).templates == ("welcome-hello", "welcome-nudge")


def test_every_trigger_in_the_page_is_one() -> None:
    found = [json.loads(text) for text in re.findall(r"`(\{[^`]*\})`", PAGE) if '"on"' in text and "..." not in text]
    assert {trigger["on"] for trigger in found} == set(TRIGGERS)
    for trigger in found:
        assert journey(send("hello"), trigger=trigger).trigger.on == trigger["on"]


def test_every_goal_in_the_page_is_one() -> None:
    found = [json.loads(text) for text in re.findall(r"`(\{[^`]*\})`", PAGE) if '"within"' in text and '"when"' in text]
    assert found
    for goal in found:
        assert journey(send("hello"), goal=goal).goal is not None
