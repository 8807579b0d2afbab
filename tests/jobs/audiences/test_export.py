"""Audiences through the whole application: asked for, gathered, compared, fetched by a link."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from chalicelib import times
from chalicelib.jobs.audiences import rows
from chalicelib.jobs.audiences.normal import hashed
from chalicelib.messages.permission.policy import Holdout
from tests.fakes.platforms import Fakes, over_fakes
from tests.fakes.world import World
from tests.flow.story import says
from tests.jobs.test_erase import erases

MINUTE = timedelta(minutes=1)
READERS = {"title": "Readers", "rule": {"trait": "reads", "equals": "news"}}
BUYERS = {"title": "Buyers", "rule": {"trait": "bought", "equals": True}}
NEWS: dict[str, Any] = {"title": "News", "network": "x", "segments": ["readers"], "match_on": ["email"]}


@pytest.fixture
def world() -> Iterator[World]:
    """Ada, Bob and Cyd read and agree to advertising; Dee reads and said nothing; Eve agrees and does not read."""
    with over_fakes() as made:
        for name in ("ada", "bob", "cyd", "dee"):
            says(made, "identify", name, traits={"email": f"{name}@example.com", "reads": "news"})
        says(made, "identify", "eve", traits={"email": "eve@example.com"})
        made.settle()
        for name in ("ada", "bob", "cyd", "eve"):
            consents(made, name)
        for name, segment in (("readers", READERS), ("buyers", BUYERS), ("team", {"title": "Us", "of": "list"})):
            assert made.ask("PUT", f"/v1/segments/{name}", segment).status == 200
        made.wait(MINUTE)
        made.settle()
        yield made


def consents(world: World, name: str, action: str = "subscribe") -> None:
    said = {"action": action, "channel": "advertising", "source": "cookie banner"}
    assert world.ask("POST", f"/v1/customers/{name}/consents", said).status == 200
    world.settle()


def puts(world: World, **more: Any) -> None:
    put = world.ask("PUT", "/v1/audiences/news", NEWS | more)
    assert put.status == 200, put.text


def exports(world: World, **order: Any) -> Any:
    """An export from the order to the files."""
    world.wait(MINUTE)
    started = world.ask("POST", "/v1/audiences/news/exports", order)
    assert started.status == 202, started.text
    world.settle()
    answer = world.ask("GET", f"/v1/audiences/news/exports/{started.json()['id']}")
    assert answer.status == 200, answer.text
    assert answer.json()["job"]["status"] == "done", answer.text
    return answer.json()


def told(world: World, export: Any, what: str = "members") -> set[str]:
    """Whom the files of an export tell the network of, by name."""
    assert isinstance(world.platform, Fakes)
    held = world.platform.files.held
    names = [one["link"].partition("files.example/")[2].partition("?")[0] for one in export["files"]]
    chosen = [name for name, one in zip(names, export["files"], strict=True) if one["what"] == what]
    lines = [line for name in chosen for line in rows.read(held[name])]
    people = {hashed(f"{name}@example.com"): name for name in ("ada", "bob", "cyd", "dee", "eve")}
    return {people[line.split(",")[0]] for line in lines}


def test_only_who_is_in_it_and_has_agreed(world: World) -> None:
    puts(world)
    export = exports(world)
    assert told(world, export) == {"ada", "bob", "cyd"}
    assert export["people"] == 3
    counts = export["job"]["counts"]
    assert {name: counts.get(name) for name in ("customers", "people", "no_consent", "others")} == {
        "customers": 5,
        "people": 3,
        "no_consent": 1,
        "others": 1,
    }
    assert world.ask("GET", "/v1/audiences/news").json()["last_export"] == export["job"]["id"]


def test_no_file_says_who_anybody_is(world: World) -> None:
    puts(world)
    exports(world)
    assert isinstance(world.platform, Fakes)
    for key, body in world.platform.files.held.items():
        assert not any(name in body.decode() for name in ("ada", "example.com", "u#")), key
    assert not [key for key in world.platform.files.held if "gathered" in key]


def test_who_takes_it_back_is_in_no_export_more(world: World) -> None:
    puts(world)
    exports(world)
    consents(world, "bob", "unsubscribe")
    assert told(world, exports(world)) == {"ada", "cyd"}


def test_what_is_left_out_and_who_is_in_it_whatever_is_left_out(world: World) -> None:
    for name in ("ada", "bob"):
        says(world, "identify", name, traits={"bought": True}, messageId=f"{name}-bought")
    assert world.ask("POST", "/v1/segments/team/members", {"add": ["bob", "eve"]}).status == 200
    world.settle()
    puts(world, exclude=["buyers"])
    assert told(world, exports(world)) == {"cyd"}
    puts(world, exclude=["buyers"], seeds=["team"])
    assert told(world, exports(world)) == {"bob", "cyd", "eve"}


def test_who_is_left_alone_to_measure_marketing_gets_no_advertising_either(world: World) -> None:
    consents(world, "dee")
    puts(world)
    held_out = {name for name in ("ada", "bob", "cyd", "dee") if Holdout(0.5).holds(f"u#{name}")}
    assert held_out == {"dee"}
    assert world.ask("PUT", "/v1/settings/permission", {"holdout": {"share": 0.5}}).status == 200
    export = exports(world)
    assert (told(world, export), export["job"]["counts"]["holdout"]) == ({"ada", "bob", "cyd"}, 1)
    excepted = {"share": 0.5, "topics": ["advertising/lookalikes"]}
    assert world.ask("PUT", "/v1/settings/permission", {"holdout": excepted}).status == 200
    puts(world, topic="lookalikes")
    assert told(world, exports(world)) == {"ada", "bob", "cyd", "dee"}


def test_journeys_put_people_into_an_audience_and_take_them_out(world: World) -> None:
    for name, event, step in (
        ("follow", "Cart Left", {"add": "team"}),
        ("unfollow", "Order Completed", {"remove": "team"}),
    ):
        steps = [{"id": "list", "do": "audience", **step}]
        trigger = {"on": "event", "name": event}
        world.define({"name": name, "title": name, "class": "marketing", "trigger": trigger, "steps": steps}, {})
    puts(world, segments=["team"])
    for name in ("ada", "bob"):
        says(world, "track", name, event="Cart Left", messageId=f"{name}-left")
    world.settle()
    assert told(world, exports(world)) == {"ada", "bob"}
    says(world, "track", "bob", event="Order Completed", properties={"order_id": "1", "total": 5})
    world.settle()
    assert told(world, exports(world, mode="difference"), "removed") == {"bob"}


def test_a_difference_says_who_came_and_who_went(world: World) -> None:
    puts(world)
    first = exports(world)
    consents(world, "dee")
    consents(world, "ada", "unsubscribe")
    second = exports(world, mode="difference")
    assert second["since"] == first["job"]["id"]
    assert (told(world, second, "added"), told(world, second, "removed")) == ({"dee"}, {"ada"})
    assert [one["what"] for one in second["files"]] == ["members", "removed", "added"]
    consents(world, "ada")
    third = exports(world, mode="difference")
    assert (told(world, third, "added"), told(world, third, "removed")) == ({"ada"}, set())
    both = exports(world, mode="difference", since=first["job"]["id"])
    assert (told(world, both, "added"), told(world, both, "removed")) == ({"dee"}, set())
    assert {name: both["job"]["counts"][name] for name in ("rows", "added", "removed")} == {
        "rows": 4,
        "added": 1,
        "removed": 0,
    }


def test_who_is_erased_leaves_at_the_next_export_and_stays_out(world: World) -> None:
    puts(world)
    exports(world)
    erases(world, "cyd")
    world.settle()
    found = exports(world, mode="difference")
    assert told(world, found, "removed") == {"cyd"}
    says(world, "identify", "cyd-again", traits={"email": "cyd@example.com", "reads": "news"})
    world.settle()
    consents(world, "cyd-again")
    again = exports(world)
    assert told(world, again) == {"ada", "bob"}
    assert again["job"]["counts"]["erased"] == 1


@pytest.mark.parametrize(
    ("happens", "order"),
    [
        ("nothing", {"mode": "difference"}),
        ("an export", {"mode": "difference", "since": "20200101T000000-none"}),
        ("other columns", {"mode": "difference"}),
        ("a month", {"mode": "difference"}),
    ],
)
def test_where_there_is_nothing_to_compare_with_that_is_said(world: World, happens: str, order: dict[str, Any]) -> None:
    puts(world)
    if happens != "nothing":
        exports(world)
    if happens == "other columns":
        puts(world, match_on=["email", "phone"])
    if happens == "a month":
        world.wait(timedelta(days=29))
    answer = world.ask("POST", "/v1/audiences/news/exports", order)
    assert (answer.status, answer.json()["code"]) == (409, "nothing_to_compare")


def test_links_are_given_as_long_as_the_files_are_kept(world: World) -> None:
    puts(world)
    export = exports(world)
    assert export["links_until"] == times.text(world.now + timedelta(hours=1))
    world.wait(timedelta(days=29))
    again = world.ask("GET", f"/v1/audiences/news/exports/{export['job']['id']}").json()
    assert (again["people"], again["files"], again["links_until"]) == (3, [], None)


def test_an_export_before_that_is_forgotten_on_the_way_is_an_error_that_says_what_to_do(world: World) -> None:
    puts(world)
    exports(world)
    assert isinstance(world.platform, Fakes)
    world.platform.files.held.clear()
    world.wait(MINUTE)
    job = world.ask("POST", "/v1/audiences/news/exports", {"mode": "difference"}).json()["id"]
    world.settle()
    failed = world.ask("GET", f"/v1/jobs/{job}").json()
    assert (failed["status"], "export in full" in failed["problem"]) == ("failed", True)


def test_a_segment_ends_only_after_the_audiences_that_name_it(world: World) -> None:
    puts(world, exclude=["buyers"])
    refused = world.ask("DELETE", "/v1/segments/buyers")
    assert (refused.status, refused.json()["details"]["audiences"]) == (409, ["news"])
    for _ in range(2):
        assert world.ask("DELETE", "/v1/audiences/news").json()["state"]["live"] is False
    assert world.ask("POST", "/v1/audiences/news/exports", {}).json()["code"] == "audience_ended"
    assert world.ask("DELETE", "/v1/segments/buyers").status == 200
    puts(world)
    assert told(world, exports(world)) == {"ada", "bob", "cyd"}


def test_a_segment_that_has_ended_on_the_way_is_an_error_that_names_it(world: World) -> None:
    puts(world, exclude=["buyers"])
    world.containers["api"].conditions.register("segment/buyers", {})
    world.wait(MINUTE)
    job = world.ask("POST", "/v1/audiences/news/exports", {}).json()["id"]
    world.settle()
    failed = world.ask("GET", f"/v1/jobs/{job}").json()
    assert (failed["status"], "buyers" in failed["problem"]) == ("failed", True)


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("PUT", "/v1/audiences/news", {**NEWS, "segments": ["nobody"]}, 400, "invalid_audience"),
        ("PUT", "/v1/audiences/news", {**NEWS, "name": "other"}, 400, "invalid_audience"),
        ("PUT", "/v1/audiences/news", [], 400, "invalid_audience"),
        ("GET", "/v1/audiences/nobody", None, 404, "audience_not_found"),
        ("POST", "/v1/audiences/nobody/exports", {}, 404, "audience_not_found"),
        ("POST", "/v1/audiences/news/exports", {"since": "x"}, 400, "invalid_export"),
        ("GET", "/v1/audiences/news/exports/none", None, 404, "unknown_job"),
    ],
)
def test_what_is_refused(world: World, method: str, path: str, body: Any, status: int, code: str) -> None:
    puts(world)
    answer = world.ask(method, path, body)
    assert (answer.status, answer.json()["code"]) == (status, code), answer.text


def test_the_job_of_another_is_no_export(world: World) -> None:
    puts(world)
    job = world.ask("GET", "/v1/jobs").json()["jobs"][0]["id"]
    assert world.ask("GET", f"/v1/audiences/news/exports/{job}").json()["code"] == "unknown_job"


def test_an_audience_has_versions_and_is_listed(world: World) -> None:
    puts(world)
    puts(world, network="meta", worth=True)
    found = world.ask("GET", "/v1/audiences/news").json()
    assert (found["state"]["newest_version"], found["columns"][-1]) == (2, "value")
    listed = world.ask("GET", "/v1/audiences").json()["definitions"]
    assert [(one["name"], one["live"]) for one in listed] == [("news", True)]
