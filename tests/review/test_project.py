"""What the projector does with records that it cannot simply count, and what one batch costs."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.aws.streams import Record, new_images
from chalicelib.customers import activity, seen
from chalicelib.customers.store import CustomerStore
from chalicelib.errors import Transient
from chalicelib.resources import CUSTOMERS, EVENTS
from chalicelib.review import bookkeeper
from chalicelib.review.advance import Rules
from chalicelib.review.project import Projector
from chalicelib.review.store import PARKED_EVENT, EventLog, ParkedEvents
from chalicelib.tracking.event import to_item
from tests.customers.events import DAY, event, order, refund
from tests.fakes.database import MemoryDatabase
from tests.review.faults import counting, intruded
from tests.review.world import NOW, RULES, World


def due(world: World, customer: str = "u#ann") -> Any:
    """Send the customer's shard to the worker of the due index."""
    return world.review(world.state(customer).to_item()["due_shard"])


def broken(world: World) -> list[Record]:
    """The record of a stored event that no code can read."""
    before = len(world.db.changes)
    world.db.put(EVENTS, to_item(event(message_id="broken")) | {"body": b"no zlib"})
    return new_images(world.db.stream(EVENTS, before))


def test_a_record_that_cannot_be_read_is_parked_and_the_others_go_on() -> None:
    world = World()
    records = [*world.store([event()]), *broken(world), *world.store([event(user_id="bob")])]
    report = world.project(records)
    assert (report["folded"], report["failed"], report["marked"]) == (2, 1, 1)
    (parked,) = world.parked()
    assert (parked["pk"], parked["subject"], parked["record"]["sk"]) == (
        PARKED_EVENT,
        "u#ann",
        event(message_id="broken").key,
    )
    assert parked["reason"].startswith("error in chalicelib/tracking/body.py")
    assert world.state().rebuild is not None
    assert world.state("u#bob").rebuild is None
    world.audit("u#bob")


def test_what_is_repaired_later_is_counted_by_the_rebuild() -> None:
    world = World()
    world.project([*world.store([event()]), *broken(world)])
    world.db.put(EVENTS, to_item(event("Product Added", message_id="broken")))
    report = due(world)
    assert report["rebuilt"] == 1
    assert world.state().rebuild is None
    assert "u#ann event#broken" in world.effects()


def test_parking_again_adds_nothing() -> None:
    world = World()
    records = broken(world)
    for _ in range(3):
        world.project(records)
    assert len(world.parked()) == 1
    assert world.state().v == 1


def test_an_event_received_before_the_window_is_parked_and_found_by_a_rebuild() -> None:
    world = World()
    old = order("1", DAY - timedelta(days=3)).model_copy(update={"received_at": DAY - timedelta(days=2)})
    late = world.store([old])
    world.project(world.store([event()]))
    report = world.project(late)
    assert (report["old"], report["marked"], report["folded"]) == (1, 1, 0)
    assert [parked["reason"] for parked in world.parked()] == [bookkeeper.OLD]
    assert world.state().facts.order_count == 0
    assert due(world)["rebuilt"] == 1
    assert world.state().facts.order_count == 1
    assert world.check() == []


