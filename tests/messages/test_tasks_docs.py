"""docs/TASKS.md: its calls exist, its examples can be used, its outcomes and reasons are those of the code."""

from __future__ import annotations

import json
import re
from pathlib import Path

from chalicelib import api
from chalicelib.api.do_not_call import DoNotCallChange
from chalicelib.journeys.steps.task import TaskStep
from chalicelib.messages.tasks import COMPLETED, OUTCOMES
from chalicelib.tracking import contact

PAGE = (Path(__file__).parents[2] / "docs" / "TASKS.md").read_text(encoding="utf-8")
EXAMPLES = [json.loads(each) for each in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)]


def test_every_call_exists_and_none_is_left_out() -> None:
    served = {
        f"{each.method} {each.path}"
        for each in api.endpoints()
        if each.path.startswith(("/v1/tasks", "/v1/do-not-call"))
    }
    assert set(re.findall(r"^\| `(\w+ /v1/\S+)` \|", PAGE, re.MULTILINE)) == served


def test_the_examples_are_a_step_and_a_list_of_numbers() -> None:
    step, numbers = EXAMPLES
    assert TaskStep.model_validate(step).owner == "support"
    assert all(contact.phone(number) for number in DoNotCallChange.model_validate(numbers).add)


def test_the_outcomes_and_the_event_are_those_of_the_code() -> None:
    assert all(f"`{outcome}`" in PAGE for outcome in OUTCOMES)
    assert f"`{COMPLETED}`" in PAGE
