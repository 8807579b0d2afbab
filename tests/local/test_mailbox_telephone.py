"""The mailbox against the real clients of End User Messaging SMS and SNS, and our own gateways on them."""

from __future__ import annotations

import json
from http.client import HTTPConnection
from typing import Any

import pytest
from botocore.config import Config

from chalicelib.aws.pushes import Gone, SnsPushes
from chalicelib.aws.texts import AwsTexts
from chalicelib.errors import Permanent, Transient, Unanswered
from chalicelib.messages import channels
from chalicelib.messages.render import Rendered
from chalicelib.tracking.reading import Arrival
from chalicelib.tracking.source import interpret
from tests.local.conftest import CONFIGURATION_SET, SESSION, Served, eventually
from tests.local.test_mailbox_page import call
from tests.messages.channel_contract import SENDER, message
from tests.messages.samples import NOW, send

NUMBER = "+40721000000"
APPLICATION = "arn:aws:sns:us-east-1:000000000000:app/{}/local"
TOKEN = "a1b2c3d4e5f60718"
ONCE = Config(retries={"total_max_attempts": 1}, read_timeout=2)


@pytest.fixture
def texts(served: Served) -> AwsTexts:
    return AwsTexts(lambda: client(served, "pinpoint-sms-voice-v2"), "+12065550100", now=lambda: NOW)


@pytest.fixture
def pushes(served: Served) -> SnsPushes:
    applications = {"ios": APPLICATION.format("APNS"), "android": APPLICATION.format("GCM")}
    return SnsPushes(lambda: client(served, "sns"), applications, now=lambda: NOW)


def client(served: Served, service: str) -> Any:
    return SESSION.client(service, endpoint_url=served.address, config=ONCE)  # type: ignore[call-overload]


def request(text: str = "Hello Ada. Reply STOP", **changes: Any) -> Any:
    made = channels.channel("sms").prepare(message(NUMBER, words=Rendered("", None, text)), SENDER)
    return {**made, "text": {**made["text"], "ConfigurationSetName": CONFIGURATION_SET, **changes}}


def kept(served: Served, channel: str) -> list[Any]:
    found: list[Any] = call(served, "GET", f"/_mailbox/messages?channel={channel}").json()["messages"]
    return found


def test_a_text_message_is_kept_whole_and_reported(texts: AwsTexts, served: Served) -> None:
    id = texts.send(request())
    (one,) = kept(served, "sms")
    assert (one["id"], one["to"], one["text"], one["from"]) == (id, [NUMBER], "Hello Ada. Reply STOP", "+12065550100")
    assert one["request"]["MessageType"] == "PROMOTIONAL"
    assert one["tags"]["send"] == send().id
    records = served.publisher.wait_for(2)
    assert [record["eventType"] for record in records] == ["TEXT_SUCCESSFUL", "TEXT_DELIVERED"]
    (event,) = interpret("", records[1], Arrival("sms", "sms", NOW, size=100)).events
    assert (event.name, event.subject, event.properties["send_id"]) == ("SMS Delivered", "u#ada", send().id)


def test_what_somebody_writes_back_comes_back(texts: AwsTexts, served: Served) -> None:
    id = texts.send(request())
    assert call(served, "POST", f"/_mailbox/messages/{id}/events", {"kind": "Received", "text": "STOP"}).status == 200
    record = served.publisher.wait_for(3)[-1]
    events = interpret("", record, Arrival("sms", "sms", NOW, size=100)).events
    assert [event.name for event in events] == ["SMS Received", "Unsubscribed"]
    assert call(served, "POST", f"/_mailbox/messages/{id}/events", {"kind": "Open"}).status == 400


@pytest.mark.parametrize(
    ("fault", "family"), [("throttle", Transient), ("server_error", Unanswered), ("lose_acknowledgement", Unanswered)]
)
def test_faults_are_those_of_mails(texts: AwsTexts, served: Served, fault: str, family: type[Exception]) -> None:
    served.mailbox.faults.set({fault: 1})
    with pytest.raises(family):
        texts.send(request())
    assert len(kept(served, "sms")) == (1 if fault == "lose_acknowledgement" else 0)


