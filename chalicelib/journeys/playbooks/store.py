"""Reads the files of the playbooks that come with the code. They change with a deployment only."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Final

from chalicelib.journeys.playbooks import playbook
from chalicelib.journeys.playbooks.brand import Brand
from chalicelib.journeys.playbooks.make import Files, Look, Made, made

_FOLDER: Final = Path(__file__).parent
_FILE: Final = "playbook.json"


@cache
def names() -> tuple[str, ...]:
    """The names of all playbooks, sorted."""
    return tuple(sorted(path.parent.name for path in _FOLDER.glob(f"*/{_FILE}")))


@cache
def read(name: str) -> Files:
    """One playbook with its letters and notes. KeyError if there is none of that name."""
    if name not in names():
        raise KeyError(name)
    folder = _FOLDER / name
    letters: dict[str, dict[str, str]] = {}
    for path in sorted(folder.glob("*.md")):
        title, language = path.stem.rsplit(".", 1)
        letters.setdefault(title, {})[language] = path.read_text(encoding="utf-8")
    notes: dict[str, dict[str, playbook.Json]] = {}
    for path in sorted(folder.glob("*.*.json")):
        title, language = path.stem.rsplit(".", 1)
        notes.setdefault(title, {})[language] = json.loads(path.read_text(encoding="utf-8"))
    return Files(playbook.parse(name, json.loads((folder / _FILE).read_text(encoding="utf-8"))), letters, notes)


@cache
def look() -> Look:
    """What all letters look like."""
    words = json.loads((_FOLDER / "look" / "words.json").read_text(encoding="utf-8"))
    return Look((_FOLDER / "look" / "letter.mjml").read_text(encoding="utf-8"), words)


def standard(name: str) -> Made:
    """What a playbook makes when nothing is said: defaults, examples for what must be said, no coupon, no brand."""
    files = read(name)
    said = {each: setting.example for each, setting in files.playbook.settings.items() if setting.example}
    return made(files, look(), playbook.values(files.playbook, said), Brand())
