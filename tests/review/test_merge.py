"""Customers who turn out to be one, and who are taken apart again: facts are the fold of all events of all who belong
together, in whatever order anything arrives, and nothing that had effects has them again."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.aws.streams import Record
from chalicelib.customers.claims import claims
from chalicelib.customers.facts import Facts
from chalicelib.customers.fold import fold
from chalicelib.customers.identity import resolve
from chalicelib.customers.state import Join, State
from chalicelib.customers.store import CustomerStore
from chalicelib.resources import CUSTOMERS, EVENTS
from chalicelib.review import bookkeeper
from chalicelib.tracking.event import Event, from_item
from tests.customers.events import DAY
from tests.customers.people import (
    ANN,
    CART,
    MAIL,
    OTHER_TOKEN,
    alias,
    bought,
    carried,
    identify,
    mailed,
    merged,
    of,
    split,
)
from tests.review.faults import Crash, counting, crashing, failing, intruded
from tests.review.world import World

ADDRESS = {"traits": {"email": ANN}}


def guest(minute: int, order: str = "1") -> Event:
    """A guest's order, as a shop reports it."""
    properties = {"order_id": order, "total": "10", "currency": "GBP", "cart_token": CART.removeprefix("a#cart:")}
    return of(
        MAIL, "Order Completed", minute, properties=properties, context={"traits": {"email": ANN}}, unproven=False
    )


def everybody(world: World) -> set[str]:
    return {item["pk"] for table in (CUSTOMERS, EVENTS) for item in world.db.items(table)}


def finish(world: World) -> None:
    """Whoever is marked is due, and reviewed."""
    while marked := [item for item in world.db.items(CUSTOMERS) if "rebuild" in item]:
        for item in marked:
            world.review(item["due_shard"])


def stored(world: World) -> list[Event]:
    return [from_item(item) for item in world.db.items(EVENTS)]


def audit(world: World) -> None:
    """Everything agrees with what the stored events say, by nothing but the rules and the fold."""
    events = stored(world)
    belongs = resolve(claim for event in events for claim in claims(event))
    store = CustomerStore(world.db)
    for subject in {event.subject for event in events}:
        customer = belongs.get(subject, subject)
        assert store.find(subject).customer == customer
        mine = [event for event in events if belongs.get(event.subject, event.subject) == customer]
        assert len({event.message_id for event in mine}) == len(mine), "a twin is left"
        facts = store.load(customer).facts
        folded = fold(Facts(), mine)
        for name in ("orders", "refunds", "active_days", "intent", "first_at", "last_at", "identified_at"):
            assert getattr(facts, name) == getattr(folded, name), (customer, name)
    for subject in everybody(world):
        assert world.check(subject) == [], subject
    heard = [key.partition(" ")[2] for key, effect in world.effects().items() if effect["kind"] == "event"]
    assert len(heard) == len(set(heard)), "an event was told twice"


def test_a_visitor_becomes_a_person() -> None:
    world = World()
    world.project(world.store([of("a#x", minute=n) for n in range(3)]))
    report = world.project(world.store([identify("ann", "x", 5, traits={"name": "Ann"}), bought("u#ann", minute=6)]))
    assert (report["merged"], report["rebuilt"]) == (1, 1)
    state, visitor = world.state("u#ann"), world.state("a#x")
    assert (state.facts.order_count, state.facts.first_at) == (1, DAY)
    assert visitor.join is not None
    assert (visitor.join.to, visitor.join.unproven, visitor.stage, visitor.facts) == ("u#ann", True, None, Facts())
    world.project(world.store([carried("a#x", minute=9)]))
    assert world.state("u#ann").facts.intent != state.facts.intent
    audit(world)


def test_a_known_identify_costs_nothing_more() -> None:
    world = World()
    world.project(world.store([of("a#x"), identify("ann", "x", 1)]))
    records = world.store([identify("ann", "x", 5), of("u#ann", minute=6)])
    db, calls = counting(world.db)
    world.project(records, db)
    assert calls() == 2, "the state is read, and written"


def test_a_person_with_a_new_device_that_did_nothing_yet_is_not_rebuilt() -> None:
    world = World()
    world.project(world.store([of("u#ann")]))
    report = world.project(world.store([identify("ann", "x", 1)]))
    assert (report["rebuilt"], report["folded"]) == (0, 1)
    world.project(world.store([of("a#x", minute=2)]))
    assert world.state("u#ann").v == 3
    audit(world)


def test_one_message_before_and_after_the_identify_is_one() -> None:
    world = World()
    before = carried("a#x", minute=1, message_id="m")
    after = carried("u#ann", minute=1, message_id="m", anonymous_id="x")
    world.project(world.store([before]))
    world.project(world.store([identify("ann", "x", 2)]))
    world.project(world.store([after]))
    assert [event.subject for event in stored(world) if event.message_id == "m"] == ["a#x"]
    audit(world)


