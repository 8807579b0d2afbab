"""What docs/TRACKING.md says is so: its examples are run, its limits and reasons are those of the code."""

from __future__ import annotations

import ast
import json
import re
import shlex
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from chalicelib.api.taking import FORBIDDEN, PROBLEMS
from chalicelib.resources import EVENTS
from chalicelib.tracking import call, pipeline
from chalicelib.tracking.reading import Reason
from tests.fakes.platforms import over_fakes
from tests.fakes.world import World
from tests.sdks.cases import cases

PAGE = (Path(__file__).parent.parent.parent / "docs" / "TRACKING.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```(\w+)\n(.*?)```", PAGE, re.S)


@pytest.fixture
def world() -> Iterator[World]:
    with over_fakes() as made:
        yield made


def test_what_a_newcomer_pastes_into_a_terminal_works(world: World) -> None:
    pasted = [example for language, example in EXAMPLES if language == "sh"]
    assert len(pasted) == 3
    for example in pasted:
        command = shlex.split(example.replace("$WRITE_KEY", world.write_key).replace("$ENDPOINT", ""))
        asked = dict(zip(command[2::2], command[3::2], strict=True))
        assert command[0] == "curl"
        answer = world.post(command[1], json.loads(asked["-d"]))
        assert (answer.status, answer.json()) == (200, {"success": True})
        assert asked["-u"] == f"{world.write_key}:"
    world.settle()
    assert {item["name"] for item in world.items(EVENTS)} == {"Order Completed", "Identify", "Subscribed"}
    ada = world.customer("u-1")
    assert (ada["traits"]["email"], Decimal(ada["orders"]["revenue"])) == ("ada@example.com", Decimal("25.50"))


@pytest.mark.parametrize("example", [example for language, example in EXAMPLES if language == "python"])
def test_python_can_read_the_examples(example: str) -> None:
    assert ast.parse(example).body


def test_every_sdk_that_is_run_is_on_the_page_with_an_example() -> None:
    shown = "".join(example for _, example in EXAMPLES)
    names = {case.sdk.name for case in cases()}
    assert len(names) > 8
    for name in names:
        assert name.split(" ")[0] in PAGE
    for module in ("segment.analytics", "rudderstack.analytics", "customerio", *(n for n in names if n[0] == "@")):
        assert module.split(" ")[-1] in shown, f"{module} has no example"


def test_the_limits_are_those_of_the_code() -> None:
    stated = " ".join(PAGE.split("## Limits")[1].split("##")[0].split())
    assert f"{pipeline.LONGEST_EVENT // 1024} KB of JSON" in stated
    assert f"{pipeline.DEEPEST} levels deep" in stated
    assert f"{pipeline.MOST_EVENTS:,}" in stated
    assert f"{pipeline.LONGEST_NAME} characters" in stated
    assert f"up to {call.LONGEST_ID} bytes" in PAGE


def test_every_reason_and_every_refusal_is_explained() -> None:
    of_others = {Reason.TEST_DATA, Reason.LIVE_DATA}  # not why a call of an SDK is parked
    for code in (*set(Reason) - of_others, *PROBLEMS, FORBIDDEN, "try_again", "too_many_requests"):
        assert f"`{code}`" in PAGE, code
