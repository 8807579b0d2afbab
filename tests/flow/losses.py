"""A corner of the flow: what gets lost, comes twice or too late, and who comes due at one moment."""

from __future__ import annotations

from datetime import timedelta

from chalicelib import times
from chalicelib.customers.shards import due_shard
from chalicelib.resources import EVENTS
from tests.fakes.world import World
from tests.flow.story import events_of, joins, orders, says

MINUTE = timedelta(minutes=1)


def lost_messages(world: World) -> None:
    """Receipts and news are planned half a minute apart, and no queue ever brings them."""
    joins(world, "eve")
    orders(world, "eve", "E-1", "10")
    _drain(world)
    world.wait(timedelta(seconds=30))
    orders(world, "eve", "E-2", "10")
    _drain(world)
    world.lose_messages()
    assert world.mails("eve@example.com") == []
    world.pass_through(world.now + timedelta(seconds=90))
    world.wait(timedelta(seconds=30))
    world.settle()
    assert [mail.subject for mail in world.mails("eve@example.com")] == ["Your order E-1", "Your order E-2"]


def waits_side_by_side(world: World) -> None:
    """Two waits of one customer end half a minute apart; what they decide to send is lost on its way, too."""
    for number in ("1", "2"):
        says(world, "track", "eve", event="News Asked For", messageId=f"news-{number}")
        says(world, "track", "eve", event="Basket Kept", messageId=f"basket-{number}")
        world.settle()
        world.wait(timedelta(seconds=30))
    world.wait(8 * MINUTE + timedelta(seconds=30))
    world.tick()
    for _ in range(2):
        world.wait(timedelta(seconds=30))
        _drain(world, workers=("walk_due",))
    world.lose_messages()
    world.pass_through(world.now + timedelta(seconds=90))
    world.wait(timedelta(seconds=30))
    world.settle()
    subjects = [mail.subject for mail in world.mails("eve@example.com")][2:]
    assert sorted(subjects) == ["Kept for you", "Kept for you", "News"], "marketing: one a day"


def twins(world: World) -> None:
    """A client sends an event again under another time."""
    for _ in range(2):
        world.wait(MINUTE)
        says(world, "track", "fay", event="Article Read", messageId="fay-1")
        world.settle()
    assert len(events_of(world, "fay")) == 1


def rebuilt_at_once(world: World) -> None:
    """An order arrives that lies among those which are only kept as a sum."""
    for number in range(14):
        orders(world, "gus", f"G-{number:02}", "1")
        world.wait(MINUTE)
    world.settle()
    at = times.text(world.now - 13 * MINUTE - timedelta(seconds=30))
    properties = {"order_id": "G-old", "total": "1", "currency": "GBP"}
    says(world, "track", "gus", event="Order Completed", messageId="gus-old", properties=properties, timestamp=at)
    world.settle()
    assert world.customer("gus")["orders"]["count"] == 15


def rebuilt_later(world: World) -> None:
    """A twin's record was lost, and a record comes so late that nobody can tell whether it was counted."""
    says(world, "track", "ida", event="Article Read", messageId="ida-1")
    world.settle()
    late = [delivery for delivery in world.delivered if delivery.function == "project_events"][-1]
    world.wait(MINUTE)
    says(world, "track", "ida", event="Article Read", messageId="ida-1")
    world.lose_records(EVENTS)
    world.wait(26 * timedelta(hours=1))
    says(world, "track", "ida", event="Article Read", messageId="ida-2")
    world.settle()
    world.redeliver([late])
    assert len(events_of(world, "ida")) == 3
    world.tick()
    world.settle()
    assert len(events_of(world, "ida")) == 2


def neighbours(world: World) -> None:
    """Two customers of one shard come due half a minute apart: the worker calls itself back for the second."""
    first, second = _of_one_shard()
    for user in (first, second):
        orders(world, user, user, "5")
        world.settle()
        world.wait(timedelta(seconds=30))
    due = times.parse(world.customer(first)["lifecycle"]["next_change"]["at"])
    world.pass_through(due)
    assert [world.customer(user)["lifecycle"]["cause"] for user in (first, second)] == ["time", "first"]
    world.wait(timedelta(seconds=30))
    world.settle()
    assert [world.customer(user)["lifecycle"]["cause"] for user in (first, second)] == ["time", "time"]


def _drain(world: World, workers: tuple[str, ...] = ()) -> None:
    while world.drain_streams() or (workers and world.drain_queues(workers)):
        pass


def _of_one_shard() -> tuple[str, str]:
    first = "kim"
    names = (f"lee-{number}" for number in range(10_000))
    return first, next(name for name in names if due_shard(f"u#{name}") == due_shard(f"u#{first}"))
