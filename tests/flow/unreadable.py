"""A corner of the flow: what this code cannot read, set aside, where it holds up nobody."""

from __future__ import annotations

import json
from typing import Any

from chalicelib import times
from chalicelib.customers.shards import due_shard
from chalicelib.resources import CUSTOMERS, ENROLMENTS, EVENTS
from tests.fakes.world import World
from tests.flow.story import events_of, says


def unreadable_event(world: World) -> None:
    """A stored event cannot be read by this code: it is parked, and its customer rebuilt without it."""
    says(world, "track", "hal", event="Article Read", messageId="hal-1")
    (item,) = events_of(world, "hal")
    world.platform.put(EVENTS, {**item, "sk": f"{item['sk']}-broken", "body": b"not zlib"})
    world.settle()
    world.tick()
    world.settle()
    assert [row for row in world.items(CUSTOMERS) if row["pk"] == "u#hal" and "rebuild" in row] == []


def unreadable_rows(world: World) -> None:
    """A customer and an enrolment that this code cannot read come due: they are set aside, and hold up nobody."""
    due: dict[str, Any] = {"due_at": times.text(world.now), "due_shard": due_shard("u#jon"), "schema_v": 1}
    world.platform.put(CUSTOMERS, {"pk": "u#jon", "sk": "state", "v": 1, "facts": "{", **due})
    world.platform.put(ENROLMENTS, {"pk": "u#jon", "sk": "news#1", "v": 1, "status": "active", **due})
    world.lose_records(CUSTOMERS)
    world.tick()
    world.settle()
    for table in (CUSTOMERS, ENROLMENTS):
        assert [row["due_at"] > due["due_at"] for row in world.items(table) if row["pk"] == "u#jon"] == [True]


def unreadable_reports(world: World) -> None:
    """SES greets its topic, reports something that no dialect knows, and something that is no report at all."""
    parked = len(world.parked())
    world.report_anything("Successfully validated SNS topic for Amazon SES event publishing.\n")
    world.settle()
    assert len(world.parked()) == parked
    world.report_anything(json.dumps({"mail": {"messageId": 7}, "eventType": "Delivery"}))
    world.report_anything("What is this?")
    world.settle()
    assert len(world.parked()) == parked + 2
