"""Marketing paused and resumed by the API, as a marketer meets it: what is asked, what waits, and what leaves."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from chalicelib import resources, times
from tests.fakes.world import World
from tests.flow.story import joins, orders

HOUR = timedelta(hours=1)


def state(world: World) -> Any:
    answer = world.ask("GET", "/v1/sending")
    assert answer.status == 200, answer.text
    return answer.json()


def subjects(world: World, who: str) -> list[str]:
    return [mail.subject for mail in world.mails(f"{who}@example.com")]


def rows(world: World, who: str) -> list[tuple[str, str | None]]:
    return [(row["status"], row.get("reason")) for row in world.items(resources.SENDS) if row["pk"] == f"u#{who}"]


def test_marketing_leaves_unless_somebody_has_paused_it(world: World) -> None:
    assert state(world) == {"marketing": "leaves", "pauses": [], "job": None}


def test_a_pause_says_since_when_why_and_by_whom(world: World) -> None:
    until = times.text(world.now + HOUR)
    answer = world.ask("POST", "/v1/sending/pause", {"channel": "email", "why": "wrong prices", "until": until})
    (pause,) = answer.json()["pauses"]
    assert (answer.status, answer.json()["marketing"]) == (200, "partly_paused")
    assert (pause["channel"], pause["at"], pause["why"], pause["until"]) == (
        "email",
        times.text(world.now),
        "wrong prices",
        until,
    )
    assert len(pause["by"]) == 8
    world.wait(HOUR)
    assert state(world)["marketing"] == "leaves"


def test_a_channel_that_is_not_there_is_not_said_to_be_paused(world: World) -> None:
    answer = world.ask("POST", "/v1/sending/pause", {"channel": "emial", "why": "wrong prices"})
    assert (answer.status, answer.json()["code"]) == (400, "unknown_channel")
    assert answer.json()["message"].startswith("Nothing is paused: emial is none of all, email,")
    assert state(world)["pauses"] == []


def test_what_is_planned_in_a_pause_waits_and_leaves_after_it(world: World) -> None:
    world.publish("welcome")
    assert world.ask("POST", "/v1/sending/pause", {"why": "the shop is down"}).json()["marketing"] == "paused"
    joins(world, "ada")
    world.settle()
    assert (subjects(world, "ada"), rows(world, "ada")) == ([], [("planned", "paused")])
    assert world.ask("POST", "/v1/sending/resume", {}).json()["marketing"] == "leaves"
    world.pass_through(world.now + HOUR)
    assert len(subjects(world, "ada")) == 1


def test_each_pause_is_ended_by_its_own_channel(world: World) -> None:
    for channel in ("all", "email"):
        world.ask("POST", "/v1/sending/pause", {"channel": channel, "why": "a test"})
    assert world.ask("POST", "/v1/sending/resume", {}).json()["marketing"] == "partly_paused"
    assert world.ask("POST", "/v1/sending/resume", {"channel": "email"}).json()["marketing"] == "leaves"
    assert world.ask("POST", "/v1/sending/resume", {"channel": "email"}).status == 200


def test_receipts_leave_in_a_pause(world: World) -> None:
    from tests.flow.story import RECEIPT, TEMPLATES

    world.define(RECEIPT, TEMPLATES)
    world.ask("POST", "/v1/sending/pause", {"why": "a test"})
    joins(world, "ada")
    orders(world, "ada", "A-1", "10")
    world.settle()
    assert subjects(world, "ada") == ["Your order A-1"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "invalid_body"),
        ({"why": ""}, "invalid_body"),
        ({"why": "x", "channel": "E-Mail!"}, "invalid_body"),
        ({"why": "x", "until": "2026-11-22T10:00:00"}, "invalid_body"),
        ({"why": "x", "until": "2020-01-01T00:00:00Z"}, "already_over"),
        ({"why": "x", "chanel": "email"}, "invalid_body"),
    ],
)
def test_what_cannot_be_meant_is_refused(world: World, body: Any, code: str) -> None:
    answer = world.ask("POST", "/v1/sending/pause", body)
    assert (answer.status, answer.json()["code"]) == (400, code)
