"""What is posted is stored once and counted once, however it is posted again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.cloud.asking import Answer, Api, ask, eventually
from tests.cloud.deployed import Deployed
from tests.cloud.website import Call, folded

PEOPLE = ("bea", "ben", "cleo")
ORDERS = 4


def a_week_of(person: str) -> Iterator[Call]:
    """Somebody identifies and orders four times."""
    monday = datetime.now(UTC) - timedelta(days=7)

    def call(kind: str, number: int, **rest: Any) -> Call:
        at = monday + timedelta(hours=30 * number)
        text = at.isoformat(timespec="milliseconds")
        return {"type": kind, "userId": person, "messageId": f"{person}-{number}", "timestamp": text, **rest}

    yield call("identify", 0, traits={"email": f"{person}@shop.example"})
    for number in range(1, ORDERS + 1):
        order = {"order_id": f"{person}-order-{number}", "total": 10.25 * number, "currency": "EUR"}
        yield call("track", number, event="Order Completed", properties=order)


def in_one(calls: list[Call]) -> list[list[Call]]:
    return [calls]


def one_by_one(calls: list[Call]) -> list[list[Call]]:
    return [[call] for call in calls]


def backwards_by_four(calls: list[Call]) -> list[list[Call]]:
    turned = calls[::-1]
    return [turned[first : first + 4] for first in range(0, len(turned), 4)]


def post(api: Api, batches: list[list[Call]]) -> None:
    for batch in batches:
        answer = api.track("/v1/batch", {"batch": batch, "sentAt": datetime.now(UTC).isoformat()})
        assert (answer.status, answer.json()) == (200, {"success": True}), answer.text


def orders(deployed: Deployed, person: str) -> tuple[int, str | None]:
    """How many orders somebody has, and what they came to; once all that is stored is counted."""
    found = deployed.api.find(person)
    return (found["orders"]["count"], found["orders"]["revenue"]) if found else (0, None)


def test_the_same_batch_three_times_is_counted_once(deployed: Deployed) -> None:
    calls = [call for person in PEOPLE for call in a_week_of(person)]
    for way in (in_one, in_one, one_by_one, backwards_by_four):
        post(deployed.api, way(calls))
    for person in PEOPLE:
        subject = f"u#{person}"
        eventually(f"{person}'s events are counted", lambda s=subject: not deployed.differences(s))  # type: ignore[misc]
        assert deployed.stored(subject) == sorted(call["messageId"] for call in a_week_of(person))
        assert orders(deployed, person) == (ORDERS, "102.50")


def test_other_roads_for_the_same_event_lead_to_one(deployed: Deployed) -> None:
    """A batch, the call's own route, the beacon of a browser that says text/plain, compressed or not: one event."""
    calls = list(a_week_of("dora"))
    post(deployed.api, in_one(calls))
    for call in calls:
        assert deployed.api.track(f"/v1/{call['type']}", call).status == 200
    assert beacon(deployed.api, calls).status == 200
    eventually("dora's events are counted", lambda: not deployed.differences("u#dora"))
    assert deployed.stored("u#dora") == sorted(call["messageId"] for call in calls)
    assert orders(deployed, "dora") == (ORDERS, "102.50")


def beacon(api: Api, calls: list[Call]) -> Answer:
    """What `navigator.sendBeacon` does: no headers of one's own, so the key stands in the body."""
    body = json.dumps({"writeKey": api.write_key, "batch": calls}).encode()
    return ask("POST", f"{api.endpoint}/v1/batch", {"Content-Type": "text/plain"}, body)


def test_a_client_that_changes_the_time_at_each_retry_is_found_out(deployed: Deployed) -> None:
    """The key is the time as sent, so this is stored anew; the projector knows the message and removes the twin."""
    calls = list(a_week_of("emil"))
    post(deployed.api, in_one(calls))
    eventually("emil's orders are counted", lambda: orders(deployed, "emil") == (ORDERS, "102.50"))
    later = [{**call, "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds")} for call in calls]
    post(deployed.api, in_one(later))
    ids = sorted(call["messageId"] for call in calls)
    eventually("the twins are removed", lambda: deployed.stored("u#emil") == ids)
    assert orders(deployed, "emil") == (ORDERS, "102.50")
    assert not deployed.differences("u#emil")


@pytest.mark.parametrize("way", [in_one, backwards_by_four])
def test_the_order_of_arrival_does_not_matter(deployed: Deployed, way: Any) -> None:
    person = f"finn-{way.__name__}"
    calls = list(a_week_of(person))
    post(deployed.api, way(calls))
    eventually(f"{person}'s events are counted", lambda: not deployed.differences(f"u#{person}"))
    alone = folded(calls)
    found = deployed.api.find(person)
    assert found["orders"]["count"] == alone.order_count
    assert Decimal(found["orders"]["revenue"]) == alone.revenue


def test_two_connections_may_bring_the_same_event_at_the_same_moment(deployed: Deployed) -> None:
    """With a time it is one item from the first; without, the projector finds the twins."""
    for person, stamped in (("gita", True), ("hugo", False)):
        calls = [call if stamped else {**call, "timestamp": None} for call in a_week_of(person)]
        with ThreadPoolExecutor(4) as connections:
            answers = list(connections.map(lambda _: deployed.api.track("/v1/batch", {"batch": calls}), range(4)))  # noqa: B023
        assert {answer.status for answer in answers} == {200}
        ids = sorted(call["messageId"] for call in calls)
        eventually(f"{person}'s events are there once", lambda p=person, i=ids: deployed.stored(f"u#{p}") == i)  # type: ignore[misc]
        eventually(f"{person}'s events are counted", lambda p=person: not deployed.differences(f"u#{p}"))  # type: ignore[misc]
        assert orders(deployed, person) == (ORDERS, "102.50")
