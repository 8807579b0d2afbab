"""docs/COMPLAINTS.md: every complaint has an answer, and every test that holds one exists."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
PAGE = (TESTS.parent / "docs" / "COMPLAINTS.md").read_text(encoding="utf-8")
ROWS = [line for line in PAGE.splitlines() if line.startswith("| ") and not line.startswith(("| complaint", "| what"))]
NAMED = sorted(set(re.findall(r"`([\w/]+\.py::\w+)`", PAGE)))


@cache
def _tests(path: Path) -> set[str]:
    tree = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    return {node.name for node in tree if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}


def test_the_complaints_are_there() -> None:
    assert len([row for row in ROWS if row.count("|") == 5]) >= 17


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[2:40])
def test_each_is_held_by_tests(row: str) -> None:
    assert re.search(r"`[\w/]+\.py::\w+`", row.split("|")[-2])


@pytest.mark.parametrize("named", NAMED)
def test_they_exist(named: str) -> None:
    file, _, test = named.partition("::")
    assert test in _tests(TESTS / file)
