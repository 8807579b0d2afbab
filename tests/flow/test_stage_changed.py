"""Changes of stage as events of the customer: seen by the tail, a journey, an export, an erasure; forged by nobody."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from chalicelib import resources
from chalicelib.resources import EVENTS
from tests.fakes.platforms import over_fakes
from tests.fakes.world import Manner, World, backwards, once, split, twice
from tests.flow.story import joins, orders

DAY = timedelta(days=1)
NAME = "Stage Changed"
JOURNEY = {
    "name": "moved",
    "title": "Somebody moved",
    "class": "transactional",
    "trigger": {"on": "event", "name": NAME},
    "re_entry": "always",
    "steps": [{"id": "told", "do": "send", "template": "moved"}],
}
TEMPLATES = {"moved": {"class": "transactional", "subject": "You moved", "text": "So."}}


@pytest.fixture
def world() -> Iterator[World]:
    with over_fakes() as made:
        yield made


def waits(world: World, who: str = "ada") -> None:
    """Somebody orders, and is Waiting 60 days later by time alone."""
    joins(world, who)
    orders(world, who, f"{who}-1", "40.00")
    world.settle()
    world.pass_through(world.now + 60 * DAY)


def listed(world: World, who: str = "ada") -> list[dict[str, Any]]:
    return list(world.ask("GET", "/v1/events", customer=who, name=NAME).json()["events"])


def test_it_is_listed_with_its_reason(world: World) -> None:
    waits(world)
    (event,) = listed(world)
    said = event["properties"]
    assert (event["source"], event["at"], event["unproven"]) == ("perennial", said["since"], False)
    assert (said["from"], said["to"], said["cause"], said["reason"]["rule"]) == (
        "occasional",
        "waiting",
        "time",
        "once.open",
    )


def test_the_live_tail_shows_it_and_nobody_is_loaded_for_it(world: World) -> None:
    joins(world, "ada")
    orders(world, "ada", "ada-1", "40.00")
    world.settle()
    before = world.containers["project_events"].customers.load("u#ada").v
    world.pass_through(world.now + 60 * DAY)
    tail = world.ask("GET", "/v1/events", after="oldest", name=NAME).json()
    assert [(one["customer"], one["name"]) for one in tail["events"]] == [("u#ada", NAME)]
    assert world.containers["project_events"].customers.load("u#ada").v == before + 1, "the review alone has written"


def test_a_journey_starts_on_it_once(world: World) -> None:
    world.define(JOURNEY, TEMPLATES)
    waits(world)
    (enrolled,) = world.items(resources.ENROLMENTS)
    assert json.loads(enrolled["trigger"])["properties"]["from"] == "occasional"
    world.redeliver(world.delivered)
    world.settle()
    assert len([mail for mail in world.mails() if mail.subject == "You moved"]) == 1


@pytest.mark.parametrize("source", ["public key", "secret key"])
def test_a_client_cannot_forge_it(world: World, source: str) -> None:
    world.define(JOURNEY, TEMPLATES)
    joins(world, "ada")
    world.settle()
    forged = {
        "userId": "ada",
        "event": NAME,
        "messageId": "stage#2#0",
        "properties": {"from": "hero", "to": "waiting", "cause": "event"},
        "source": "perennial",
        "context": {"source": "perennial"},
    }
    if source == "public key":
        assert world.post("/v1/track", forged).status == 200
    else:
        assert world.ask("POST", "/v1/track", forged).status == 200
    world.settle()
    (event,) = listed(world)
    assert event["source"] == "segment"
    assert [mail.subject for mail in world.mails() if mail.subject == "You moved"] == []
    timeline = world.customer("ada", timeline=50)["timeline"]
    assert [entry["kind"] for entry in timeline if entry["title"] == NAME] == ["event"], "as what it is"
    assert world.ask("GET", "/v1/reports/transitions").json()["changes"] == 0
    differences(world)


def test_it_is_exported_and_erased(world: World) -> None:
    waits(world)
    records = world.ask("GET", "/v1/customers/ada/export").json()["records"]
    (event,) = [one for one in records if one["kind"] == "event" and one["name"] == NAME]
    assert event["properties"]["to"] == "waiting"
    assert [one["reason"]["rule"] for one in records if one["kind"] == "stage"] == ["once.fresh", "once.open"]
    assert world.ask("DELETE", "/v1/customers/ada").status == 202
    world.settle()
    assert [item for item in world.items(EVENTS) if item["pk"] == "u#ada"] == []


def test_what_is_late_for_an_erasure_is_not_kept(world: World) -> None:
    joins(world, "ada")
    orders(world, "ada", "ada-1", "40.00")
    world.settle()
    world.now += 60 * DAY
    world.tick()
    world.drain_queues()
    late = world.platform.records(resources.CUSTOMERS)
    assert world.ask("DELETE", "/v1/customers/ada").status == 202
    world.settle()
    world.deliver("start_journeys", {"Records": [one for one in late if "fx" in one["dynamodb"]["NewImage"]]})
    world.settle()
    assert [item for item in world.items(EVENTS) if item["pk"] == "u#ada"] == []
    assert world.ask("GET", "/v1/reports/transitions", cause="time").json()["changes"] == 0


@pytest.mark.parametrize("manner", [twice, split, backwards], ids=lambda manner: manner.__name__)
def test_however_streams_deliver_it_is_there_once(manner: Manner) -> None:
    assert kept(manner) == kept(once)


def kept(manner: Manner) -> list[dict[str, Any]]:
    """All events, all history and all counts, of two people's sixty days."""
    with over_fakes() as world:
        for who in ("ada", "bob"):
            joins(world, who)
            orders(world, who, f"{who}-1", "40.00")
        world.settle()
        world.manner = manner
        world.pass_through(world.now + 60 * DAY)
        differences(world)
        counts = world.ask("GET", "/v1/reports/transitions").json()["moves"]
        history = [item for item in world.items(resources.CUSTOMERS) if item["sk"].startswith("stage#")]
        names = [(item["pk"], item["sk"], item["name"]) for item in world.items(EVENTS)]
        return [{"counts": counts, "history": len(history), "events": names}]


def differences(world: World) -> None:
    """Facts are the fold of what is stored."""
    from chalicelib.review.rebuild import Rebuilder

    api = world.containers["api"]
    rebuilder = Rebuilder(api.customers, api.log, api.survey)
    people = {item["pk"] for item in world.items(resources.CUSTOMERS) if item["sk"] == "state"}
    assert {who: found for who in people if (found := rebuilder.check(who, api.rules(), world.now))} == {}


def test_another_journey_hears_the_same_change_by_stages(world: World) -> None:
    by_stage = {**JOURNEY, "name": "by-stage", "trigger": {"on": "stage", "entered": ["waiting"]}}
    world.define(JOURNEY, TEMPLATES)
    world.define(by_stage, {"moved": {**TEMPLATES["moved"], "subject": "Well"}})
    waits(world)
    entered = {item["sk"].partition("#")[0] for item in world.items(resources.ENROLMENTS)}
    assert entered == {"by-stage", "moved"}
