"""Events once, in order, by pages; parked calls with their reasons. On the fake and on DynamoDB."""

from __future__ import annotations

import random
from datetime import timedelta

from chalicelib.aws.database import Database
from chalicelib.resources import EVENTS, WORK
from chalicelib.tracking.parked import KIND
from chalicelib.tracking.reading import Arrival, Reason, Refusal
from chalicelib.tracking.store import EventStore, ParkedStore, Stored
from tests.tracking.making import NOW, call, event

ARRIVAL = Arrival("segment", "key-id", NOW, 0)


def test_an_event_is_stored_once(database: Database) -> None:
    store = EventStore(database)
    first, second = event(message_id="m-1"), event(message_id="m-2")
    assert store.store([first, second]) == Stored(new=2, known=0)
    assert store.store([second, event(message_id="m-3"), first]) == Stored(new=1, known=2)
    assert [one.message_id for one in store.all_of("u#u-1")] == ["m-1", "m-2", "m-3"]


def test_the_first_to_store_an_event_wins(database: Database) -> None:
    store = EventStore(database)
    store.store([event(properties={"price": 1})])
    store.store([event(properties={"price": 2}, received_at=NOW + timedelta(seconds=5))])
    (stored,) = store.all_of("u#u-1")
    assert stored == event(properties={"price": 1})


def test_an_event_twice_in_one_request_is_one_event(database: Database) -> None:
    store = EventStore(database)
    assert store.store([event(properties={"price": 1}), event(properties={"price": 2})]) == Stored(new=1, known=0)
    assert [one.properties for one in store.all_of("u#u-1")] == [{"price": 1}]


def test_nothing_is_stored_for_nothing(database: Database) -> None:
    assert EventStore(database).store([]) == Stored(new=0, known=0)


def test_history_comes_in_pages_in_either_direction(database: Database) -> None:
    store = EventStore(database)
    made = [event(message_id=f"m-{hour}", timestamp=NOW - timedelta(hours=hour)) for hour in range(5)]
    store.store(random.Random(4).sample(made, len(made)))
    store.store([event(user_id="u-2")])

    shown, cursor = [], None
    while True:
        page = store.of("u#u-1", newest_first=True, limit=2, cursor=cursor)
        assert len(page.events) <= 2
        shown += page.events
        cursor = page.cursor
        if cursor is None:
            break
    assert shown == made
    assert list(store.all_of("u#u-1")) == made[::-1]
    assert store.of("u#nobody").events == []


def test_one_event_can_be_removed(database: Database) -> None:
    store = EventStore(database)
    store.store([event(message_id="m-1"), event(message_id="m-2")])
    store.delete("u#u-1", event(message_id="m-1").key)
    store.delete("u#u-1", event(message_id="m-1").key)
    assert [one.message_id for one in store.all_of("u#u-1")] == ["m-2"]


def test_ids_of_any_language_are_ids(database: Database) -> None:
    store = EventStore(database)
    strange = event(user_id="Ünï#😀/%2F", message_id="#m#Δ")
    store.store([strange])
    assert list(store.all_of(strange.subject)) == [strange]


def test_a_refused_call_is_parked_with_its_reason(database: Database) -> None:
    store = ParkedStore(database)
    sent = call(userId=None, properties={"price": 2.5, "list": [None, True]})
    assert store.park([Refusal(Reason.NOBODY, "neither", sent)], ARRIVAL) == 1
    (parked,), cursor = store.page(limit=10)
    assert cursor is None
    assert (parked.reason, parked.details, parked.call, parked.whole) == (Reason.NOBODY, "neither", sent, True)
    assert (parked.source, parked.key, parked.received_at, parked.count) == ("segment", "key-id", NOW, 1)


def test_a_retry_parks_nothing_more(database: Database) -> None:
    store = ParkedStore(database)
    refusals = [Refusal(Reason.NOBODY, "neither", call(messageId=f"m-{place}")) for place in range(3)]
    assert store.park(refusals, ARRIVAL) == 3
    again = Arrival("segment", "key-id", NOW + timedelta(seconds=2), 0)
    assert store.park([*refusals, Refusal(Reason.NOBODY, "neither", 7)], again) == 1
    assert len(store.page(limit=10)[0]) == 4


def test_what_is_parked_is_shown_newest_first_and_forgotten_in_time(database: Database) -> None:
    store = ParkedStore(database)
    for hour in range(3):
        at = NOW - timedelta(hours=hour)
        store.park([Refusal(Reason.TOO_DEEP, "", hour)], Arrival("segment", "k", at, 0))
    first, cursor = store.page(limit=2)
    second, end = store.page(limit=2, cursor=cursor)
    assert [parked.call for parked in [*first, *second]] == [0, 1, 2]
    assert end is None
    (item, *_) = database.query(WORK, KIND).items
    assert item["expires"] == int((NOW - timedelta(hours=2) + timedelta(days=30)).timestamp())


def test_many_calls_are_parked_in_items_that_fit(database: Database) -> None:
    store = ParkedStore(database)
    dice = random.Random(7)
    rest = [call(messageId=f"m-{place}", properties={"x": dice.randbytes(800).hex()}) for place in range(900)]
    assert store.park([Refusal(Reason.TOO_MANY, "", rest, len(rest))], ARRIVAL) == 900
    items, _ = store.page(limit=100)
    assert len(items) > 1
    assert sum(item.count for item in items) == 900
    kept = [one for item in items if isinstance(item.call, list) for one in item.call]
    assert sorted(one["messageId"] for one in kept) == sorted(one["messageId"] for one in rest)


def test_of_a_call_too_large_to_keep_the_beginning_is_kept(database: Database) -> None:
    store = ParkedStore(database)
    huge = call(properties={"x": random.Random(7).randbytes(500_000).hex()})
    assert store.park([Refusal(Reason.TOO_LONG, "", huge)], ARRIVAL) == 1
    (parked,), _ = store.page(limit=1)
    assert not parked.whole
    assert str(parked.call).startswith('{"type":"track","event":"Product Viewed"')


def test_events_and_parked_calls_stay_apart(database: Database) -> None:
    EventStore(database).store([event()])
    ParkedStore(database).park([Refusal(Reason.NOBODY, "", 1)], ARRIVAL)
    assert len(database.query(EVENTS, "u#u-1").items) == 1
    assert len(database.query(WORK, KIND).items) == 1
