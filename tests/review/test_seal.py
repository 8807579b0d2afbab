"""Events whose days are over are forgotten, and nothing else changes: whenever it happens, whoever dies over it, and
whatever merges, parts or arrives late meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, cast

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
from chalicelib.resources import CUSTOMERS, EVENTS
from chalicelib.review import seal
from chalicelib.review.due import Reviewer
from chalicelib.review.rebuild import Rebuilder
from chalicelib.review.store import DueIndex, EventLog
from chalicelib.tracking.event import Event, from_item
from tests.customers.events import DAY, event, order
from tests.customers.people import alias, identify, split
from tests.review.faults import Crash, crashing, failing, intruded
from tests.review.world import RULES, World

A_DAY = timedelta(days=1)
KEPT = 180
RULED = replace(RULES, days_kept=KEPT)


class Years(World):
    """A deployment that keeps events for half a year, and whose time passes."""

    def live(self, events: Sequence[Event]) -> None:
        """Events arrive, one batch a day; whoever falls due on the way is reviewed."""
        days: dict[int, list[Event]] = {}
        for each in sorted(events, key=lambda each: each.received_at):
            days.setdefault(each.received_at.toordinal(), []).append(each)
        for batch in days.values():
            self.until(batch[0].received_at)
            self.now = max(self.now, batch[-1].received_at)
            self.project(self.store(batch), rules=RULED)

    def until(self, moment: datetime) -> None:
        """Time passes, and everybody is reviewed on their date."""
        for _ in range(1_000):
            dates = [state.due_at for state in self.states() if state.due_at is not None]
            first = min(dates, default=None)
            if first is None or first > moment:
                self.now = max(self.now, moment)
                return
            self.now = max(self.now, first)
            self.reviewed()
        pytest.fail("somebody is due again and again")

    def reviewed(self, db: Database | None = None) -> None:
        """Whoever is due is reviewed."""
        db = db or self.db
        for shard in sorted({due_shard(state.customer) for state in self.states()}):
            Reviewer(
                CustomerStore(db), EventLog(db), DueIndex(db), self.queues, lambda: RULED, lambda: self.now
            ).review({"shard": shard, "until": self.now.isoformat()})

    def states(self) -> list[State]:
        """Every customer, and everybody joined to one."""
        return [State.from_item(item) for item in self.db.items(CUSTOMERS) if item["sk"] == "state"]

    def left(self) -> list[Event]:
        """The events that are stored."""
        return [from_item(item) for item in self.db.items(EVENTS)]

    def bases(self, subject: str = "u#ann") -> list[Base]:
        """The bases of a subject."""
        return list(BaseStore(self.db).of(subject, [subject]).each)

    def agrees(self) -> None:
        """`rebuild --check` finds nothing, of anybody."""
        for state in self.states():
            assert self.check(state.customer) == [], state.customer


def browsing(days: int, every: int = 3, subject: dict[str, Any] | None = None, first: datetime = DAY) -> list[Event]:
    """Visits of a few pages each, received as they happened, for so many days; now and then something is bought."""
    events = []
    whose = subject or {}
    for day in range(0, days, every):
        at = first + timedelta(days=day)
        page = {"page": {"url": "https://shop.example/?utm_source=news&utm_medium=email"}}
        for minute in range(0, 40, 20):
            moment = at + timedelta(minutes=minute)
            name = ("Page", "Product Viewed", "Product Added")[(day + minute) // every % 3]
            given_ = {"properties": {"product_id": f"p{day % 7}", "category": "Shoes", "price": "20"}, "context": page}
            events.append(event(name, moment, message_id=f"{whose}{moment}", received_at=moment, **(given_ | whose)))
        if day % 60 == 0:
            bought = order(f"{whose}{day}", at + timedelta(minutes=30), received_at=at + timedelta(minutes=30), **whose)
            events.append(bought)
    return events


def but_intents(facts: Facts) -> Facts:
    return replace(facts, intents=Facts().intents)


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


SUBJECTS: list[dict[str, Any]] = [
    {"user_id": "ann"},
    {"user_id": None, "anonymous_id": "x"},
    {"user_id": None, "anonymous_id": "y"},
]
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


def history() -> Years:
    """Somebody with a device, who is due to be sealed."""
    world = Years()
    phone = {"user_id": None, "anonymous_id": "x"}
    world.live([*browsing(12), *browsing(12, 5, phone), identify("ann", "x", 60 * 24 * 13)])
    world.now = DAY + timedelta(days=KEPT + 40)
    return world


def spoilt(world: Years, spoil: Callable[[Database], Database]) -> bool:
    """Whether a review died, or found no answer."""
    try:
        world.reviewed(spoil(world.db))
    except Crash:
        return True
    except Exception:  # noqa: BLE001 whatever it is, the queue brings the message again
        return True
    return False


@pytest.mark.parametrize("acknowledged", [False, True])
@pytest.mark.parametrize("way", [crashing, failing])
def test_a_sealing_may_die_anywhere(way: Callable[..., Database], acknowledged: bool) -> None:
    whole = history()
    whole.reviewed()
    whole.agrees()
    said = {"acknowledged": acknowledged} if way is crashing else {"done": acknowledged}
    for at in range(500):
        world = history()
        before = but_intents(world.state().facts)
        died = spoilt(world, partial(way, at=at, **said))
        assert [each for each in world.check() if "intents" not in each and "rebuild" not in each] == [], at
        for _ in range(3):
            world.until(world.now + timedelta(hours=2))
        world.agrees()
        assert but_intents(world.state().facts) == before == but_intents(whole.state().facts)
        assert sorted(each.key for each in world.left()) == sorted(each.key for each in whole.left())
        if not died:
            assert at > 20
            return
    pytest.fail("it never came to its end")


def test_two_who_seal_at_one_moment_seal_once() -> None:
    for at in range(200):
        world = history()
        before = but_intents(world.state().facts)
        came = list[int]()

        def meanwhile(world: Years = world, came: list[int] = came) -> None:
            came.append(1)
            world.reviewed()

        world.reviewed(intruded(world.db, at, before=meanwhile, after=lambda: None))
        world.until(world.now + timedelta(hours=2))
        world.agrees()
        assert but_intents(world.state().facts) == before
        assert sum(base.count for subject in ("u#ann", "a#x") for base in world.bases(subject)) == 14
        if not came:
            return
    pytest.fail("it never came to its end")


def test_what_is_counted_while_a_sealing_is_under_way_is_not_lost() -> None:
    for at in range(200):
        world = history()
        before, came = world.state().facts.sessions.pages, list[int]()

        def meanwhile(world: Years = world, came: list[int] = came) -> None:
            came.append(1)
            now = [event("Page", world.now, message_id=f"now{n}", received_at=world.now, **SUBJECTS[n]) for n in (0, 1)]
            world.project(world.store(now), rules=RULED)

        world.reviewed(intruded(world.db, at, before=meanwhile, after=lambda: None))
        world.until(world.now + timedelta(hours=2))
        world.agrees()
        assert world.state().facts.sessions.pages == before + 2 * bool(came)
        if not came:
            return
    pytest.fail("it never came to its end")


def forgotten() -> tuple[Years, list[Event]]:
    """Somebody of whom all browsing is forgotten, and what it was."""
    world, events = Years(), browsing(12)
    world.live(events)
    world.until(DAY + timedelta(days=KEPT + 40))
    assert not [each for each in world.left() if may_expire(each)]
    return world, [each for each in events if may_expire(each)]


@pytest.mark.parametrize(
    "changed",
    [{}, {"user_id": None, "anonymous_id": "x"}, {"at": DAY - A_DAY}],
    ids=["the same", "by a device that is hers", "with another clock"],
)
def test_what_is_sent_again_after_it_was_forgotten_is_not_counted_again(changed: dict[str, Any]) -> None:
    world, events = forgotten()
    world.project(world.store([identify("ann", "x", 60 * 24 * 230)]), rules=RULED)
    world.until(DAY + 230 * A_DAY)
    world.until(world.now + timedelta(minutes=5))
    before = world.state().facts
    again = [each.model_copy(update={"received_at": world.now} | changed) for each in events[:3]]
    records = world.store(again)
    assert world.project(records, rules=RULED)["late"] == 3
    world.until(world.now + timedelta(minutes=5))
    assert world.state().facts == before
    assert not [each for each in world.left() if may_expire(each)], "a twin of what is forgotten is deleted"
    world.project(records, rules=RULED)
    world.until(world.now + timedelta(minutes=5))
    assert world.state().facts == before
    world.agrees()


def test_what_happened_long_ago_and_comes_only_now_is_counted() -> None:
    """A telephone that was off for a year; a history that is imported: `late`, and new all the same."""
    world, _ = forgotten()
    before = world.state().facts
    old = [
        event("Page", DAY + timedelta(days=n), message_id=f"i{n}", received_at=world.now, source="import")
        for n in range(2, 22)
    ]
    assert world.project(world.store(old), rules=RULED)["late"] == 20
    world.until(world.now + timedelta(minutes=5))
    assert world.state().facts.sessions.pages == before.sessions.pages + 20
    world.agrees()
    world.until(world.now + timedelta(days=KEPT + 40))
    assert world.state().facts.sessions.pages == before.sessions.pages + 20
    assert not [each for each in world.left() if may_expire(each)]
    world.agrees()


def test_an_import_of_old_history_is_kept_as_long_as_anything_else() -> None:
    world = Years()
    old = [event("Page", DAY - timedelta(days=n), message_id=f"i{n}", source="import") for n in range(600, 1_000, 10)]
    world.project(world.store(old), rules=RULED)
    world.until(DAY + timedelta(days=KEPT - 1))
    assert len(world.left()) == 40
    world.until(DAY + timedelta(days=KEPT + 1))
    assert world.left() == []
    assert world.state().facts.sessions.pages == 40
    world.project(world.store([each.model_copy(update={"received_at": world.now}) for each in old]), rules=RULED)
    world.until(world.now + timedelta(minutes=5))
    assert world.state().facts.sessions.pages == 40, "the same file, imported again"
    world.agrees()


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


class Dying:
    """A database under a worker that dies before it saves anybody's state."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def __getattr__(self, name: str) -> Any:
        return getattr(self._db, name)

    def put(self, table: str, item: dict[str, Any], **given: Any) -> None:
        if table == CUSTOMERS and item["sk"] == "state":
            raise Crash
        self._db.put(table, item, **given)


