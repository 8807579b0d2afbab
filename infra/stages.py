"""A stage's parameters: infra/stages/{stage}.yaml, over the template's defaults, under what the command line sets."""

from __future__ import annotations

import re
from collections.abc import Mapping
from email.utils import parseaddr
from pathlib import Path
from typing import Any, Final

import yaml

from chalicelib import resources
from infra.aws import Stopped

FOLDER: Final = Path(__file__).resolve().parent / "stages"
RESTORED: Final = "RestoredTables"
NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,19}")


def parameters(
    stage: str, declared: Mapping[str, Any], *, prefix: str | None = None, changed: Mapping[str, str] | None = None
) -> dict[str, str]:
    """The stack's parameters, complete.

    declared: the template's Parameters section. changed: what the command line sets. Raises Stopped for a stage
    without a file and for a parameter that the template does not declare.
    """
    if not NAME.fullmatch(stage):
        raise Stopped(f"{stage!r} is no name for a stage: small letters, digits and hyphens, at most 20.")
    chosen = {
        **{name: value for name, value in _file(stage).items() if name != RESTORED},
        **(changed or {}),
        "Stage": stage,
        "Prefix": prefix or f"perennial-{stage}",
    }
    unknown = sorted(set(chosen) - set(declared))
    if unknown:
        raise Stopped(f"The template has no parameter {', '.join(unknown)}. It has: {', '.join(sorted(declared))}.")
    complete = {name: _text(chosen.get(name, spec.get("Default", ""))) for name, spec in declared.items()}
    complete["SenderAddress"] = address(complete["Sender"])
    return complete


def restored(stage: str) -> dict[str, str]:
    """Tables that a restore made and the stage shall use: `customers` to the restored table's whole name."""
    return {str(table): str(name) for table, name in (_file(stage).get(RESTORED) or {}).items()}


def table_names(stage: str, prefix: str | None = None) -> dict[str, str]:
    """The whole name of each table that a stage uses, by its short name: for commands that read tables themselves."""
    begin, moved = prefix or f"perennial-{stage}", restored(stage)
    return {table: moved.get(table, f"{begin}-{table}") for table in resources.TABLES}


def address(sender: str) -> str:
    """The address of a From: `Shop <hello@shop.example>` gives `hello@shop.example`. Raises Stopped without one."""
    found = parseaddr(sender)[1]
    if found.count("@") != 1 or found.startswith("@") or found.endswith("@"):
        raise Stopped(f"Sender {sender!r} holds no address. Write it as: Shop <hello@shop.example>")
    return found


def _file(stage: str) -> dict[str, Any]:
    path = FOLDER / f"{stage}.yaml"
    if not path.exists():
        raise Stopped(f"There is no infra/stages/{stage}.yaml. Copy infra/stages/dev.yaml and put your values in.")
    content = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    if not isinstance(content, dict):
        raise Stopped(f"infra/stages/{stage}.yaml must hold lines of the form `Name: value`.")
    return content


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ",".join(str(part) for part in value)
    return str(value)
