"""What is imported happened elsewhere and long ago: it becomes facts, and nothing follows from it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from chalicelib.review.effects import parts
from chalicelib.tracking.event import Event
from tests.customers.events import DAY, event, order
from tests.review.world import World

OLD = DAY - timedelta(days=300)


def imported(events: Sequence[Event]) -> list[Event]:
    return [each.model_copy(update={"source": "import"}) for each in events]


def said(world: World) -> list[tuple[Any, ...]]:
    """Every effect that left: its kind, and the cause of a change of stage."""
    return [(each["kind"], each.get("cause")) for each in world.effects().values()]


def test_who_is_first_known_by_an_import_gets_no_welcome() -> None:
    world = World()
    who = event("Identify", traits={"email": "ada@example.com"}, at=OLD, message_id="i")
    world.project(world.store(imported([who])))
    assert ("identified", None) not in said(world)
    world.project(world.store([event("Product Viewed", message_id="live")]))
    assert ("identified", None) not in said(world), "known already"
    assert world.check() == []


def test_watched_events_of_an_import_are_not_told() -> None:
    world = World()
    world.project(world.store(imported([event("Product Added", message_id="a", at=OLD)])))
    assert not [kind for kind, _ in said(world) if kind == "event"]


def test_a_stage_that_an_import_changes_has_a_silent_cause() -> None:
    world = World()
    world.project(world.store([event("Product Viewed", message_id="live")]))
    world.project(world.store(imported([order("1", OLD)])))
    assert [cause for kind, cause in said(world) if kind == "stage"][1:] == ["import"]
    assert world.check() == []


def test_imported_events_are_counted_apart_from_live_ones() -> None:
    old, live = imported([order("1", OLD)]), [event("Product Added", message_id="live")]
    assert parts([*live, *old], {"Product Added"}) == [old, live]
    assert parts(old, {"Product Added"}) == [old]
    world = World()
    world.project(world.store([event("Product Viewed", message_id="first")]))
    world.project(world.store([*live, *old]))
    kinds = said(world)
    assert ("event", None) in kinds
    assert ("stage", "import") in kinds
    assert world.check() == []
