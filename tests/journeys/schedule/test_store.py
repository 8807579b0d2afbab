"""Schedules as they are kept, on the fake and on DynamoDB in moto."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from chalicelib.aws.database import Database
from chalicelib.journeys.schedule.occurrences import Schedule
from chalicelib.journeys.schedule.store import ScheduleStore

MONDAY = datetime.fromisoformat("2026-03-02T09:00")
WEEKLY = Schedule(MONDAY, "FREQ=WEEKLY", "Europe/Rome")
AT = datetime(2026, 3, 2, 8, tzinfo=UTC)  # nine in Rome
WEEK = timedelta(days=7)


def test_a_schedule_is_due_when_its_next_time_has_come(database: Database) -> None:
    schedules = ScheduleStore(database)
    kept = schedules.keep("news", 3, "everybody", WEEKLY, AT - WEEK)
    assert schedules.get("news") == kept
    assert kept.next == MONDAY
    assert schedules.due(AT - timedelta(seconds=1)) == []
    assert schedules.due(AT) == [kept]


def test_what_was_started_is_not_due_again_and_of_two_workers_one_moves_it_on(database: Database) -> None:
    schedules = ScheduleStore(database)
    schedules.keep("news", 3, "everybody", WEEKLY, AT)
    (due,) = schedules.due(AT)
    schedules.advance(due)
    schedules.advance(due)
    standing = schedules.get("news")
    assert standing is not None
    assert (standing.last, standing.next) == (MONDAY, MONDAY + WEEK)
    assert schedules.due(AT + timedelta(minutes=1)) == []
    assert schedules.keep("news", 4, "everybody", WEEKLY, AT).last == MONDAY


def test_a_schedule_that_is_over_stays_and_is_never_due(database: Database) -> None:
    schedules = ScheduleStore(database)
    schedules.keep("news", 1, "everybody", Schedule(MONDAY, None, "Europe/Rome"), AT)
    schedules.advance(schedules.due(AT)[0])
    standing = schedules.get("news")
    assert standing is not None
    assert standing.next is None
    assert schedules.due(AT + 1_000 * WEEK) == []


def test_a_new_version_is_not_moved_on_by_who_started_the_old_one(database: Database) -> None:
    schedules = ScheduleStore(database)
    schedules.keep("news", 1, "everybody", WEEKLY, AT)
    (due,) = schedules.due(AT)
    changed = schedules.keep("news", 2, "everybody", WEEKLY, AT)
    schedules.advance(due)
    assert schedules.get("news") == changed


def test_a_time_before_it_was_kept_is_past_and_a_dropped_schedule_is_gone(database: Database) -> None:
    schedules = ScheduleStore(database)
    kept = schedules.keep("news", 1, "everybody", WEEKLY, AT + timedelta(hours=1))
    assert kept.next == MONDAY + WEEK
    schedules.drop("news")
    assert schedules.get("news") is None
