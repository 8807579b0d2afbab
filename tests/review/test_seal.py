"""Events whose days are over are forgotten, and nothing else changes, whatever merges or parts meanwhile."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.aws.database import Database
from chalicelib.customers.base import Base, may_expire
from chalicelib.customers.base.store import BaseStore
from chalicelib.customers.facts import Facts
from chalicelib.customers.fold import fold
from chalicelib.customers.retention import seal_date
from chalicelib.customers.shards import due_shard
from chalicelib.customers.state import State
from chalicelib.customers.store import Conflict, CustomerStore
from chalicelib.resources import CUSTOMERS
from chalicelib.review import seal
from chalicelib.review.rebuild import Rebuilder
from chalicelib.review.store import EventLog
from chalicelib.tracking.event import Event
from tests.customers.events import DAY, event
from tests.customers.people import alias, identify, split
from tests.review.world import World
from tests.review.years import A_DAY, KEPT, RULED, SUBJECTS, Years, browsing, but_intents


def test_after_years_facts_are_as_if_nothing_was_forgotten() -> None:
    world, events = Years(), browsing(900)
    world.live(events)
    world.agrees()
    state, left = world.state(), world.left()
    assert but_intents(state.facts) == but_intents(fold(Facts(), events))
    assert state.facts.intents == fold(Facts(), left).intents
    assert state.facts.intents.open_at(world.now) == fold(Facts(), events).intents.open_at(world.now)
    forgotten = {each.message_id for each in events} - {each.message_id for each in left}
    assert len(forgotten) == sum(base.count for base in world.bases()) > 300
    oldest = min(each.received_at for each in left if may_expire(each))
    assert world.now - oldest < timedelta(days=KEPT + 1), "nothing stays longer"
    assert all(
        each.received_at < world.now - timedelta(days=KEPT - seal.TOGETHER - 1)
        for each in events
        if each.message_id in forgotten
    )
    assert sum(not may_expire(each) for each in left) == sum(not may_expire(each) for each in events)
    assert len(world.bases()) <= 900 / seal.TOGETHER, "about one a month"
    assert max(len(base.to_item()["marks"]) + len(base.to_item()["facts"]) for base in world.bases()) < 1_000


def test_who_never_comes_back_is_sealed_at_the_date() -> None:
    world = Years()
    world.live(browsing(10))
    (date,) = (seal_date(state.customer, state.held_since, KEPT) for state in world.states())
    assert date is not None
    before = world.state().facts
    world.until(date - timedelta(minutes=1))
    assert len(world.left()) == 9
    due = world.state().due_at
    assert due is not None
    assert due <= date
    world.until(date)
    assert [each.name for each in world.left()] == ["Order Completed"]
    assert but_intents(world.state().facts) == but_intents(before)
    assert (world.state().held_since, world.state().sealed) == (None, world.bases()[0].until)
    world.agrees()


def test_without_the_setting_nothing_is_forgotten() -> None:
    world = World()
    world.project(world.store(browsing(10)))
    world.now = DAY + 4_000 * A_DAY
    world.review(due_shard("u#ann"))
    assert len(world.stored()) == 9
    assert seal_date("u#ann", 5, None) is None


def test_a_setting_that_comes_later_reaches_what_was_stored_before() -> None:
    world = Years()
    world.project(world.store(browsing(10)))
    world.until(DAY + 400 * A_DAY)
    assert [each.name for each in world.left()] == ["Order Completed"]
    world.agrees()


@dataclass
class Drawn:
    """A history of three subjects, and the days on which somebody looks."""

    events: list[Event]
    looks: list[int]


NAMES = [
    "Page",
    "Page",
    "Product Viewed",
    "Product Added",
    "Cart Cleared",
    "Order Completed",
    "Subscribed",
    "Ticket Opened",
]


@st.composite
def drawn(draw: st.DrawFn) -> Drawn:
    """Two years of anything; identifies that join, and splits that part."""
    events: list[Event] = []
    for number in range(draw(st.integers(1, 25))):
        minute = draw(st.integers(0, 700)) * 1_440 + draw(st.sampled_from([0, 10, 25, 50]))
        received = DAY + timedelta(minutes=minute)
        late = timedelta(days=draw(st.sampled_from([0, 0, 0, 0, 40, 250])))
        properties = {"order_id": f"o{number}", "total": 5, "product_id": f"p{number % 3}", "ticket_id": number}
        events.append(
            event(
                draw(st.sampled_from(NAMES)),
                received - late,
                message_id=f"m{number}",
                received_at=received,
                properties=properties,
                **draw(st.sampled_from(SUBJECTS)),
            )
        )
    for device in ("x", "y"):
        if draw(st.booleans()):
            events.append(identify("ann", device, draw(st.integers(0, 700)) * 1_440))
        if draw(st.booleans()):
            events.append(split(f"a#{device}", draw(st.integers(0, 700)) * 1_440))
    return Drawn(events, draw(st.lists(st.integers(0, 900), max_size=4)))


@given(drawn())
@settings(max_examples=50, deadline=None)
def test_any_history_with_merges_and_splits(made: Drawn) -> None:
    world = Years()
    world.live(made.events)
    world.until(world.now + 2 * A_DAY)
    world.agrees()
    world.until(world.now + timedelta(days=KEPT + seal.TOGETHER))
    world.agrees()
    assert not [each for each in world.left() if may_expire(each)]
    everything = World()
    everything.now = world.now
    everything.project(everything.store(made.events))
    while marked := [item for item in everything.db.items(CUSTOMERS) if "rebuild" in item]:
        for item in marked:
            everything.review(item["due_shard"])
    for state in world.states():
        kept = everything.state(state.customer).facts
        assert but_intents(state.facts) == but_intents(kept), state.customer


def test_a_base_goes_with_its_subject() -> None:
    world = Years()
    phone = {"user_id": None, "anonymous_id": "x"}
    world.live([*browsing(12), *browsing(12, 5, phone)])
    world.until(DAY + timedelta(days=KEPT + 40))
    alone = world.state().facts.sessions.pages, world.state("a#x").facts.sessions.pages
    world.project(world.store([identify("ann", "x", 60 * 24 * 230)]), rules=RULED)
    world.until(world.now + timedelta(minutes=5))
    assert world.state().facts.sessions.pages == sum(alone)
    world.agrees()
    world.project(world.store([split("a#x", 60 * 24 * 231)]), rules=RULED)
    world.until(world.now + timedelta(minutes=5))
    assert (world.state().facts.sessions.pages, world.state("a#x").facts.sessions.pages) == alone
    world.agrees()


def test_many_events_are_sealed_one_pass_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seal, "AT_ONCE", 7)
    world, events = Years(), browsing(60)
    world.live(events)
    world.until(DAY + timedelta(days=KEPT + 60))
    assert [base.number for base in world.bases()] == list(range(len(world.bases())))
    assert max(base.count for base in world.bases()) == 7
    assert not [each for each in world.left() if may_expire(each)]
    world.agrees()


def test_an_open_quote_is_not_forgotten() -> None:
    said = {"valid_until": (DAY + timedelta(days=500)).isoformat(), "quote_id": "7"}
    quote = event("Quote Sent", DAY, message_id="q", received_at=DAY, properties=said, context={"active": False})
    world = Years()
    world.live([quote, event("Page", DAY, message_id="p", received_at=DAY)])
    world.until(DAY + timedelta(days=KEPT + 5))
    assert [each.message_id for each in world.left()] == ["q"]
    assert dict(world.state().facts.intents.open_at(world.now))["quote"].until is not None
    world.until(DAY + timedelta(days=510))
    assert world.left() == []
    world.agrees()


def test_a_base_is_kept_once_and_only_of_a_customer_as_it_was_read(database: Database) -> None:
    customers, bases = CustomerStore(database), BaseStore(database)
    customers.save(State("u#ann", v=1))
    base = Base.of([event("Page")], 0, 5)
    with pytest.raises(Conflict):
        bases.keep(base, "u#ann", 2)
    assert bases.of("u#ann", ["u#ann"]).each == ()
    bases.keep(base, "u#ann", 1)
    with pytest.raises(Conflict):
        bases.keep(base, "u#ann", 1)
    with pytest.raises(Conflict):
        bases.keep(replace(base, number=1), "u#gone", 1)
    bases.keep(Base.of([event("Page", user_id="bob")], 0, 5), "u#ann", 1)
    assert bases.of("u#ann", ["u#ann"]).each == (base,)
    assert [each.subject for each in bases.of("u#ann", ["u#ann", "u#bob"]).each] == ["u#ann", "u#bob"]


def test_many_are_deleted_at_once(database: Database) -> None:
    world = World()
    events = [event("Page", message_id=str(n)) for n in range(30)]
    world.store(events)
    EventLog(world.db).forget(events[:20])
    assert len(world.stored()) == 10
    EventLog(database).forget(events)


def test_since_when_a_joined_user_is_known_is_not_forgotten() -> None:
    """What she said before counts by it (customers/trust.py)."""
    world = Years()
    world.live([event("Page", DAY, user_id="old", message_id="p", received_at=DAY)])
    world.live([alias("old", "ann", 60, unproven=False)])
    world.until(DAY + timedelta(hours=2))
    join = world.state("u#old").join
    assert join is not None
    assert join.known_at == DAY
    world.until(DAY + timedelta(days=KEPT + 40))
    assert [each.name for each in world.left()] == ["Alias"]
    Rebuilder(CustomerStore(world.db), EventLog(world.db)).rebuild("u#ann", RULED, world.now)
    assert world.state("u#old").join == join
    world.agrees()
