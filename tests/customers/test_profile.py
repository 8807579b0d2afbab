"""Traits: the last write of each, whatever the order, within bounds."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.customers.profile import MOST_TRAITS, Profile
from chalicelib.tracking.event import Event
from tests.customers.events import DAY, event

NOBODY = Profile("u#ann")


def said(minutes: int, traits: dict[str, Any], id: str = "m") -> Event:
    return event("Identify", DAY + timedelta(minutes=minutes), traits=traits, message_id=f"{id}{minutes}")


def test_the_last_write_of_each_trait_holds() -> None:
    profile = NOBODY.merge(
        [said(2, {"name": "Ann B", "plan": None}), said(1, {"name": "Ann", "plan": "pro", "age": 3})]
    )
    assert profile.values == {"age": 3, "name": "Ann B"}
    assert profile.traits["name"].at == DAY + timedelta(minutes=2)


def test_only_identify_speaks_of_the_person() -> None:
    assert NOBODY.merge([event("Group", traits={"name": "Company"}), event(properties={"name": "x"})]) == NOBODY


def ids(minutes: int, **types: str) -> Event:
    held = [{"type": kind, "id": id, "collection": "users", "encoding": "none"} for kind, id in types.items()]
    return event(at=DAY + timedelta(minutes=minutes), context={"externalIds": held})


def test_any_call_says_in_its_context_which_ids_others_have_for_the_person() -> None:
    profile = NOBODY.merge([ids(1, shopify="7", crm="a"), ids(2, shopify="8"), said(3, {"name": "Ann"})])
    assert profile.values == {"external_id:crm": "a", "external_id:shopify": "8", "name": "Ann"}


@pytest.mark.parametrize(("minutes", "counted"), [(0, True), (9, True), (11, False)])
def test_under_a_public_key_it_is_only_taken_of_a_newcomer(minutes: int, counted: bool) -> None:
    unproven = ids(minutes, shopify="7").model_copy(update={"unproven": True})
    assert bool(NOBODY.merge([unproven], known_at=DAY).values) is counted
    named = said(minutes, {"external_id:shopify": "7", "External_ID:x": 1}).model_copy(update={"unproven": True})
    assert bool(NOBODY.merge([named], known_at=DAY).values) is counted


def test_it_is_known_what_came_from_just_anybody() -> None:
    by_page = said(1, {"email": "a@example.com", "plan": "pro"}).model_copy(update={"unproven": True})
    assert NOBODY.merge([by_page]).doubted == {"email", "plan"}
    assert NOBODY.merge([by_page, said(2, {"email": "a@example.com"})]).doubted == {"plan"}


_WRITES = st.lists(
    st.tuples(
        st.integers(0, 5),
        st.dictionaries(st.sampled_from("abcdef"), st.integers() | st.none() | st.text(max_size=3), max_size=3),
    ),
    max_size=12,
    unique_by=lambda write: repr(write),
)


@given(_WRITES, st.randoms(use_true_random=False), st.integers(0, 12))
def test_merging_is_commutative_and_idempotent(writes: list[Any], random: Any, cut: int) -> None:
    events = [said(minute, traits, f"{place}-") for place, (minute, traits) in enumerate(writes)]
    shuffled = list(events)
    random.shuffle(shuffled)
    assert NOBODY.merge(events).merge(shuffled[:cut]) == NOBODY.merge(shuffled)


@given(_WRITES)
def test_it_survives_storage(writes: list[Any]) -> None:
    events = (said(minute, traits, f"{place}-") for place, (minute, traits) in enumerate(writes))
    profile = NOBODY.merge(event.model_copy(update={"unproven": event.at.minute % 2 == 0}) for event in events)
    assert Profile.from_item(profile.to_item()) == profile


def test_nobody_can_fill_an_item() -> None:
    events = [said(n, {f"t{n}": n, "long": "x" * 2000, "y" * 200: 1}) for n in range(300)]
    profile = NOBODY.merge(events)
    assert len(profile.traits) == MOST_TRAITS
    assert profile.values.keys() == {f"t{n}" for n in range(100, 300)}, "the most recently written stay"
    assert profile == NOBODY.merge(reversed(events))
