"""What arrives after its days are over, or is counted only then."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.customers.base import may_expire
from chalicelib.tracking.event import Event
from tests.customers.events import DAY, event
from tests.customers.people import identify
from tests.review.years import A_DAY, KEPT, RULED, Years, browsing


def forgotten() -> tuple[Years, list[Event]]:
    """Somebody of whom all browsing is forgotten, and what it was."""
    world, events = Years(), browsing(12)
    world.live(events)
    world.until(DAY + timedelta(days=KEPT + 40))
    assert not [each for each in world.left() if may_expire(each)]
    return world, [each for each in events if may_expire(each)]


@pytest.mark.parametrize(
    "changed",
    [{}, {"user_id": None, "anonymous_id": "x"}, {"at": DAY - A_DAY}],
    ids=["the same", "by a device that is hers", "with another clock"],
)
def test_what_is_sent_again_after_it_was_forgotten_is_not_counted_again(changed: dict[str, Any]) -> None:
    world, events = forgotten()
    world.project(world.store([identify("ann", "x", 60 * 24 * 230)]), rules=RULED)
    world.until(DAY + 230 * A_DAY)
    world.until(world.now + timedelta(minutes=5))
    before = world.state().facts
    again = [each.model_copy(update={"received_at": world.now} | changed) for each in events[:3]]
    records = world.store(again)
    assert world.project(records, rules=RULED)["late"] == 3
    world.until(world.now + timedelta(minutes=5))
    assert world.state().facts == before
    assert not [each for each in world.left() if may_expire(each)], "a twin of what is forgotten is deleted"
    world.project(records, rules=RULED)
    world.until(world.now + timedelta(minutes=5))
    assert world.state().facts == before
    world.agrees()


def test_what_happened_long_ago_and_comes_only_now_is_counted() -> None:
    """A telephone that was off for a year; a history that is imported: `late`, and new all the same."""
    world, _ = forgotten()
    before = world.state().facts
    old = [
        event("Page", DAY + timedelta(days=n), message_id=f"i{n}", received_at=world.now, source="import")
        for n in range(2, 22)
    ]
    assert world.project(world.store(old), rules=RULED)["late"] == 20
    world.until(world.now + timedelta(minutes=5))
    assert world.state().facts.sessions.pages == before.sessions.pages + 20
    world.agrees()
    world.until(world.now + timedelta(days=KEPT + 40))
    assert world.state().facts.sessions.pages == before.sessions.pages + 20
    assert not [each for each in world.left() if may_expire(each)]
    world.agrees()


def test_an_import_of_old_history_is_kept_as_long_as_anything_else() -> None:
    world = Years()
    old = [event("Page", DAY - timedelta(days=n), message_id=f"i{n}", source="import") for n in range(600, 1_000, 10)]
    world.project(world.store(old), rules=RULED)
    world.until(DAY + timedelta(days=KEPT - 1))
    assert len(world.left()) == 40
    world.until(DAY + timedelta(days=KEPT + 1))
    assert world.left() == []
    assert world.state().facts.sessions.pages == 40
    world.project(world.store([each.model_copy(update={"received_at": world.now}) for each in old]), rules=RULED)
    world.until(world.now + timedelta(minutes=5))
    assert world.state().facts.sessions.pages == 40, "the same file, imported again"
    world.agrees()


def test_what_was_never_counted_is_counted_and_told_before_it_is_forgotten() -> None:
    world = Years()
    world.live([event("Page", DAY, message_id="p", received_at=DAY)])
    later = DAY + timedelta(hours=1)
    world.store([event("Product Added", later, message_id="lost", received_at=later)])
    world.until(DAY + timedelta(days=KEPT + 5))
    assert "u#ann event#lost" in world.effects()
    assert world.left() == []
    world.agrees()
