"""A rebuild comes to what the stored events come to, and the check tells when the kept facts do not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings

from chalicelib.customers.facts import Facts
from chalicelib.customers.fold import fold
from chalicelib.customers.profile import Profile
from chalicelib.customers.seen import Seen
from chalicelib.customers.store import CustomerStore
from chalicelib.resources import EVENTS
from chalicelib.review.rebuild import Rebuilder, TooManyEvents
from chalicelib.review.renew import once_each
from chalicelib.review.store import EventLog, Unread
from chalicelib.tracking.event import Event, to_item
from tests.customers.events import DAY, event, histories, order
from tests.review.faults import intruded
from tests.review.world import NOW, RULES, World


@given(histories(max_size=20))
@settings(deadline=None, max_examples=60)
def test_a_rebuild_is_the_fold_and_a_second_one_changes_nothing_but_the_version(history: list[Event]) -> None:
    world = World()
    mine = [each.model_copy(update={"user_id": "ann", "anonymous_id": None}) for each in history]
    records = world.store(mine)
    world.rebuild()
    assert world.state().facts == fold(Facts(), mine)
    first = world.state()
    world.rebuild()
    assert replace(world.state(), v=first.v, fx=()) == replace(first, fx=())
    world.project(records)
    assert world.state().v == 2, "what a rebuild counted is seen"
    world.audit()


def test_an_external_id_of_a_newcomer_goes_when_it_turns_out_that_she_was_none() -> None:
    world = World()
    named = event("Looked", context={"externalIds": [{"id": "7", "type": "crm"}]}, unproven=True)
    world.project(world.store([named]))
    assert CustomerStore(world.db).profile("u#ann").values == {"external_id:crm": "7"}
    known_before = event(message_id="earlier").model_copy(update={"received_at": DAY - timedelta(minutes=11)})
    world.project(world.store([known_before]))
    assert CustomerStore(world.db).profile("u#ann").values == {}
    assert world.check() == []


def test_of_several_with_one_message_id_the_counted_one_stays_else_the_first_received() -> None:
    first = event(message_id="m", received_at=DAY)
    later = first.model_copy(
        update={"timestamp": DAY + timedelta(minutes=1), "received_at": DAY + timedelta(minutes=1)}
    )
    assert once_each([later, first], Seen()).events == [first]
    assert once_each([later, first], Seen().add([later])).events == [later]
    assert once_each([later, first], Seen().add([later])).twins == [first]
    unread = Unread({}, "why")
    assert once_each([unread, first], Seen()).unread == [unread]


def test_twins_of_long_ago_are_removed_by_a_rebuild() -> None:
    world = World()
    bought = order("1", DAY - timedelta(days=90))
    again = bought.model_copy(update={"timestamp": DAY - timedelta(days=89), "received_at": DAY + timedelta(hours=30)})
    world.project(world.store([bought]))
    world.project(world.store([event(at=DAY + timedelta(hours=28))]))
    world.now = DAY + timedelta(hours=31)
    world.project(world.store([again]))
    world.rebuild()
    assert len(world.stored()) == 2
    assert world.check() == []


def test_what_is_not_counted_yet_has_its_effects_with_the_rebuild() -> None:
    world = World()
    records = world.store([event("Product Added", DAY - timedelta(minutes=n)) for n in range(40)])
    world.project(records[:5])
    world.rebuild()
    world.project(records)
    world.audit()


def test_what_is_too_old_to_tell_has_its_effects_behind_it() -> None:
    world = World()
    old = event("Product Added", DAY - timedelta(days=30), received_at=DAY - timedelta(days=30))
    world.store([old, event()])
    world.rebuild()
    assert "event#" not in " ".join(world.effects())
    assert len(world.state().facts.active_days) == 2


def test_a_rebuild_takes_off_the_mark_and_sets_the_exact_date() -> None:
    world = World()
    world.project(world.store([order("1", DAY - timedelta(days=10))]))
    CustomerStore(world.db).mark("u#ann", "why", NOW)
    world.rebuild()
    state = world.state()
    assert (state.rebuild, state.due_at) == (None, state.next_at)


def test_bounds() -> None:
    world = World()
    world.store(event(at=DAY - timedelta(minutes=n)) for n in range(20))
    rebuilder = Rebuilder(CustomerStore(world.db), EventLog(world.db))
    with pytest.raises(TooManyEvents):
        rebuilder.rebuild("u#ann", RULES, NOW, most=19)
    assert rebuilder.rebuild("u#ann", RULES, NOW, most=20).events == 20


def test_an_unreadable_event_does_not_keep_the_others_out() -> None:
    world = World()
    world.store([order("1")])
    world.db.put(EVENTS, to_item(event(message_id="broken")) | {"body": b"no zlib"})
    world.rebuild()
    assert world.state().facts.order_count == 1


def test_the_check_finds_whatever_differs() -> None:
    world = World()
    world.project(world.store([order("1"), event("Identify", traits={"name": "Ann"})]))
    assert world.check() == []
    store, state = CustomerStore(world.db), world.state()
    tampered = replace(state.facts, orders=(), faulty=3)
    store.save(replace(state, v=2, facts=tampered, due_at=None, rebuild="why", fx=()))
    store.save_profile(Profile("u#ann", v=1))
    world.store([event(at=DAY - timedelta(days=1), received_at=DAY)])
    found = {line.partition(":")[0] for line in world.check()}
    assert found == {
        "orders",
        "faulty",
        "happenings",
        "first_at",
        "active_days",
        "sessions",
        "intent",
        "traits",
        "uncounted",
        "rebuild",
        "due_at",
    }
    world.rebuild()
    assert world.check() == []
    assert CustomerStore(world.db).profile("u#ann").values == {"name": "Ann"}


def test_what_is_stored_and_counted_during_a_rebuild_is_not_lost() -> None:
    for at in range(10):
        world = World()
        world.project(world.store([order("1"), event("Identify", traits={"name": "Ann"})]))
        came_in = list[int]()

        def meanwhile(world: World = world, came: list[int] = came_in) -> None:
            came.append(1)
            world.project(world.store([order("2"), event("Product Added")]))

        world.rebuild(db=intruded(world.db, at, before=meanwhile, after=lambda: None))
        if not came_in:
            assert at >= 3
            return
        world.audit()
    pytest.fail("the rebuild never came to its end")
