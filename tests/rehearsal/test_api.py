"""Rehearsals over HTTP: a job for everybody, a walk for one, and answers that say what was wrong."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib import times
from tests.fakes.platforms import over_fakes
from tests.fakes.world import NOW, World
from tests.flow.story import DAY, joins, orders
from tests.rehearsal.shop import NEWS, TEXT

NUDGE = {
    "name": "nudge",
    "title": "Nudge",
    "class": "marketing",
    "trigger": {"on": "event", "name": "Order Completed"},
    "goal": {"when": {"event": "Order Completed"}, "within": "P30D", "value": "total"},
    "steps": [{"id": "a-week", "do": "wait", "for": "P7D"}, {"id": "news", **NEWS}],
}


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with over_fakes() as made:
        made.ask("PUT", "/v1/templates/news", TEXT)
        assert made.ask("PUT", "/v1/journeys/nudge", NUDGE).status == 200
        for who, days in (("ada", (0, 3)), ("bob", (1,)), ("cyd", (2, 20))):
            made.now = NOW + days[0] * DAY
            joins(made, who)
            for day in days:
                made.now = NOW + day * DAY
                orders(made, who, f"{who}-{day}", "40.00")
            made.settle()
        made.now = NOW + 40 * DAY
        yield made


def asked(world: World, what: str, body: dict[str, Any]) -> Any:
    answer = world.ask("POST", f"/v1/journeys/nudge/{what}", body)
    assert answer.status == 200, answer.text
    world.settle()
    return answer.json()


def done(world: World, job: dict[str, Any]) -> Any:
    found = world.ask("GET", f"/v1/jobs/{job['id']}").json()
    assert found["status"] == "done", found
    return found["report"]


def test_a_draft_is_rehearsed_on_the_stored_past(world: World) -> None:
    job = asked(world, "backtest", {"from": times.text(NOW - DAY)})
    report = done(world, job)
    assert (report["journey"], report["version"], report["entered"]) == ("nudge", 1, 3)
    assert report["goal"]["reached"] == 2
    assert report["goal"]["value"] == {"GBP": 80.0}
    assert "not attributed" in report["goal"]["note"]
    assert report["sent"] == 2, "ada came back within the week"
    assert world.mails() == [], "nothing is sent by it"


def test_thirty_days_are_foretold_with_an_interval(world: World) -> None:
    report = done(world, asked(world, "forecast", {}))
    assert len(report["days"]) == 30
    whole = report["whole"]["sent"]
    assert 0 <= whole["low"] <= whole["likely"] <= whole["high"]


def test_one_customer_is_walked_through_the_past(world: World) -> None:
    told = asked(world, "preview", {"customer": "bob", "from": times.text(NOW)})
    said = [(one["what"], one["at"][:10], one["ahead"]) for one in told["happenings"]]
    assert said == [
        ("entered", "2026-11-23", False),
        ("passed", "2026-11-23", False),
        ("passed", "2026-11-30", False),
        ("passed", "2026-11-30", False),
        ("done", "2026-11-30", False),
        ("sent", "2026-11-30", False),
    ]


def test_one_customer_is_let_in_and_walked_into_the_future(world: World) -> None:
    told = asked(world, "preview", {"customer": "u#cyd", "enter": True})
    assert [one["what"] for one in told["happenings"]][-1] == "sent"
    assert told["happenings"][-1]["at"] == times.text(world.now + 7 * DAY)
    assert told["happenings"][-1]["ahead"] is True
    assert told["happenings"][-1]["said"] == "Gets news by email."


def test_what_is_supposed_comes_and_nothing_else(world: World) -> None:
    order = {"event": "Order Completed", "at": times.text(world.now + 2 * DAY), "properties": {"total": 20}}
    told = asked(world, "preview", {"customer": "cyd", "enter": True, "suppose": [order]})
    assert [one["what"] for one in told["happenings"]] == ["entered", "passed", "goal", "left", "refused"]


@pytest.mark.parametrize(
    ("what", "body", "code"),
    [
        ("backtest", {"from": "2026-12-31T00:00:00Z", "until": "2026-12-30T00:00:00Z"}, "invalid_period"),
        ("backtest", {"from": "2020-01-01T00:00:00Z"}, "invalid_period"),
        ("backtest", {"version": 9}, "version_not_found"),
        ("preview", {"customer": "nobody"}, "customer_not_found"),
        ("preview", {"customer": "bob", "enter": True, "from": "2026-12-01T00:00:00Z"}, "invalid_period"),
        ("forecast", {"sample": 1}, "invalid_body"),
    ],
)
def test_what_cannot_be_asked_is_said(world: World, what: str, body: dict[str, Any], code: str) -> None:
    answer = world.ask("POST", f"/v1/journeys/nudge/{what}", body)
    assert answer.status in (400, 404)
    assert answer.json()["code"] == code


def test_a_journey_that_is_not_there_is_not_found(world: World) -> None:
    assert world.ask("POST", "/v1/journeys/nothing/backtest", {}).json()["code"] == "journey_not_found"
