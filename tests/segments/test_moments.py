"""Moments: spans that begin with their first moment and end before their last, where the person is."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.customers.facts import Facts
from chalicelib.segments.match import holds, match
from chalicelib.segments.rule import parse
from chalicelib.segments.view import View
from chalicelib.times import parse as moment

A_MILLISECOND = timedelta(milliseconds=1)
TODAY = {"anniversary": {"on": "today"}}
WEEK = {"anniversary": {"within_next": "P7D"}}


def person(at: Any, zone: str = "UTC") -> View:
    return View("u#ann", Facts(), {"at": at, "timezone": zone}, None)


@pytest.mark.parametrize(
    ("given", "at", "zone", "begins", "ends"),
    [
        ({"within_last": "P3D"}, "2026-11-20T10:00:00Z", "UTC", "2026-11-20T10:00:00Z", "2026-11-23T10:00:00Z"),
        ({"within_last": "P1D"}, "2026-11-20", "Europe/Rome", "2026-11-19T23:00:00Z", "2026-11-20T23:00:00Z"),
        ({"within_next": "P3D"}, "2026-11-20T10:00:00Z", "UTC", "2026-11-17T10:00:00Z", "2026-11-20T10:00:00Z"),
        ({"more_than_ago": "P3D"}, "2026-11-20T10:00:00Z", "UTC", "2026-11-23T10:00:00Z", None),
        (TODAY, "1990-11-25", "UTC", "2026-11-25T00:00:00Z", "2026-11-26T00:00:00Z"),
        (TODAY, "1990-11-25", "Pacific/Auckland", "2026-11-24T11:00:00Z", "2026-11-25T11:00:00Z"),
        (TODAY, "1990-11-25T20:00:00Z", "Pacific/Auckland", "2026-11-25T11:00:00Z", "2026-11-26T11:00:00Z"),
        (WEEK, "1990-11-25", "America/New_York", "2026-11-18T05:00:00Z", "2026-11-25T05:00:00Z"),
        # born on 29 February
        (TODAY, "2000-02-29", "UTC", "2027-02-28T00:00:00Z", "2027-03-01T00:00:00Z"),
        (TODAY, "2000-02-29", "UTC", "2028-02-29T00:00:00Z", "2028-03-01T00:00:00Z"),
        # days of 23 and of 25 hours
        (TODAY, "1990-03-29", "Europe/Rome", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"),
        (TODAY, "1990-10-25", "Europe/Rome", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"),
        # a day whose midnight the clock skips: it begins when the clock is set forward
        (TODAY, "1990-09-06", "America/Santiago", "2026-09-06T04:00:00Z", "2026-09-07T03:00:00Z"),
        # a zone that is none is the workspace's
        (TODAY, "1990-11-25", "Mars/Olympus", "2026-11-25T00:00:00Z", "2026-11-26T00:00:00Z"),
    ],
)
def test_when_it_holds(given: dict[str, Any], at: str, zone: str, begins: str, ends: str | None) -> None:
    rule, who, first = parse({"trait": "at"} | given), person(at, zone), moment(begins)
    before = match(rule, who, first - A_MILLISECOND)
    assert (before.matched, before.until) == (False, first)
    assert match(rule, who, first).matched
    last = match(rule, who, first).until
    assert last == (moment(ends) if ends else None)
    if last is not None:
        assert holds(rule, who, last - A_MILLISECOND)
        assert not holds(rule, who, last)


def test_the_day_itself_is_no_anniversary() -> None:
    rule = parse({"trait": "at"} | TODAY)
    assert not match(rule, person("2026-11-25"), moment("2026-11-25T12:00:00Z")).matched
    assert match(rule, person("2026-11-25"), moment("2026-11-25T12:00:00Z")).until == moment("2027-11-25T00:00:00Z")


@pytest.mark.parametrize("at", ["soon", "", 7, True, None, ["2026-11-25"], "2026-13-01", "25.11.1990", "x" * 500])
@pytest.mark.parametrize("given", [{"before": "2030-01-01"}, {"within_last": "P700D"}, TODAY, {"more_than_ago": "P1D"}])
def test_what_is_no_moment_satisfies_nothing(at: Any, given: dict[str, Any]) -> None:
    answer = match(parse({"trait": "at"} | given), person(at), moment("2026-11-22T09:00:00Z"))
    assert (answer.matched, answer.until) == (False, None)


@given(
    at=st.datetimes().map(lambda at: at.isoformat()) | st.dates().map(str),
    given=st.sampled_from([TODAY, WEEK, {"within_last": "P7D"}, {"within_next": "P7D"}, {"more_than_ago": "P7D"}]),
    zone=st.sampled_from(["Pacific/Kiritimati", "Pacific/Midway", "Europe/Rome", "America/Santiago"]),
)
def test_any_date_of_the_calendar_is_answered_the_same_by_both_ways(at: str, given: dict[str, Any], zone: str) -> None:
    rule, who, now = parse({"trait": "at"} | given), person(at, zone), moment("2026-11-22T09:00:00Z")
    assert match(rule, who, now).matched is holds(rule, who, now)


def test_within_is_taken_for_within_last() -> None:
    assert parse({"event": "A", "first": {"within": "P7D"}}) == parse({"event": "A", "first": {"within_last": "P7D"}})
