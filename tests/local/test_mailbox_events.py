"""What the topic hears of a message: SES's shapes, the simulator, rates, and nothing lost over a restart."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from infra.local.mailbox import events
from infra.local.mailbox.fate import Happening, fate, links
from infra.local.mailbox.mail import Mail, accept
from infra.local.mailbox.settings import Settings
from tests.local.conftest import CONFIGURATION_SET, SENDER, Served, client_of, eventually, simple

AT = datetime(2026, 11, 22, 3, 26, 52, 123000, tzinfo=UTC)
TAGS = [{"Name": "send", "Value": "20261122T0900-abc"}, {"Name": "customer", "Value": "c_1"}]


def _mail(to: str = "ada@example.org", **changes: Any) -> Mail:
    return accept(simple(to, EmailTags=TAGS, **changes), id="0100-id-000000", at=AT)


def test_a_delivery_has_ses_own_shape() -> None:
    record = events.record("Delivery", _mail(), AT, {"recipient": "ada@example.org"})
    assert record["eventType"] == "Delivery"
    assert record["delivery"]["recipients"] == ["ada@example.org"]
    assert record["delivery"]["timestamp"] == "2026-11-22T03:26:52.123Z"
    mail = record["mail"]
    assert (mail["messageId"], mail["destination"]) == ("0100-id-000000", ["ada@example.org"])
    assert (mail["source"], mail["timestamp"]) == (f"Shop <{SENDER}>", "2026-11-22T03:26:52.123Z")
    assert mail["tags"]["send"] == ["20261122T0900-abc"]
    assert mail["tags"]["customer"] == ["c_1"]
    assert mail["tags"]["ses:configuration-set"] == [CONFIGURATION_SET]
    assert mail["tags"]["ses:from-domain"] == ["example.com"]
    assert mail["commonHeaders"]["to"] == ["ada@example.org"]
    assert {"name": "Subject", "value": "Hello"} in mail["headers"]


@pytest.mark.parametrize("kind", events.KINDS)
def test_every_event_carries_its_object(kind: str) -> None:
    record = events.record(kind, _mail(), AT, {"recipient": "ada@example.org", "link": "https://example.com/x"})
    assert set(record) == {"eventType", "mail", kind[0].lower() + kind[1:]}


def test_feedback_told_twice_has_one_id() -> None:
    told = [events.record("Bounce", _mail(), AT, {"recipient": "ada@example.org"}) for _ in range(2)]
    assert told[0]["bounce"]["feedbackId"] == told[1]["bounce"]["feedbackId"]
    assert told[0]["bounce"]["bouncedRecipients"][0]["status"] == "5.1.1"


def _kinds(to: str, settings: Settings | None = None, suppressed: frozenset[str] = frozenset()) -> list[str]:
    return [h.kind for h in fate(_mail(to), settings or Settings(), suppressed)]


@pytest.mark.parametrize(
    ("address", "kinds"),
    [
        ("success@simulator.amazonses.com", ["Send", "Delivery"]),
        ("ooto@simulator.amazonses.com", ["Send", "Delivery"]),
        ("bounce@simulator.amazonses.com", ["Send", "Bounce"]),
        ("bounce+label@simulator.amazonses.com", ["Send", "Bounce"]),
        ("complaint@simulator.amazonses.com", ["Send", "Delivery", "Complaint"]),
        ("suppressionlist@simulator.amazonses.com", ["Send", "Bounce"]),
        ("ada@example.org", ["Send", "Delivery"]),
    ],
)
def test_the_simulators_addresses(address: str, kinds: list[str]) -> None:
    assert _kinds(address) == kinds


def test_shares_are_drawn_by_what_was_sent() -> None:
    people = [f"p{i}@example.org" for i in range(2000)]
    settings = Settings(open=0.3, click=0.1)
    opened = [person for person in people if "Open" in _kinds(person, settings)]
    clicked = [person for person in people if "Click" in _kinds(person, settings)]
    assert 0.25 < len(opened) / len(people) < 0.45
    assert 0.07 < len(clicked) / len(people) < 0.13
    assert set(clicked) <= set(opened)
    assert opened == [person for person in people if "Open" in _kinds(person, settings)]
    assert _kinds("ada@example.org", Settings(delivery=0.0)) == ["Send"]


def test_only_web_addresses_are_links() -> None:
    html = "<a href='https://a.test/'>a</a><a href='javascript:alert(1)'>b</a><a href=mailto:x@y.z>c</a><a href='https://a.test/'>d</a>"
    assert links(html) == ["https://a.test/"]


def test_a_sent_message_is_told_to_the_topic(ses: Any, served: Served) -> None:
    sent = ses.send_email(**simple(EmailTags=TAGS))
    records = served.publisher.wait_for(2)
    assert served.publisher.kinds() == ["Send", "Delivery"]
    assert {record["mail"]["messageId"] for record in records} == {sent["MessageId"]}


def test_a_simulated_bounce_is_told_and_suppresses_nobody(ses: Any, served: Served) -> None:
    ses.send_email(**simple("bounce@simulator.amazonses.com"))
    bounce = served.publisher.wait_for(2)[1]["bounce"]
    assert (bounce["bounceType"], bounce["bounceSubType"]) == ("Permanent", "General")
    assert served.mailbox.box.suppressions() == []


def test_a_bounce_by_hand_suppresses_the_address(ses: Any, served: Served) -> None:
    mail = served.mailbox.box.mail(ses.send_email(**simple())["MessageId"])
    assert mail is not None
    served.mailbox.let_happen(mail, "Bounce", {})
    served.publisher.wait_for(3)
    ses.send_email(**simple())
    records = served.publisher.wait_for(5)
    assert served.publisher.kinds()[3:] == ["Send", "Bounce"]
    assert records[-1]["bounce"]["bounceSubType"] == "OnAccountSuppressionList"


def test_events_can_be_lost_doubled_and_held(ses: Any, served: Served) -> None:
    served.mailbox.configure({"publish": False})
    served.mailbox.faults.set({"lose_events": 1, "duplicate_events": 1})
    sent = ses.send_email(**simple())
    assert served.publisher.records == []
    served.mailbox.configure({"publish": True})
    served.publisher.wait_for(2)
    assert served.publisher.kinds() == ["Delivery", "Delivery"]
    eventually(lambda: [e["state"] for e in served.mailbox.box.events(sent["MessageId"])] == ["lost", "published"])


def test_what_the_topic_did_not_take_is_told_after_a_restart(mailbox_file: Path) -> None:
    first = Served(mailbox_file)
    first.publisher.reachable = False
    first.mailbox.box.add_identity(SENDER, AT)
    client = client_of(first)
    sent = client.send_email(**simple())["MessageId"]
    client.close()
    first.close()
    second = Served(mailbox_file)
    second.publisher.wait_for(2)
    kept = second.mailbox.box.message(sent)
    second.close()
    assert second.publisher.kinds() == ["Send", "Delivery"]
    assert kept is not None
    assert kept["subject"] == "Hello"


def test_an_event_to_come_waits_for_its_time(served: Served) -> None:
    mail = _mail()
    later = Happening("Open", datetime(2100, 1, 1, tzinfo=UTC))
    served.mailbox.box.keep(mail, [later], acknowledged=True)
    assert served.mailbox.box.pending(datetime.now(UTC), 10) == []
    assert [event["state"] for event in served.mailbox.box.events(mail.id)] == ["waiting"]
