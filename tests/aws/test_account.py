"""SES beside its sending: what its answers come to."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from chalicelib.aws.account import PAGE, SesAccount, Suppressed
from chalicelib.errors import Transient

SINCE = datetime(2026, 11, 20, tzinfo=UTC)


@pytest.fixture
def ses() -> Iterator[Stubber]:
    client = boto3.client("sesv2", region_name="eu-west-1", aws_access_key_id="a", aws_secret_access_key="b")
    with Stubber(client) as stubber:
        yield stubber


def account(ses: Stubber) -> SesAccount:
    client: Any = ses.client
    return SesAccount(client)


def test_what_ses_knows_and_does_not_know(ses: Stubber) -> None:
    ses.add_response("get_email_identity", {"VerifiedForSendingStatus": True}, {"EmailIdentity": "shop.example"})
    ses.add_client_error("get_email_identity", "NotFoundException", http_status_code=404)
    ses.add_client_error("get_configuration_set", "NotFoundException", http_status_code=404)
    ses.add_response("get_account", {"ProductionAccessEnabled": True}, {})
    known = account(ses)
    assert (known.identity("shop.example") or {})["VerifiedForSendingStatus"] is True
    assert known.identity("other.example") is None
    assert known.configuration_set("perennial") is None
    assert known.account()["ProductionAccessEnabled"] is True
    assert known.region == "eu-west-1"


def test_the_suppression_list_comes_by_pages_in_utc(ses: Stubber) -> None:
    at = datetime(2026, 11, 21, 10, tzinfo=timezone(timedelta(hours=1)))
    page = {
        "SuppressedDestinationSummaries": [
            {"EmailAddress": "ada@example.com", "Reason": "BOUNCE", "LastUpdateTime": at}
        ],
        "NextToken": "more",
    }
    ses.add_response("list_suppressed_destinations", page, {"PageSize": PAGE, "StartDate": SINCE})
    ses.add_response("list_suppressed_destinations", {}, {"PageSize": PAGE, "NextToken": "more"})
    known = account(ses)
    assert known.suppressed(SINCE, None) == (
        [Suppressed("ada@example.com", "BOUNCE", datetime(2026, 11, 21, 9, tzinfo=UTC))],
        "more",
    )
    assert known.suppressed(None, "more") == ([], None)


def test_an_address_is_put_on_the_list(ses: Stubber) -> None:
    ses.add_response("put_suppressed_destination", {}, {"EmailAddress": "ada@example.com", "Reason": "COMPLAINT"})
    account(ses).suppress("ada@example.com", "COMPLAINT")
    ses.assert_no_pending_responses()


def test_an_address_is_looked_up_and_taken_off_the_list(ses: Stubber) -> None:
    asked = {"EmailAddress": "ada@example.com"}
    found = {"EmailAddress": "ada@example.com", "Reason": "COMPLAINT", "LastUpdateTime": SINCE}
    ses.add_response("get_suppressed_destination", {"SuppressedDestination": found}, asked)
    ses.add_response("delete_suppressed_destination", {}, asked)
    ses.add_client_error("get_suppressed_destination", "NotFoundException", http_status_code=404)
    ses.add_client_error("delete_suppressed_destination", "NotFoundException", http_status_code=404)
    known = account(ses)
    assert known.listing("ada@example.com") == Suppressed("ada@example.com", "COMPLAINT", SINCE)
    known.lift("ada@example.com")
    assert known.listing("ada@example.com") is None
    known.lift("ada@example.com")
    ses.assert_no_pending_responses()


@pytest.mark.parametrize("error", ["TooManyRequestsException", "ThrottlingException"])
def test_what_is_throttled_is_for_later(ses: Stubber, error: str) -> None:
    ses.add_client_error("put_suppressed_destination", error, http_status_code=429)
    with pytest.raises(Transient):
        account(ses).suppress("ada@example.com", "BOUNCE")
