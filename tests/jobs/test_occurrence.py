"""Broadcasts from the draft to the mailbox: who gets one, when, once, and what keeps it from leaving."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pytest

from chalicelib.aws.database import Database
from chalicelib.wiring import Perennial
from tests.fakes.platforms import over_fakes
from tests.fakes.world import World
from tests.flow.story import says
from tests.review.faults import Crash, counting, crashing

READERS = {"title": "Readers", "rule": {"trait": "reads", "equals": "news"}}
TEMPLATE = {
    "class": "marketing",
    "subject": "December",
    "text": "New things. {{ links.unsubscribe }} {{ postal_address }}",
}
NINE = datetime(2026, 12, 1, 9, tzinfo=UTC)
NEWS: dict[str, Any] = {"title": "News", "segment": "readers", "template": "december", "at": "2026-12-01T09:00"}
PEOPLE = {"ada": "Europe/Rome", "bob": "America/New_York", "cyd": "Pacific/Auckland", "dee": None}
MINUTE = timedelta(minutes=1)


@pytest.fixture
def world() -> Iterator[World]:
    """Four who read and one who does not, all of whom agreed to mail."""
    with over_fakes() as made:
        _readers(made)
        yield made


def _readers(world: World) -> None:
    for name, zone in PEOPLE.items():
        traits = {"email": f"{name}@example.com", "reads": "news"} | ({"timezone": zone} if zone else {})
        _joins(world, name, traits)
    _joins(world, "eve", {"email": "eve@example.com", "reads": "nothing"})
    assert world.ask("PUT", "/v1/segments/readers", READERS).status == 200
    assert world.ask("PUT", "/v1/templates/december", TEMPLATE).status == 200
    world.wait(MINUTE)
    world.settle()


def test_everybody_in_the_segment_gets_it_at_its_time_and_once(world: World) -> None:
    assert _scheduled(world)["state"] == "scheduled"
    _minute(world, NINE - 2 * MINUTE)
    assert _got(world) == []
    for _ in range(3):
        _minute(world, NINE)
    assert _got(world) == ["ada", "bob", "cyd", "dee"]
    progress = _progress(world)
    assert (progress["state"], progress["entered"], progress["members"]) == ("done", 4, 4)
    assert progress["next"] is None


def test_each_at_their_own_nine_o_clock(world: World) -> None:
    _scheduled(world, zone="local")
    _minute(world, NINE - timedelta(hours=14))
    assert _got(world) == []
    assert _progress(world)["entered"] == 4
    for hours, expected in ((-13, ["cyd"]), (-1, ["ada", "cyd"]), (0, ["ada", "cyd", "dee"]), (5, list(PEOPLE))):
        world.pass_through(NINE + timedelta(hours=hours))
        assert _got(world) == expected


def test_so_many_in_a_minute_and_no_more(world: World) -> None:
    _scheduled(world, per_minute=2)
    _minute(world, NINE)
    assert len(_got(world)) == 1
    for minute, count in ((1, 3), (2, 4)):
        world.pass_through(NINE + minute * MINUTE + timedelta(seconds=31))
        assert len(_got(world)) >= count


def test_a_large_one_waits_until_somebody_approves(world: World) -> None:
    _scheduled(world, approve_above=3)
    _minute(world, NINE)
    progress = _progress(world)
    assert (progress["state"], progress["members"], progress["entered"]) == ("needs_approval", 4, 0)
    assert _got(world) == []
    for _ in range(2):
        world.ask("POST", "/v1/broadcasts/news/approve")
        world.settle()
    assert _got(world) == sorted(PEOPLE)
    assert world.ask("POST", "/v1/broadcasts/news/approve").status == 409


def test_a_late_one_asks_instead_of_firing(world: World) -> None:
    _scheduled(world)
    _minute(world, NINE + timedelta(hours=3))
    assert _progress(world)["state"] == "late"
    assert _got(world) == []
    assert world.ask("POST", "/v1/broadcasts/news/approve").status == 200
    world.settle()
    assert _got(world) == sorted(PEOPLE)


def test_cancelled_before_its_time_it_goes_to_nobody(world: World) -> None:
    _scheduled(world)
    assert world.ask("POST", "/v1/broadcasts/news/cancel").json()["progress"]["state"] == "cancelled"
    _minute(world, NINE)
    assert _got(world) == []
    assert _progress(world)["state"] == "cancelled"


def test_cancelled_on_its_way_it_goes_to_nobody_more(world: World) -> None:
    _scheduled(world, zone="local")
    _minute(world, NINE - timedelta(hours=14))
    world.pass_through(NINE - timedelta(hours=13))
    assert world.ask("POST", "/v1/broadcasts/news/cancel").status == 200
    world.settle()
    world.wait(MINUTE)
    world.pass_through(NINE + timedelta(hours=6))
    assert _got(world) == ["cyd"]


def test_paused_on_its_way_it_goes_on_where_it_stopped_and_nobody_gets_a_second(world: World) -> None:
    _scheduled(world, zone="local")
    _minute(world, NINE - timedelta(hours=14))
    world.pass_through(NINE - timedelta(hours=13))
    assert world.ask("POST", "/v1/broadcasts/news/pause").json()["progress"]["state"] == "paused"
    world.wait(MINUTE)
    world.pass_through(NINE)
    assert _got(world) == ["cyd"]
    assert world.ask("POST", "/v1/broadcasts/news/resume", {"meanwhile": "send"}).status == 200
    world.wait(MINUTE)
    world.pass_through(NINE + timedelta(hours=6))
    assert _got(world) == sorted(PEOPLE)


def test_who_leaves_the_segment_before_their_time_does_not_get_it(world: World) -> None:
    _scheduled(world, zone="local")
    _minute(world, NINE - timedelta(hours=14))
    says(world, "identify", "bob", traits={"reads": "nothing"}, messageId="bob-changes")
    world.settle()
    world.pass_through(NINE + timedelta(hours=6))
    assert "bob" not in _got(world)


def test_it_comes_again_when_it_recurs(world: World) -> None:
    _scheduled(world, rrule="FREQ=WEEKLY;COUNT=2", within="P1D")
    _minute(world, NINE)
    assert _progress(world)["next"] == "2026-12-08T09:00"
    _minute(world, NINE + timedelta(days=7))
    assert sorted(_got(world)) == sorted([*PEOPLE, *PEOPLE])
    _minute(world, NINE + timedelta(days=14))
    assert len(_got(world)) == 8


def test_a_job_that_is_interrupted_and_done_again_lets_nobody_in_twice(world: World) -> None:
    _scheduled(world)
    world.now = NINE
    world.tick()
    world.tick()
    world.settle()
    world.redeliver([one for one in world.delivered if one.function in ("work_jobs", "walk_due", "send_journeys")])
    world.settle()
    assert _got(world) == sorted(PEOPLE)


@pytest.mark.parametrize("acknowledged", [False, True])
@pytest.mark.parametrize("share", [0.0, 0.2, 0.4, 0.6, 0.8, 0.99])
def test_a_worker_that_dies_in_the_middle_is_followed_by_another_and_nobody_gets_a_second(
    world: World, share: float, acknowledged: bool
) -> None:
    calls = _calls_of_a_broadcast()
    _scheduled(world)
    world.settle()
    world.now = NINE
    world.tick()
    dying = crashing(world.containers["work_jobs"].db, int(share * calls), acknowledged=acknowledged)
    whole = _replaced(world, dying)
    with pytest.raises(Crash):
        world.settle()
    world.containers["work_jobs"] = whole
    world.redeliver([next(one for one in reversed(world.delivered) if one.function == "work_jobs")])
    world.settle()
    world.pass_through(NINE + 4 * MINUTE)  # what a queue lost, the due index finds
    assert _got(world) == sorted(PEOPLE)


@cache
def _calls_of_a_broadcast() -> int:
    """How many calls the job makes that lets the four in."""
    with over_fakes() as world:
        _readers(world)
        _scheduled(world)
        world.settle()
        world.now = NINE
        world.tick()
        counted, calls = counting(world.containers["work_jobs"].db)
        _replaced(world, counted)
        world.settle()
        return calls()


def _replaced(world: World, db: Database) -> Perennial:
    """Let the worker of jobs have another database; the container that it had."""
    before = world.containers["work_jobs"]
    ports = world.platform.ports()
    ports.db = db
    world.containers["work_jobs"] = Perennial(world.platform.settings(), ports)
    world.containers["work_jobs"].pause = before.pause
    return before


def _joins(world: World, name: str, traits: dict[str, Any]) -> None:
    says(world, "identify", name, traits=traits, messageId=f"{name}-identify")
    says(world, "track", name, event="Subscribed", properties={"channel": "email"}, messageId=f"{name}-subscribed")
    world.settle()


def _scheduled(world: World, **said: Any) -> dict[str, Any]:
    put = world.ask("PUT", "/v1/broadcasts/news", {**NEWS, **said})
    assert put.status == 200, put.text
    scheduled = world.ask("POST", "/v1/broadcasts/news/schedule", {"version": put.json()["newest_version"]})
    assert scheduled.status == 200, scheduled.text
    progress: dict[str, Any] = scheduled.json()["progress"]
    return progress


def _minute(world: World, moment: datetime) -> None:
    world.now = moment
    world.tick()
    world.settle()


def _progress(world: World) -> dict[str, Any]:
    progress: dict[str, Any] = world.ask("GET", "/v1/broadcasts/news").json()["progress"]
    return progress


def _got(world: World) -> list[str]:
    return sorted(mail.recipients[0].partition("@")[0] for mail in world.mails())
