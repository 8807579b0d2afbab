"""The live tail: each event once, in the order of its subject, across shards that end, in bounded calls."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from chalicelib.aws.tail import DynamoStream
from chalicelib.tracking import tail
from chalicelib.tracking.store import EventStore
from tests.fakes import deployment
from tests.fakes.database import MemoryDatabase
from tests.fakes.platforms import over_moto
from tests.fakes.stream import MemoryStream
from tests.tracking.making import event


def everything(item: Mapping[str, Any]) -> bool:
    return True


class Shop:
    """A table of events and its stream."""

    def __init__(self) -> None:
        self.db = MemoryDatabase()
        self.stream = MemoryStream(self.db)
        self.stored = 0

    def store(self, count: int) -> None:
        for _ in range(count):
            self.stored += 1
            EventStore(self.db).store([event(message_id=f"m-{self.stored:05}")])

    def follow(self, cursor: str, limit: int = 50) -> tuple[list[str], str]:
        found = tail.follow(self.stream, cursor, limit, everything)
        assert not found.gap
        return [item["sk"].rpartition("#")[2] for item in found.items], found.cursor


@pytest.fixture
def shop() -> Shop:
    return Shop()


def test_from_now_on_means_nothing_before(shop: Shop) -> None:
    shop.store(3)
    cursor = tail.begin(shop.stream)
    assert shop.follow(cursor)[0] == []
    shop.store(2)
    assert shop.follow(cursor)[0] == ["m-00004", "m-00005"]


def test_pages_give_each_event_once_whatever_shards_end_meanwhile(shop: Shop) -> None:
    cursor, seen = tail.begin(shop.stream, oldest=True), list[str]()
    for number in range(30):
        shop.store(number % 4)
        if number % 7 == 3:
            shop.stream.split()
        found, cursor = shop.follow(cursor, limit=2)
        seen += found
    for _ in range(40):
        found, cursor = shop.follow(cursor, limit=2)
        seen += found
    assert seen == [f"m-{number:05}" for number in range(1, shop.stored + 1)]
    assert len(json.loads(cursor)) == 1, "shards that have ended are not carried along"


def test_a_call_is_bounded_work_and_an_empty_answer_goes_on(shop: Shop) -> None:
    shop.store(tail.READINGS * tail.RECORDS + 10)
    cursor, calls = tail.begin(shop.stream, oldest=True), 0
    found: list[Any] = []
    while not found:
        before = shop.stream.readings
        page = tail.follow(shop.stream, cursor, 5, lambda item: item["sk"].endswith(f"m-{shop.stored:05}"))
        assert shop.stream.readings - before <= tail.READINGS
        found, cursor, calls = page.items, page.cursor, calls + 1
    assert calls == 2


def test_a_place_that_is_gone_is_said_aloud(shop: Shop) -> None:
    cursor = tail.begin(shop.stream)
    ((position),) = json.loads(cursor).values()
    shop.stream.expired.add(position[1])
    shop.store(1)
    found = tail.follow(shop.stream, cursor, 5, everything)
    assert found.gap
    shop.store(1)
    assert [item["sk"][-7:] for item in tail.follow(shop.stream, found.cursor, 5, everything).items] == ["m-00002"]


def test_removals_and_changes_are_no_events(shop: Shop) -> None:
    cursor = tail.begin(shop.stream)
    shop.store(2)
    item = shop.db.items("events")[0]
    shop.db.put("events", {**item, "name": "Changed"})
    EventStore(shop.db).delete(item["pk"], item["sk"])
    assert shop.follow(cursor)[0] == ["m-00001", "m-00002"]


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "[]",
        "7",
        "x",
        '{"s0": []}',
        '{"s0": ["after"]}',
        '{"s0": ["at", ""]}',
        '{"s0": "oldest"}',
        '{"": ["oldest"]}',
        json.dumps({f"s{n}": ["oldest"] for n in range(tail.MOST_SHARDS + 1)}),
    ],
)
def test_a_forged_cursor_is_a_value_error(shop: Shop, cursor: str) -> None:
    with pytest.raises(ValueError, match=r"cursor|Expecting"):
        tail.follow(shop.stream, cursor, 5, everything)


def test_more_shards_than_an_address_can_hold_are_too_many(shop: Shop) -> None:
    class Wide(MemoryStream):
        def shards(self) -> list[Any]:
            return [super(Wide, self).shards()[0].__class__(f"s{n}", None, False) for n in range(tail.MOST_SHARDS + 1)]

    with pytest.raises(tail.TooBusy):
        tail.begin(Wide(shop.db))


def test_dynamodb_says_the_same() -> None:
    """The same walk over moto, through the API, with the clients that a deployment makes."""
    with over_moto() as world:
        assert isinstance(world.containers["api"].stream, DynamoStream)
        cursor = world.ask("GET", "/v1/events").json()["cursor"]
        calls = [{"type": "track", "userId": "ada", "event": f"E{n}", "messageId": f"m-{n}"} for n in range(5)]
        assert world.post("/v1/batch", {"batch": calls}).status == 200
        seen = []
        for _ in range(4):
            page = world.ask("GET", "/v1/events", after=cursor, limit=2).json()
            cursor = page["cursor"]
            seen += [found["name"] for found in page["events"]]
        assert sorted(seen) == [f"E{n}" for n in range(5)], "in the order in which they were stored, side by side"
        assert world.platform.settings().tables["events"] == f"{deployment.PREFIX}-events"
        assert len(world.ask("GET", "/v1/events", after="oldest", name="e3").json()["events"]) == 1
