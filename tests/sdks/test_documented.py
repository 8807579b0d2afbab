"""What docs/TRACKING.md says was run is what is run, in the versions that are pinned, and the pins name no registry."""

from __future__ import annotations

import json
import re
from pathlib import Path

from infra.scripts import PACKAGES
from tests.sdks.cases import cases

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
PAGE = (ROOT / "docs" / "TRACKING.md").read_text(encoding="utf-8")
SECTION = PAGE.split("### SDKs that were run\n")[1].split("\n## ")[0].split("\n### ")[0]
ROWS = [[cell.strip() for cell in line.strip("|").split("|")] for line in SECTION.splitlines() if line.startswith("| ")]
TABLE = {(name, where): (version, tried) for name, version, where, tried in ROWS[1:]}
PLACES = {"python": "Python", "node": "Node", "browser": "browser"}


def pinned() -> dict[str, str]:
    """The versions of the SDKs: what else is pinned is their own dependencies."""
    required = (ROOT / "requirements-sdks.txt").read_text().split("# what those need")[0]
    node: dict[str, str] = json.loads((HERE / "node" / "package.json").read_text())["dependencies"]
    return dict(re.findall(r"^([\w-]+)==(\S+)$", required, re.M)) | node


def test_every_run_is_in_the_table_with_what_was_tried() -> None:
    run: dict[tuple[str, str], list[str]] = {}
    for case in cases():
        run.setdefault((case.sdk.name, PLACES[case.sdk.where]), []).append(case.does)
    assert {key: tried for key, (_, tried) in TABLE.items()} == {key: ", ".join(does) for key, does in run.items()}


def test_every_word_of_the_table_is_explained() -> None:
    explained = set(re.findall(r"^- \*([\w-]+)\*", SECTION, re.M))
    assert {case.does for case in cases()} == explained


def test_the_table_has_the_pinned_versions() -> None:
    assert {name.split(" ")[0]: version for (name, _), (version, _) in TABLE.items()} == pinned()


def test_what_the_package_carries_is_what_was_run() -> None:
    assert {package.name: package.version for package in PACKAGES}.items() <= pinned().items()


def test_the_lock_file_pins_everything_and_names_no_registry() -> None:
    lock = json.loads((HERE / "node" / "package-lock.json").read_text())["packages"]
    parts = {name: part for name, part in lock.items() if name}
    assert all(part["version"] and part["integrity"] for part in parts.values())
    assert not [name for name, part in parts.items() if "resolved" in part]
