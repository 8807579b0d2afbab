"""What a deploy says and where its links begin; CloudFormation itself is tried in test_emulated_deploy.py."""

from __future__ import annotations

import boto3
import pytest
from botocore.exceptions import ClientError, NoCredentialsError

from infra import aws, deploy, preflight, stages
from infra.aws import Account, Stopped
from infra.package import declared_parameters
from infra.report import Report
from tests.infra.fakes import Lambda, Ses, SmallAccount

OUTPUTS = {"RestAPIId": "abc", "EndpointURL": "https://abc.execute-api.eu-west-1.amazonaws.com/api/"}


@pytest.mark.parametrize(
    ("endpoint", "domain", "url"),
    [
        (None, "", "https://abc.execute-api.eu-west-1.amazonaws.com/api"),
        (None, "api.shop.example", "https://api.shop.example"),
        ("http://127.0.0.1:4566", "", "http://127.0.0.1:4566/restapis/abc/api/_user_request_"),
    ],
)
def test_where_links_begin(endpoint: str | None, domain: str, url: str) -> None:
    assert deploy.public_url(Account(boto3.Session(), endpoint), OUTPUTS, domain) == url


def advice(account: SmallAccount, stage: str, **changed: str) -> str:
    said: list[str] = []
    preflight.advise(account, stages.parameters(stage, declared_parameters(), changed=changed), Report(say=said.append))
    return "\n".join(said)


def test_what_is_missing_is_said_before() -> None:
    said = advice(SmallAccount(), "prod", ApiReservedConcurrency="5")
    for word in (
        "AlarmEmail",
        "PostalAddress",
        "ApiDomain",
        "still the example",
        "sandbox",
        "10 executions",
        "refuses",
    ):
        assert word in said
    assert "has not verified hello@shop.example" in advice(SmallAccount(), "dev", Sender="Shop <hello@shop.example>")


def test_what_is_complete_needs_no_advice() -> None:
    ses = Ses()
    ses.production = True
    ses.create_email_identity("shop.example")
    ses.known["shop.example"]["VerifiedForSendingStatus"] = True
    complete = {
        "Sender": "Shop <hello@shop.example>",
        "AlarmEmail": "a@shop.example",
        "PostalAddress": "1 Street",
        "ApiDomain": "api.shop.example",
        "ApiReservedConcurrency": "50",
    }
    assert advice(SmallAccount(ses, Lambda(1000)), "prod", **complete) == ""


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("AccessDenied", "infra/policies/deployer.json"),
        ("ExpiredToken", "aws sso login"),
        ("ValidationError", "ValidationError"),
    ],
)
def test_what_aws_refuses_is_explained(code: str, said: str) -> None:
    with pytest.raises(Stopped, match=said), aws.explained():
        raise ClientError({"Error": {"Code": code, "Message": "no"}}, "CreateChangeSet")


def test_missing_credentials_and_region_are_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Stopped, match="aws sso login"), aws.explained():
        raise NoCredentialsError
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    with pytest.raises(Stopped, match="AWS_REGION"), aws.explained():
        assert aws.account().region
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    assert aws.account().region == "eu-west-1"


def test_the_command_refuses_half_a_parameter(capsys: pytest.CaptureFixture[str]) -> None:
    assert deploy.main(["--set", "Sender", "--region", "us-east-1"]) == 1
    assert "NAME=VALUE" in capsys.readouterr().err
