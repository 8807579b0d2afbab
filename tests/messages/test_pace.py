"""The pace of one container: its share of the rate, bursts, short sleeps, turns that are kept, and backing off."""

from __future__ import annotations

import pytest

from chalicelib import resources
from chalicelib.aws.mail import Allowance
from chalicelib.errors import Transient
from chalicelib.messages.pace import (
    BURST,
    KEPT,
    LONGEST_SLEEP,
    QUOTA_WAIT,
    RECOVERY,
    SHARES,
    SLOWEST,
    Pace,
    Paces,
)


class Clock:
    """Seconds that pass by sleeping, or when told."""

    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def read(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def took(pace: Pace, clock: Clock, messages: int) -> float:
    """The seconds in which so many leave, one after the other."""
    began = clock.now
    assert [pace.turn() for _ in range(messages)] == [0.0] * messages
    return clock.now - began


def test_calls_are_spaced_at_this_container_s_share() -> None:
    clock = Clock()
    pace = Pace(lambda: Allowance(20.0), clock.read, clock.sleep, share=0.5)
    assert took(pace, clock, 10 + 20) == pytest.approx(2.0)  # 10 a second, and as many at once before
    assert max(clock.slept) <= LONGEST_SLEEP


def test_after_a_pause_as_many_leave_at_once_as_a_second_allows() -> None:
    clock = Clock()
    pace = Pace(lambda: Allowance(20.0), clock.read, clock.sleep, share=0.5)
    assert took(pace, clock, 10) == 0.0
    assert took(pace, clock, 10) == pytest.approx(1.0)
    clock.now += 60
    assert took(pace, clock, int(10 * BURST)) == 0.0, "and no more, however long the pause was"
    assert took(pace, clock, 10) == pytest.approx(1.0)


def test_who_comes_seldom_never_waits() -> None:
    clock = Clock()
    pace = Pace(lambda: Allowance(1.0), clock.read, clock.sleep, share=0.25)
    for _ in range(3):
        assert pace.turn() == 0.0
        clock.now += 5
    assert clock.slept == []


def test_a_turn_far_away_is_kept_for_whoever_was_told() -> None:
    clock = Clock()
    pace = Pace(lambda: Allowance(1.0), clock.read, clock.sleep, share=0.25)
    assert [pace.turn() for _ in range(4)] == [0.0, 4.0, 8.0, 12.0]
    assert clock.slept == []
    clock.now += 16.0
    assert pace.turn() == 0.0


def test_no_limit_is_no_wait() -> None:
    clock = Clock()
    pace = Pace(lambda: Allowance(0.0), clock.read, clock.sleep)
    assert [pace.turn() for _ in range(100)] == [0.0] * 100
    pace.throttled()
    assert [pace.turn() for _ in range(100)] == [0.0] * 100
    assert clock.slept == []


def test_the_rate_is_asked_for_every_five_minutes_and_missing_means_caution() -> None:
    clock, asked = Clock(), list[float]()

    def rate() -> Allowance:
        asked.append(clock.now)
        if len(asked) == 1:
            raise Transient("not now")
        return Allowance(1000.0)

    pace = Pace(rate, clock.read, clock.sleep)
    pace.turn()
    assert pace.turn() == 0.0
    assert clock.slept == [1.0]  # one a second
    clock.now += 300
    for _ in range(10):
        pace.turn()
    assert len(asked) == 2


def test_who_is_throttled_sends_half_as_fast_and_recovers_within_a_minute() -> None:
    clock = Clock()
    pace = Pace(lambda: Allowance(10.0), clock.read, clock.sleep)
    took(pace, clock, 20)
    pace.throttled()
    slower = took(pace, clock, 10)
    assert 1.5 < slower < 3.0, "ten took a second before"
    clock.now += RECOVERY
    took(pace, clock, 10)
    assert took(pace, clock, 10) == pytest.approx(1.0)


def test_who_is_throttled_again_and_again_goes_on_however_slowly() -> None:
    clock = Clock()
    pace = Pace(lambda: Allowance(10.0), clock.read, clock.sleep)
    for _ in range(50):
        pace.throttled()
    pace.turn()
    assert 0 < pace.turn() + sum(clock.slept) < 0.1 / SLOWEST * 3


def test_an_answer_that_says_how_long_to_wait_stops_the_container_for_so_long() -> None:
    clock = Clock()
    pace = Pace(lambda: Allowance(10.0), clock.read, clock.sleep)
    pace.turn()
    pace.throttled(900.0)
    assert pace.turn() == pytest.approx(900.0)
    clock.now += 901
    assert pace.turn() == 0.0


def test_what_the_queues_may_send_comes_to_the_account_s_rate_and_no_more() -> None:
    assert set(SHARES) == set(resources.SENDING)
    assert sum(SHARES.values()) == pytest.approx(1.0)


def test_a_broadcast_of_many_leaves_a_receipt_its_turn() -> None:
    """Each queue has a function, and so containers, of its own; what one has used up concerns no other."""
    clock = Clock()
    rates = {"email": lambda: Allowance(14.0)}
    bulk = Paces(resources.BULK, rates, 2, clock.read, lambda seconds: None)
    receipts = Paces(resources.TRANSACTIONAL, rates, 2, clock.read, clock.sleep)
    waits = [bulk.turn("email") for _ in range(10_000)]
    assert max(waits) > 3_000, "the broadcast takes its time"
    assert receipts.turn("email") == 0.0
    assert clock.slept == []


def test_channels_are_paced_by_themselves_and_those_without_a_rate_are_not() -> None:
    clock = Clock()
    paces = Paces(
        resources.BULK, {"email": lambda: Allowance(1.0), "sms": lambda: Allowance(1.0)}, 2, clock.read, clock.sleep
    )
    paces.throttled("sms", 60.0)
    paces.throttled("webhook", 60.0)
    assert (paces.turn("sms") >= 60.0, paces.turn("email"), paces.turn("webhook")) == (True, 0.0, 0.0)


def test_the_last_tenth_of_a_day_s_quota_is_kept_for_what_somebody_waits_for() -> None:
    clock, left = Clock(), [0.0]
    allowances = {"email": lambda: Allowance(14.0, 200.0, left[0])}
    senders = {queue: Paces(queue, allowances, 2, clock.read, clock.sleep) for queue in resources.SENDING}
    for left[0], waits in ((200.0, 0.0), (21.0, 0.0), (20.0, QUOTA_WAIT), (0.0, QUOTA_WAIT)):
        clock.now += 301  # asked anew
        told = {queue: paces.spare("email") for queue, paces in senders.items()}
        assert told == {queue: waits if KEPT[queue] else 0.0 for queue in resources.SENDING}
    assert senders[resources.BULK].spare("sms") == 0.0, "whose provider names none"


def test_who_has_no_limit_of_a_day_waits_for_none() -> None:
    clock = Clock()
    bulk = Paces(resources.BULK, {"email": lambda: Allowance(14.0)}, 2, clock.read, lambda seconds: None)
    for _ in range(100):
        assert bulk.spare("email") == 0.0
        bulk.turn("email")


def test_what_was_sent_since_the_quota_was_asked_counts_for_all_who_may_have_sent_as_much() -> None:
    clock = Clock()
    bulk = Paces(resources.BULK, {"email": lambda: Allowance(0.0, 200.0, 30.0)}, 2, clock.read, clock.sleep)
    sent = 0
    while bulk.spare("email") == 0.0:
        bulk.turn("email")
        sent += 1
    assert sent == 2, "ten are left, and this is one of five"
