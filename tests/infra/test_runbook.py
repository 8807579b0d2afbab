"""The runbook has a section for every alarm, and every alarm says where it is."""

from __future__ import annotations

import json
import re

from chalice.app import CloudWatchEvent

from chalicelib import api
from infra import alarms
from infra.package import ROOT
from tests.infra.conftest import Template, of_type

ALARM = "AWS::CloudWatch::Alarm"
PAGE = (ROOT / "docs" / "RUNBOOK.md").read_text(encoding="utf-8")
SECTIONS = re.findall(r"^## (\w+Alarm)$", PAGE, re.MULTILINE)


def test_every_alarm_has_a_section_and_every_section_an_alarm(template: Template) -> None:
    assert sorted(SECTIONS) == sorted(of_type(template, ALARM))


def test_every_section_says_something() -> None:
    for section in re.split(r"^## \w+Alarm$", PAGE, flags=re.MULTILINE)[1:]:
        assert len(section.split()) > 25


def test_every_alarm_is_named_after_its_section_and_leads_there(template: Template) -> None:
    for name, alarm in of_type(template, ALARM).items():
        said = alarm["Properties"]
        assert said["AlarmName"] == {"Fn::Sub": "${Prefix}-" + name}
        assert said["AlarmDescription"].endswith(f" {alarms.RUNBOOK}#{name.lower()}")


def test_links_within_the_page_lead_somewhere() -> None:
    headings = {
        re.sub(r"[^\w -]", "", line).strip().lower().replace(" ", "-") for line in re.findall(r"^## (.*)$", PAGE, re.M)
    }
    assert set(re.findall(r"\]\(#([\w-]+)\)", PAGE)) <= headings


def test_a_function_that_is_called_by_hand_is_told_what_its_schedule_would_tell_it() -> None:
    (payload,) = re.findall(r"aws lambda invoke .*?--payload '(.*?)'", PAGE, re.DOTALL)
    assert CloudWatchEvent(json.loads(payload), None).source == "runbook"
    assert "raw-in-base64-out" in PAGE, "without it the command takes the payload for base64"


def test_every_call_that_it_names_is_an_endpoint() -> None:
    calls = re.findall(r"(GET|POST)\s+`?(/v1/[\w/{}]+)", PAGE) + re.findall(r"curl -X (POST) \$API(/v1/[\w/]+)", PAGE)
    served = {(each.method, re.sub(r"\{\w+\}", "{}", each.path)) for each in api.endpoints()}
    assert {(method, re.sub(r"\{\w+\}", "{}", path)) for method, path in calls} <= served


def test_every_body_that_it_gives_is_what_the_endpoint_asks_for() -> None:
    by_path = {(each.method, each.path): each.request for each in api.endpoints()}
    given = re.findall(r"POST\s+`?(?:\$API)?(/v1/[\w/]+)`?\s+(?:-H \"[^\"]*\" -d '|with\s+`)(\{[^}]*\})", PAGE)
    assert len(given) >= 6
    for path, body in given:
        model = by_path["POST", path]
        assert model is not None
        model.model_validate(json.loads(body))