def test_both_counted_before_anybody_knew() -> None:
    world = World()
    world.project(world.store([of("a#x", minute=1, message_id="m"), of("u#ann", minute=1, message_id="m")]))
    world.project(world.store([identify("ann", "x", 2)]))
    assert len([event for event in stored(world) if event.message_id == "m"]) == 1
    audit(world)


def test_a_guests_order_finds_the_visitor_and_then_the_person() -> None:
    world = World()
    for events in ([carried("a#x")], [guest(3)], [mailed("ann", minute=5)]):
        world.project(world.store(events))
        audit(world)
    assert CustomerStore(world.db).find("a#x").customer == "u#ann"
    assert world.state("u#ann").facts.order_count == 1


def test_an_address_that_changes_hands_leaves_both() -> None:
    world = World()
    world.project(world.store([guest(1)]))
    world.project(world.store([mailed("ann", minute=2)]))
    assert world.state("u#ann").facts.order_count == 1
    world.project(world.store([mailed("bob", minute=3)]))
    assert [world.state(f"u#{user}").facts.order_count for user in ("ann", "bob")] == [0, 0]
    assert world.state(MAIL).facts.order_count == 1
    audit(world)


def test_an_earlier_identify_that_arrives_late_changes_the_owner() -> None:
    world = World()
    world.project(world.store([bought("a#x"), identify("bob", "x", 5)]))
    assert world.state("u#bob").facts.order_count == 1
    world.project(world.store([identify("ann", "x", 1)]))
    assert world.state("u#bob").facts.order_count == 0
    assert world.state("u#ann").facts.order_count == 1
    audit(world)


def test_split_and_merge() -> None:
    world = World()
    world.project(world.store([bought("a#x"), identify("ann", "x", 1), of("u#ann", minute=2)]))
    world.project(world.store([split("a#x", 5)]))
    assert world.state("u#ann").facts.order_count == 0
    assert world.state("a#x").facts.order_count == 1
    audit(world)
    world.project(world.store([identify("ann", "x", 6), merged("a#x", "u#bob", 7)]))
    assert world.state("u#bob").facts.order_count == 1
    audit(world)


def test_a_change_of_stage_by_a_merge_is_silent_and_nobody_is_identified_twice() -> None:
    world = World()
    visitor = [of("a#x", "Identify", traits={"email": ANN}), bought("a#x", minute=1)]
    world.project(world.store(visitor))
    world.project(world.store([of("u#ann", minute=2)]))
    world.project(world.store([identify("ann", "x", 3)]))
    said = world.effects()
    assert [key for key, effect in said.items() if effect["kind"] == "identified"] == ["a#x identified"]
    changes = [
        effect["cause"] for key, effect in said.items() if key.startswith("u#ann ") and effect["kind"] == "stage"
    ]
    assert changes == ["first", "merge"]
    assert world.state("u#ann").cause == "merge"
    world.project(world.store([split("a#x", 5)]))
    again = [key for key, effect in world.effects().items() if effect["kind"] == "identified"]
    assert again == ["a#x identified"]


@pytest.mark.parametrize(("unproven", "known_for", "takes"), [(True, 60, False), (True, 0, True), (False, 60, True)])
def test_what_a_visitor_has_said_counts_by_the_link(unproven: bool, known_for: int, takes: bool) -> None:
    """An address and a consent that a visitor gave become those of a person who was known before only by a link that
    can be trusted (trust.py), by the rebuild as by the count."""
    world = World()
    world.project(world.store([of("u#ann", minute=60 - known_for)]))
    said = [of("a#x", "Identify", 61, traits=ADDRESS["traits"]), of("a#x", "Subscribed", 61, properties={})]
    world.project(world.store(said))
    world.project(world.store([identify("ann", "x", 62, unproven=unproven)]))
    state = world.state("u#ann")
    assert ("email" in CustomerStore(world.db).profile("u#ann").values) is takes
    assert ("email" in state.facts.consent) is takes
    world.project(world.store([of("a#x", "Unsubscribed", 63, properties={})]))
    assert world.check("u#ann") == []


def test_an_account_hears_that_its_member_turned_out_to_be_somebody() -> None:
    world = World()
    world.project(world.store([of("a#x", "Group", group_id="acme")]))
    world.project(world.store([identify("ann", "x", 3)]))
    told = [effect["account"] for key, effect in world.effects().items() if key.startswith("u#ann account#")]
    assert told == ["acme"]
    world.project(world.store([split("a#x", 5)]))
    told = [effect["account"] for key, effect in world.effects().items() if key.startswith("u#ann account#")]
    assert told == ["acme", "acme"]


