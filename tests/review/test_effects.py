"""The outbox has bounds, so that no event and no number of events can make an item too large."""

from __future__ import annotations

import json

from chalicelib.review.effects import LARGEST_PROPERTIES, MOST_EVENTS, of_events, parts
from tests.customers.events import event
from tests.review.world import World


def test_small_properties_leave_large_ones_stay_behind() -> None:
    products = [{"sku": str(n), "name": "CREAM HANGING HEART T-LIGHT HOLDER"} for n in range(200)]
    bought = event("Order Completed", properties={"total": 25.5, "products": products, "order_id": "1"})
    (said,) = of_events([bought], {"Order Completed"})
    assert said["properties"] == {"total": 25.5, "order_id": "1"}
    assert said["left_out"] == ["products"]


def test_what_fits_is_whole() -> None:
    (said,) = of_events([event(properties={"note": "x" * (LARGEST_PROPERTIES - 30)})], {"Product Viewed"})
    assert "left_out" not in said


def test_only_what_is_watched() -> None:
    assert of_events([event()], {"Product Added"}) == []


def test_what_a_machine_followed_is_told_to_nobody() -> None:
    name = "Email Link Clicked"
    clicks = [event(name, message_id=who, properties={"actor": who}) for who in ("machine", "person", "unknown")]
    assert [said["message_id"] for said in of_events(clicks, {name})] == ["person", "unknown"]


def test_portions() -> None:
    events = [event("Product Added", message_id=str(n)) for n in range(40)]
    portions = parts(events, {"Product Added"})
    assert [len(portion) for portion in portions] == [MOST_EVENTS, MOST_EVENTS, 8]
    assert [each for portion in portions for each in portion] == events
    assert parts(events, set()) == [events]
    assert parts([], {"Product Added"}) == [[]]


def test_a_crowd_of_watched_events_leaves_in_several_writes() -> None:
    world = World()
    world.project(world.store(event("Product Added", message_id=str(n)) for n in range(40)))
    world.audit()
    writes = [change.new for change in world.db.changes if change.table == "customers" and change.new]
    assert [len(json.loads(item["fx"])) for item in writes] == [MOST_EVENTS + 1, MOST_EVENTS, 8]
    assert [item["v"] for item in writes] == [1, 2, 3]
