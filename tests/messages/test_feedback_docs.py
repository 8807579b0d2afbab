"""docs/FEEDBACK.md and docs/SENDERS.md: their tables are the code's, their settings can be put, their calls exist."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Final

import pytest

from chalicelib.api import endpoints
from chalicelib.api.setting_registry import SETTINGS
from chalicelib.api.suppressions import Lift
from chalicelib.customers.lifting import LIFTED
from chalicelib.customers.setting import body_of
from chalicelib.messages.deliverability.findings import findings
from chalicelib.messages.deliverability.seen import look
from chalicelib.tracking import actor
from chalicelib.tracking.answers import ANSWERS
from tests.fakes.account import MemoryAccount
from tests.fakes.names import MemoryNames
from tests.messages.deliverability.test_findings import NAMES, OWN, ses

DOCS: Final = Path(__file__).parents[2] / "docs"
FEEDBACK: Final = (DOCS / "FEEDBACK.md").read_text()
SENDERS: Final = (DOCS / "SENDERS.md").read_text()


def test_the_names_are_those_of_the_table() -> None:
    for channel, answers in ANSWERS.items():
        (row,) = re.findall(rf"^\| `{channel}` \|(.*)\|$", FEEDBACK, re.MULTILINE)
        said = [re.findall(r"`([^`]+)`", cell) for cell in row.split(" |")]
        told = [answers.sent, answers.received, answers.opened, answers.clicked, answers.failed]
        assert [cell[0] if cell else None for cell in said[:5]] == told
        assert set(said[5]) == {*answers.reports, *answers.doings}


def test_every_reason_is_explained() -> None:
    said = re.findall(r"^\| `(machine|unknown)` \| `(\w+)` \|", FEEDBACK, re.MULTILINE)
    told = re.findall(r"^    (?:(machine|unknown) +| {10})(\w+)  +", actor.__doc__ or "", re.MULTILINE)
    assert [reason for _, reason in said] == [reason for _, reason in told]


@pytest.mark.parametrize(("page", "name"), [(FEEDBACK, "suppression"), (SENDERS, "sender_health")])
def test_the_settings_are_shown_with_their_defaults(page: str, name: str) -> None:
    shown, *_ = re.findall(r"```json\n(.*?)\n```", page, re.DOTALL)
    assert json.loads(shown) == body_of(SETTINGS[name]())
    assert f"`{name}`" in page


def test_every_check_is_explained() -> None:
    elsewhere = look("shop.example", "perennial", MemoryAccount(), MemoryNames(NAMES))
    seen = look("shop.example", "perennial", ses(), MemoryNames(NAMES))
    made = {each.check for one in (seen, elsewhere) for each in findings(one, OWN)} | {"sender", "check"}
    assert set(re.findall(r"^\| `(\w+)` \| ", SENDERS.partition("## The check")[2], re.MULTILINE)) == made


def test_every_call_exists() -> None:
    served = {f"{each.method} {each.path}" for each in endpoints()}
    said = set(re.findall(r"`((?:GET|POST|PUT) /v1[^`]*)`", FEEDBACK + SENDERS))
    assert said - {"PUT /v1/settings/suppression"} <= served


def test_what_is_said_to_lift_a_suppression_can_be_asked() -> None:
    _, shown = re.findall(r"```json\n(.*?)\n```", FEEDBACK, re.DOTALL)
    assert Lift.model_validate_json(shown).channel == "email"
    (lift,) = [each for each in endpoints() if each.path == "/v1/suppressions/lift"]
    assert {"consent_needed", "suppressed_by_erasure"} <= set(lift.problems)
    assert f"`{LIFTED}`" in FEEDBACK
    assert f"(scope `{lift.scope}`)" in FEEDBACK