@pytest.fixture
def fragile(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fold with a bug: it dies on events named Bomb."""

    class Reports(frozenset[str]):
        def __contains__(self, name: object) -> bool:
            if name == "bomb":
                raise ZeroDivisionError("secret of the customer")
            return super().__contains__(name)

    monkeypatch.setattr(activity, "REPORTS", Reports(activity.REPORTS))


def test_an_event_that_breaks_the_fold_is_left_aside_alone(fragile: None) -> None:
    world = World()
    report = world.project(world.store([event(), event("Bomb"), order("1")]))
    assert (report["folded"], report["failed"]) == (2, 1)
    assert world.state().facts.order_count == 1
    assert [parked["reason"].split()[0] for parked in world.parked()] == ["ZeroDivisionError"]
    assert "secret" not in str(world.parked())


def test_a_rebuild_that_fails_is_set_aside_for_an_hour_and_its_reason_shown(
    fragile: None, caplog: pytest.LogCaptureFixture
) -> None:
    world = World()
    world.project(world.store([event(), event("Bomb")]))
    with caplog.at_level(logging.ERROR):
        assert due(world)["aside"] == 1
    state = world.state()
    assert state.due_at == NOW + timedelta(hours=1)
    assert state.rebuild is not None
    assert state.rebuild.startswith("failed: ZeroDivisionError in chalicelib/customers/activity.py")
    assert "secret" not in caplog.text


def test_one_customer_who_cannot_be_read_holds_nobody_up() -> None:
    world = World()
    world.db.put(CUSTOMERS, {"pk": "u#ann", "sk": "state", "v": 3, "facts": "no facts"})
    report = world.project(world.store([event(), event(user_id="bob")]))
    assert (report["failed"], report["folded"]) == (1, 1)
    assert len(world.parked()) == 1
    item = world.db.get(CUSTOMERS, "u#ann", "state")
    assert item is not None
    assert (item["v"], item["rebuild"].split()[0]) == (4, "ValueError")


def many_orders(world: World, count: int = 20) -> None:
    world.project(world.store(order(str(n), DAY - timedelta(days=10 * (count - n))) for n in range(count)))


def test_a_refund_of_an_order_long_added_up_rebuilds_at_once() -> None:
    world = World()
    many_orders(world)
    report = world.project(world.store([refund("0"), event("Product Added")]))
    assert (report["rebuilt"], report["folded"]) == (1, 2)
    assert world.state().facts.order_count == 19
    world.audit()


def test_with_too_many_events_for_that_what_can_be_counted_is_and_the_rest_waits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bookkeeper, "AT_ONCE", 10)
    world = World()
    many_orders(world)
    report = world.project(world.store([refund("0"), event("Unsubscribed")]))
    assert (report["folded"], report["failed"], report["marked"]) == (1, 1, 1)
    assert world.state().facts.consent["email"].granted is False
    assert world.state().facts.order_count == 20
    assert due(world)["rebuilt"] == 1
    assert world.state().facts.order_count == 19
    world.audit()


def test_facts_of_another_fold_are_made_anew_by_the_next_event() -> None:
    world = World()
    world.project(world.store([order("1"), event("Unsubscribed")]))
    store = CustomerStore(world.db)
    store.save(replace(world.state(), v=2, fold_v=0, facts=replace(world.state().facts, orders=()), fx=()))
    assert world.state().facts.consent, "what an older fold made can be read, if only to ask for permission"
    world.project(world.store([event(at=DAY + timedelta(minutes=1))]))
    assert world.state().facts.order_count == 1
    assert world.check() == []


def test_a_flood_of_one_customer_is_counted_by_rebuilds(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    monkeypatch.setattr(seen, "MOST", 100)
    records = world.store(event(at=DAY + timedelta(milliseconds=n)) for n in range(150))
    world.project(records)
    assert world.state().seen.hours == {}
    assert world.check() == []
    report = world.project(world.store([order("1")]))
    assert (report["old"], report["marked"]) == (1, 1)
    due(world)
    assert world.state().facts.order_count == 1


def test_a_customer_who_is_written_all_the_time_brings_the_batch_again() -> None:
    world = World()
    records = world.store([event()])

    def interfere() -> None:
        world.project(world.store([event(at=DAY + timedelta(seconds=len(world.db.changes)))]))

    class Busy(MemoryDatabase):
        def put(self, table: str, item: Any, *, when: Any = None) -> None:
            interfere()
            world.db.put(table, item, when=when)

    busy = Busy()
    busy._items, busy._of = world.db._items, world.db._of
    with pytest.raises(Transient, match="written by others"):
        world.project(records, busy)


def test_one_read_and_one_write_for_each_customer_and_batch() -> None:
    world = World()
    for first, asked in ((0, 3), (1, 2)):  # who is new may have been erased: that is one read more
        moments = [DAY - timedelta(minutes=n, seconds=first) for n in range(40)]
        records = world.store(event(at=at, user_id=f"{n % 4}") for n, at in enumerate(moments))
        db, calls = counting(world.db)
        world.project(records, db)
        assert calls() == 4 * asked


def test_customers_side_by_side() -> None:
    world = World()
    records = world.store(event(at=DAY - timedelta(minutes=n), user_id=f"{n % 20}") for n in range(100))
    projector = Projector(CustomerStore(world.db), EventLog(world.db), ParkedEvents(world.db), lambda: RULES, workers=8)
    report = projector.project(records, NOW)
    assert (report["folded"], report["customers"]) == (100, 20)
    for n in range(20):
        world.audit(f"u#{n}")


def test_an_empty_batch() -> None:
    world = World()
    assert world.project([]) == {}
    assert (
        Projector(
            CustomerStore(world.db), EventLog(world.db), ParkedEvents(world.db), lambda: Rules(RULES.parameters)
        ).project([], NOW)
        == {}
    )


def test_an_intruder_sees_every_call() -> None:
    world = World()
    came: list[int] = []
    db = intruded(world.db, 1, before=lambda: came.append(1), after=lambda: came.append(2))
    world.project(world.store([event()]), db)
    assert came == [1, 2]
