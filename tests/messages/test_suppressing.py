"""What suppresses an address: bounces that are not permanent, when there are too many; and who else is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from chalicelib import resources
from chalicelib.customers.facts import Facts, Suppression, address_mark
from chalicelib.customers.fold import fold
from chalicelib.customers.store import CustomerStore
from chalicelib.messages import feedback
from chalicelib.messages.feedback import Desk
from chalicelib.messages.health.setting import SuppressionSettings
from chalicelib.messages.store import SendStore
from chalicelib.messages.suppressing import Suppressor, soft_bounces
from chalicelib.tracking.event import Event, from_item
from chalicelib.tracking.store import EventStore, ParkedStore
from tests.fakes.account import MemoryAccount
from tests.fakes.database import MemoryDatabase
from tests.messages.samples import DAY, NOW, send
from tests.messages.test_feedback import report
from tests.messages.world import World

ADDRESS = "ada@example.com"


@dataclass
class Office:
    """Whoever takes feedback of Ada's mails."""

    settings: SuppressionSettings = field(default_factory=SuppressionSettings)
    db: MemoryDatabase = field(default_factory=MemoryDatabase)
    account: MemoryAccount = field(default_factory=MemoryAccount)

    def __post_init__(self) -> None:
        sends, events = SendStore(self.db), EventStore(self.db)
        suppressor = Suppressor(lambda: self.settings, sends, events, lambda: self.account)
        self.desk = Desk(sends, events, ParkedStore(self.db), lambda: NOW + 400 * DAY, heard=suppressor.hear)

    def hear(self, kind: str, day: float, **said: Any) -> None:
        """A mail of that day, and what became of it."""
        row = replace(send(), id=f"20261122T0900-{int(day * 10):032d}", planned_at=NOW + day * DAY)
        self.db.put(resources.SENDS, row.to_item())
        at = (NOW + day * DAY).isoformat(timespec="milliseconds")
        told = report(row, kind, at=at, **said)
        for _ in range(2):  # SES and its queue deliver more than once
            feedback.take(told, self.desk)

    def soft(self, *days: float) -> None:
        for day in days:
            self.hear("Bounce", day, bounceType="Transient", bouncedRecipients=[{"emailAddress": ADDRESS}])

    @property
    def events(self) -> list[Event]:
        return [from_item(item) for item in self.db.items(resources.EVENTS)]

    @property
    def said(self) -> list[str]:
        return [each.properties["reason"] for each in self.events if each.name == "Email Suppressed"]


@pytest.mark.parametrize(
    ("days", "delivered", "bounced"),
    [
        ([0], [], 1),
        ([0, 1, 2, 3, 4], [], 5),
        ([0, 10, 20, 29, 30], [], 4),  # the first is thirty days ago
        ([0, 1, 2, 3, 4], [2.5], 2),  # the mailbox has taken one since
        ([4], [3], 1),
    ],
)
def test_bounces_are_counted_within_the_time_and_since_the_last_delivery(
    days: Sequence[float], delivered: Sequence[float], bounced: int
) -> None:
    rows = [replace(send(), outcomes={"soft_bounced_at": NOW + day * DAY}) for day in days]
    rows += [replace(send(), outcomes={"delivered_at": NOW + day * DAY}) for day in delivered]
    assert (
        soft_bounces(rows[len(days) - 1], [*rows[: len(days) - 1], *rows[len(days) :]], NOW + days[-1] * DAY, 30 * DAY)
        == bounced
    )


def test_the_fifth_soft_bounce_in_a_month_suppresses_like_a_permanent_one() -> None:
    office = Office()
    office.soft(0, 1, 2, 3)
    assert (office.said, office.account.listed) == ([], {})
    office.soft(4)
    assert office.said == ["soft_bounces"]
    facts = fold(Facts(), office.events)
    assert (facts.suppressed["email"].reason, facts.suppressed["email"].at) == ("bounce", NOW + 4 * DAY)
    assert set(office.account.listed) == {ADDRESS}


def test_a_mailbox_that_takes_a_mail_between_is_not_suppressed() -> None:
    office = Office()
    office.soft(0, 1, 2, 3)
    office.hear("Delivery", 3.5)
    office.soft(4, 5)
    assert office.said == []


def test_the_setting_says_how_many_and_whether_at_all() -> None:
    office = Office(SuppressionSettings(soft_bounces=2, soft_days=1))
    office.soft(0, 5, 5.5)
    assert office.said == ["soft_bounces"]
    office = Office(SuppressionSettings(soft_bounces=None))
    office.soft(*range(12))
    assert office.said == []


@pytest.mark.parametrize(
    ("kind", "said", "listed"),
    [
        ("Bounce", {"bounceType": "Permanent"}, "BOUNCE"),
        ("Complaint", {}, "COMPLAINT"),
        ("Bounce", {"bounceType": "Permanent", "bounceSubType": "OnAccountSuppressionList"}, None),  # it said so itself
        ("Complaint", {"complaintFeedbackType": "not-spam"}, None),
        ("Delivery", {}, None),
    ],
)
def test_ses_is_told_whom_to_leave_alone_unless_the_setting_says_no(
    kind: str, said: dict[str, Any], listed: str | None
) -> None:
    office = Office()
    office.hear(kind, 0, **said)
    assert {address: reason for address, (reason, _) in office.account.listed.items()} == (
        {ADDRESS: listed} if listed else {}
    )
    office = Office(SuppressionSettings(tell_ses=False))
    office.hear(kind, 0, **said)
    assert office.account.listed == {}


def test_where_ses_does_not_answer_the_report_comes_again() -> None:
    office = Office(account=MemoryAccount(silent=True))
    with pytest.raises(Exception, match="does not answer"):
        office.hear("Complaint", 0)
    office.account.silent = False
    office.hear("Complaint", 0)
    assert set(office.account.listed) == {ADDRESS}


def test_nobody_but_ses_and_ourselves_may_say_that_an_address_is_suppressed() -> None:
    office = Office()
    office.soft(0, 1, 2, 3, 4)
    forged = [
        each.model_copy(update={"source": "segment"}) for each in office.events if each.name == "Email Suppressed"
    ]
    assert fold(Facts(), forged).suppressed == {}


@pytest.mark.parametrize(("address", "reason"), [(ADDRESS, "suppressed_bounce"), ("ada@new.example", None)])
def test_who_gives_another_address_than_the_one_that_bounced_is_written_to(address: str, reason: str | None) -> None:
    at = World()
    at.customer(email=address)
    customers = CustomerStore(at.db)
    state = customers.load("u#ada")
    held = {"email": Suppression("bounce", NOW - DAY, frozenset({address_mark(ADDRESS)}))}
    facts = replace(state.facts, suppressed=held)
    customers.save(replace(state, v=state.v + 1, facts=facts), permission_changed=True)
    row = at.plan(send())
    at.dispatch(row)
    assert at.row(row).reason == reason
    assert len(at.mail.sent) == (reason is None)
