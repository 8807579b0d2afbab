"""Streams and queues deliver at least once, in batches of their own choosing: the story must not depend on it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from chalicelib import times
from chalicelib.resources import CUSTOMERS, EVENTS, SENDS
from chalicelib.review.rebuild import Rebuilder
from tests.fakes.platforms import over_fakes
from tests.fakes.world import Manner, World, backwards, split, twice
from tests.flow.corners import visit
from tests.flow.story import DAY, joins, orders, says, tell
from tests.flow.told import Told, remains, told


@pytest.fixture
def world() -> Iterator[World]:
    with over_fakes() as made:
        yield made


def test_whatever_was_delivered_may_come_again_and_in_reverse(world: World) -> None:
    seen = 0
    for step in tell(world):
        fresh, seen = world.delivered[seen:], len(world.delivered)
        before = world.everything()
        for deliveries in (fresh, fresh, fresh[::-1]):
            world.redeliver(deliveries)
            world.settle()
            assert world.everything() == before, step
        world.delivered[seen:] = []  # what followed from the repetition, which is nothing
    assert seen > 30


@pytest.mark.parametrize("manner", [twice, split, backwards])
def test_in_whatever_manner_it_is_delivered_it_comes_to_the_same(world: World, manner: Manner) -> None:
    world.manner = manner
    list(tell(world))
    assert _essence(remains(world)) == _essence(told("fakes"))


def test_what_the_queues_lose_the_due_index_finds(world: World) -> None:
    world.publish("welcome")
    joins(world, "ada")
    while world.drain_streams():
        pass
    assert [message.queue for message in world.lose_messages()] == ["journeys"]
    world.settle()
    assert world.mails() == []
    world.pass_through(world.now + timedelta(minutes=2))
    assert [mail.subject for mail in world.mails()] == ["Welcome, Ada"]
    world.wait(timedelta(minutes=2))
    world.tick()
    world.settle()
    assert len(world.mails()) == 1


def test_a_history_that_is_posted_late_writes_to_nobody(world: World) -> None:
    world.publish("welcome", "win_back")
    for days in (400, 300, 200):
        order = {"order_id": str(days), "total": 10, "currency": "GBP"}
        calls: list[dict[str, Any]] = [
            {"type": "identify", "traits": {"email": "ada@example.com"}},
            {"type": "track", "event": "Subscribed"},
            {"type": "track", "event": "Order Completed", "properties": order},
        ]
        then = times.text(world.now - days * DAY)
        batch = [{"userId": "ada", "timestamp": then, **call} for call in calls]
        assert world.post("/v1/batch", {"batch": batch}).status == 200
    world.settle()
    found = world.customer("ada")
    assert found["orders"]["count"] == 3
    assert found["lifecycle"]["stage"] == "at_risk"
    assert (world.mails(), world.items(SENDS)) == ([], [])


def test_records_older_than_what_can_be_told_apart_come_to_the_same_by_a_rebuild(world: World) -> None:
    joins(world, "ada")
    world.settle()
    late = list(world.delivered)
    world.wait(timedelta(hours=26))
    orders(world, "ada", "A-1", "40.00")
    world.settle()
    before = world.customer("ada")
    world.redeliver(late)
    assert [item["pk"] for item in world.items(CUSTOMERS) if "rebuild" in item] == ["u#ada"]
    assert {item["reason"] for item in world.parked()} == {"received before what could be told apart"}
    world.tick()
    world.settle()
    assert not [item for item in world.items(CUSTOMERS) if "rebuild" in item]
    assert world.customer("ada") == before


def test_one_message_id_under_two_times_is_one_event(world: World) -> None:
    says(world, "track", "ada", event="Order Completed", messageId="m-1", properties={"order_id": "1", "total": 9})
    world.settle()
    world.wait(timedelta(hours=1))
    says(world, "track", "ada", event="Order Completed", messageId="m-1", properties={"order_id": "1", "total": 9})
    assert len(world.items(EVENTS)) == 2
    world.settle()
    assert len(world.items(EVENTS)) == 1
    assert world.customer("ada")["orders"]["count"] == 1


@pytest.mark.parametrize("rebuilt", [False, True])
@pytest.mark.parametrize("between", [[], ["m-2"], ["m-1"]], ids=["alone", "with another", "twice"])
def test_a_twin_stays_one_when_its_record_comes_again_after_the_window_has_moved(
    world: World, between: list[str], rebuilt: bool
) -> None:
    """The twin is deleted, so counting it later would put into the facts what is stored nowhere."""
    says(world, "track", "ada", event="Article Read", messageId="m-1")
    world.settle()
    world.wait(timedelta(hours=20))
    for message in ("m-1", *between):
        says(world, "track", "ada", event="Article Read", messageId=message)
        world.wait(timedelta(minutes=1))
    first = len(world.delivered)
    world.settle()
    again = world.delivered[first:]
    world.wait(timedelta(hours=6))
    says(world, "track", "ada", event="Article Read", messageId="m-3")
    world.settle()
    perennial = world.containers["api"]
    rebuilder = Rebuilder(perennial.customers, perennial.log, perennial.survey)
    if rebuilt:
        rebuilder.rebuild("u#ada", perennial.rules(), world.now)
        world.settle()
    before = world.everything()
    world.redeliver(again)
    world.settle()
    assert world.everything() == before
    assert rebuilder.check("u#ada", perennial.rules(), world.now) == []


def test_every_corner_ends_well(world: World) -> None:
    assert len(list(visit(world))) > 15


def _essence(story: Told) -> Any:
    """What a person would call the same: not the versions and ids that follow from how often an item was written, nor
    the stages that somebody was in between the halves of a batch that was split."""
    sends = {who: story.sends(who) for who in ("u#ada", "u#bob", "u#cyd", "a#visitor")}
    people = json.loads(json.dumps(story.customers))
    for found in people.values():
        found["timeline"] = [entry for entry in found["timeline"] if entry["kind"] != "stage"]
        for entry in found["timeline"]:
            entry["details"].pop("id", None)
            entry["details"].get("properties", {}).pop("send_id", None)
            entry["details"].get("properties", {}).pop("provider_id", None)
        found["timeline"].sort(key=lambda entry: json.dumps(entry, sort_keys=True))
    return sorted((mail.at, mail.recipients, mail.subject) for mail in story.mails), sends, people
