"""Journeys that run their course: called, waited in, paused and resumed, published anew with people inside."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.fakes.world import World
from tests.flow.story import joins, says

FAR = {"event": "Lesson Read", "where": [{"property": "page", "at_least": 3}]}
COURSE: dict[str, Any] = {
    "name": "course",
    "title": "A course",
    "class": "transactional",
    "trigger": {"on": "call"},
    "entry": {"not": {"event": "Course Left", "where": [{"property": "course", "equals": "a"}]}},
    "re_entry": "per_key",
    "goal": {"when": {"event": "Course Done"}, "value": "worth"},
    "steps": [
        {"id": "begun", "do": "wait_until", "event": "Lesson Read", "within": "P1D"},
        {"id": "pupils", "do": "audience", "add": "pupils"},
        {"id": "pause", "do": "wait", "for": "PT10M"},
        {
            "id": "far",
            "do": "branch",
            "branches": [
                {"when": {"event": "Lesson Read", "where": [{"property": "page", "at_least": 3}]}, "steps": []}
            ],
        },
        {"id": "marked", "do": "audience", "remove": "pupils"},
        {"id": "week", "do": "wait", "for": "P7D"},
    ],
}


def journeys_run_their_course(world: World) -> None:
    """Three people are called: one reaches the goal, one goes on after a pause, one leaves with a new version."""
    world.define(COURSE, {})
    for pupil in ("una", "udo", "ute"):
        joins(world, pupil)
        says(world, "track", pupil, event="Course Left", messageId=f"left-{pupil}", properties={"course": "b"})
        world.settle()
        said = {"customer": pupil, "key": "a", "id": pupil}
        assert world.ask("POST", "/v1/journeys/course/enrolments", said).status == 200
    world.settle()
    says(world, "track", "udo", event="Lesson Read", properties={"page": 1})
    says(world, "track", "una", event="Course Done", properties={"worth": 20, "currency": "EUR"})
    world.settle()
    assert _stands(world) == {"una": "exited", "udo": "pause", "ute": "begun"}
    assert world.ask("POST", "/v1/journeys/course/pause").status == 200
    world.pass_through(world.now + timedelta(minutes=20))
    assert _stands(world)["udo"] == "pause"
    assert world.ask("POST", "/v1/journeys/course/resume", {"meanwhile": "send"}).status == 200
    world.settle()
    world.pass_through(world.now + timedelta(minutes=3))
    world.settle()
    assert _stands(world)["udo"] == "week"
    longer = {**COURSE, "steps": [*COURSE["steps"][:-1], {"id": "month", "do": "wait", "for": "P30D"}]}
    assert world.ask("PUT", "/v1/journeys/course", longer).status == 200
    before = world.ask("GET", "/v1/journeys/course/publication", version=2).json()["others"]
    assert [(one["inside"], one["missing"]) for one in before] == [(2, {"week": 1})]
    assert world.ask("POST", "/v1/journeys/course/publish", {"version": 2, "inside": "move"}).status == 200
    world.settle()
    assert _stands(world) == {"una": "exited", "udo": "exited", "ute": "begun"}
    shown = world.ask("GET", "/v1/journeys/course").json()["statistics"]["versions"]
    assert sum(version["inside"] for version in shown) == 1
    assert sum(version["goals"] for version in shown) == 1


def _stands(world: World) -> dict[str, str]:
    """Where each of them is, or how it ended."""
    found = {}
    for pupil in ("una", "udo", "ute"):
        rows = world.ask("GET", f"/v1/customers/{pupil}/enrolments").json()["enrolments"]
        (row,) = (row for row in rows if row["journey"] == "course")
        found[pupil] = row["step"] if row["status"] == "active" and row["step"] else row["status"]
    return found
