"""No sender pays for the compiler: who imports it, read from the sources."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3] / "chalicelib"


def importers(module: str) -> set[str]:
    """The files that import a module, or something of it."""
    last = module.rpartition(".")[2]
    found = set()
    for path in ROOT.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        if last in text and module in set(_imports(ast.parse(text))):
            found.add(str(path.relative_to(ROOT)))
    return found


def _imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize(
    ("module", "by"),
    [
        ("mjml", {"messages/mjml.py"}),
        ("chalicelib.messages.mjml", {"messages/compiling.py"}),
        ("chalicelib.messages.compiling", {"messages/shelf.py"}),
    ],
)
def test_the_compiler_is_imported_by_who_puts_templates(module: str, by: set[str]) -> None:
    assert importers(module) == by


def test_who_puts_templates_is_no_sender() -> None:
    assert {path for path in importers("chalicelib.messages.shelf") if path.startswith("messages/")} == set()
