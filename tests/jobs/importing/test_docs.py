"""What docs/IMPORT.md shows is what works."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chalicelib.jobs.importing.request import Options
from chalicelib.jobs.importing.store import definition, ready
from tests.fakes.platforms import over_fakes
from tests.fakes.world import World

PAGE = (Path(__file__).parents[3] / "docs" / "IMPORT.md").read_text(encoding="utf-8")
EXAMPLES = [json.loads(found) for found in re.findall(r"```json import\n(.*?)```", PAGE, re.DOTALL)]


@pytest.fixture
def world() -> Iterator[World]:
    with over_fakes() as made:
        yield made


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: str(example.get("mapping", example["kind"]))[:20])
def test_every_example_is_imported_whole(world: World, example: dict[str, Any]) -> None:
    asked = world.ask("POST", "/v1/imports", example)
    assert asked.status == 200, asked.text
    world.settle()
    job = world.ask("GET", f"/v1/jobs/{asked.json()['id']}").json()
    assert (job["status"], job["counts"].get("refused", 0), job["counts"].get("incomplete", 0)) == ("done", 0, 0)
    assert job["counts"]["new"] == job["counts"]["events"] > 0


def test_an_order_without_a_usable_total_is_the_sum_of_its_lines(world: World) -> None:
    (example,) = [each for each in EXAMPLES if each["kind"] == "orders"]
    world.ask("POST", "/v1/imports", example)
    world.settle()
    orders = world.customer("ada")["orders"]
    assert (orders["count"], float(orders["revenue"]), orders["currency"]) == (1, 25.0, "EUR")


def test_every_option_and_every_system_is_told() -> None:
    for name in Options.model_fields:
        assert f"`{name}`" in PAGE
    for name in set(ready()) - {"customers", "consents", "events", "orders"}:
        assert f'"{name}"' in PAGE, definition(name).title
