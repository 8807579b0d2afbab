"""The times of a schedule, as the calendar has them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.customers import zones
from chalicelib.journeys.schedule.occurrences import LOCAL, NotRecurring, Schedule, recurring

NINE = datetime.fromisoformat("2026-03-02T09:00")  # a Monday


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("schedule", "after", "occurrence", "begins"),
    [
        # once
        (Schedule(NINE), "2026-03-01T00:00", "2026-03-02T09:00", "2026-03-02T09:00"),
        (Schedule(NINE), "2026-03-02T09:00", "2026-03-02T09:00", "2026-03-02T09:00"),
        (Schedule(NINE), "2026-03-02T09:01", None, None),
        # on the clock of a zone, whatever its season: Rome sets its clocks forward on 29 March 2026, back on 25 October
        (Schedule(NINE, None, "Europe/Rome"), "2026-03-01T00:00", "2026-03-02T09:00", "2026-03-02T08:00"),
        (
            Schedule(NINE, "FREQ=WEEKLY", "Europe/Rome"),
            "2026-03-24T00:00",
            "2026-03-30T09:00",
            "2026-03-30T07:00",
        ),
        (
            Schedule(NINE, "FREQ=WEEKLY;BYDAY=MO,TH", "Europe/Rome"),
            "2026-10-23T00:00",
            "2026-10-26T09:00",
            "2026-10-26T08:00",
        ),
        # half past two does not exist in Rome on 29 March 2026: it begins when the clock is set
        (
            Schedule(datetime.fromisoformat("2026-03-28T02:30"), "FREQ=DAILY", "Europe/Rome"),
            "2026-03-28T12:00",
            "2026-03-29T02:30",
            "2026-03-29T01:00",
        ),
        # the last working day of the month
        (
            Schedule(NINE, "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1"),
            "2026-05-02T00:00",
            "2026-05-29T09:00",
            "2026-05-29T09:00",
        ),
        # COUNT and UNTIL end it
        (Schedule(NINE, "FREQ=DAILY;COUNT=3"), "2026-03-04T08:00", "2026-03-04T09:00", "2026-03-04T09:00"),
        (Schedule(NINE, "FREQ=DAILY;COUNT=3"), "2026-03-04T10:00", None, None),
        (Schedule(NINE, "FREQ=DAILY;UNTIL=20260303T235900"), "2026-03-03T10:00", None, None),
        (Schedule(NINE, "FREQ=DAILY;UNTIL=20260303"), "2026-03-03T00:00", "2026-03-03T09:00", "2026-03-03T09:00"),
        # a day that never comes, and one that comes every fourth year
        (Schedule(NINE, "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=31"), "2026-03-01T00:00", None, None),
        (Schedule(NINE, "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;COUNT=5"), "2026-03-01T00:00", None, None),
        (
            Schedule(NINE, "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29"),
            "2026-03-03T00:00",
            "2028-02-29T09:00",
            "2028-02-29T09:00",
        ),
        # everybody's own nine o'clock begins in Kiritimati
        (Schedule(NINE, None, LOCAL), "2026-03-01T00:00", "2026-03-02T09:00", "2026-03-01T19:00"),
        (Schedule(NINE, None, LOCAL), "2026-03-01T19:01", None, None),
    ],
)
def test_the_next_time(schedule: Schedule, after: str, occurrence: str | None, begins: str | None) -> None:
    found = schedule.first_from(utc(after))
    assert found == (None if occurrence is None else datetime.fromisoformat(occurrence))
    if found is not None and begins is not None:
        assert schedule.begins(found) == utc(begins)


@pytest.mark.parametrize(
    ("where", "begins"),
    [
        ("Pacific/Kiritimati", "2026-03-01T19:00"),
        ("Europe/Bucharest", "2026-03-02T07:00"),
        ("America/New_York", "2026-03-02T14:00"),
        ("Pacific/Pago_Pago", "2026-03-02T20:00"),
    ],
)
def test_everybody_has_their_own_nine_o_clock(where: str, begins: str) -> None:
    zone = zones.zone(where)
    assert zone is not None
    assert Schedule(NINE, None, LOCAL).begins_for(NINE, zone) == utc(begins)
    assert Schedule(NINE, None, "UTC").begins_for(NINE, zone) == utc("2026-03-02T09:00")


ZONES = (
    "Europe/Rome",
    "America/Sao_Paulo",
    "Asia/Kolkata",
    "Pacific/Auckland",
    "America/St_Johns",
    "Pacific/Pago_Pago",
)


@given(st.integers(0, 3_650 * 24 * 60), st.sampled_from(ZONES))
def test_nobody_begins_before_the_occurrence_does(minutes: int, where: str) -> None:
    zone = zones.zone(where)
    assert zone is not None
    schedule = Schedule(NINE + timedelta(minutes=minutes), None, LOCAL)
    assert schedule.begins_for(schedule.at, zone) >= schedule.begins(schedule.at)


@given(
    st.sampled_from(["FREQ=DAILY", "FREQ=WEEKLY;BYDAY=TU", "FREQ=DAILY;INTERVAL=3", "FREQ=MONTHLY;BYMONTHDAY=31"]),
    st.sampled_from(["UTC", "Europe/Rome", "America/New_York", LOCAL]),
    st.integers(0, 400 * 24 * 60),
)
def test_occurrences_follow_one_another(rule: str, zone: str, minutes: int) -> None:
    schedule = Schedule(datetime.fromisoformat("2026-03-03T02:30"), rule, zone)
    moment = utc("2026-01-01T00:00") + timedelta(minutes=minutes)
    first = schedule.first_from(moment)
    assert first is not None
    assert schedule.begins(first) >= moment
    second = schedule.first_from(schedule.begins(first) + timedelta(seconds=1))
    assert second is not None
    assert second > first
    assert schedule.begins(second) > schedule.begins(first)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("weekly", "no part of a rule"),
        ("FREQ=HOURLY", "FREQ is one of"),
        ("INTERVAL=2", "FREQ is one of"),
        ("FREQ=DAILY;BYHOUR=9", "BYHOUR is not taken"),
        ("FREQ=DAILY;COUNT=0", "COUNT is a number"),
        ("FREQ=DAILY;COUNT=100000", "COUNT is a number"),
        ("FREQ=DAILY;UNTIL=20261231T000000Z", "without Z"),
        ("FREQ=WEEKLY;BYDAY=XX", ""),
        ("FREQ=DAILY;FREQ=DAILY", "no part of a rule"),
    ],
)
def test_a_rule_that_is_none_is_refused(text: str, said: str) -> None:
    with pytest.raises(NotRecurring) as refused:
        recurring(text)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    "text", ["FREQ=WEEKLY;BYDAY=MO,WE", "FREQ=MONTHLY;BYMONTHDAY=-1;INTERVAL=2", "FREQ=DAILY;COUNT=10"]
)
def test_a_rule_that_is_one_is_kept(text: str) -> None:
    assert recurring(text) == text