def test_the_event_that_merges_is_heard() -> None:
    world = World()
    world.project(world.store([carried("a#x"), of("u#ann")]))
    world.project(world.store([bought("u#ann", minute=3)]))
    changes = [e["cause"] for k, e in world.effects().items() if k.startswith("u#ann ") and e["kind"] == "stage"]
    assert changes[-1] == "event"
    audit(world)


def test_who_joins_by_a_rebuild_may_have_said_something_in_turn() -> None:
    """A rebuild counts what is stored and not delivered yet, so it must save what that claims as well."""
    world = World()
    world.project(world.store([of("a#x")]))
    undelivered = world.store([guest(1), mailed("ann", minute=2)])
    world.project(world.store([identify("ann", "x", 3)]))
    world.project(undelivered)
    world.project(world.store([carried("a#y", minute=4)]))
    assert CustomerStore(world.db).find("a#y").customer == "u#ann"
    audit(world)


def test_large_customers_are_merged_by_the_due_index(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bookkeeper, "AT_ONCE", 5)
    world = World()
    world.project(world.store([of("a#x", minute=n) for n in range(5)]))
    world.project(world.store([of("u#ann", minute=n) for n in range(5)]))
    report = world.project(world.store([identify("ann", "x", 9), of("a#x", minute=10), bought("u#ann", minute=11)]))
    assert world.state("u#ann").rebuild == "merge"
    assert world.state("u#ann").facts.order_count == 1, report
    world.review(world.state("u#ann").to_item()["due_shard"])
    audit(world)


def test_one_customer_has_at_most_a_hundred_subjects_and_public_keys_fill_half_of_it() -> None:
    world = World()
    world.project(world.store([identify("ann", f"x{n}", n % 50, message_id=f"x{n}") for n in range(120)]))
    links = CustomerStore(world.db).links
    assert len(links.node("u#ann").sources) == 49
    world.project(
        world.store([identify("ann", f"y{n}", n % 50, message_id=f"y{n}", unproven=False) for n in range(120)])
    )
    assert len(links.node("u#ann").sources) == 99
    assert world.check("u#ann") == []


# --- any order, any repetition, any crash ---

SUBJECTS = ["a#x", "a#y", "u#1", "u#2"]


@st.composite
def an_event(draw: st.DrawFn, number: int) -> Event:
    """What one of a few people, a browser or the shop may say."""
    minute, subject = draw(st.integers(0, 30)), draw(st.sampled_from(SUBJECTS))
    user, other, visitor = draw(st.sampled_from("12")), draw(st.sampled_from("12")), draw(st.sampled_from("xy"))
    given: dict[str, Any] = {"message_id": f"m{number}"}
    trusted = given | {"unproven": draw(st.booleans())}
    made = {
        "look": of(subject, "Product Added", minute, **given),
        "buy": bought(subject, OTHER_TOKEN, minute, order=str(number % 3), **given),
        "carry": carried(f"a#{visitor}", minute=minute, **given),
        "identify": identify(user, visitor, minute, **trusted),
        "alias": alias(user, other, minute, **trusted),
        "mail": mailed(user, minute=minute, **given),
        "merge": merged(subject, f"u#{user}", minute).model_copy(update=given),
        "split": split(subject, minute).model_copy(update=given),
        "guest": guest(minute).model_copy(update=given),
    }
    return made[draw(st.sampled_from([*made, "look", "buy"]))]


@st.composite
def histories(draw: st.DrawFn) -> list[Event]:
    """A few events, each once."""
    return [draw(an_event(number)) for number in range(draw(st.integers(1, 9)))]


@given(histories(), st.data())
@settings(max_examples=100, deadline=None)
def test_any_arrival_comes_to_the_same(events: list[Event], data: st.DataObject) -> None:
    world = World()
    records = world.store(data.draw(st.permutations(events)))
    places = st.lists(st.sampled_from(range(len(records))), max_size=5)
    for batch in data.draw(st.lists(places, max_size=6)):
        world.project([records[place] for place in batch])
    for place in data.draw(st.permutations(range(len(records)))):
        world.project([records[place]])
    finish(world)
    audit(world)
    before = len(world.db.changes)
    world.project(records)
    assert len(world.db.changes) == before, "a replay writes nothing"


def test_who_leaves_a_chain_in_the_middle_of_its_turning_is_told_of_once() -> None:
    """A cart's visitor belonged to a customer who has just joined another, and leaves before that one is rebuilt."""
    world = World()
    told = [
        of("a#x", "Product Added"),
        bought("a#x", OTHER_TOKEN, order="2"),
        bought("a#y", OTHER_TOKEN, order="0"),
        bought("u#2", OTHER_TOKEN, order="1"),
        merged("a#y", "u#1"),
    ]
    for record in world.store(told):
        world.project([record])
    finish(world)
    audit(world)


