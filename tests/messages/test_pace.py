"""The pace of one container: its share of the rate, short sleeps, turns that are kept."""

from __future__ import annotations

from chalicelib.errors import Transient
from chalicelib.messages.pace import LONGEST_SLEEP, Pace


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


def test_calls_are_spaced_at_this_container_s_share() -> None:
    clock = Clock()
    pace = Pace(lambda: 20.0, clock.read, clock.sleep, containers=2)
    began = clock.now
    assert [pace.turn() for _ in range(21)] == [0.0] * 21
    assert abs((clock.now - began) - 2.0) < 1e-6  # 10 a second
    assert max(clock.slept) <= LONGEST_SLEEP


def test_who_comes_seldom_never_waits() -> None:
    clock = Clock()
    pace = Pace(lambda: 1.0, clock.read, clock.sleep, containers=4)
    for _ in range(3):
        assert pace.turn() == 0.0
        clock.now += 5
    assert clock.slept == []


def test_a_turn_far_away_is_kept_for_whoever_was_told() -> None:
    clock = Clock()
    pace = Pace(lambda: 1.0, clock.read, clock.sleep, containers=4)
    assert [pace.turn() for _ in range(4)] == [0.0, 4.0, 8.0, 12.0]
    assert clock.slept == []
    clock.now += 16.0
    assert pace.turn() == 0.0


def test_no_limit_is_no_wait() -> None:
    clock = Clock()
    pace = Pace(lambda: 0.0, clock.read, clock.sleep)
    assert [pace.turn() for _ in range(100)] == [0.0] * 100
    assert clock.slept == []


def test_the_rate_is_asked_for_every_five_minutes_and_missing_means_caution() -> None:
    clock, asked = Clock(), list[float]()

    def rate() -> float:
        asked.append(clock.now)
        if len(asked) == 1:
            raise Transient("not now")
        return 1000.0

    pace = Pace(rate, clock.read, clock.sleep, containers=1)
    pace.turn()
    assert pace.turn() == 0.0
    assert clock.slept == [1.0]  # one a second
    clock.now += 300
    for _ in range(10):
        pace.turn()
    assert len(asked) == 2
