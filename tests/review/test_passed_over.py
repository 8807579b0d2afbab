"""From what a source says of itself, and from what we conclude from facts, nothing is counted and nobody is loaded."""

from __future__ import annotations

from datetime import timedelta

from chalicelib.customers.store import CustomerStore
from chalicelib.lifecycle.stage import DEFAULT
from chalicelib.resources import CUSTOMERS, EVENTS, WORK
from chalicelib.review.advance import Rules
from chalicelib.review.project import Projector
from chalicelib.review.rebuild import Rebuilder
from chalicelib.review.store import EventLog, ParkedEvents
from chalicelib.tracking.counts import CountStore
from chalicelib.tracking.event import OURS, STAGE_CHANGED, Event, to_item
from chalicelib.tracking.tally import Tally
from infra.operate import Operator
from tests.customers.events import DAY, event, order
from tests.review.world import NOW, RULES, World

OF_SOURCE = event("products/create", user_id=None, source="shopify")


def moved(**given: object) -> Event:
    return event(STAGE_CHANGED, DAY + timedelta(minutes=5), source=OURS, **given)


def test_a_batch_of_nothing_that_counts_reads_and_writes_no_customer() -> None:
    world = World()
    records = world.store([OF_SOURCE, moved(), moved(user_id=None, anonymous_id="a-1")])
    report = world.project(records)
    assert report == {"records": 3, "passed": 3}
    assert world.db.items(CUSTOMERS) == []
    assert world.parked() == []


def test_an_unreadable_event_of_a_source_marks_nobody() -> None:
    world = World()
    records = world.store([OF_SOURCE])
    records[0].item["body"] = b"broken"
    assert world.project(records)["passed"] == 1
    assert (world.db.items(CUSTOMERS), world.parked()) == ([], [])


def test_its_neighbours_are_counted() -> None:
    world = World()
    report = world.project(world.store([moved(), event(), OF_SOURCE, order("1")]))
    assert (report["folded"], report["passed"], report["customers"]) == (2, 2, 1)
    assert world.state().facts.order_count == 1
    assert world.check() == []


def test_a_rebuild_passes_over_it_too_and_so_does_the_check() -> None:
    world = World()
    world.project(world.store([event(), order("1")]))
    before = world.state()
    world.store([moved()])
    assert world.check() == []
    world.rebuild()
    assert world.state().facts == before.facts
    assert world.check() == []


def test_it_does_not_fill_what_a_rebuild_at_once_may_hold() -> None:
    world = World()
    world.store([event(), *(moved(message_id=f"stage#{v}#0") for v in range(20))])
    rebuilder = Rebuilder(CustomerStore(world.db), EventLog(world.db))
    assert rebuilder.rebuild("u#ann", RULES, NOW, most=1).events == 1


def test_what_a_source_says_of_itself_is_no_customer_to_check_or_to_rebuild() -> None:
    world = World()
    world.project(world.store([OF_SOURCE, event()]))
    assert Operator(world.db).everybody() == ["u#ann"]


def test_how_much_a_source_said_of_itself_is_counted_and_our_conclusions_are_not() -> None:
    world = World()
    tally = Tally(CountStore(world.db))
    records = world.store([OF_SOURCE, moved(), event()])
    rules = Rules(DEFAULT, frozenset())
    customers = CustomerStore(world.db)
    parked = ParkedEvents(world.db)
    Projector(customers, EventLog(world.db), parked, lambda: rules, workers=1, tally=tally).project(records, NOW)
    tally.write(NOW)
    counted = {item["sk"].rpartition("#")[2]: item["events"] for item in world.db.items(WORK)}
    assert counted == {"shopify": 1, "segment": 1}


def test_it_is_stored_under_the_source() -> None:
    world = World()
    world.store([OF_SOURCE, OF_SOURCE])
    assert world.db.items(EVENTS) == [to_item(OF_SOURCE)]
