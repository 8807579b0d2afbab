"""What is answered is stored or parked: nothing between a 200 and the tables."""

from __future__ import annotations

import gzip
import json
import logging
from base64 import b64encode
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from chalicelib.aws.database import Item
from chalicelib.errors import Refused, Transient
from chalicelib.resources import EVENTS, WORK
from chalicelib.tracking.intake import Intake, Post, Taken
from chalicelib.tracking.keys import TRACK, KeyKind
from chalicelib.tracking.reading import Arrival
from chalicelib.tracking.store import EventStore, KeyStore, ParkedStore
from tests.fakes.database import MemoryDatabase
from tests.tracking.making import NOW, call

RECORDED = sorted((Path(__file__).parent / "sources" / "segment").glob("*_?_?_?.json"))


class Shop:
    """A deployment with one write key."""

    def __init__(self, db: MemoryDatabase | None = None) -> None:
        self.db = db or MemoryDatabase()
        self.intake = Intake(KeyStore(self.db), EventStore(self.db), ParkedStore(self.db))
        self.key = KeyStore(self.db).create(KeyKind.PUBLIC, "shop", [TRACK], NOW)

    def post(self, payload: object, route: str = "batch", headers: dict[str, str] | None = None) -> Taken:
        body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        basic = {"authorization": f"Basic {b64encode(f'{self.key}:'.encode()).decode()}"}
        return self.intake.take(Post("segment", route, body, basic if headers is None else headers, {}), NOW)

    def stored(self) -> list[str]:
        return [item["sk"].partition("#")[2] for item in self.db.items(EVENTS)]


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_a_recorded_request_of_an_sdk_is_stored_whole(path: Path, pack: Any) -> None:
    shop, case = Shop(), json.loads(path.read_text())
    written = json.dumps(case["payload"]).replace("pk_test_write_key", shop.key)
    sent = b64encode(f"{shop.key}:".encode()).decode()
    headers = {name: value for name, value in case["headers"].items() if name != "authorization"}
    if "authorization" in case["headers"]:
        headers["authorization"] = f"Basic {sent}"
    taken = shop.post(pack(written.encode()), headers=headers)
    assert sorted(shop.stored()) == sorted(one["messageId"] for one in case["payload"]["batch"])
    assert taken.reading.refusals == []


def test_good_calls_are_stored_and_bad_ones_parked() -> None:
    shop = Shop()
    taken = shop.post({"batch": [call(), 7, call(messageId="m-2"), call(userId=None)]})
    assert (taken.stored.new, taken.parked) == (2, 2)
    assert shop.stored() == ["m-1", "m-2"]
    assert sorted(item["reason"] for item in shop.db.items(WORK)) == ["no_user_anon_id", "not_an_object"]


def test_a_small_body_may_hold_an_over_long_event() -> None:
    shop = Shop()
    long = call(messageId="long", properties={"text": "x" * 40_000})
    body = gzip.compress(json.dumps({"batch": [call(), long]}).encode())
    assert len(body) < 1_000
    taken = shop.post(body)
    assert shop.stored() == ["m-1"]
    assert [refusal.reason for refusal in taken.reading.refusals] == ["too_long"]


def test_a_retry_adds_nothing() -> None:
    shop = Shop()
    body = {"batch": [call(), 7]}
    shop.post(body)
    again = shop.post(body)
    assert (again.stored.new, again.stored.known, again.parked) == (0, 1, 0)
    assert len(shop.db.items(EVENTS)) == len(shop.db.items(WORK)) == 1


@pytest.mark.parametrize("key", ["", "pk_wrong", "sk_wrong", "nonsense"])
def test_an_unknown_key_is_401_and_nothing_is_kept(key: str) -> None:
    shop = Shop()
    with pytest.raises(Refused) as refused:
        shop.post({"batch": [call(), 7], "writeKey": key}, headers={})
    assert (refused.value.status, refused.value.code) == (401, "unknown_write_key")
    assert shop.db.items(EVENTS) == shop.db.items(WORK) == []


def test_a_secret_key_needs_the_scope_to_track() -> None:
    shop, store = Shop(), None
    store = KeyStore(shop.db)
    shop.key = store.create(KeyKind.SECRET, "reports", ["reports:read"], NOW)
    with pytest.raises(Refused):
        shop.post({"batch": [call()]})
    shop.key = store.create(KeyKind.SECRET, "server", [TRACK], NOW)
    assert shop.post({"batch": [call()]}).stored.new == 1


class FailingDatabase(MemoryDatabase):
    """DynamoDB on a bad day: some of a request's items are written, then it gives up."""

    failing: str | None = None

    def insert_all(self, table: str, items: Sequence[Item]) -> list[bool]:
        if table == self.failing:
            super().insert_all(table, items[:1])
            raise Transient("throttled")
        return super().insert_all(table, items)


@pytest.mark.parametrize("table", [EVENTS, WORK])
def test_nothing_is_answered_before_everything_is_kept(table: str) -> None:
    db = FailingDatabase()
    shop = Shop(db)
    body = {"batch": [call(), call(messageId="m-2"), 7, 8]}
    db.failing = table
    with pytest.raises(Transient):
        shop.post(body)
    db.failing = None
    shop.post(body)
    assert shop.stored() == ["m-1", "m-2"]
    assert len(db.items(WORK)) == 2


def test_what_is_parked_is_counted_by_reason_without_saying_whose_it_was(caplog: pytest.LogCaptureFixture) -> None:
    shop = Shop()
    with caplog.at_level(logging.INFO):
        shop.post({"batch": [call(userId=None, traits={"email": "ada@example.com"}), 7, 8]})
    assert [record.getMessage().split(" ", 3)[3] for record in caplog.records] == [
        "reason=no_user_anon_id count=1",
        "reason=not_an_object count=2",
    ]
    assert "ada@example.com" not in caplog.text
    assert shop.key not in caplog.text


def test_a_message_of_a_trusted_queue_needs_no_key() -> None:
    shop = Shop()
    case = json.loads((Path(__file__).parent / "sources" / "ses" / "delivery.json").read_text())
    for _ in range(2):
        taken = shop.intake.absorb("", case["payload"], Arrival("ses", "ses", NOW, 0))
    assert taken.stored.known == 1
    assert [item["name"] for item in shop.db.items(EVENTS)] == ["Email Delivered"]


class Interleaved(MemoryDatabase):
    """Somebody else's request runs from beginning to end before the n-th item of this one is inserted."""

    meanwhile: Callable[[], object] | None = None
    before: int = 0

    def insert_all(self, table: str, items: Sequence[Item]) -> list[bool]:
        if table != EVENTS or self.meanwhile is None:
            return super().insert_all(table, items)
        other, self.meanwhile = self.meanwhile, None
        first = super().insert_all(table, items[: self.before])
        other()
        return first + super().insert_all(table, items[self.before :])


@pytest.mark.parametrize("before", range(4))
def test_two_connections_bring_the_same_event_at_the_same_moment(before: int) -> None:
    """The table takes one of the two, and both are told that it is stored."""
    db = Interleaved()
    shop, body = Shop(db), {"batch": [call(messageId=f"m-{number}", timestamp="2026-11-22") for number in range(3)]}
    others: list[Taken] = []
    db.before, db.meanwhile = before, lambda: others.append(shop.post({**body, "sentAt": "2026-11-22T03:00:00Z"}))
    mine = shop.post(body)
    assert (mine.stored.new, others[0].stored.new) == (before, 3 - before)
    assert sorted(shop.stored()) == ["m-0", "m-1", "m-2"]
