"""The live set: its order, its index, its versions; and what cannot be registered."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.aws.database import Database
from chalicelib.segments import conditions as module
from chalicelib.segments.conditions import Changed, Condition, LiveConditions, circle, in_order, key_of
from chalicelib.segments.conditions import store as stores
from chalicelib.segments.conditions.store import ConditionStore
from chalicelib.segments.rule import parse
from chalicelib.tracking.problems import Invalid

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
BUYERS = {"fact": "order_count", "at_least": 1}


def condition(name: str, rule: Any = None, since: int = 1) -> Condition:
    return Condition(f"segment/{name}", parse(rule or BUYERS), since)


def asks(*names: str) -> Any:
    return {"all": [{"segment": name} for name in names]}


def test_each_segment_stands_before_those_that_ask_for_it() -> None:
    given = [condition("a", asks("c", "b")), condition("b", asks("c")), condition("c"), condition("d", asks("nobody"))]
    assert [each.segment for each in in_order(given)] == ["c", "b", "a", "d"]


def test_a_long_chain_and_a_circle_that_two_made_at_one_moment_are_put_in_some_order() -> None:
    chain = [condition(f"s{n:04}", asks(f"s{n + 1:04}")) for n in range(1_500)]
    assert next(each.segment for each in in_order(chain)) == "s1499"
    both = in_order([condition("a", asks("b")), condition("b", asks("a"))])
    assert {each.segment for each in both} == {"a", "b"}


def test_what_changed_leads_to_those_that_mention_it() -> None:
    rules = {
        "bought": {"event": "Order Completed", "within": "P7D"},
        "italians": {"trait": "country", "equals": "IT"},
        "buyers": BUYERS,
        "waiting": {"stage": ["waiting"]},
        "both": asks("bought", "italians"),
    }
    live = LiveConditions(tuple(condition(name, rule) for name, rule in rules.items()), v=1)

    def found(**changed: Any) -> set[str | None]:
        return {live.conditions[place].segment for place in live.affected(Changed(**changed))}

    assert found(events=frozenset({"Order Completed", "Page"})) == {"bought"}
    assert found(facts=frozenset({"orders"})) == {"buyers"}
    assert found(traits=True) == {"italians"}
    assert found(stage=True) == {"waiting"}
    assert found() == set()
    (bought,) = [each for each in live.conditions if each.segment == "bought"]
    assert [live.conditions[place].segment for place in live.asking_for(bought)] == ["both"]
    assert {live.conditions[place].segment for place in live.timed} == {"bought"}


def test_the_way_round_a_circle() -> None:
    asked = {"a": ["b"], "b": ["c", "d"], "c": [], "d": ["a"]}
    assert circle(asked.__getitem__, "a") == ("a", "b", "d", "a")
    assert circle(asked.__getitem__, "c") == ()


@pytest.fixture
def clock() -> list[datetime]:
    return [NOW]


@pytest.fixture
def store(database: Database, clock: list[datetime]) -> ConditionStore:
    return ConditionStore(database, lambda: clock[0])


def test_only_a_rule_that_is_another_is_new_to_everybody(store: ConditionStore) -> None:
    assert store.register("journey/j/1", {"journey/j/1/goal": BUYERS, "journey/j/1/exit": asks("x")}) == 1
    assert store.register("segment/x", {"segment/x": BUYERS}) == 2
    assert store.register("journey/j/1", {"journey/j/1/goal": BUYERS, "journey/j/1/exit": asks("y")}) == 3
    assert store.register("journey/j/1", {"journey/j/1/goal": BUYERS, "journey/j/1/exit": asks("y")}) == 3
    live = store.live()
    assert {each.name: each.since for each in live.conditions} == {
        "journey/j/1/goal": 1,
        "journey/j/1/exit": 3,
        "segment/x": 2,
    }
    assert {live.conditions[place].name for place in live.newer(2)} == {"journey/j/1/exit"}
    store.register("journey/j/1", {})
    assert [each.name for each in store.live().conditions] == ["segment/x"]


def test_a_container_learns_of_it_within_half_a_minute_or_when_it_has_to(
    database: Database, clock: list[datetime]
) -> None:
    mine, other = ConditionStore(database, lambda: clock[0]), ConditionStore(database, lambda: clock[0])
    assert not mine.live()
    other.register("segment/x", {"segment/x": BUYERS})
    assert not mine.live()
    assert mine.live(at_least=1).v == 1
    other.register("segment/y", {"segment/y": BUYERS})
    clock[0] += timedelta(seconds=31)
    assert mine.live().v == 2


def test_what_cannot_be_registered(store: ConditionStore, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Invalid):
        store.register("segment/x", {"segment/x": {"what": 1}})
    store.register("segment/x", {"segment/x": BUYERS})
    monkeypatch.setattr(stores, "key_of", lambda name: b"same")
    with pytest.raises(Invalid, match="could not be told from segment/x"):
        store.register("segment/y", {"segment/y": BUYERS})
    monkeypatch.setattr(stores, "key_of", key_of)
    monkeypatch.setattr(stores, "MOST", 1)
    with pytest.raises(Invalid, match="More than 1 conditions"):
        store.register("segment/y", {"segment/y": BUYERS})
    assert module.NO_CONDITIONS.v == 0


def test_one_that_a_newer_release_wrote_keeps_its_members(store: ConditionStore, database: Database) -> None:
    store.register("segment/x", {"segment/x": BUYERS})
    item = database.get("catalog", "condition", "segment/x")
    assert item is not None
    database.put("catalog", {**item, "rules": '{"segment/x": [1, {"novel": true}]}'})
    live = ConditionStore(database, lambda: NOW).live()
    assert (live.conditions, live.unread) == ((), frozenset({key_of("segment/x")}))
