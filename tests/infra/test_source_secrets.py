"""Secrets of webhook sources are put and forgotten, and never shown."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from chalicelib.aws.secrets import SsmSecrets
from infra import source_secrets

NAME = "/perennial/dev/sources/shopify"


@pytest.fixture
def ssm(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    with mock_aws():
        yield boto3.client("ssm", region_name="us-east-1")


def run(command: str, secret: str = "", source: str = "shopify") -> int:
    return source_secrets.main(["--stage", "dev", command, source], ask=lambda: f"{secret}\n")


def stored(ssm: Any) -> Any:
    parameter = ssm.get_parameter(Name=NAME, WithDecryption=True)["Parameter"]
    assert parameter["Type"] == "SecureString"
    return json.loads(parameter["Value"])


def test_two_are_live_the_newest_first(ssm: Any, capsys: pytest.CaptureFixture[str]) -> None:
    for secret in ("first-secret", "second-secret", "third-secret", "third-secret"):
        assert run("put", secret) == 0
    assert stored(ssm) == ["third-secret", "second-secret"]
    assert run("forget") == run("forget") == run("count") == 0
    assert stored(ssm) == ["third-secret"]
    assert "secret-" not in capsys.readouterr().out.replace("secrets", "")


@pytest.mark.parametrize(("source", "secret"), [("shopify", ""), ("shopify", "short"), ("No Source", "first-secret")])
def test_what_cannot_be_put_is_said(ssm: Any, source: str, secret: str) -> None:
    assert run("put", secret, source) == 1
    assert ssm.describe_parameters()["Parameters"] == []


def test_a_container_knows_a_new_secret_when_it_asks_for_a_fresh_one(ssm: Any) -> None:
    now = [0.0]
    secrets = SsmSecrets(ssm, "/perennial/dev/secrets", "/perennial/dev/public-url", clock=lambda: now[0])
    assert secrets.of_source("shopify") == ()
    run("put", "first-secret")
    assert secrets.of_source("shopify") == (), "kept, as nothing is asked of SSM for every delivery"
    now[0] = 11.0
    assert secrets.of_source("shopify", within=10.0) == ("first-secret",)
    assert secrets.of_source("shopify") == ("first-secret",)
