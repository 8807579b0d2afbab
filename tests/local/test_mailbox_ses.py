"""The mailbox against the real SES client: what SES takes, refuses, limits and loses."""

from __future__ import annotations

from email.message import EmailMessage
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from tests.local.conftest import SENDER, Served, simple


def test_the_whole_message_is_kept(ses: Any, served: Served) -> None:
    headers = [
        {"Name": "List-Unsubscribe", "Value": "<http://127.0.0.1:4566/v1/unsubscribe/abc>"},
        {"Name": "List-Unsubscribe-Post", "Value": "List-Unsubscribe=One-Click"},
    ]
    tags = [{"Name": "send", "Value": "20261122T0900-abc"}, {"Name": "customer", "Value": "c_1"}]
    sent = ses.send_email(**simple(Headers=headers, EmailTags=tags, ReplyToAddresses=["help@example.com"]))
    message = served.mailbox.box.message(sent["MessageId"])
    assert message is not None
    assert message["to"] == ["ada@example.org"]
    assert message["from"] == f"Shop <{SENDER}>"
    assert message["tags"] == {"send": "20261122T0900-abc", "customer": "c_1"}
    assert (message["subject"], message["text"]) == ("Hello", "Hello")
    assert message["html"].startswith("<p>Hello")
    kept = {header["name"]: header["value"] for header in message["headers"]}
    assert kept["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert kept["Reply-To"] == "help@example.com"
    assert message["request"]["Content"]["Simple"]["Headers"] == headers
    assert message["acknowledged"] is True


def test_messages_are_found_by_recipient_tag_and_text(ses: Any, served: Served) -> None:
    ses.send_email(**simple("ada@example.org", EmailTags=[{"Name": "send", "Value": "one"}]))
    ses.send_email(**simple("Bob@example.org", EmailTags=[{"Name": "send", "Value": "two"}]))
    box = served.mailbox.box
    none: dict[str, Any] = {"to": None, "tag": None, "text": None, "before": None, "limit": 10}
    assert [m["to"] for m in box.messages(**{**none, "to": "bob@example.org"})] == [["Bob@example.org"]]
    assert [m["to"] for m in box.messages(**{**none, "tag": "send:one"})] == [["ada@example.org"]]
    assert [m["to"] for m in box.messages(**{**none, "text": "HELLO"})] == [["Bob@example.org"], ["ada@example.org"]]
    assert box.count(tag="send") == 2


def test_a_raw_message_is_read_as_ses_reads_it(ses: Any, served: Served) -> None:
    raw = EmailMessage()
    raw["From"], raw["To"], raw["Bcc"], raw["Subject"] = SENDER, "ada@example.org", "eve@example.org", "Grüße"
    raw["X-SES-MESSAGE-TAGS"] = "send=raw-1"
    raw.set_content("plain")
    raw.add_alternative("<b>rich</b>", subtype="html")
    sent = ses.send_email(Content={"Raw": {"Data": raw.as_bytes()}})
    message = served.mailbox.box.message(sent["MessageId"])
    assert message is not None
    assert message["to"] == ["ada@example.org", "eve@example.org"]
    assert (message["subject"], message["text"].strip(), message["html"].strip()) == ("Grüße", "plain", "<b>rich</b>")
    assert message["tags"] == {"send": "raw-1"}
    assert not {"Bcc", "X-SES-MESSAGE-TAGS"} & {header["name"] for header in message["headers"]}


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"EmailTags": [{"Name": "customer", "Value": "ada@example.org"}]}, "Invalid tag value"),
        ({"EmailTags": [{"Name": "send", "Value": "x" * 257}]}, "Invalid tag value"),
        ({"EmailTags": [{"Name": "a b", "Value": "x"}]}, "Invalid tag name"),
        ({"Headers": [{"Name": "Subject", "Value": "x"}]}, "written by Amazon SES"),
        ({"Headers": [{"Name": "X-A", "Value": "é"}]}, "Invalid header value"),
        ({"Headers": [{"Name": f"X-{i}", "Value": "x"} for i in range(16)]}, "at most 15"),
        ({"Headers": [{"Name": "List-Id", "Value": "a"}, {"Name": "list-id", "Value": "b"}]}, "Duplicate header"),
        ({"Destination": {"ToAddresses": [f"a{i}@example.org" for i in range(51)]}}, "exceeds 50"),
        ({"Destination": {"ToAddresses": ["nobody"]}}, "Missing final '@domain'"),
        ({"Destination": {"ToAddresses": ["jürgen@example.org"]}}, "Illegal address"),
        ({"Content": {"Template": {"TemplateName": "x", "TemplateData": "{}"}}}, "no templates"),
        ({"Content": {"Simple": {"Subject": {"Data": "ü"}, "Body": {"Text": {"Data": "x"}}}}}, "Charset"),
    ],
)
def test_what_ses_would_refuse_is_refused(ses: Any, served: Served, changes: dict[str, Any], says: str) -> None:
    with pytest.raises(ses.exceptions.BadRequestException, match=says):
        ses.send_email(**simple(**changes))
    assert served.mailbox.box.count() == 0


