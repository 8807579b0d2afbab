"""What a function says of itself: a metric only where somebody must look."""

from __future__ import annotations

import json

import pytest

from chalicelib.aws import telemetry
from infra.alarms import MATTERS


def test_an_alarm_is_one_data_point_under_the_functions_name(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "perennial-dev-refit")
    matter, _ = MATTERS["Refit"]
    telemetry.alarm(matter)
    said = json.loads(capsys.readouterr().out)
    (described,) = said["_aws"]["CloudWatchMetrics"]
    assert (described["Namespace"], described["Dimensions"]) == ("Perennial", [["FunctionName"]])
    assert [one["Name"] for one in described["Metrics"]] == [matter]
    assert (said["FunctionName"], said[matter]) == ("perennial-dev-refit", [1.0])
