"""docs/ONSITE.md says what is so: its examples work, and every field, variable, event and attribute stands in it."""

from __future__ import annotations

import json
import re
from pathlib import Path

from chalicelib.api import onsite as api
from chalicelib.api.onsite import TRUSTED
from chalicelib.journeys import journey
from chalicelib.journeys.onsite import Form, Onsite, Question, Show, Tick
from chalicelib.messages import checks, compiling
from chalicelib.messages.checks import Findings
from chalicelib.messages.onsite import NAMES
from tests.messages.onsite.samples import template
from tests.messages.samples import NOW

PAGE = (Path(__file__).parents[3] / "docs" / "ONSITE.md").read_text(encoding="utf-8")
SCRIPT = api.SCRIPT.read_text(encoding="utf-8")


def example(name: str) -> object:
    (found,) = re.findall(rf"```json {name}\n(.*?)\n```", PAGE, re.DOTALL)
    return json.loads(found)


def test_the_examples_work() -> None:
    body, step = example("template"), example("step")
    assert isinstance(body, dict)
    assert isinstance(step, dict)
    kept = compiling.made(template(body), {})
    assert checks.findings(kept, NOW) == Findings(())
    parsed = journey.parse(
        {"name": "ask", "title": "Ask", "class": body["class"], "trigger": {"on": "identified"}, "steps": [step]}
    )
    assert [placed.step.speaks_by() for placed in parsed.route.values()] == ["onsite"]


def test_every_field_is_described() -> None:
    for model in (Onsite, Form, Question, Tick, Show):
        for name, field in model.model_fields.items():
            assert f"`{field.alias or name}`" in PAGE, (model.__name__, name)


def test_every_variable_part_and_attribute_is_described_and_no_other() -> None:
    variables = set(re.findall(r"--perennial-[a-z-]+", SCRIPT))
    assert set(re.findall(r"--perennial-[a-z-]+", PAGE)) == variables
    for part in set(re.findall(r'part: "(\w+)"', SCRIPT)):
        assert f"`{part}`" in PAGE, part
    options = {"data-write-key", "data-anonymous-id", "data-user-id", "data-user-hash", "data-locale", "data-host"}
    assert set(re.findall(r"`(data-[a-z-]+)`", PAGE)) == options
    for option in options - {"data-write-key"}:
        head, *rest = option.removeprefix("data-").split("-")
        assert f"options.{head}{''.join(map(str.title, rest))}" in SCRIPT


def test_every_event_is_described() -> None:
    for name in NAMES.values():
        assert f"| `{name}` |" in PAGE


def test_its_figures_are_those_of_the_code() -> None:
    import gzip

    served = api.script().encode()
    assert (
        f"The script is {len(served) / 1000:.0f} KB, {len(gzip.compress(served)) / 1000:.0f} KB as it travels" in PAGE
    )
    assert f"max-age={TRUSTED}" in PAGE


def test_a_constant_of_the_style_is_as_the_page_says() -> None:
    for variable, default in (("ink", "#1a1a1a"), ("accent", "#1a4fb4"), ("size", "16px"), ("radius", "12px")):
        assert f"var(--perennial-{variable}, {default})" in SCRIPT
        assert f"`{default}`" in PAGE
