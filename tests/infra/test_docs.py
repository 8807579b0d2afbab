"""docs/DEPLOY.md speaks of what there is."""

from __future__ import annotations

import importlib.util
import re
from collections import Counter
from typing import Any

import pytest

from infra.package import ROOT, declared_parameters

TEXT = (ROOT / "docs" / "DEPLOY.md").read_text()


def test_every_parameter_is_explained() -> None:
    assert [name for name in declared_parameters() if not re.search(rf"\b{name}\b", TEXT)] == []


def test_every_command_exists() -> None:
    for module in set(re.findall(r"python -m (infra\.\w+)", TEXT)):
        assert importlib.util.find_spec(module), module
    makefile = (ROOT / "Makefile").read_text()
    for target in set(re.findall(r"(?:`|&& |^    )make ([a-z]+)", TEXT, re.MULTILINE)):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_every_file_exists() -> None:
    paths = re.findall(r"`((?:infra|docs|\.chalice)/[\w./-]*\w)`", TEXT)
    assert [path for path in paths if not (ROOT / path).exists()] == []


@pytest.mark.parametrize(
    ("named", "kind"),
    [
        ("functions", "AWS::Serverless::Function"),
        ("tables", "AWS::DynamoDB::Table"),
        ("alarms", "AWS::CloudWatch::Alarm"),
    ],
)
def test_as_many_as_are_said_are_deployed(template: dict[str, Any], named: str, kind: str) -> None:
    counted = Counter(resource["Type"] for resource in template["Resources"].values())
    said = re.search(rf"^\| (\d+) {named}\b", TEXT, re.MULTILINE)
    assert said
    assert int(said[1]) == counted[kind]
