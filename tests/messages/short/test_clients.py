"""What AWS says when a text message or a push message does not leave, sorted into what the ledger understands."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.stub import ANY, Stubber
from moto import mock_aws

from chalicelib.aws.pushes import Gone, SnsPushes, service_of
from chalicelib.aws.texts import AwsTexts
from chalicelib.errors import Held, Permanent, Transient, Unanswered
from tests.messages.samples import NOW

ONCE = Config(retries={"total_max_attempts": 1, "mode": "standard"})
REQUEST = {"text": {"DestinationPhoneNumber": "+40721000000", "MessageBody": "Hello"}}


def client(service: str) -> Any:
    keys = {"aws_access_key_id": "x", "aws_secret_access_key": "y", "region_name": "us-east-1"}
    return boto3.client(service, config=ONCE, **keys)  # type: ignore[call-overload]


def apple(made: Any, service: str = "APNS") -> SnsPushes:
    """What sends to one application."""
    return SnsPushes(lambda: made, {"ios": f"arn:aws:sns:us-east-1:1:app/{service}/shop"}, now=lambda: NOW)


@pytest.fixture
def sms() -> Iterator[tuple[AwsTexts, Stubber]]:
    made = client("pinpoint-sms-voice-v2")
    with Stubber(made) as stub:
        yield AwsTexts(lambda: made, "pool-1", now=lambda: NOW), stub


def test_one_request_as_the_sender_that_the_deployment_names(sms: tuple[AwsTexts, Stubber]) -> None:
    texts, stub = sms
    stub.add_response("send_text_message", {"MessageId": "m-1"}, {"OriginationIdentity": "pool-1", **REQUEST["text"]})
    assert texts.send(REQUEST) == "m-1"
    stub.assert_no_pending_responses()


@pytest.mark.parametrize(
    ("until", "seconds"),
    [("2026-11-22T10:00:00.000Z", 3_600), ("2026-11-22T08:00:00.000Z", 5), ("2027-11-22T09:00:00.000Z", 259_200)],
)
def test_a_message_is_delivered_as_long_as_it_is_worth_it(
    sms: tuple[AwsTexts, Stubber], until: str, seconds: int
) -> None:
    texts, stub = sms
    asked = {"OriginationIdentity": "pool-1", "TimeToLive": seconds, **REQUEST["text"]}
    stub.add_response("send_text_message", {"MessageId": "m-1"}, asked)
    assert texts.send({**REQUEST, "until": until}) == "m-1"


@pytest.mark.parametrize(("service", "named"), [("APNS", "APNS"), ("APNS_SANDBOX", "APNS_SANDBOX"), ("GCM", "FCM")])
def test_a_device_that_is_switched_off_gets_it_as_long_as_it_is_worth_it(service: str, named: str) -> None:
    made = client("sns")
    asked: list[Any] = []
    made.meta.events.register("provide-client-params", lambda params, **rest: asked.append(params))
    with Stubber(made) as stub:
        stub.add_response("create_platform_endpoint", {"EndpointArn": "arn:endpoint"})
        stub.add_response("publish", {"MessageId": "m-1"})
        apple(made, service).push("ios", TOKEN, {}, "s-1", "2026-11-22T10:00:00.000Z")
    said = {name: each["StringValue"] for name, each in asked[-1]["MessageAttributes"].items()}
    assert said[f"AWS.SNS.MOBILE.{named}.TTL"] == "3600"
    assert said["AWS.SNS.MOBILE.APNS.COLLAPSE_ID"] == "s-1"


def test_without_a_sender_nothing_leaves_and_nothing_is_made() -> None:
    def never() -> Any:
        raise AssertionError("no client is made")

    with pytest.raises(Held, match="sms_not_set_up"):
        AwsTexts(never, "", now=lambda: NOW).send(REQUEST)


@pytest.mark.parametrize(
    ("name", "why", "status", "family", "reason"),
    [
        ("ThrottlingException", None, 400, Transient, "throttled"),
        ("ServiceQuotaExceededException", "MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT", 402, Held, "sms_spend_limit"),
        ("ServiceQuotaExceededException", "OTHER", 402, Transient, "quota"),
        ("ConflictException", "DESTINATION_PHONE_NUMBER_NOT_VERIFIED", 409, Held, "sms_sandbox"),
        ("ConflictException", "DESTINATION_PHONE_NUMBER_OPTED_OUT", 409, Permanent, "opted_out"),
        ("ConflictException", "NO_ORIGINATION_IDENTITIES_FOUND", 409, Held, "sms_sender_missing"),
        ("ConflictException", "MESSAGE_TYPE_MISMATCH", 409, Held, "sms_message_type"),
        ("ResourceNotFoundException", None, 404, Held, "sms_sender_missing"),
        ("ValidationException", "SENDER_ID_REQUIRES_REGISTRATION", 400, Held, "sms_sender_not_registered"),
        ("ValidationException", "PRICE_OVER_THRESHOLD", 400, Permanent, "too_expensive"),
        ("ValidationException", "DESTINATION_COUNTRY_BLOCKED", 400, Permanent, "country_blocked"),
        ("ValidationException", "INVALID_PARAMETER", 400, Permanent, "bad_request"),
        ("AccessDeniedException", "ACCOUNT_DISABLED", 403, Held, "account_suspended"),
        ("AccessDeniedException", None, 403, Held, "not_authorised"),
        ("InternalServerException", None, 500, Unanswered, "answer 500"),
    ],
)
def test_how_a_text_message_ends(
    sms: tuple[AwsTexts, Stubber], name: str, why: str | None, status: int, family: type[Exception], reason: str
) -> None:
    texts, stub = sms
    modelled = {"Reason": why} if why else {}
    stub.add_client_error("send_text_message", name, http_status_code=status, modeled_fields=modelled or None)
    with pytest.raises(family) as ended:
        texts.send(REQUEST)
    assert str(ended.value) == reason
    assert "+40" not in str(ended.value)


@pytest.fixture
def application(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[SnsPushes, Any, str]]:
    with mock_aws():
        made = client("sns")
        arn = made.create_platform_application(Name="shop", Platform="APNS", Attributes={})["PlatformApplicationArn"]
        yield SnsPushes(lambda: made, {"ios": arn, "android": ""}, now=lambda: NOW), made, arn


TOKEN = "a1b2c3d4e5f60718"


def endpoints(sns: Any, arn: str) -> list[Any]:
    found: list[Any] = sns.list_endpoints_by_platform_application(PlatformApplicationArn=arn)["Endpoints"]
    return found


def test_a_token_has_one_endpoint_however_often_it_is_written_to(application: tuple[SnsPushes, Any, str]) -> None:
    pushes, sns, arn = application
    assert pushes.push("ios", TOKEN, {"aps": {}}, "s-1") != pushes.push("ios", TOKEN, {"aps": {}}, "s-2")
    assert len(endpoints(sns, arn)) == 1


def test_a_device_that_is_gone_is_forgotten_and_a_token_told_again_begins_anew(
    application: tuple[SnsPushes, Any, str],
) -> None:
    pushes, sns, arn = application
    pushes.push("ios", TOKEN, {"aps": {}}, "s-1")
    (one,) = endpoints(sns, arn)
    sns.set_endpoint_attributes(EndpointArn=one["EndpointArn"], Attributes={"Enabled": "false"})
    with pytest.raises(Gone):
        pushes.push("ios", TOKEN, {"aps": {}}, "s-2")
    assert endpoints(sns, arn) == []
    assert pushes.push("ios", TOKEN, {"aps": {}}, "s-3")


def test_an_endpoint_that_somebody_else_made_is_used(application: tuple[SnsPushes, Any, str]) -> None:
    pushes, sns, arn = application
    sns.create_platform_endpoint(PlatformApplicationArn=arn, Token=TOKEN, CustomUserData="another system's")
    assert pushes.push("ios", TOKEN, {"aps": {}}, "s-1")


def test_a_platform_without_an_application_holds(application: tuple[SnsPushes, Any, str]) -> None:
    with pytest.raises(Held, match="push_not_set_up"):
        application[0].push("android", TOKEN, {}, "s-1")


@pytest.mark.parametrize(
    ("name", "status", "family", "reason"),
    [
        ("EndpointDisabled", 400, Gone, "disabled"),
        ("PlatformApplicationDisabled", 400, Held, "push_application_disabled"),
        ("NotFound", 404, Held, "push_application_missing"),
        ("AuthorizationError", 403, Held, "not_authorised"),
        ("Throttled", 429, Transient, "throttled"),
        ("InternalError", 500, Unanswered, "answer 500"),
        ("InvalidParameter", 400, Permanent, "bad_request"),
    ],
)
def test_how_a_push_message_ends(name: str, status: int, family: type[Exception], reason: str) -> None:
    made = client("sns")
    with Stubber(made) as stub:
        stub.add_response("create_platform_endpoint", {"EndpointArn": "arn:aws:sns:us-east-1:1:endpoint/APNS/shop/1"})
        stub.add_client_error("publish", name, http_status_code=status)
        stub.add_response("delete_endpoint", {})
        with pytest.raises(family) as ended:
            apple(made).push("ios", TOKEN, {}, "s-1")
    assert str(ended.value) == reason


def test_what_apple_gets_and_by_which_service() -> None:
    made = client("sns")
    with Stubber(made) as stub:
        stub.add_response("create_platform_endpoint", {"EndpointArn": "arn:endpoint"})
        asked = {
            "TargetArn": "arn:endpoint",
            "MessageStructure": "json",
            "Message": json.dumps({"default": "", "APNS_SANDBOX": '{"aps":{}}'}, separators=(",", ":")),
            "MessageAttributes": ANY,
        }
        stub.add_response("publish", {"MessageId": "m-1"}, asked)
        pushes = apple(made, "APNS_SANDBOX")
        assert pushes.push("ios", TOKEN, {"aps": {}}, "s-1") == "m-1"
    assert service_of("arn:aws:sns:us-east-1:1:app/GCM/shop") == "GCM"


def test_a_client_that_retries_is_refused() -> None:
    again = boto3.client("sns", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="y")
    with pytest.raises(Permanent, match="attempt once"):
        apple(again).push("ios", TOKEN, {}, "s-1")
