"""Secrets are made once, never overwritten, and turned so that what was signed before still verifies."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import boto3
import pytest
from moto import mock_aws

from infra import keys
from infra.aws import Account, Stopped
from infra.report import Report


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    with mock_aws():
        yield Account(boto3.Session(region_name="us-east-1"))


def stored(account: Account) -> dict[str, list[str]]:
    parameter = account.client("ssm").get_parameter(Name="/perennial/dev/secrets", WithDecryption=True)["Parameter"]
    assert parameter["Type"] == "SecureString"
    found: dict[str, list[str]] = json.loads(parameter["Value"])
    return found


def test_secrets_are_made_once(account: Account) -> None:
    said: list[str] = []
    keys.ensure_secrets(account, "dev", Report(say=said.append))
    first = stored(account)
    keys.ensure_secrets(account, "dev", Report(say=said.append))
    assert stored(account) == first
    lengths = {kind: [len(secret) for secret in held] for kind, held in first.items()}
    assert lengths == {kind: [43] for kind in keys.KINDS}
    assert not [line for line in said if first["link"][0] in line]


def test_a_kind_that_an_earlier_version_did_not_have_is_added(account: Account) -> None:
    value = json.dumps({"link": ["old link"], "pii": ["old pii"]})
    account.client("ssm").put_parameter(Name="/perennial/dev/secrets", Type="SecureString", Value=value)
    keys.ensure_secrets(account, "dev", Report(say=lambda _: None))
    held = stored(account)
    assert (held["link"], held["pii"], len(held["proof"])) == (["old link"], ["old pii"], 1)


def test_a_turn_keeps_the_previous_secret_and_no_older_one(account: Account) -> None:
    now = datetime.now(UTC)
    keys.ensure_secrets(account, "dev", Report(say=lambda _: None))
    first = stored(account)
    keys.rotate(account, "dev", "link", now)
    second = stored(account)
    assert second["link"][1:] == first["link"]
    assert second["pii"] == first["pii"]
    with pytest.raises(Stopped, match="unsubscribe"):
        keys.rotate(account, "dev", "link", now + timedelta(days=59))
    keys.rotate(account, "dev", "link", now + timedelta(days=61))
    third = stored(account)
    assert third["link"][1:] == second["link"][:1]
    keys.rotate(account, "dev", "link", now, force=True)
    assert len(stored(account)["link"]) == keys.LIVE


def test_no_secret_under_which_addresses_were_hashed_is_ever_dropped(account: Account) -> None:
    keys.ensure_secrets(account, "dev", Report(say=lambda _: None))
    first = stored(account)["pii"]
    for _ in range(3):
        keys.rotate(account, "dev", "pii", datetime.now(UTC))
    assert len(stored(account)["pii"]) == 4
    assert stored(account)["pii"][-1:] == first


def test_nothing_is_turned_before_the_first_deploy(account: Account) -> None:
    with pytest.raises(Stopped, match="deploy first"):
        keys.rotate(account, "dev", "link", datetime.now(UTC))


def test_a_change_of_the_public_address_is_said_aloud(account: Account) -> None:
    said: list[str] = []
    for url in ("https://a.example", "https://a.example", "https://b.example"):
        keys.publish(account, "dev", url, Report(say=said.append))
    assert keys.public_url(account, "dev") == "https://b.example"
    assert len(said) == 1
    assert "https://a.example" in said[0]
