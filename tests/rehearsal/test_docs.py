"""docs/REHEARSAL.md: its examples may be asked, and the fields of questions and answers are in it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from chalicelib.journeys.journey import parse
from chalicelib.rehearsal.report import report
from chalicelib.rehearsal.request import AskedBacktest, AskedForecast, AskedPreview
from chalicelib.rehearsal.tally import Tally
from chalicelib.rehearsal.words import WHY
from tests.fakes.world import NOW

PAGE = (Path(__file__).parents[2] / "docs" / "REHEARSAL.md").read_text(encoding="utf-8")
MODELS: dict[str, type[BaseModel]] = {"Backtest": AskedBacktest, "Forecast": AskedForecast, "Preview": AskedPreview}


def _examples() -> list[tuple[str, dict[str, Any]]]:
    found = []
    for head, text in re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", PAGE, re.DOTALL | re.MULTILINE):
        found += [(head, json.loads(example)) for example in re.findall(r"```json\n(.*?)```", text, re.DOTALL)]
    return found


@pytest.mark.parametrize(("kind", "body"), _examples())
def test_every_example_may_be_asked(kind: str, body: dict[str, Any]) -> None:
    MODELS[kind].model_validate(body)


@pytest.mark.parametrize("model", MODELS.values(), ids=list(MODELS))
def test_every_field_that_may_be_asked_is_in_the_page(model: type[BaseModel]) -> None:
    for name, field in model.model_fields.items():
        assert re.search(rf'[`"]{field.alias or name}["`]|"{field.alias or name}":', PAGE) or name == "version"


def test_every_field_of_a_report_is_in_the_page() -> None:
    journey = parse(
        {
            "name": "one",
            "title": "One",
            "class": "marketing",
            "trigger": {"on": "identified"},
            "steps": [{"id": "hello", "do": "send", "template": "hello"}],
        }
    )
    told = report(Tally("one"), journey, 1, NOW, NOW, 0)
    known = {"journey", "version", "from", "until", "customers", "sent"}
    assert [name for name in told if name not in known and f"`{name}`" not in PAGE] == []


def test_reasons_that_the_page_names_have_words() -> None:
    assert {"entry_rule", "too_soon", "group", "stale", "silent"} <= WHY.keys()
