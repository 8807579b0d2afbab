"""A segment from end to end: put by a marketer, entered on the event, left at the minute, counted, tried out and
ended. Every Lambda, over the fakes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from chalicelib import times
from tests.fakes.platforms import over_fakes
from tests.fakes.world import World

A_DAY = timedelta(days=1)
RECENT = {"title": "Looked lately", "rule": {"event": "Product Viewed", "within": "P7D"}}
SPENDERS = {
    "title": "Spent fifty at once",
    "rule": {"event": "Order Completed", "where": [{"property": "total", "at_least": 50}]},
}


@pytest.fixture
def world() -> Iterator[World]:
    with over_fakes() as made:
        yield made


def does(world: World, who: str, name: str, **properties: Any) -> None:
    sent = {"userId": who, "event": name, "properties": properties, "messageId": f"{who}-{name}-{world.now}"}
    assert world.post("/v1/track", {**sent, "timestamp": times.text(world.now)}).status == 200
    world.settle()


def put(world: World, name: str, definition: Any) -> Any:
    answer = world.ask("PUT", f"/v1/segments/{name}", definition)
    assert answer.status == 200, answer.text
    world.wait(timedelta(minutes=1, seconds=1))
    world.settle()
    return answer.json()


def members(world: World, name: str) -> set[str]:
    answer = world.ask("GET", f"/v1/segments/{name}/members")
    assert answer.status == 200, answer.text
    return {each["customer"] for each in answer.json()["members"]}


def job(world: World, id: str) -> Any:
    return world.ask("GET", f"/v1/jobs/{id}").json()


def refused(world: World, method: str, path: str, body: Any = None) -> tuple[str, Any]:
    answer = world.ask(method, path, body)
    assert answer.status in (400, 404, 409), answer.text
    return answer.json()["code"], answer.json()["details"]


def test_entered_on_the_event_and_left_at_the_minute(world: World) -> None:
    put(world, "recent", RECENT)
    does(world, "ann", "Product Viewed")
    assert members(world, "recent") == {"u#ann"}
    (inside,) = world.customer("ann")["segments"]
    assert (inside["name"], inside["since"]) == ("recent", times.text(world.now)[:16] + ":00.000Z")
    closes = world.now + 7 * A_DAY
    world.pass_through(closes)
    assert members(world, "recent") == set()


def test_an_export_names_the_segments(world: World) -> None:
    put(world, "recent", RECENT)
    does(world, "ann", "Product Viewed")
    records = world.ask("GET", "/v1/customers/ann/export").json()["records"]
    assert [each["segment"] for each in records if each["kind"] == "segment"] == ["recent"]
    assert all("members" not in each for each in records)


def test_who_was_there_before_is_found_by_the_job_and_counted(world: World) -> None:
    does(world, "ann", "Order Completed", order_id="1", total=60)
    does(world, "ben", "Order Completed", order_id="2", total=20)
    made = put(world, "spenders", SPENDERS)
    done = job(world, made["job"])
    assert (done["status"], done["report"]["members"], done["counts"]["customers"]) == ("done", 1, 2)
    assert members(world, "spenders") == {"u#ann"}
    shown = world.ask("GET", "/v1/segments/spenders").json()
    assert (shown["state"]["size"]["customers"], shown["state"]["size"]["margin"]) == (1, 0)
    assert put(world, "spenders", SPENDERS)["job"] is None, "the same again changes nothing"


def test_the_night_counts_all_segments(world: World) -> None:
    put(world, "recent", RECENT)
    does(world, "ann", "Product Viewed")
    world.wait(A_DAY)
    world.night()
    sizes = world.ask("GET", "/v1/segments/recent/sizes").json()["sizes"]
    assert [each["customers"] for each in sizes] == [0, 1]


def test_a_rule_is_tried_on_a_sample_and_counted_exactly_by_a_job(world: World) -> None:
    for who, total in (("ann", 60), ("ben", 20), ("eve", 99)):
        does(world, who, "Order Completed", order_id=who, total=total)
    said = world.ask("POST", "/v1/segments/preview", {"rule": SPENDERS["rule"], "exact": True}).json()
    assert (said["customers"], said["matched"], said["estimate"], said["margin"]) == (3, 2, 2, 0)
    assert set(said["examples"]) == {"u#ann", "u#eve"}
    world.settle()
    done = job(world, said["job"])
    assert (done["status"], done["counts"]["matched"], done["counts"]["others"]) == ("done", 2, 1)


def test_a_list_and_a_segment_of_it(world: World) -> None:
    put(world, "friends", {"title": "Friends", "of": "list"})
    put(world, "strangers", {"title": "Strangers", "rule": {"not": {"segment": "friends"}}})
    does(world, "ann", "Product Viewed")
    assert members(world, "strangers") == {"u#ann"}
    changed = world.ask("POST", "/v1/segments/friends/members", {"add": ["ann", "a#visitor"]})
    assert (changed.status, changed.json()) == (200, {"added": 2, "removed": 0})
    world.settle()
    assert (members(world, "friends"), members(world, "strangers")) == ({"u#ann", "a#visitor"}, set())
    world.wait(timedelta(seconds=1))
    world.ask("POST", "/v1/segments/friends/members", {"remove": ["ann"]})
    world.settle()
    assert (members(world, "friends"), members(world, "strangers")) == ({"a#visitor"}, {"u#ann"})
    assert refused(world, "POST", "/v1/segments/strangers/members", {"add": ["ann"]})[0] == "not_a_list"
    for id in ("", "x" * 5_000, "a\u0000b"):
        assert refused(world, "POST", "/v1/segments/friends/members", {"add": [id]})[0] == "invalid_customer"


def test_a_list_comes_by_an_import_of_events_silently(world: World) -> None:
    put(world, "friends", {"title": "Friends", "of": "list"})
    row = '{"userId": "ann", "event": "List Joined", "timestamp": "2026-11-01", "properties": {"list": "friends"}}'
    asked = {"kind": "events", "format": "jsonl", "data": row}
    started = world.ask("POST", "/v1/imports", asked)
    assert started.status == 200, started.text
    world.settle()
    assert job(world, started.json()["id"])["counts"]["imported"] == 1
    assert members(world, "friends") == {"u#ann"}


def test_a_segment_that_asks_for_itself_is_refused_with_the_way(world: World) -> None:
    buyers = {"fact": "order_count", "at_least": 1}
    put(world, "a", {"title": "A", "rule": buyers})
    put(world, "b", {"title": "B", "rule": {"not": {"segment": "a"}}})
    put(world, "c", {"title": "C", "rule": {"all": [{"segment": "b"}, buyers]}})
    code, details = refused(world, "PUT", "/v1/segments/a", {"title": "A", "rule": {"segment": "c"}})
    assert (code, details[0]["problem"]) == ("invalid_segment", "This segment asks for itself: a → c → b → a")
    code, details = refused(world, "PUT", "/v1/segments/d", {"title": "D", "rule": {"segment": "nobody"}})
    assert (code, details[0]["problem"]) == ("invalid_segment", "There is no segment nobody")


def test_a_segment_that_is_used_is_not_ended(world: World) -> None:
    put(world, "recent", RECENT)
    put(world, "b", {"title": "B", "rule": {"not": {"segment": "recent"}}})
    does(world, "ann", "Product Viewed")
    assert refused(world, "DELETE", "/v1/segments/recent") == (
        "segment_in_use",
        {"segments": ["b"], "journeys": [], "audiences": []},
    )
    assert world.ask("GET", "/v1/segments/recent").json()["used_by"] == {
        "segments": ["b"],
        "journeys": [],
        "audiences": [],
    }
    assert world.ask("DELETE", "/v1/segments/b").status == 200
    assert world.ask("DELETE", "/v1/segments/recent").json()["state"]["live"] is False
    assert members(world, "recent") == set()
    again = put(world, "recent", RECENT)
    assert again["state"]["live"]
    assert members(world, "recent") == {"u#ann"}


@pytest.mark.parametrize(
    ("method", "path", "body", "code"),
    [
        ("PUT", "/v1/segments/x", {"title": "X"}, "invalid_segment"),
        ("PUT", "/v1/segments/x", {"title": "X", "of": "list", "rule": {"stage": ["new"]}}, "invalid_segment"),
        ("PUT", "/v1/segments/x", {"name": "y", "title": "X", "of": "list"}, "invalid_segment"),
        ("PUT", "/v1/segments/X", {"title": "X", "of": "list"}, "invalid_segment"),
        ("PUT", "/v1/segments/x", [], "invalid_segment"),
        ("GET", "/v1/segments/x", None, "segment_not_found"),
        ("DELETE", "/v1/segments/x", None, "segment_not_found"),
        ("GET", "/v1/segments/x/members", None, "segment_not_found"),
        ("POST", "/v1/segments/preview", {"rule": {"stag": []}}, "invalid_rule"),
    ],
)
def test_clear_answers_to_everything_else(world: World, method: str, path: str, body: Any, code: str) -> None:
    assert refused(world, method, path, body)[0] == code


def test_pages_of_members_and_of_segments(world: World) -> None:
    put(world, "recent", RECENT)
    put(world, "other", {"title": "Others", "rule": {"not": {"segment": "recent"}}})
    for who in "abcde":
        does(world, who, "Product Viewed")
    found, cursor = [], None
    while True:
        page = world.ask("GET", "/v1/segments/recent/members", **{"limit": 2, **({"cursor": cursor} if cursor else {})})
        found += [each["customer"] for each in page.json()["members"]]
        cursor = page.json()["cursor"]
        if cursor is None:
            break
    assert sorted(found) == [f"u#{who}" for who in "abcde"]
    first = world.ask("GET", "/v1/segments", limit=1).json()
    rest = world.ask("GET", "/v1/segments", limit=1, cursor=first["cursor"]).json()
    assert [each["name"] for each in (*first["segments"], *rest["segments"])] == ["other", "recent"]
