"""docs/SEGMENTS.md: its examples can be put, its calls exist, its causes are those of the code."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from chalicelib import api
from chalicelib.customers.lists import list_of
from chalicelib.review import effects
from chalicelib.review.preview import ON_THE_ITEM, WITH_READING
from chalicelib.segments.segment import parse_segment
from tests.customers.events import event

PAGE = (Path(__file__).parents[2] / "docs" / "SEGMENTS.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_is_a_segment(example: str) -> None:
    assert parse_segment({**json.loads(example), "name": "example"}).title


def test_the_row_of_an_import_puts_somebody_on_the_list() -> None:
    (row,) = re.findall(r"```jsonl\n(.*?)\n```", PAGE, re.DOTALL)
    said = json.loads(row)
    assert list_of(event(said["event"], properties=said["properties"], source="import")) == "opening"


def test_every_call_exists_and_none_is_left_out() -> None:
    served = {(each.method, each.path) for each in api.endpoints() if each.path.startswith("/v1/segments")}
    assert {tuple(call.split()) for call in re.findall(r"^\| `(\w+ /v1/\S+)` \|", PAGE, re.MULTILINE)} == served


def test_the_causes_are_those_of_the_code() -> None:
    (table,) = re.findall(r"\| cause \|.*?\n\n", PAGE, re.DOTALL)
    told = set(re.findall(r"`(\w+)`", "".join(line.split("|")[1] for line in table.splitlines()[2:] if line)))
    said = " ".join((effects.Turn.__doc__ or "").split())
    named = re.search(r"cause: ([\w, ]+ or \w+);", said)
    assert named
    assert told == set(re.split(r", | or ", named[1]))


def test_the_figures_are_those_of_the_code() -> None:
    assert f"up to {ON_THE_ITEM:,} customers ({WITH_READING}," in PAGE
