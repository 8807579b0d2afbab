"""The history is moved so that its last day is today, and so that something happens while it is watched."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest

from chalicelib import times
from infra.demo import history, shift
from tests.demo.sample import calls

TARGETS = [datetime(2026, 11, 22, hour, minute, 7, tzinfo=UTC) for hour, minute in ((0, 5), (12, 0), (23, 59))]


@cache
def chosen(target: datetime) -> shift.Shift:
    return shift.choose(calls(), "http://127.0.0.1/one", target - timedelta(minutes=1), target)


@pytest.mark.parametrize("target", TARGETS)
def test_now_is_on_the_last_day_and_everything_before_it_is_past(target: datetime) -> None:
    moved = chosen(target)
    assert (target - timedelta(seconds=moved.by)).date() == history.last_day(calls()) == date(2011, 12, 9)
    before = [call for call in calls() if call.at.date() < date(2011, 12, 9)]
    assert max(moved.moved(call) for call in before) < target - timedelta(hours=3)
    assert moved.age(target) == timedelta(minutes=1)


@pytest.mark.parametrize("target", TARGETS)
def test_some_become_at_risk_while_the_last_day_is_played(target: datetime) -> None:
    expected = chosen(target).expected
    assert {subject.startswith("u#synthetic-") for subject in expected} == {True, False}
    for moment in expected.values():
        assert target <= times.parse(moment) < target + shift.WATCHED


def test_nobody_who_comes_on_the_last_day_is_expected_to_become_at_risk() -> None:
    today = {call.subject for call in calls() if call.at.date() == date(2011, 12, 9)}
    assert not today & set(chosen(TARGETS[0]).expected)


def test_the_decision_is_kept_for_the_same_deployment_only(tmp_path: Path) -> None:
    moved = chosen(TARGETS[0])
    moved.live["demo-1"] = "2026-11-22T00:06:01.500Z"
    moved.save(tmp_path / "demo.json")
    assert shift.load(tmp_path / "demo.json", "http://127.0.0.1/one") == moved
    assert shift.load(tmp_path / "demo.json", "http://127.0.0.1/another") is None
    assert shift.load(tmp_path / "none.json", "http://127.0.0.1/one") is None
