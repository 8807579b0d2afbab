"""What reviewing keeps and reads, on the fake and on DynamoDB in moto."""

from __future__ import annotations

from datetime import timedelta

from chalicelib.aws.database import Database
from chalicelib.resources import EVENTS
from chalicelib.review.store import FRESH, EventLog, ParkedEvents, Unread, WatchList
from chalicelib.tracking.event import to_item
from tests.customers.events import DAY, event


def test_every_stored_event_the_unreadable_too(database: Database) -> None:
    events = [event(at=DAY - timedelta(hours=n)) for n in range(5)]
    for each in events:
        database.put(EVENTS, to_item(each))
    database.put(EVENTS, to_item(event(at=DAY, message_id="broken")) | {"body": b"no"})
    log = EventLog(database)
    found = list(log.of("u#ann"))
    assert [each for each in found if not isinstance(each, Unread)] == list(reversed(events))
    assert len(found) == 6
    log.delete(events[:2])
    log.delete(events[:2])
    assert len(list(log.of("u#ann"))) == 4


def test_parked_events_the_last_received_first(database: Database) -> None:
    parked = ParkedEvents(database)
    for hours in (3, 1, 2):
        parked.park(to_item(event(received_at=DAY + timedelta(hours=hours), message_id=str(hours))), "why", DAY)
    first, cursor = parked.page(2)
    second, end = parked.page(2, cursor)
    assert [item["record"]["sk"][-1] for item in [*first, *second]] == ["3", "2", "1"]
    assert end is None
    assert {item["subject"] for item in first} == {"u#ann"}


def test_a_record_without_anything_can_be_parked(database: Database) -> None:
    parked = ParkedEvents(database)
    parked.park({}, "why", DAY)
    assert parked.page(5)[0][0]["reason"] == "why"


def test_the_watch_list_is_the_union_of_the_listeners(database: Database) -> None:
    now = [DAY]
    publisher, worker = (WatchList(database, lambda: now[0]) for _ in range(2))
    assert worker.names() == frozenset()
    publisher.watch("journey/cart", ["Product Added", "Checkout Started"])
    publisher.watch("journey/thanks", ["Order Completed", "Product Added"])
    assert publisher.names() == {"Product Added", "Checkout Started", "Order Completed"}
    assert worker.names() == frozenset(), "read again only after a while"
    now[0] += FRESH
    assert worker.names() == publisher.names()
    publisher.watch("journey/cart", [])
    publisher.watch("journey/never", [])
    assert publisher.names() == {"Order Completed", "Product Added"}