STORY = [
    [carried("a#x"), of("a#x", "Identify", 1, traits={"email": ANN}), of("u#ann", minute=1), guest(2)],
    [identify("ann", "x", 3), mailed("ann", minute=4), carried("a#x", minute=5)],
    [bought("u#bob", minute=6), merged("u#bob", "u#ann", 7)],
    [split("a#x", 8), carried("a#x", minute=9)],
]


def tell(world: World, db: object = None, again: bool = False) -> bool:
    """The story, batch by batch, the batch that died brought again to another worker; whether any died."""
    died = False
    for events in STORY:
        records = world.store(events)
        try:
            world.project(records, db)  # type: ignore[arg-type]
        except Crash:
            died = True
            world.project(records)
    return died


def test_the_story_ends_well() -> None:
    world = World()
    tell(world)
    audit(world)
    assert CustomerStore(world.db).find("u#bob").customer == "u#ann"
    assert world.state("a#x").join is None
    assert world.state("u#ann").facts.order_count == 1


@pytest.mark.parametrize("acknowledged", [False, True])
def test_a_crash_at_any_call_of_a_merge_converges(acknowledged: bool) -> None:
    at = 0
    while True:
        world = World()
        if not tell(world, crashing(world.db, at, acknowledged=acknowledged)):
            break
        finish(world)
        audit(world)
        at += 1
    assert at > 60


def test_two_workers_at_the_same_moment() -> None:
    """Another worker takes the next batch in the middle of this one's, between any two calls of it."""
    for first, second in ((0, 1), (1, 2), (1, 3)):
        at = 0
        while True:
            world = World()
            records = [world.store(events) for events in STORY]
            for batch in records[:first]:
                world.project(batch)
            came = list[int]()

            def meanwhile(world: World = world, batch: list[Record] = records[second], came: list[int] = came) -> None:
                came.append(1)
                world.project(batch)

            world.project(records[first], intruded(world.db, at, before=meanwhile, after=lambda: None))
            if not came:
                break
            for batch in records:
                world.project(batch)
            finish(world)
            audit(world)
            at += 1
        assert at > 10


RACES: dict[str, tuple[list[Event], list[Event], list[Event]]] = {
    "two say whose browser it is": ([of("a#x")], [identify("ann", "x", 3)], [identify("bob", "x", 1)]),
    "two have one address": ([guest(1)], [mailed("ann", minute=2)], [mailed("bob", minute=3)]),
    "nobody has ordered with it yet": ([], [mailed("ann", minute=2)], [mailed("bob", minute=3)]),
    "aliases in a circle": (
        [],
        [alias("1", "2", 5, unproven=False)],
        [alias("2", "1", 3, unproven=False)],
    ),
    "a cart and its order": ([], [carried("a#x")], [guest(2)]),
    "the browser's order and the shop's": ([carried("a#x")], [bought("a#x", minute=2)], [guest(2, order="2")]),
    "a visitor comes and is named": ([], [of("a#x")], [identify("ann", "x", 3)]),
    "a split and an identify": ([of("a#x")], [identify("ann", "x", 3)], [split("a#x", 4)]),
}


@pytest.mark.parametrize(("before", "mine", "theirs"), RACES.values(), ids=RACES)
def test_whoever_comes_last_has_seen_what_both_have_said(
    before: list[Event], mine: list[Event], theirs: list[Event]
) -> None:
    """Another worker comes in between any two calls, and nothing is delivered again."""
    at = 0
    while True:
        world = World()
        world.project(world.store(before))
        my_records, their_records = world.store(mine), world.store(theirs)
        came = list[int]()

        def meanwhile(world: World = world, batch: list[Record] = their_records, came: list[int] = came) -> None:
            came.append(1)
            world.project(batch)

        world.project(my_records, intruded(world.db, at, before=meanwhile, after=lambda: None))
        if not came:
            break
        finish(world)
        audit(world)
        at += 1
    assert at > 1


def test_a_circle_that_somebody_left_is_opened() -> None:
    world = World()
    world.project(world.store([alias("1", "2", 5, unproven=False), alias("2", "1", 6, unproven=False)]))
    store = CustomerStore(world.db)
    two = store.load("u#2")
    received = of("u#1").received_at
    store.save(State("u#2", v=two.v + 1, seen=two.seen, join=Join("u#1", received)))
    world.project(world.store([of("u#1", minute=7)]))
    finish(world)
    audit(world)


def test_a_lost_answer_at_any_call() -> None:
    for at in range(0, 80, 3):
        world = World()
        db = failing(world.db, at, done=True)
        for events in STORY:
            records = world.store(events)
            try:
                world.project(records, db)
            except Exception:  # noqa: BLE001 Transient, or what it is wrapped in: the batch comes again
                world.project(records)
        finish(world)
        audit(world)
