"""What mailboxes report is counted by domain and hour; above a limit marketing mail pauses until a person resumes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from chalicelib import resources
from chalicelib.aws.database import Database
from chalicelib.messages import feedback
from chalicelib.messages.brake import Pause
from chalicelib.messages.brake.store import BrakeStore
from chalicelib.messages.feedback import Desk
from chalicelib.messages.health import by_day
from chalicelib.messages.health.setting import SenderHealth
from chalicelib.messages.health.store import Braked, HealthStore
from chalicelib.messages.health.watch import BY, EMAIL, Watch, stopped
from chalicelib.messages.store import SendStore
from chalicelib.tracking.event import Event, from_item, statement
from chalicelib.tracking.store import EventStore, ParkedStore
from tests.fakes.database import MemoryDatabase
from tests.messages.samples import NOW, send
from tests.messages.test_feedback import report

HOUR = timedelta(hours=1)


@dataclass
class Office:
    """Whoever takes feedback."""

    db: Database = field(default_factory=MemoryDatabase)
    now: datetime = NOW
    limits: SenderHealth = field(default_factory=SenderHealth)
    alarms: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.brake = BrakeStore(self.db, lambda: self.now)
        self.store = HealthStore(self.db)
        events = EventStore(self.db)
        self.watch = Watch(self.store, self.brake, events, lambda: self.limits, self.alarms.append, home="shop.example")
        self.desk = Desk(SendStore(self.db), events, ParkedStore(self.db), lambda: self.now, self.watch.note)

    def hear(self, name: str, times: int = 1, **said: Any) -> None:
        """So many rows learn of an outcome."""
        told: dict[str, Event] = {}
        for number in range(times):
            properties = {"email": f"{number}@gmail.com", **said}
            told[str(number)] = statement(name, str(number), "u#ada", properties, at=self.now, source="ses")
        outcome = feedback.outcome(told["0"])
        assert outcome is not None
        for event in told.values():
            self.watch.note(event, outcome)

    def paused(self) -> str | None:
        held = self.brake.read().holds("email", self.now)
        return held.why if held else None

    def said(self) -> list[Event]:
        assert isinstance(self.db, MemoryDatabase)
        return [from_item(item) for item in self.db.items(resources.EVENTS)]


def bad_day(office: Office) -> None:
    office.hear("Email Sent", 1000)
    office.hear("Email Delivered", 990)
    office.hear("Email Bounced", 10, bounce_type="Permanent")
    office.hear("Email Marked as Spam", 4)


def test_counted_by_domain_and_hour_and_by_whose_mailbox(database: Database) -> None:
    office = Office(db=database)
    office.hear("Email Sent", 3)
    office.hear("Email Sent", 2, sender_domain="News.Shop.example", email="x@company.example")
    office.watch.write(office.now)
    office.now += HOUR
    office.hear("Email Delivered", 3)
    office.watch.write(office.now)
    hours = list(office.store.hours(NOW - HOUR, office.now + HOUR))
    assert [(each.domain, each.at, dict(each.counts)) for each in hours] == [
        ("news.shop.example", NOW, {"sent": 2, "other.sent": 2}),
        ("shop.example", NOW, {"sent": 3, "gmail.sent": 3}),
        ("shop.example", NOW + HOUR, {"delivered": 3, "gmail.delivered": 3}),
    ]
    assert list(office.store.hours(NOW, NOW)) == hours[:2]
    assert by_day(hours)["2026-11-22"].counts["sent"] == 5


def test_each_outcome_of_a_row_is_counted_once_however_often_it_is_reported() -> None:
    office = Office()
    row = send()
    office.db.put(resources.SENDS, row.to_item())
    for _ in range(3):
        feedback.take(report(row, "Delivery"), office.desk)
    office.watch.write(office.now)
    (hour,) = office.store.hours(NOW - HOUR, NOW + HOUR)
    assert hour.counts == {"delivered": 1, "other.delivered": 1}


def test_too_many_complaints_pause_marketing_and_it_is_said() -> None:
    office = Office()
    bad_day(office)
    (found,) = office.watch.write(office.now)
    assert office.paused() == found.why
    assert found.why.startswith("4 of 990 mails were marked as spam in 7 days from shop.example: 0.40%")
    assert office.alarms == ["SendingPaused"]
    (event,) = office.said()
    assert (event.name, event.subject, event.of_source) == ("Sending Paused", "s#perennial", True)
    assert event.properties["why"] == found.why
    office.hear("Email Marked as Spam")
    assert office.watch.write(office.now) == []  # it is paused already, and is not said twice


def test_a_good_day_and_a_setting_that_says_no_pause_nothing() -> None:
    office = Office()
    office.hear("Email Sent", 1000)
    office.hear("Email Delivered", 1000)
    office.hear("Email Marked as Spam", 3)
    assert office.watch.write(office.now) == []
    office.limits = SenderHealth(brake=False)
    office.hear("Email Marked as Spam", 100)
    assert office.watch.write(office.now) == []
    assert office.paused() is None


def test_a_person_lets_it_go_on_and_the_same_figures_do_not_stop_it_again() -> None:
    office = Office()
    bad_day(office)
    assert office.watch.write(office.now)
    office.brake.resume("email")
    office.now += HOUR
    office.hear("Email Marked as Spam")
    assert office.watch.write(office.now) == []
    office.now += HOUR
    bad_day(office)
    assert office.watch.write(office.now)
    assert len(office.alarms) == 2


def test_old_figures_and_other_domains_do_not_count() -> None:
    office = Office()
    office.hear("Email Sent", 1000)
    office.hear("Email Delivered", 1000)
    office.hear("Email Marked as Spam", 3)
    office.hear("Email Marked as Spam", 9, sender_domain="other.example")
    assert office.watch.write(office.now) == []
    office.now += timedelta(days=8)
    office.hear("Email Marked as Spam", 3)
    assert office.watch.write(office.now) == []


@pytest.mark.parametrize(
    ("braked", "by", "says"),
    [
        (Braked(NOW, "too many"), BY, True),
        (Braked(NOW, "too many"), "32270d98", False),  # let go on, and paused anew by a person, for another reason
        (Braked(NOW, "too many", NOW), BY, False),
        (Braked(NOW, "too many"), None, False),
        (None, BY, False),
    ],
)
def test_a_domain_is_the_reason_only_while_the_brake_that_it_caused_holds(
    braked: Braked | None, by: str | None, says: bool
) -> None:
    pause = None if by is None else Pause(EMAIL, NOW, "too many", by)
    assert (stopped(braked, pause) is not None) is says
