"""docs/COMPLIANCE.md: every line names tests, and every test that it names exists."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "COMPLIANCE.md").read_text(encoding="utf-8")
LINES = [
    line for line in PAGE.splitlines() if line.startswith("|") and not line.startswith(("|---", "| who", "| article"))
]
ASKED = (
    *("RFC 8058", "RFC 2369", "RFC 3834", "CAN-SPAM", "Gmail", "Yahoo", "Microsoft", "TCPA", "ePrivacy"),
    *("GDPR", "double opt-in", "Erasure", "A copy of everything"),
)
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)(?:\[([^\]]+)\])?`")


@cache
def written(path: str) -> tuple[set[str], set[str]]:
    """The functions and the texts of a file."""
    tree = ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8")))
    nodes = list(tree)
    functions = {node.name for node in nodes if isinstance(node, ast.FunctionDef)}
    return functions, {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.strip("| ")[:40])
def test_every_line_has_tests_that_exist(line: str) -> None:
    named = NAMED.findall(line)
    assert named, "no test holds this line"
    for path, name, case in named:
        functions, texts = written(path)
        assert name in functions, f"{path} has no {name}"
        assert not case or case in texts, f"{path} has no case {case!r}"


def test_everything_that_is_named_as_code_with_a_place_is_a_test() -> None:
    assert len(re.findall(r"::", PAGE)) == len(NAMED.findall(PAGE))


@pytest.mark.parametrize("asked", ASKED)
def test_whoever_asks_is_there(asked: str) -> None:
    assert asked in PAGE
