"""What knowing who is who costs in write units, once; and that it costs nothing after that."""

from __future__ import annotations

from typing import Any, cast

import pytest

from benchmarks import units
from chalicelib.aws.database import Database
from chalicelib.aws.values import encode_item
from chalicelib.tracking.event import Event
from tests.customers.people import ANN, bought, carried, identify, of
from tests.review.world import World

WRITES = ("put", "update", "delete", "transact", "insert_all")


class Metered:
    """A database that counts the units of what is written through it."""

    def __init__(self, world: World) -> None:
        self._db = world.db
        self.spent = 0

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._db, name)

        def call(*given: Any, **named: Any) -> Any:
            before = len(self._db.changes)
            answer = method(*given, **named)
            for change in self._db.changes[before:] if name in WRITES else ():
                old, new = (encode_item(item) if item else None for item in (change.old, change.new))
                self.spent += units.write(old, new, transaction=name == "transact")
                self.spent += units.index_writes(change.table, old, new)
            return answer

        return call


def spent(before: list[Event], events: list[Event]) -> int:
    """The units of counting some events after others."""
    world = World()
    world.project(world.store(before))
    metered = Metered(world)
    world.project(world.store(events), cast(Database, metered))
    return metered.spent


LOOKED = [of("a#x", minute=n) for n in range(5)]
KNOWN = [of("u#ann")]
TRAITS: dict[str, Any] = {"traits": {"email": ANN}}


@pytest.mark.parametrize(
    ("before", "events", "without", "most"),
    [
        (LOOKED, [identify("ann", "x", 9, **TRAITS)], [identify("ann", None, 9, **TRAITS)], 10),
        (KNOWN, [identify("ann", "x", 9)], [identify("ann", None, 9)], 3),
        ([*LOOKED, identify("ann", "x", 9)], [identify("ann", "x", 10)], [identify("ann", None, 10)], 0),
        ([*LOOKED, identify("ann", "x", 9)], [of("a#x", minute=10)], [of("u#ann", minute=10)], 0),
        (LOOKED, [carried("a#x", minute=9)], [of("a#x", "Product Added", 9)], 2),
        ([*LOOKED, carried("a#x", minute=8)], [carried("a#x", minute=9)], [of("a#x", "Product Added", 9)], 0),
        (KNOWN, [bought("u#ann", minute=9)], [of("u#ann", "Order Completed", 9, properties={"order_id": "1"})], 3),
    ],
    ids=[
        "a visitor merges",
        "a new device",
        "a known device",
        "a joined visitor",
        "a cart",
        "the cart again",
        "an order",
    ],
)
def test_what_it_costs_more_than_without(
    before: list[Event], events: list[Event], without: list[Event], most: int
) -> None:
    assert spent(before, events) - spent(before, without) <= most
