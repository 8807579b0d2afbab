"""docs/STEPS.md: every step is there, and every example is one."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from chalicelib import plugins
from chalicelib.journeys.step import PACKAGE
from tests.journeys.definitions import journey

PAGE = (Path(__file__).parents[2] / "docs" / "STEPS.md").read_text(encoding="utf-8")
EXAMPLES = [json.loads(text) for text in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: str(example["id"]))
def test_an_example_is_a_step(example: dict[str, object]) -> None:
    assert journey(example).steps[0].do == example["do"]


def test_every_step_has_its_chapter_and_an_example() -> None:
    assert re.findall(r"^## (\w+)$", PAGE, re.MULTILINE) == re.findall(r"^\| \[`(\w+)`\]", PAGE, re.MULTILINE)
    assert {example["do"] for example in EXAMPLES} == set(plugins.names(PACKAGE))
