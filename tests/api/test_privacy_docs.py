"""docs/PRIVACY.md says what is: its examples are taken, its endpoints exist, its reasons are those of permission."""

from __future__ import annotations

import inspect
import json
import re
from pathlib import Path

from chalicelib import api
from chalicelib.api.consents import Statement
from chalicelib.customers.consent import ConsentSettings
from chalicelib.customers.retention import Retention
from chalicelib.jobs.persons.erase import STEPS
from chalicelib.messages.permission import people

PAGE = (Path(__file__).parents[2] / "docs" / "PRIVACY.md").read_text(encoding="utf-8")


def test_the_examples_are_taken() -> None:
    statement, settings = (json.loads(text) for text in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL))
    assert Statement.model_validate(statement).topic == "newsletter"
    assert ConsentSettings.model_validate(settings).must_confirm("email/newsletter")
    assert ConsentSettings.model_validate(settings).must_confirm("sms")
    (held,) = (json.loads(text) for text in re.findall(r"`(\{[^`]*mail_reports[^`]*\})`", PAGE))
    assert Retention.model_validate(held) == Retention()


def test_every_endpoint_and_scope_exists() -> None:
    declared = {(each.method, each.path.replace("{customer}", "{id}")) for each in api.endpoints()}
    for method, path in re.findall(r"`(GET|POST|PUT|DELETE) (/v1/[^`]*)`", PAGE):
        assert (method, path) in declared, path
    scopes = {each.scope for each in api.endpoints()}
    assert set(re.findall(r"\(scope `([^`]+)`\)", PAGE)) <= scopes


def test_every_reason_of_the_table_is_one_that_permission_gives() -> None:
    source = inspect.getsource(people)
    table = PAGE[PAGE.index("| the channel | the topic |") : PAGE.index("Who left the channel")]
    for reason in re.findall(r"`([a-z_]+)`", table):
        assert f'"{reason}"' in source or reason == "own_consent", reason


def test_every_table_that_is_erased_is_told() -> None:
    for word in (
        *("enrolments", "sends", "events", "codes", "customers", "parked", "files", "dead letters", "failed batches"),
    ):
        assert re.search(rf"^\| .*{word}", PAGE, re.MULTILINE)
    assert len(STEPS) == 17, "a new step: say in docs/PRIVACY.md what it erases"