def test_what_aws_would_refuse_is_refused(texts: AwsTexts) -> None:
    for changes in ({"DestinationPhoneNumber": "+0"}, {"MessageBody": " "}, {"Context": {"a": " x"}}):
        with pytest.raises(Permanent, match="bad_request"):
            texts.send(request(**changes))


def test_a_push_message_on_both_platforms(pushes: SnsPushes, served: Served) -> None:
    words = Rendered("Hello Ada", None, "Your cart waits.", url="https://shop.example")
    made = channels.channel("push").prepare(message(f"ios:{TOKEN} android:{TOKEN}", words=words), SENDER)
    for platform in ("ios", "android"):
        pushes.push(platform, TOKEN, made["payloads"][platform], made["id"])
    found = kept(served, "push")
    assert {one["to"][0] for one in found} == {f"ios:{TOKEN}", f"android:{TOKEN}"}
    assert {(one["subject"], one["text"], one["tags"]["send_id"]) for one in found} == {
        ("Hello Ada", "Your cart waits.", send().id)
    }
    assert {json.dumps(one["request"]["payload"], sort_keys=True) for one in found} == {
        json.dumps(payload, sort_keys=True) for payload in made["payloads"].values()
    }


def test_a_removed_app_is_a_device_that_is_gone_until_it_is_told_again(pushes: SnsPushes, served: Served) -> None:
    id = pushes.push("ios", TOKEN, {"aps": {}}, "s-1")
    assert call(served, "POST", f"/_mailbox/messages/{id}/events", {"kind": "Gone"}).status == 200
    with pytest.raises(Gone):
        pushes.push("ios", TOKEN, {"aps": {}}, "s-2")
    assert pushes.push("ios", TOKEN, {"aps": {}}, "s-3")


def test_a_webhook_is_kept_as_it_came_and_answered_as_its_path_says(served: Served) -> None:
    sent = {"Content-Type": "application/json", "webhook-id": "s-1", "webhook-signature": "v1,abc"}
    statuses = []
    for path in ("/hooks/crm", "/hooks/503"):
        connection = HTTPConnection(served.address.removeprefix("http://"), timeout=5)
        connection.request("PATCH", path, b'{"a": "<script>"}', sent)
        statuses.append(connection.getresponse().status)
        connection.close()
    assert statuses == [200, 503]
    newest, first = kept(served, "webhook")
    assert (first["subject"], first["text"], newest["subject"]) == (
        "PATCH /hooks/crm",
        '{"a": "<script>"}',
        "PATCH /hooks/503",
    )
    assert {"name": "webhook-signature", "value": "v1,abc"} in first["headers"]


def test_another_site_can_send_nothing(served: Served) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    connection = HTTPConnection(served.address.removeprefix("http://"), timeout=5)
    connection.request("POST", "/", "Action=Publish&TargetArn=x", form)
    assert connection.getresponse().status == 404
    connection.close()
    assert kept(served, "push") == []


def test_channels_stand_side_by_side_and_mails_quota_counts_mails(ses: Any, texts: AwsTexts, served: Served) -> None:
    from tests.local.conftest import simple

    ses.send_email(**simple())
    texts.send(request("Find me"))
    eventually(lambda: len(served.publisher.records) >= 3)
    everything = call(served, "GET", "/_mailbox/messages?brief=1").json()
    assert [one["channel"] for one in everything["messages"]] == ["sms", "email"]
    assert call(served, "GET", "/_mailbox/messages?text=find").json()["count"] == 1
    assert served.mailbox.account()["SendQuota"]["SentLast24Hours"] == 1.0
    assert call(served, "GET", "/_mailbox/kept").json() == {"kept": []}  # no ledger was named


def test_a_file_of_an_earlier_version_is_read_on(mailbox_file: Any) -> None:
    import sqlite3

    from infra.local.mailbox.box import Box
    from infra.local.mailbox.rows import SCHEMA

    old = sqlite3.connect(mailbox_file)
    old.executescript(SCHEMA.replace(",\n  channel TEXT NOT NULL DEFAULT 'email'", ""))
    old.close()
    assert Box(mailbox_file).count(channel="email") == 0
