"""Whose day it is: zones as people have them, and clocks that are set forward and back."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.customers import zones

ROME = ZoneInfo("Europe/Rome")


@pytest.mark.parametrize(
    ("traits", "name", "bad"),
    [
        ({}, "Europe/Rome", False),
        ({"timezone": "Asia/Tokyo"}, "Asia/Tokyo", False),
        ({"time_zone": " Asia/Tokyo "}, "Asia/Tokyo", False),
        ({"tz": "America/Argentina/Buenos_Aires"}, "America/Argentina/Buenos_Aires", False),
        ({"timezone": "", "tz": "Asia/Tokyo"}, "Asia/Tokyo", False),
        ({"timezone": None}, "Europe/Rome", False),
        # what is none falls back, and is counted
        ({"timezone": "Mars/Phobos"}, "Europe/Rome", True),
        ({"timezone": "EST"}, "Europe/Rome", True),
        ({"timezone": "GMT+3"}, "Europe/Rome", True),
        ({"timezone": "../../etc/passwd"}, "Europe/Rome", True),
        ({"timezone": "/etc/localtime"}, "Europe/Rome", True),
        ({"timezone": "Europe/"}, "Europe/Rome", True),
        ({"timezone": "Europe/Rome\x00"}, "Europe/Rome", True),
        ({"timezone": "Europe/" + "x" * 5_000}, "Europe/Rome", True),
        ({"timezone": 3}, "Europe/Rome", True),
        ({"timezone": ["Europe/Rome"]}, "Europe/Rome", True),
    ],
)
def test_the_persons_zone(traits: dict[str, Any], name: str, bad: bool) -> None:
    found = zones.local(traits, ROME)
    assert (str(found.zone), found.bad) == (name, bad)


def test_without_anything_it_is_utc() -> None:
    assert zones.local({}).zone is UTC
    assert zones.zone("UTC") is UTC


@pytest.mark.parametrize(
    ("where", "day", "at", "utc"),
    [
        ("Europe/Rome", date(2026, 1, 15), time(9), "2026-01-15T08:00"),
        ("Europe/Rome", date(2026, 7, 15), time(9), "2026-07-15T07:00"),
        # the clock skips from 2:00 to 3:00: 2:30 comes when it is set
        ("Europe/Rome", date(2026, 3, 29), time(2, 30), "2026-03-29T01:00"),
        ("Europe/Rome", date(2026, 3, 29), time(3), "2026-03-29T01:00"),
        ("Europe/Rome", date(2026, 3, 29), time(1, 59), "2026-03-29T00:59"),
        # 2:30 comes twice: the first
        ("Europe/Rome", date(2026, 10, 25), time(2, 30), "2026-10-25T00:30"),
        ("America/New_York", date(2026, 3, 8), time(2, 30), "2026-03-08T07:00"),
        # half an hour at a time, and a day that never was
        ("Australia/Lord_Howe", date(2026, 10, 4), time(2, 10), "2026-10-03T15:30"),
        ("Pacific/Apia", date(2011, 12, 30), time(12), "2011-12-30T10:00"),
        ("Asia/Kathmandu", date(2026, 5, 5), time(0, 15), "2026-05-04T18:30"),
    ],
)
def test_when_a_clock_shows_a_time(where: str, day: date, at: time, utc: str) -> None:
    zone = zones.zone(where)
    assert zone is not None
    assert zones.moment(day, at, zone) == datetime.fromisoformat(utc).replace(tzinfo=UTC)


NAMES = sorted(name for name in available_timezones() if zones.zone(name) is not None)


@given(
    st.sampled_from(NAMES),
    st.dates(date(2000, 1, 1), date(2036, 12, 31)),
    st.times(),
)
def test_the_clock_then_shows_it_unless_it_was_skipped(name: str, day: date, at: time) -> None:
    zone, at = zones.zone(name), at.replace(microsecond=0)
    assert zone is not None
    found = zones.moment(day, at, zone)
    shown = found.astimezone(zone).replace(tzinfo=None)
    wanted = datetime.combine(day, at)
    assert shown >= wanted, "never too early"
    if shown != wanted:
        before = (found - timedelta(seconds=1)).astimezone(zone).replace(tzinfo=None)
        assert before < wanted < shown, "the clock was set forward over it"
