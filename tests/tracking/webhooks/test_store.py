"""Whose an order is: on the fake and on DynamoDB."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.aws.database import Database
from chalicelib.resources import WORK
from chalicelib.tracking.event import Event
from chalicelib.tracking.webhooks.store import (
    REMEMBERED_FOR,
    OwnerBook,
    SourceBook,
    Waiting,
    WaitingRoom,
    names_only_an_order,
)
from tests.tracking.making import NOW, event

ANN, BOB, GUEST = {"user_id": "ann"}, {"user_id": "bob"}, {"user_id": None, "anonymous_id": "email:1"}


def order(who: dict[str, Any], id: object = "7", source: str = "shopify", **properties: object) -> Event:
    return event(name="Order Completed", properties={"order_id": id, **properties}, source=source, **who)


@pytest.mark.parametrize(
    ("told", "asked", "source", "owner"),
    [
        ([], "7", "shopify", {}),
        ([order(ANN)], "7", "shopify", {"userId": "ann"}),
        ([order(ANN)], 7, "shopify", {"userId": "ann"}),
        ([order(ANN, 7)], "7", "shopify", {"userId": "ann"}),
        ([order(GUEST)], "7", "shopify", {"anonymousId": "email:1"}),
        ([order(ANN)], "71", "shopify", {}),
        ([order(ANN)], "", "shopify", {}),
        ([order(ANN)], None, "shopify", {}),
        ([order(ANN)], ["7"], "shopify", {}),
        ([order(ANN), order(BOB)], "7", "shopify", {"userId": "ann"}),
        ([order(GUEST), order(ANN), order(BOB)], "7", "shopify", {"userId": "ann"}),
        ([order(ANN), order(GUEST)], "7", "shopify", {"userId": "ann"}),
        ([order(ANN)], "7", "parcels", {"userId": "ann"}),
        ([order(ANN), order(BOB, source="outlet")], "7", "outlet", {"userId": "bob"}),
        ([order(ANN), order(BOB, source="outlet")], "7", "parcels", {}),
        ([order(ANN), order(ANN, source="outlet")], "7", "parcels", {"userId": "ann"}),
        ([order(ANN, "#7#x")], "#7#x", "shopify", {"userId": "ann"}),
        ([order(ANN, "7#8")], "7", "shopify", {}),
        ([order(ANN, "x" * 300)], "x" * 300, "shopify", {"userId": "ann"}),
        ([event(name="Order Shipped", properties={"order_id": "7"})], "7", "segment", {}),
    ],
)
def test_whose(database: Database, told: list[Event], asked: object, source: str, owner: dict[str, str]) -> None:
    book = OwnerBook(database)
    for each in told:
        book.remember([each])
    assert book.whose({"properties": {"order_id": asked}}, source) == owner


def test_a_vendors_customer_is_that_vendors(database: Database) -> None:
    book = OwnerBook(database)
    book.remember([order(ANN, customer_id="cus_1"), order(ANN, "8", customer_id="cus_1")])
    assert book.whose({"properties": {"customer_id": "cus_1"}}, "shopify") == {"userId": "ann"}
    assert book.whose({"properties": {"customer_id": "cus_1"}}, "outlet") == {}
    assert book.whose({"properties": {"order_id": "9", "customer_id": "cus_1"}}, "shopify") == {"userId": "ann"}
    assert book.whose({}, "shopify") == book.whose({"properties": 7}, "shopify") == {}


def test_it_is_forgotten_after_years(database: Database) -> None:
    OwnerBook(database).remember([order(ANN)])
    item = database.get(WORK, "owner", "order_id#7#shopify")
    assert item is not None
    assert item["expires"] == int((NOW + REMEMBERED_FOR).timestamp())
    assert timedelta(days=730) < REMEMBERED_FOR


def test_a_source_that_needs_no_setting_up_is_there(database: Database) -> None:
    found = SourceBook(database, production=True).find("shopify", NOW)
    assert found is not None
    assert (found.reads, found.live) == ("shopify", True)
    assert SourceBook(database, production=True).find("segment", NOW) is None


def found_now(room: WaitingRoom) -> list[Waiting]:
    return list(room.of([order(ANN)]))


def test_what_waits_for_an_order_is_brought_with_it(database: Database) -> None:
    room = WaitingRoom(database)
    refund = {"messageId": "refund-1", "properties": {"order_id": "7", "total": "1.10"}}
    other = {"messageId": "refund-2", "properties": {"order_id": "71"}}
    for _ in range(2):
        room.keep([Waiting("shopify", refund, NOW), Waiting("shopify", other, NOW), Waiting("parcels", refund, NOW)])
    found = [Waiting("parcels", refund, NOW), Waiting("shopify", refund, NOW)]
    assert list(room.of([order(ANN), order(ANN)])) == found
    for one in found_now(room):
        room.remove(one)
    assert found_now(room) == []
    assert list(room.of([order(ANN, "8"), event(name="Order Shipped", properties={"order_id": "7"})])) == []


@pytest.mark.parametrize(
    ("call", "only"),
    [
        ({"properties": {"order_id": "7"}}, True),
        ({"properties": {"order_id": 7}}, True),
        ({"userId": "u", "properties": {"order_id": "7"}}, False),
        ({"anonymousId": "a", "properties": {"order_id": "7"}}, False),
        ({"properties": {"order_id": ""}}, False),
        ({"properties": {"order_id": ["7"]}}, False),
        ({"properties": ["order_id"]}, False),
        ({}, False),
        (7, False),
    ],
)
def test_names_only_an_order(call: object, only: bool) -> None:
    assert names_only_an_order(call) is only
