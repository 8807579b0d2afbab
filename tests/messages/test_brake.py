"""The brake: marketing paused on all channels or one, who waits until when, and that turning it loses nothing."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from chalicelib.journeys.send import Status
from chalicelib.messages.brake import ALL, LATEST, NONE, SOONEST, Brake, Pause
from chalicelib.messages.brake.store import FRESH, BrakeStore
from tests.fakes.database import MemoryDatabase
from tests.messages.samples import DAY, NOW, receipt, send
from tests.messages.world import world

MINUTE = timedelta(minutes=1)


def pause(
    channel: str = ALL, at: datetime = NOW, until: datetime | None = None, why: str = "too many bounces"
) -> Pause:
    return Pause(channel, at, why, "sk_abcd", until)


@pytest.mark.parametrize(
    ("pauses", "channel", "after", "held"),
    [
        ([], "email", MINUTE, False),
        ([pause()], "email", MINUTE, True),
        ([pause()], "sms", MINUTE, True),
        ([pause("email")], "email", MINUTE, True),
        ([pause("email")], "sms", MINUTE, False),
        ([pause(until=NOW + DAY)], "email", DAY - MINUTE, True),
        ([pause(until=NOW + DAY)], "email", DAY, False),
        ([pause(until=NOW + DAY), pause("email")], "email", DAY, True),
    ],
)
def test_a_pause_holds_its_channel_while_it_lasts(
    pauses: list[Pause], channel: str, after: timedelta, held: bool
) -> None:
    brake = NONE
    for one in pauses:
        brake = brake.paused(one)
    assert (brake.holds(channel, NOW + after) is not None) == held


def test_resuming_ends_the_pause_of_that_channel_and_no_other() -> None:
    brake = NONE.paused(pause()).paused(pause("email"))
    assert brake.resumed("email").holds("email", NOW) == pause()
    assert brake.resumed(ALL).holds("sms", NOW) is None
    assert NONE.resumed("email") == NONE


def test_a_pause_that_is_said_again_keeps_its_beginning_and_one_that_is_over_does_not() -> None:
    later = pause(at=NOW + DAY, why="still")
    assert NONE.paused(pause()).paused(later).holds("email", NOW + DAY) == pause(why="still")
    ended = NONE.paused(pause(until=NOW + MINUTE)).paused(later)
    assert ended.holds("email", NOW + DAY) == later


def test_what_is_kept_is_what_was_said() -> None:
    brake = NONE.paused(pause()).paused(pause("sms", until=NOW + DAY))
    assert Brake.of(brake.to_json()) == brake


@pytest.mark.parametrize(
    ("lasted", "until", "worth", "least", "most"),
    [
        (timedelta(0), None, DAY, SOONEST * 0.75, SOONEST),
        (timedelta(minutes=20), None, DAY, timedelta(minutes=15), timedelta(minutes=20)),
        (timedelta(days=3), None, DAY, LATEST * 0.75, LATEST),
        (timedelta(0), timedelta(minutes=40), DAY, timedelta(minutes=40), timedelta(minutes=40)),
        (timedelta(days=3), timedelta(days=2), DAY, LATEST * 0.75, LATEST),  # somebody may resume before
        (timedelta(days=3), None, timedelta(minutes=20), timedelta(minutes=10), timedelta(minutes=10)),
    ],
)
def test_who_waits_looks_again_soon_after_a_short_pause_and_seldom_in_a_long_one(
    lasted: timedelta, until: timedelta | None, worth: timedelta, least: timedelta, most: timedelta
) -> None:
    held = pause(at=NOW - lasted, until=NOW + until if until else None)
    for number in range(20):
        again = held.look_again(f"send-{number}", NOW + worth, NOW)
        assert again is not None
        assert least <= again - NOW <= most


def test_a_message_that_is_worth_nothing_soon_does_not_wait() -> None:
    assert pause().look_again("a", NOW + MINUTE, NOW) is None


def test_looking_again_comes_to_an_end_before_the_deadline() -> None:
    now, looks, deadline = NOW, 0, NOW + DAY
    while (again := pause().look_again("a", deadline, now)) is not None:
        assert now < again < deadline
        now, looks = again, looks + 1
    assert looks < 60


def test_turning_is_kept_and_known_to_others_within_seconds() -> None:
    db, now = MemoryDatabase(), NOW
    mine, theirs = BrakeStore(db, lambda: now), BrakeStore(db, lambda: now)
    assert theirs.current() == NONE
    mine.pause(pause("email"))
    assert mine.current().holds("email", now)
    assert theirs.current() == NONE
    now += FRESH
    assert theirs.current().holds("email", now) == pause("email")
    theirs.resume("email")
    assert mine.read() == NONE


class Hurried(MemoryDatabase):
    """Somebody else pauses SMS between another's reading and writing."""

    hurries = False

    def put(self, table, item, *, when=None):  # type: ignore[no-untyped-def]
        if self.hurries:
            self.hurries = False
            BrakeStore(self, lambda: NOW).pause(pause("sms"))
        super().put(table, item, when=when)


def test_of_two_who_turn_it_at_once_neither_is_lost() -> None:
    db = Hurried()
    db.hurries = True
    BrakeStore(db, lambda: NOW).pause(pause("email"))
    assert set(BrakeStore(db, lambda: NOW).read().pauses) == {"sms", "email"}


def test_paused_marketing_waits_in_the_ledger_and_leaves_when_it_is_resumed() -> None:
    at, row = world()
    brake = BrakeStore(at.db, lambda: at.now)
    brake.pause(pause())
    assert at.dispatch(row) == Status.PLANNED
    waiting = at.row(row)
    assert (waiting.reason, at.mail.sent) == ("paused", [])
    brake.resume(ALL)
    assert waiting.due_at is not None
    at.now = waiting.due_at
    assert at.dispatch(row) == Status.SENT


def test_what_is_not_worth_sending_any_more_when_it_could_leave_says_so() -> None:
    at, row = world()
    BrakeStore(at.db, lambda: at.now).pause(pause())
    looks = 0
    while at.dispatch(row) == Status.PLANNED:
        looks += 1
        at.now = at.row(row).due_at or at.now
    assert (at.row(row).status, at.row(row).reason, at.mail.sent) == (Status.SKIPPED, "paused", [])
    assert looks < 100


def test_receipts_leave_while_marketing_is_paused() -> None:
    at, _ = world()
    BrakeStore(at.db, lambda: at.now).pause(pause())
    assert at.dispatch(at.plan(receipt())) == Status.SENT


def test_a_pause_of_another_channel_holds_no_mail() -> None:
    at, row = world()
    BrakeStore(at.db, lambda: at.now).pause(pause("sms"))
    assert at.dispatch(row) == Status.SENT


def test_who_has_said_no_is_told_so_although_marketing_is_paused() -> None:
    at, row = world()
    at.says(consent=False)
    BrakeStore(at.db, lambda: at.now).pause(pause())
    assert at.dispatch(at.plan(send(id=row.id + "-2"))) == Status.SKIPPED
