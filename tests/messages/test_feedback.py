"""Feedback: reports of SES become events and outcomes, once, in any order."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from chalicelib import resources
from chalicelib.aws.database import Database
from chalicelib.aws.queues import work_off
from chalicelib.errors import Transient, Unanswered
from chalicelib.journeys.send import Send, Status
from chalicelib.messages import feedback, ledger
from chalicelib.tracking.event import from_item
from chalicelib.tracking.tags import customer_tag
from tests.fakes.database import MemoryDatabase
from tests.fakes.queues import sqs_event
from tests.messages.samples import MINUTE, NOW, receipt
from tests.messages.world import World, world

AT = "2026-11-22T09:00:30.000Z"


def report(row: Send, kind: str, *, at: str = AT, **said: Any) -> dict[str, Any]:
    """What arrives in the queue: SNS's envelope around SES's report."""
    name = {"DeliveryDelay": "deliveryDelay"}.get(kind, kind.lower())
    message = {
        "eventType": kind,
        "mail": {
            "timestamp": "2026-11-22T09:00:01.000Z",
            "messageId": "ses-1",
            "destination": ["ada@example.com"],
            "tags": {"customer": [customer_tag(row.customer)], "send": [row.id], "journey": [row.journey]},
        },
        name: {"timestamp": at, **said},
    }
    return {"Type": "Notification", "MessageId": "sns-1", "Message": json.dumps(message)}


def events(at: World) -> list[str]:
    assert isinstance(at.db, MemoryDatabase)
    return sorted(item["name"] for item in at.db.items(resources.EVENTS))


@pytest.mark.parametrize(
    ("kind", "said", "outcome", "event"),
    [
        ("Send", {}, "sent_at", "Email Sent"),
        ("Delivery", {}, "delivered_at", "Email Delivered"),
        ("Open", {"userAgent": "Thunderbird"}, "opened_at", "Email Opened"),
        ("Open", {"userAgent": "Mozilla/5.0"}, "machine_opened_at", "Email Opened"),
        ("Click", {"userAgent": "Firefox", "link": "https://shop.example"}, "clicked_at", "Email Link Clicked"),
        ("Click", {"userAgent": "Barracuda"}, "machine_clicked_at", "Email Link Clicked"),
        ("Bounce", {"bounceType": "Permanent"}, "bounced_at", "Email Bounced"),
        ("Bounce", {"bounceType": "Transient"}, "soft_bounced_at", "Email Bounced"),
        ("Complaint", {}, "complained_at", "Email Marked as Spam"),
        ("DeliveryDelay", {}, "delayed_at", "Email Delayed"),
    ],
)
def test_a_report_is_an_event_and_an_outcome(kind: str, said: dict[str, Any], outcome: str, event: str) -> None:
    at, row = world()
    at.dispatch(row)
    assert feedback.take(report(row, kind, **said), at.desk) == [row.id]
    assert list(at.row(row).outcomes) == [outcome]
    assert at.row(row).status is Status.SENT
    assert events(at) == [event]


def test_reports_that_come_twice_and_in_any_order_change_nothing_more() -> None:
    at, row = world()
    at.dispatch(row)
    reports = [report(row, "Delivery"), report(row, "Send"), report(row, "Delivery")]
    learned = [feedback.take(each, at.desk) for each in [*reports, *reversed(reports)]]
    assert learned == [[row.id], [row.id], [], [], [], []]
    assert events(at) == ["Email Delivered", "Email Sent"]


def test_a_report_is_the_answer_that_was_lost() -> None:
    at, row = world()
    at.mail.next = [Unanswered("?")]
    at.dispatch(row)
    feedback.take(report(row, "Send"), at.desk)
    assert (at.row(row).status, at.row(row).provider_id) == (Status.SENT, "ses-1")
    at.wait(ledger.SETTLE)
    assert at.dispatch(row) == "over"


def test_a_report_that_comes_between_the_call_and_the_mark_wins() -> None:
    at, row = world()
    send = at.mail.send

    def reported_at_once(request: Any) -> str:
        id = send(request)
        feedback.take(report(row, "Send"), at.desk)
        return id

    at.mail.send = reported_at_once  # type: ignore[method-assign]
    assert at.dispatch(row) == "taken"
    assert (at.row(row).status, at.row(row).provider_id) == (Status.SENT, "ses-1")


def test_a_late_report_saves_the_second_receipt() -> None:
    at = World()
    at.customer()
    row = at.plan(receipt())
    at.mail.next = [Unanswered("?"), Transient("throttled")]
    at.dispatch(row)
    at.wait(ledger.SETTLE)
    assert at.dispatch(row) == Status.RETRY
    feedback.take(report(row, "Delivery"), at.desk)
    at.wait(60 * MINUTE)
    assert at.dispatch(row) == "over"
    assert at.mail.sent == []


def test_a_rejection_after_acceptance_is_a_failure() -> None:
    at, row = world()
    at.dispatch(row)
    feedback.take(report(row, "Reject", reason="Bad content"), at.desk)
    feedback.take(report(row, "Send"), at.desk)
    assert (at.row(row).status, at.row(row).reason) == (Status.FAILED, "rejected_by_provider")


def test_a_report_about_a_row_that_is_gone_is_still_an_event() -> None:
    at, row = world()
    at.db.delete(resources.SENDS, row.customer, row.id)
    assert feedback.take(report(row, "Bounce", bounceType="Permanent"), at.desk) == []
    assert events(at) == ["Email Bounced"]


def test_what_cannot_be_read_is_parked_and_its_neighbours_are_not_held_up() -> None:
    at, row = world()
    at.dispatch(row)
    nobody = {"eventType": "Send", "mail": {"timestamp": AT, "messageId": "x", "tags": {}}, "send": {}}
    greeting = {"Message": "Successfully validated SNS topic for Amazon SES event publishing."}
    batch = sqs_event([{"Message": "not json"}, nobody, greeting, report(row, "Send"), []])  # type: ignore[list-item]
    work_off(batch, lambda body: feedback.take(body, at.desk))
    assert at.row(row).outcomes
    assert isinstance(at.db, MemoryDatabase)
    assert len(at.db.items(resources.WORK)) >= 2


def actors(at: World) -> list[tuple[str, str]]:
    """Who did what is stored, in the order in which it was done."""
    assert isinstance(at.db, MemoryDatabase)
    stored = [from_item(item) for item in at.db.items(resources.EVENTS)]
    acts = sorted((event for event in stored if "actor" in event.properties), key=lambda event: event.at)
    return [(event.properties["actor"], event.properties.get("actor_reason", "")) for event in acts]


def click(row: Send, link: str, seconds: float, agent: str = "Firefox") -> dict[str, Any]:
    at = (NOW + timedelta(minutes=5, seconds=seconds)).isoformat(timespec="milliseconds")
    return report(row, "Click", at=at, userAgent=agent, link=f"https://shop.example/{link}")


def test_what_is_opened_as_soon_as_it_has_left_was_opened_by_a_machine() -> None:
    at, row = world()
    at.dispatch(row)
    at.wait(timedelta(hours=3))
    feedback.take(report(row, "Open", at="2026-11-22T09:00:02.000Z", userAgent="Firefox"), at.desk)
    assert actors(at) == [("machine", "too_quick")]
    assert list(at.row(row).outcomes) == ["machine_opened_at"]


def test_whoever_follows_every_link_within_seconds_is_a_machine_and_so_was_its_first_click() -> None:
    at, row = world()
    at.dispatch(row)
    at.wait(timedelta(hours=3))
    for link, seconds in (("a", 0), ("b", 4), ("c", 8)):
        feedback.take(click(row, link, seconds), at.desk)
    assert actors(at)[-1] == ("machine", "every_link")
    assert list(at.row(row).outcomes) == ["machine_clicked_at"]
    feedback.take(click(row, "a", 3600), at.desk)
    assert actors(at)[-1] == ("person", "")
    assert list(at.row(row).outcomes) == ["machine_clicked_at", "clicked_at"]


def test_a_person_who_follows_two_links_stays_one() -> None:
    at, row = world()
    at.dispatch(row)
    at.wait(timedelta(hours=3))
    for link, seconds in (("a", 0), ("a", 0.4), ("b", 12), ("c", 70)):
        feedback.take(click(row, link, seconds), at.desk)
    assert actors(at) == [("person", "")] * 4
    assert list(at.row(row).outcomes) == ["clicked_at"]


def test_a_person_who_clicks_while_a_gateway_scans_is_not_one_of_it() -> None:
    at, row = world()
    at.dispatch(row)
    at.wait(timedelta(hours=3))
    for link, seconds in (("a", 0), ("b", 1)):
        feedback.take(click(row, link, seconds, "Barracuda"), at.desk)
    feedback.take(click(row, "c", 1.5), at.desk)
    assert actors(at) == [("machine", "scanner"), ("machine", "scanner"), ("person", "")]
    assert list(at.row(row).outcomes) == ["machine_clicked_at", "clicked_at"]


def test_a_row_remembers_few_links_and_reports_that_come_twice_change_nothing() -> None:
    at, row = world()
    at.dispatch(row)
    at.wait(timedelta(hours=3))
    reports = [click(row, str(number), 60 * number) for number in range(12)]
    for each in reports:
        feedback.take(each, at.desk)
    kept = at.row(row)
    assert len(kept.clicks) == ledger.MOST_CLICKS
    assert feedback.take(reports[-1], at.desk) == []
    assert at.row(row) == kept


def test_on_dynamodb_too(database: Database) -> None:
    at, row = world(db=database)
    at.dispatch(row)
    at.wait(MINUTE)
    assert feedback.take(report(row, "Delivery"), at.desk) == [row.id]
    assert feedback.take(report(row, "Delivery"), at.desk) == []
    assert at.row(row).outcomes == {"delivered_at": NOW + MINUTE / 2}
