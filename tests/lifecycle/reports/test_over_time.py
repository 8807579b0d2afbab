"""Stages over time: the counts of each day; where there are none, those of the next day with the moves undone."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.lifecycle.reports.over_time import Standing, over_time
from chalicelib.lifecycle.rules import Stage

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
TODAY = NOW.date()
DAY = timedelta(days=1)
NEW, LEAD, LOST = Stage.NEW, Stage.LEAD, Stage.LOST


def standing(day: date, **stages: int) -> Standing:
    at = datetime(day.year, day.month, day.day, 0, 5, tzinfo=UTC)
    return Standing(at, True, {stage: stages.get(stage.value, 0) for stage in Stage})


def shown(found: list[Standing]) -> list[tuple[str, bool, dict[str, int]]]:
    return [
        (one.at.strftime("%d %H:%M"), one.counted, {str(stage): n for stage, n in one.stages.items() if n})
        for one in found
    ]


def test_moves_are_undone_day_by_day() -> None:
    moves = {
        (TODAY, NEW, LEAD): 3,
        (TODAY, LEAD, LOST): 1,
        (TODAY - DAY, NEW, LEAD): 2,
        (TODAY - 9 * DAY, NEW, LOST): 9,
    }
    found = over_time(NOW, {NEW: 5, LEAD: 6, LOST: 1}, {}, moves, TODAY - DAY)
    assert shown(found) == [
        ("21 00:00", False, {"new": 10, "lead": 2}),
        ("22 00:00", False, {"new": 8, "lead": 4}),
        ("22 10:00", True, {"new": 5, "lead": 6, "lost": 1}),
    ]


def test_a_day_that_was_counted_is_as_counted_and_walking_goes_on_from_there() -> None:
    known = {TODAY: standing(TODAY, new=20)}
    found = over_time(NOW, {LEAD: 1}, known, {(TODAY, NEW, LEAD): 1, (TODAY - DAY, LEAD, NEW): 5}, TODAY - DAY)
    assert shown(found) == [
        ("21 00:00", False, {"new": 15, "lead": 5}),
        ("22 00:05", True, {"new": 20}),
        ("22 10:00", True, {"lead": 1}),
    ]


def test_nobody_is_fewer_than_nobody() -> None:
    """Whoever appeared since is not undone: what would be negative is none."""
    found = over_time(NOW, {}, {}, {(TODAY, NEW, LEAD): 3}, TODAY)
    assert shown(found) == [("22 00:00", False, {"new": 3}), ("22 10:00", True, {})]


PEOPLE = st.lists(st.lists(st.tuples(st.integers(0, 20), st.sampled_from(list(Stage))), min_size=1), max_size=8)


@given(PEOPLE, st.integers(0, 20))
def test_for_a_base_that_is_the_same_people_it_is_exact(people: list[list[tuple[int, Stage]]], back: int) -> None:
    """Each person: the stage that they are found in so many days ago, and later."""
    moves: Counter[tuple[date, Stage, Stage]] = Counter()
    truth: dict[int, Counter[Stage]] = {ago: Counter() for ago in range(-1, 21)}
    for told in people:
        stage = told[0][1]
        changes = dict(told[1:])
        for ago in range(20, -1, -1):
            truth[ago][stage] += 1  # when the day began
            following = changes.get(ago, stage)
            if following != stage:
                moves[TODAY - ago * DAY, stage, following] += 1
            stage = following
        truth[-1][stage] += 1
    found = over_time(NOW, truth[-1], {}, moves, TODAY - back * DAY)
    assert [+Counter(dict(one.stages)) for one in found] == [truth[ago] for ago in range(back, -2, -1)]
