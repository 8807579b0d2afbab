"""A container as Lambda starts it: nothing at import, everything from its environment, once."""

from __future__ import annotations

import json
import os
import subprocess
import sys

from chalicelib import settings
from tests.fakes.deployment import ROOT
from tests.fakes.platforms import deployed_environment


def started(program: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """A new process with nothing but this environment."""
    given = {"PATH": os.environ["PATH"], "AWS_DEFAULT_REGION": "us-east-1", **environment}
    return subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=given, capture_output=True, text=True, check=False
    )


def test_a_container_is_built_once_and_writes_its_log_as_json() -> None:
    program = """
import logging
import app
from chalicelib import wiring
from chalicelib.aws import telemetry
built = wiring.perennial()
assert built is wiring.perennial()
assert built.settings.stage == "test"
assert type(built.db).__name__ == "DynamoDatabase"
assert type(built.queues).__name__ == "SqsQueues"
assert type(built.secrets).__name__ == "SsmSecrets"
assert type(built.mailer).__name__ == "SesMailer"
assert abs((built.now() - __import__("datetime").datetime.now(__import__("datetime").timezone.utc)).total_seconds()) < 5
telemetry.count("test", {"seen": 2, "nothing": 0})
"""
    ran = started(program, deployed_environment())
    assert ran.returncode == 0, ran.stderr
    (line,) = [json.loads(line) for line in ran.stderr.splitlines() if line.startswith("{")]
    assert (line["level"], line["message"], line["counts"]) == ("INFO", "counted", {"seen": 2})


def test_whatever_is_missing_is_named() -> None:
    kept = {name: value for name, value in deployed_environment().items() if name not in ("SENDER", "WORK_TABLE")}
    assert set(settings.variables()) - set(kept) == {"SENDER", "WORK_TABLE"}
    ran = started("from chalicelib import wiring; wiring.perennial()", kept)
    assert ran.returncode == 1
    assert "environment variables missing: SENDER, WORK_TABLE" in ran.stderr
