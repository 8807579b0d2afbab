"""Secrets from SSM: read once in five minutes, newest first, and not lost by a short outage."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError
from moto import mock_aws

from chalicelib.aws.secrets import KEPT, SsmSecrets
from chalicelib.errors import Permanent, Transient

NAMES = ("/perennial/test/secrets", "/perennial/test/public-url")


@pytest.fixture
def ssm() -> Iterator[Any]:
    with pytest.MonkeyPatch.context() as patch, mock_aws():
        patch.setenv("AWS_ACCESS_KEY_ID", "testing")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        client = boto3.client("ssm", region_name="us-east-1")
        put(client, ["newest", "previous"])
        client.put_parameter(Name=NAMES[1], Value="https://shop.example/api/", Type="String")
        yield client


def put(client: Any, link: list[str]) -> None:
    value = json.dumps({"link": link, "pii": []})
    client.put_parameter(Name=NAMES[0], Value=value, Type="SecureString", Overwrite=True)


class Counting:
    """A client that counts what it is asked, and cannot be reached when told."""

    def __init__(self, client: Any) -> None:
        self.client = client
        self.asked = 0
        self.broken = False

    def get_parameter(self, **request: Any) -> Any:
        self.asked += 1
        if self.broken:
            raise EndpointConnectionError(endpoint_url="https://ssm")
        return self.client.get_parameter(**request)


def test_secrets_and_the_public_address(ssm: Any) -> None:
    secrets = SsmSecrets(ssm, *NAMES)
    assert secrets.named("link") == ("newest", "previous")
    assert secrets.public_url() == "https://shop.example/api"


@pytest.mark.parametrize("name", ["pii", "unheard-of"])
def test_a_purpose_without_a_secret_is_said(ssm: Any, name: str) -> None:
    with pytest.raises(Permanent, match=name):
        SsmSecrets(ssm, *NAMES).named(name)


def test_they_are_read_once_and_a_rotation_arrives(ssm: Any) -> None:
    now, counting = [0.0], Counting(ssm)
    secrets = SsmSecrets(counting, *NAMES, clock=lambda: now[0])
    for _ in range(5):
        secrets.named("link")
    assert counting.asked == 1
    put(ssm, ["newer", "newest"])
    now[0] = KEPT
    assert secrets.named("link") == ("newer", "newest")


def test_an_outage_is_not_felt_by_who_has_read_before(ssm: Any) -> None:
    now, counting = [0.0], Counting(ssm)
    secrets = SsmSecrets(counting, *NAMES, clock=lambda: now[0])
    secrets.named("link")

    counting.broken = True
    now[0] = KEPT
    assert secrets.named("link") == ("newest", "previous")
    with pytest.raises(Transient):
        secrets.public_url()
