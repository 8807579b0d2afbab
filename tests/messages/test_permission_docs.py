"""docs/PERMISSION.md: its table has every reason in the order of the rules, its examples are what they say they are."""

from __future__ import annotations

import json
import re
from pathlib import Path

from chalicelib.api.customers import Messaging
from chalicelib.api.permissions import CustomerPermission
from chalicelib.customers.setting import body_of
from chalicelib.journeys.steps.send import SendStep
from chalicelib.messages import permission, rivals
from chalicelib.messages.permission import Skipped, permitted
from chalicelib.messages.permission.moments import HOLDS
from chalicelib.messages.permission.people import OF_PEOPLE
from chalicelib.messages.permission.setting import Permission
from chalicelib.times import parse
from tests.messages import test_permission, test_permission_moments
from tests.messages.samples import NOW, send

PAGE = (Path(__file__).parents[2] / "docs" / "PERMISSION.md").read_text(encoding="utf-8")
DEFAULTS, ANOTHER, STEP, SHOWN, ASKED = (json.loads(text) for text in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL))
RULES = re.findall(r"^\| [^|]+ \| [^|]+ \| (`[^|]+`) \| [^|]+ \|$", PAGE, re.MULTILINE)
REASONS = [reason for cell in RULES for reason in re.findall(r"`(\w+)`", cell)]


def test_every_reason_of_the_table_has_a_case_and_every_case_a_reason_of_the_table() -> None:
    cases = [*test_permission.CASES, *test_permission_moments.CASES]
    given = {verdict.reason for *_, verdict in cases if hasattr(verdict, "reason")}
    assert given == set(REASONS)


def test_the_rules_are_as_many_as_in_the_code_and_in_their_order() -> None:
    by_the_clock = [permission.CAPPED, permission.OWN_FREQUENCY, permission.OUTRANKED, permission.QUIET_HOURS]
    assert len(RULES) == len(OF_PEOPLE) + len(HOLDS) + len(by_the_clock)
    assert REASONS[-len(by_the_clock) :] == by_the_clock


def test_the_defaults_are_those_of_the_setting() -> None:
    assert body_of(Permission.model_validate(DEFAULTS)) == body_of(Permission())


def test_the_other_workspace_is_one() -> None:
    policy = Permission.model_validate(ANOTHER).policy()
    assert policy.hours["sms"] == Permission().policy().hours["sms"], "a channel that is not named keeps its own"
    lost = permission.Recipient("+390612345678", "granted", channel="sms", stage="lost")
    assert permitted(send(), lost, permission.Permit(), policy, NOW) == Skipped("not_for_stage")
    assert policy.counts("sms", "transactional"), "they have a cap of their own"


def test_the_step_and_the_answers_are_what_the_api_takes_and_gives() -> None:
    assert SendStep.model_validate(STEP).channel == "preferred"
    assert Messaging.model_validate(SHOWN["messaging"]).preferred_channel == "sms"
    answers = CustomerPermission.model_validate(ASKED).channels
    assert {one.until for one in answers} == {parse("2026-11-23T09:00:00.000Z")}


def test_how_many_rows_are_looked_at() -> None:
    assert f"newest {rivals.LOOKED_AT} rows" in PAGE
