"""The tail and the counts by the API."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.api.http import sealed
from tests.fakes.world import World

MINUTE = timedelta(minutes=1)


def says(world: World, user: str, *names: str) -> None:
    calls = [{"type": "track", "userId": user, "event": name, "messageId": f"{user}-{name}"} for name in names]
    assert world.post("/v1/batch", {"batch": calls}).status == 200
    world.wait(MINUTE)


def names(world: World, **query: Any) -> list[str]:
    answer = world.ask("GET", "/v1/events", **query)
    assert answer.status == 200, answer.text
    return [event["name"] for event in answer.json()["events"]]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, ["Seen", "Bought", "Left"]),
        ({"limit": 2}, ["Seen", "Bought"]),
        ({"name": "bought"}, ["Bought"]),
        ({"source": "segment"}, ["Seen", "Bought", "Left"]),
        ({"source": "ses"}, []),
        ({"key": "00000000"}, []),
        ({"customer": "bob"}, ["Left"]),
        ({"customer": "ada", "name": "seen"}, ["Seen"]),
        ({"customer": "nobody"}, []),
        ({"customer": "x" * 250}, []),
    ],
)
def test_filters_must_all_fit(world: World, query: dict[str, Any], found: list[str]) -> None:
    says(world, "ada", "Seen", "Bought")
    says(world, "bob", "Left")
    assert names(world, after="oldest", **query) == found


def test_one_customer_is_followed_from_the_newest_on(world: World) -> None:
    for name in "abcd":
        says(world, "ada", name)
    page = world.ask("GET", "/v1/events", customer="ada", limit=2).json()
    assert [event["name"] for event in page["events"]] == ["c", "d"]
    says(world, "ada", "e", "f", "g")
    seen, cursor = [], page["cursor"]
    for _ in range(3):
        page = world.ask("GET", "/v1/events", customer="ada", limit=2, after=cursor).json()
        cursor = page["cursor"]
        seen += [event["name"] for event in page["events"]]
    assert seen == ["e", "f", "g"]


@pytest.mark.parametrize("after", ["x", "e30", sealed('{"s0": ["after", "🌱"]}'), sealed('{"a": 1}'), "%00"])
@pytest.mark.parametrize("customer", [None, "ada"])
def test_a_forged_cursor_does_no_harm(world: World, after: str, customer: str | None) -> None:
    query = {"after": after} | ({"customer": customer} if customer else {})
    assert world.ask("GET", "/v1/events", **query).status in (200, 400)


def test_activity_is_by_key_source_and_hour(world: World) -> None:
    says(world, "ada", "Seen", "Bought")
    world.post("/v1/batch", {"batch": [7, 8]})
    world.settle()
    world.wait(timedelta(hours=1))
    says(world, "bob", "Left")
    world.settle()
    (later, first) = world.ask("GET", "/v1/sources/activity").json()["activity"]
    assert (first["period"], first["source"], first["events"]) == ("2026-11-22T10", "segment", 2)
    assert (first["parked"], first["lag_mean_ms"], first["lag_max_ms"]) == ({"not_an_object": 2}, 60_000, 60_000)
    assert (later["period"], later["events"], later["parked"]) == ("2026-11-22T11", 1, {})
    (day,) = world.ask("GET", "/v1/sources/activity", per="day", source="segment").json()["activity"]
    assert (day["period"], day["events"], day["last_seen"]) == ("2026-11-22", 3, later["last_seen"])
    assert world.ask("GET", "/v1/sources/activity", source="ses").json()["activity"] == []


def test_no_public_key_reads_anything(world: World) -> None:
    headers = {"Authorization": f"Bearer {world.write_key}"}
    for path in ("/v1/events", "/v1/parked", "/v1/keys", "/v1/sources/activity", "/v1/customers/ada"):
        assert world.http.request("GET", path, headers=headers).status == 401
