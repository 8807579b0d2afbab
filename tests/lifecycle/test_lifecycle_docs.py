"""docs/LIFECYCLE.md says what is so: its tables are those of the code, and its answer is the one that is given."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from chalicelib import times
from chalicelib.lifecycle.explain.words import language, languages
from chalicelib.lifecycle.frame import Row, frames
from chalicelib.lifecycle.own_frames import Frames
from chalicelib.lifecycle.parameters import DEFAULT
from chalicelib.lifecycle.rules import RULES, Stage
from tests.fakes.platforms import over_fakes
from tests.fakes.world import NOW

PAGE = (Path(__file__).parents[2] / "docs" / "LIFECYCLE.md").read_text(encoding="utf-8")
STAGES = language("en").stages
CONDITIONS = ("orders_at_least", "orders_at_most", "active_days_at_least")


def section(title: str) -> str:
    """What stands under a heading, until the next."""
    found = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert found, title
    return found.group(1)


def rows(text: str) -> list[list[str]]:
    """The rows of every table in a text, without their heads."""
    lines = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| ")]
    return [row for row in lines if not set(row[0]) <= {"-", "|"}]


def code(title: str, kind: str) -> list[str]:
    """The blocks of code of one kind in a section."""
    return re.findall(rf"```{kind}\n(.*?)```", section(title), re.DOTALL)


def test_every_stage_is_told_in_a_marketers_words() -> None:
    assert [row[0] for row in rows(section("The nine stages"))[1:]] == [STAGES[stage] for stage in Stage]


def test_the_table_of_rules_is_the_one_of_the_code() -> None:
    shown = [
        (name.strip("`"), stage, rests_on) for name, stage, _, rests_on in rows(section("What decides: the rules"))[1:]
    ]
    assert shown == [(name, STAGES[rule.stage], _defaults(rule.thresholds)) for name, rule in RULES.items()]


def _defaults(thresholds: tuple[str, ...]) -> str:
    values = {name: getattr(DEFAULT, name) for name in thresholds}
    told = (f"`{name}` " + ("null" if value is None else f"{value:g}") for name, value in values.items())
    return ", ".join(told) or "none"


@pytest.mark.parametrize("name", [name for name in frames() if name != "nine_stages"])
def test_the_table_of_a_frame_is_the_one_of_the_code(name: str) -> None:
    frame = frames()[name]
    found = re.search(rf"^\*\*(.+)\*\* \(`{name}`\)\n\n((?:\|.*\n)+)", section("Frames"), re.MULTILINE)
    assert found, name
    assert found.group(1) == frame.title
    assert rows(found.group(2))[1:] == [[_who(row), frame.phases[row.phase]] for row in frame.rows]


def _who(row: Row) -> str:
    told = [", ".join(STAGES[stage] for stage in Stage if stage in row.stages) or "anybody"]
    told += ["has bought"] * bool(row.customer) + ["interested"] * bool(row.interested)
    told += [f"`{name}` {value}" for name in CONDITIONS if (value := getattr(row, name)) is not None]
    return "; ".join(told)


def test_the_answer_is_the_one_that_is_given() -> None:
    (calls,), (shown,) = code("Explanation", "jsonl"), code("Explanation", "json")
    with over_fakes() as world:
        assert world.now == NOW, "the page names the day"
        batch = [json.loads(line) for line in calls.splitlines()]
        world.post("/v1/batch", {"batch": batch, "sentAt": times.text(world.now)})
        world.settle()
        given = world.ask("GET", "/v1/customers/ada/explain").json()
    assert_within(json.loads(shown), given)


def assert_within(shown: Any, given: Any) -> None:
    """All that is shown is given: objects may have more fields, lists more members, in the same order."""
    if isinstance(shown, dict):
        assert shown.keys() <= given.keys()
        for name, value in shown.items():
            assert_within(value, given[name])
    elif isinstance(shown, list):
        rest = iter(given)
        for member in shown:
            key = next(name for name in ("name", "act", "rule", "since") if name in member)
            assert_within(member, next(one for one in rest if one[key] == member[key]))
    else:
        assert given == shown


def test_the_frame_of_ones_own_can_be_put() -> None:
    (shown,) = code("Frames", "json")
    assert list(Frames.model_validate_json(shown).by_name()) == ["club"]


def test_every_language_is_named() -> None:
    told = section("Explanation")
    assert {"English", "Italian", "Spanish", "Romanian"} <= set(re.findall(r"\w+", told))
    assert len(languages()) == 4
