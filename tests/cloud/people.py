"""Customers of a shop with a past, made so that a test knows what must become of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from chalicelib import ids, times
from chalicelib.lifecycle.stage import DEFAULT, Stage, judge
from tests.cloud.asking import Api, eventually
from tests.cloud.website import Call, Website, folded

ORIGIN = datetime(2026, 1, 1, tzinfo=UTC)
ONCE = (0.0,)
OFTEN = (0.0, 41.3, 77.9, 130.2)
"""Orders, in days."""


@dataclass(frozen=True)
class Waiting:
    """People whose stage changes by time alone, and when it does, as the API announced it after their last event."""

    announced: dict[str, datetime]


def wait_for_their_moment(api: Api, ahead: timedelta) -> Waiting:
    """Post the histories of four people who become At risk a while ahead; one of them orders again at once."""
    website = Website(api)
    website.identify("early-bird")
    eventually("the functions have started", lambda: api.find("early-bird"))
    moment = datetime.now(UTC) + ahead
    for person, days in {"once": ONCE, "often": OFTEN, "silent": ONCE, "rescued": ONCE}.items():
        website.said(history(person, days, moment, permits=person != "silent"))
    website.arrive()
    announced = {person: _announced(api, person) for person in ("once", "often", "silent", "rescued")}
    website.track("rescued", "Order Completed", order_id="rescued-again", total=30, currency="EUR")
    website.arrive()
    website.close()
    eventually("the rescued order is counted", lambda: api.find("rescued")["orders"]["count"] == 2)
    return Waiting(announced)


def history(person: str, days: tuple[float, ...], moment: datetime, *, permits: bool) -> list[Call]:
    """The calls of somebody who ordered on these days of his life and becomes At risk at `moment`, by time alone.

    When that is, the product's own judgement says: once at a fixed date, and then the whole life is moved.
    """
    life = list(_life(person, days, ORIGIN, permits))
    facts = folded(life)
    judged = judge(facts, True, DEFAULT, ORIGIN + timedelta(days=days[-1], seconds=1))
    while judged.next_at is not None and judged.next_stage != Stage.AT_RISK:
        judged = judge(facts, True, DEFAULT, judged.next_at)
    assert judged.next_at is not None, f"{person} never becomes At risk"
    return list(_life(person, days, ORIGIN + (moment - judged.next_at), permits))


def crowd(size: int, events: int) -> list[Call]:
    """People with up to two years behind them, each with this many events: one half of everybody's, then the other."""
    now = datetime.now(UTC)
    calls = [call for number in range(size) for call in _someone(f"crowd-{number:03d}", events, now)]
    return sorted(calls, key=lambda call: 2 * int(call["messageId"].rpartition("-")[2]) // events)


def _someone(person: str, events: int, now: datetime) -> Iterator[Call]:
    """Orders and views, spread over some months that ended some while ago: every stage has somebody."""
    began = now - timedelta(days=20 + 700 * ids.fraction(person, "began"))
    buys = ids.fraction(person, "buys")
    yield _call("identify", person, 0, began, traits={"email": f"{person}@people.example"})
    for number in range(1, events):
        at = began + (now - began) * 0.98 * ids.fraction(person, "stopped") * (number / events)
        if ids.fraction(person, "order", str(number)) < buys / 2:
            order = {"order_id": f"{person}-{number}", "total": 5 + number, "currency": "EUR"}
            yield _call("track", person, number, at, event="Order Completed", properties=order)
        else:
            yield _call("track", person, number, at, event="Product Viewed", properties={"product_id": f"P{number}"})


def _life(person: str, days: tuple[float, ...], began: datetime, permits: bool) -> Iterator[Call]:
    yield _call("identify", person, 0, began, traits={"email": f"{person}@people.example"})
    if permits:
        yield _call("track", person, 1, began, event="Subscribed", properties={"channel": "email"})
    for number, day in enumerate(days, 2):
        order = {"order_id": f"{person}-{number}", "total": 25, "currency": "EUR"}
        at = began + timedelta(days=day)
        yield _call("track", person, number, at, event="Order Completed", properties=order)


def _call(kind: str, person: str, number: int, at: datetime, **rest: object) -> Call:
    text = at.isoformat(timespec="milliseconds")
    return {"type": kind, "userId": person, "messageId": f"{person}-{number:03d}", "timestamp": text, **rest}


def _announced(api: Api, person: str) -> datetime:
    """When the next change is, once everything that was said is counted."""
    customer = eventually(
        f"{person}'s next change is to At risk",
        lambda: (found := api.find(person)) and found["lifecycle"]["next_change"] and found,
    )
    change = customer["lifecycle"]["next_change"]
    assert change["stage"] == "at_risk", customer["lifecycle"]
    return times.parse(change["at"])
