"""What the projector has counted reaches the counts soon in a quiet shop and seldom in a busy one, and is never worth
a batch's failure."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.aws.database import Item
from chalicelib.errors import Transient
from chalicelib.resources import WORK
from chalicelib.tracking.counts import CountStore, days
from chalicelib.tracking.tally import AT_ONCE, EACH, MOST, Tally
from tests.fakes.database import MemoryDatabase
from tests.tracking.making import NOW, event


class Throttled(MemoryDatabase):
    """Takes no counts while a test says so."""

    throttled = False

    def add(self, table: str, pk: str, sk: str, numbers: Any, *, set: Any = None) -> Item:
        if self.throttled:
            raise Transient("throttled")
        return super().add(table, pk, sk, numbers, set=set)


@pytest.fixture
def db() -> Throttled:
    return Throttled()


def events(db: MemoryDatabase) -> int:
    return sum(found.events for found in CountStore(db).activity(next(iter(days(NOW, 1)))))


def test_in_a_quiet_shop_each_event_is_seen_at_once(db: Throttled) -> None:
    tally = Tally(CountStore(db))
    for number in range(50):
        now = NOW + number * EACH
        tally.add([event(received_at=NOW, key_id="01234567")], now)
        tally.write(now)
        assert events(db) == number + 1


def test_in_a_busy_one_a_write_stands_for_a_hundred(db: Throttled) -> None:
    tally = Tally(CountStore(db))
    for _ in range(1_000):
        tally.add([event() for _ in range(5)], NOW)
        tally.write(NOW)
    assert len([change for change in db.changes if change.table == WORK]) <= AT_ONCE + 5_000 / MOST
    assert 5_000 - MOST < events(db) <= 5_000


def test_lag_is_from_receipt_to_being_counted(db: Throttled) -> None:
    tally = Tally(CountStore(db))
    tally.add([event(), event(received_at=NOW - timedelta(seconds=3))], NOW + timedelta(seconds=1))
    tally.write(NOW)
    (found,) = CountStore(db).activity("2026-11-22")
    assert (found.events, found.lag_ms, found.lag_max_ms, found.last_seen) == (2, 5_000, 4_000, NOW)
    assert (found.hour, found.key, found.source) == ("2026-11-22T03", None, "segment")


@pytest.mark.parametrize(
    ("said", "first", "met"),
    [
        ([event(unproven=True, key_id="01234567")], True, 1),
        ([event(unproven=True, key_id="01234567")], False, 0),
        ([event(unproven=False, key_id="01234567")], True, 0),
        ([event(unproven=True)], True, 0),
        (
            [
                event(unproven=True, key_id="01234567"),
                event(unproven=False, key_id="sk", received_at=NOW - timedelta(seconds=1)),
            ],
            True,
            0,
        ),
    ],
)
def test_whom_a_public_key_met_first_is_counted_for_it(db: Throttled, said: Any, first: bool, met: int) -> None:
    tally, counts = Tally(CountStore(db)), CountStore(db)
    tally.add(said, NOW, first=first)
    tally.write(NOW)
    assert counts.profiles("01234567" + "0" * 56, NOW) == met


def test_counts_that_are_not_taken_wait(db: Throttled) -> None:
    tally = Tally(CountStore(db))
    tally.add([event()], NOW)
    db.throttled = True
    tally.write(NOW)
    db.throttled = False
    tally.write(NOW)
    assert events(db) == 1