def test_a_rebuild_beside_a_sealing_that_dies_misses_nothing() -> None:
    """Events are deleted while it reads, and nobody has raised the version: what it reads no more is in a base."""
    for at in range(100):
        world = history()
        before, came = but_intents(world.state().facts), list[int]()

        def meanwhile(world: Years = world, came: list[int] = came) -> None:
            came.append(1)
            with pytest.raises(Crash):
                world.reviewed(cast(Database, Dying(world.db)))

        db = intruded(world.db, at, before=meanwhile, after=lambda: None)
        Rebuilder(CustomerStore(db), EventLog(db)).rebuild("u#ann", RULED, world.now)
        assert but_intents(world.state().facts) == before, at
        world.until(world.now + timedelta(hours=2))
        world.agrees()
        if not came:
            return
    pytest.fail("it never came to its end")


def test_what_was_never_counted_is_counted_and_told_before_it_is_forgotten() -> None:
    world = Years()
    world.live([event("Page", DAY, message_id="p", received_at=DAY)])
    later = DAY + timedelta(hours=1)
    world.store([event("Product Added", later, message_id="lost", received_at=later)])
    world.until(DAY + timedelta(days=KEPT + 5))
    assert "u#ann event#lost" in world.effects()
    assert world.left() == []
    world.agrees()


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
