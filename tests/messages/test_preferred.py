"""A message that comes by whatever its person answers to."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.customers.facts import Consent, Facts, Suppression
from chalicelib.customers.happenings import Happenings, Times
from chalicelib.customers.store import CustomerStore
from chalicelib.journeys.send import Send, Status
from chalicelib.journeys.stats.ledger import change
from chalicelib.messages import ledger
from chalicelib.messages.permission import Policy, Stage
from chalicelib.messages.preference import PREFERRED, by_preference
from chalicelib.messages.store import SendStore
from chalicelib.times import milliseconds
from tests.fakes.texts import MemoryTexts
from tests.messages.samples import DAY, NOW, send, template
from tests.messages.world import World

WAITS = send(channel=PREFERRED)
SMS_LINK, MAIL_LINK = "SMS Link Clicked", "Email Link Clicked"


class Shop(World):
    """Somebody with an address and a telephone, and a template that says it by both."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.texts = MemoryTexts()
        self.with_(gateways={"email": self.mail, "sms": self.texts})
        self.publish(template(sms={"text": "Hello {{ customer.first_name }}. {{ links.preferences }}"}))

    def ada(self, clicked: str | None = None, no: str | None = None, **more: Any) -> None:
        self.customer(phone="+40721234567", timezone="Europe/Bucharest")
        at = milliseconds(NOW - DAY)
        happened = {clicked: Times(1, at, (at,))} if clicked else {}
        consent = {name: Consent(name != no, NOW - DAY, "m") for name in ("email", "sms")}
        facts = Facts(consent=consent, happenings=Happenings(happened), **more)
        customers = CustomerStore(self.db)
        state = customers.load("u#ada")
        customers.save(replace(state, v=state.v + 1, facts=facts), permission_changed=True)

    def left(self, row: Send) -> tuple[str, str, str | None]:
        """What became of a row."""
        self.dispatch(self.plan(row))
        now = self.row(row)
        return now.channel, str(now.status), now.reason


@pytest.mark.parametrize(
    ("who", "left"),
    [
        ({}, ("email", "sent", None)),  # answered to nothing: the first of the setting
        ({"clicked": MAIL_LINK}, ("email", "sent", None)),
        ({"clicked": SMS_LINK}, ("sms", "sent", None)),
        ({"clicked": SMS_LINK, "no": "sms"}, ("email", "sent", None)),  # a no outweighs a click
        ({"no": "email"}, ("sms", "sent", None)),
        ({"suppressed": {"email": Suppression("bounce", NOW)}}, ("sms", "sent", None)),
    ],
    ids=str,
)
def test_by_which_channel(who: dict[str, Any], left: tuple[str, str, str | None]) -> None:
    shop = Shop()
    shop.ada(**who)
    assert shop.left(WAITS) == left
    assert (len(shop.mail.sent), len(shop.texts.sent)) == ((1, 0) if left[0] == "email" else (0, 1))


def test_whoever_has_said_no_to_all_is_told_of_the_first() -> None:
    shop = Shop(policy=Policy(preferred=("sms", "email")))
    shop.customer(phone="+40721234567", consent=False)
    shop.wait(timedelta(minutes=1))
    assert shop.left(WAITS) == ("sms", "skipped", "no_consent")


def test_it_waits_for_the_one_that_is_preferred_and_stays_undecided() -> None:
    shop = Shop()
    shop.ada(SMS_LINK)
    shop.now = NOW.replace(hour=20)  # 22:00 in Bucharest
    assert shop.left(WAITS) == (PREFERRED, "planned", "quiet_hours")
    shop.now = shop.row(WAITS).due_at or NOW
    assert shop.now == (NOW + DAY).replace(hour=6), "08:00 in Bucharest"
    assert shop.dispatch(WAITS) == Status.SENT
    assert shop.row(WAITS).channel == "sms"


def test_where_the_preferred_one_would_be_too_late_the_next_is_taken() -> None:
    shop = Shop()
    shop.ada(SMS_LINK)
    shop.now = NOW.replace(hour=20)
    tonight = send(channel=PREFERRED, deadline=NOW.replace(hour=23))
    assert shop.left(tonight) == ("email", "sent", None)


def test_what_a_template_does_not_say_by_a_channel_comes_by_another() -> None:
    shop = Shop()
    shop.ada(SMS_LINK)
    shop.publish(template())
    assert shop.left(WAITS) == ("email", "sent", None)


def test_the_stage_may_leave_only_one() -> None:
    shop = Shop(policy=Policy(stages={"lead": Stage(frozenset({"email"}))}))
    shop.ada(SMS_LINK)
    assert shop.left(WAITS) == ("email", "sent", None)


def test_what_was_said_by_mail_is_not_said_by_text() -> None:
    shop = Shop(policy=Policy(caps=()))
    shop.ada(MAIL_LINK)
    assert shop.left(WAITS)[1] == "sent"
    assert shop.left(send(id="20261122T0901-second", channel=PREFERRED)) == ("email", "skipped", "duplicate")
    assert not shop.texts.sent


@pytest.mark.parametrize("reason", ["journey_exited", "too_late", "holdout", "duplicate", "no_such_template"])
def test_what_ends_it_on_one_ends_it(reason: str) -> None:
    tried: list[str] = []

    def attempt(row: Send) -> Send:
        tried.append(row.channel)
        return ledger.skip(row, reason)

    ended = by_preference(WAITS, ["sms", "email"], attempt)
    assert (ended.channel, ended.reason, tried) == ("sms", reason, ["sms"])


def test_where_there_is_no_channel_there_is_no_message() -> None:
    assert by_preference(WAITS, [], lambda row: row).reason == "no_such_channel"


@pytest.mark.parametrize(
    ("zone", "bad", "due"),
    [("Europe/Bucharest", False, 6), ("Mars/Olympus", True, 6), (None, False, 6)],  # the number's, where theirs is none
)
def test_a_bad_time_zone_is_counted_where_it_mattered(zone: str | None, bad: bool, due: int) -> None:
    counted: list[str] = []

    def noted(old: Send, new: Send) -> None:
        counted.extend(change(old, new))

    shop = Shop()
    shop.with_(sends=SendStore(shop.db, noted))
    traits: dict[str, Any] = {"timezone": zone} if zone else {}
    shop.customer(phone="+40721234567", **traits)
    customers = CustomerStore(shop.db)
    facts = Facts(consent={"sms": Consent(True, NOW - DAY, "m")})
    customers.save(replace(customers.load("u#ada"), v=2, facts=facts), permission_changed=True)
    shop.now = NOW.replace(hour=20)
    row = shop.plan(send(channel="sms"))
    shop.dispatch(row)
    assert (shop.row(row).reason, shop.row(row).bad_zone) == ("quiet_hours", bad)
    shop.now = (NOW + DAY).replace(hour=due)
    assert shop.dispatch(row) == Status.SENT
    assert [name for name in counted if name.endswith("bad_zone")] == (["hello:bad_zone"] if bad else []), "once"


def test_where_no_clock_is_read_a_bad_zone_does_not_matter() -> None:
    shop = Shop()
    shop.customer(timezone="Mars/Olympus")
    row = shop.plan(send())
    assert shop.dispatch(row) == Status.SENT
    assert not shop.row(row).bad_zone