def test_an_unverified_sender_is_refused(ses: Any) -> None:
    with pytest.raises(ses.exceptions.MessageRejected, match=r"not verified.*me@elsewhere\.test"):
        ses.send_email(**simple(FromEmailAddress="me@elsewhere.test"))
    ses.create_email_identity(EmailIdentity="elsewhere.test")
    ses.send_email(**simple(FromEmailAddress="me@mail.elsewhere.test"))
    with pytest.raises(ses.exceptions.AlreadyExistsException):
        ses.create_email_identity(EmailIdentity="elsewhere.test")
    assert ses.get_email_identity(EmailIdentity="elsewhere.test")["VerifiedForSendingStatus"] is True
    with pytest.raises(ses.exceptions.NotFoundException):
        ses.get_email_identity(EmailIdentity="nobody.test")


def test_a_missing_configuration_set_is_refused(ses: Any) -> None:
    with pytest.raises(ses.exceptions.NotFoundException, match="does not exist"):
        ses.send_email(**simple(ConfigurationSetName="another"))


def test_the_sandbox_writes_only_to_verified_recipients(ses: Any, served: Served) -> None:
    served.mailbox.configure({"sandbox": True})
    assert ses.get_account()["ProductionAccessEnabled"] is False
    with pytest.raises(ses.exceptions.MessageRejected, match=r"ada@example\.org"):
        ses.send_email(**simple("ada@example.org"))
    ses.send_email(**simple(SENDER))
    ses.send_email(**simple("success@simulator.amazonses.com"))


def test_above_its_rate_ses_throttles(ses: Any, served: Served) -> None:
    served.mailbox.configure({"rate": 3})
    assert ses.get_account()["SendQuota"]["MaxSendRate"] == 3
    for _ in range(3):
        ses.send_email(**simple())
    with pytest.raises(ses.exceptions.TooManyRequestsException, match="Maximum sending rate exceeded") as refused:
        ses.send_email(**simple())
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 429
    assert ses.get_account()["SendQuota"]["SentLast24Hours"] == 3


def test_throttling_on_demand(ses: Any, served: Served) -> None:
    served.mailbox.faults.set({"throttle": 1})
    with pytest.raises(ses.exceptions.TooManyRequestsException):
        ses.send_email(**simple())
    ses.send_email(**simple())


def test_a_lost_acknowledgement_is_a_message_that_the_sender_knows_nothing_of(ses: Any, served: Served) -> None:
    served.mailbox.faults.set({"lose_acknowledgement": 1})
    with pytest.raises(BotoCoreError):
        ses.send_email(**simple())
    kept = served.mailbox.box.messages(to=None, tag=None, text=None, before=None, limit=10)
    assert [message["acknowledged"] for message in kept] == [False]
    ses.send_email(**simple())
    assert served.mailbox.box.count() == 2


def test_a_lost_request_leaves_nothing(ses: Any, served: Served) -> None:
    served.mailbox.faults.set({"lose_request": 1})
    with pytest.raises(BotoCoreError):
        ses.send_email(**simple())
    assert served.mailbox.box.count() == 0


def test_a_server_error_is_a_server_error(ses: Any, served: Served) -> None:
    served.mailbox.faults.set({"server_error": 1})
    with pytest.raises(ClientError) as failed:
        ses.send_email(**simple())
    assert failed.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500
    assert served.mailbox.box.count() == 0


def test_the_suppression_list_can_be_read_and_changed(ses: Any) -> None:
    ses.put_suppressed_destination(EmailAddress="Ada@example.org", Reason="COMPLAINT")
    found = ses.get_suppressed_destination(EmailAddress="ada@example.org")["SuppressedDestination"]
    assert (found["EmailAddress"], found["Reason"]) == ("ada@example.org", "COMPLAINT")
    assert len(ses.list_suppressed_destinations()["SuppressedDestinationSummaries"]) == 1
    ses.delete_suppressed_destination(EmailAddress="ada@example.org")
    with pytest.raises(ses.exceptions.NotFoundException):
        ses.get_suppressed_destination(EmailAddress="ada@example.org")


def test_an_operation_that_the_double_lacks_says_so(ses: Any) -> None:
    with pytest.raises(ClientError, match="has no GET"):
        ses.list_contact_lists()
