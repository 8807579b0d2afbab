"""Customers in the tables: the same behaviour on the fake and on DynamoDB in moto."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.aws.database import Database
from chalicelib.customers.facts import Consent, Facts
from chalicelib.customers.profile import Profile
from chalicelib.customers.state import State
from chalicelib.customers.store import PERMIT, Conflict, CustomerStore
from chalicelib.resources import CUSTOMERS, DUE
from tests.customers.events import DAY, event

ANN = "u#ann"


@pytest.fixture
def store(database: Database) -> CustomerStore:
    return CustomerStore(database)


def test_nobody_is_a_state_of_version_none(store: CustomerStore) -> None:
    assert store.load(ANN) == State(ANN)
    assert store.profile(ANN) == Profile(ANN)


def test_a_write_needs_the_version_it_was_made_from(store: CustomerStore) -> None:
    first = State(ANN, v=1, stage="lead", stage_since=DAY)
    store.save(first)
    assert store.load(ANN) == first
    with pytest.raises(Conflict):
        store.save(first)
    store.save(replace(first, v=2, stage="new"))
    with pytest.raises(Conflict):
        store.save(replace(first, v=2))
    assert store.load(ANN).stage == "new"


def test_a_change_of_permission_raises_the_permit_with_the_state_or_not_at_all(
    store: CustomerStore, database: Database
) -> None:
    granted = State(ANN, v=1, facts=Facts(consent={"email": Consent(True, DAY, "m1")}))
    store.save(granted, permission_changed=True)
    assert database.get(CUSTOMERS, ANN, PERMIT) == {"pk": ANN, "sk": PERMIT, "version": 1, "schema_v": 1}
    database.update(CUSTOMERS, ANN, PERMIT, set={"version": 7, "sent": ["2026-11-20T12:00:00.000Z"]})
    with pytest.raises(Conflict):
        store.save(granted, permission_changed=True)
    store.save(replace(granted, v=2, facts=Facts()), permission_changed=True)
    permit = database.get(CUSTOMERS, ANN, PERMIT)
    assert permit is not None
    assert permit["version"] == 8
    assert permit["sent"], "what was sent stays counted"


def test_profiles_have_versions_too(store: CustomerStore) -> None:
    profile = Profile(ANN).merge([event("Identify", traits={"name": "Ann"})])
    store.save_profile(profile)
    assert store.profile(ANN).values == {"name": "Ann"}
    with pytest.raises(Conflict):
        store.save_profile(profile)
    store.save_profile(store.profile(ANN).merge([event("Identify", DAY + timedelta(hours=1), traits={"name": "A"})]))
    assert store.profile(ANN).values == {"name": "A"}


def test_a_mark_brings_the_date_nearer_and_the_outbox_does_not_leave_again(
    store: CustomerStore, database: Database
) -> None:
    effect = {"id": "identified", "kind": "identified", "at": "2026-11-20T12:00:00.000Z"}
    store.save(State(ANN, v=1, stage="lead", stage_since=DAY, due_at=DAY + timedelta(days=3), fx=(effect,)))
    store.mark(ANN, "an order before the recent ones", DAY)
    marked = store.load(ANN)
    assert (marked.v, marked.rebuild, marked.due_at, marked.fx) == (2, "an order before the recent ones", DAY, ())
    store.mark(ANN, "again", DAY + timedelta(hours=1))
    assert store.load(ANN) == marked, "a mark that stands is not written again"
    store.set_aside(ANN, "failed", DAY + timedelta(hours=1))
    aside = store.load(ANN)
    assert (aside.v, aside.rebuild, aside.due_at) == (3, "failed", DAY + timedelta(hours=1))
    page = database.query_index(CUSTOMERS, DUE, aside.to_item()["due_shard"])
    assert [item["pk"] for item in page.items] == [ANN]


def test_somebody_without_a_state_can_be_marked(store: CustomerStore) -> None:
    store.mark(ANN, "failed", DAY)
    assert store.load(ANN) == State(ANN, v=1, rebuild="failed", due_at=DAY)
    store.set_aside("u#nobody", "failed", DAY)
    assert store.load("u#nobody").v == 0


def test_who_is_in_a_stage_page_by_page(store: CustomerStore) -> None:
    everybody = {f"u#{n}|{n}" for n in range(25)}
    for place, customer in enumerate(sorted(everybody)):
        store.save(State(customer, v=1, stage="hero", stage_since=DAY + timedelta(hours=place)))
    store.save(State("u#other", v=1, stage="lost", stage_since=DAY))
    found: list[str] = []
    cursor = None
    for _ in range(40):
        page, cursor = store.in_stage("hero", limit=4, cursor=cursor)
        assert len(page) <= 4
        found += [each.customer for each in page]
        if cursor is None:
            break
    assert sorted(found) == sorted(everybody)
    assert store.count_in_stage("hero") == 25
    assert store.in_stage("new", limit=10) == ([], None)


@pytest.mark.parametrize("cursor", ["x", "9", "1|2", "-1", "1|2|3|4"[:3]])
def test_a_cursor_that_is_none(store: CustomerStore, cursor: str) -> None:
    with pytest.raises(ValueError, match="cursor"):
        store.in_stage("hero", limit=4, cursor=cursor)


def test_everybody_once_whatever_the_number_of_segments(store: CustomerStore) -> None:
    for n in range(7):
        store.save(State(f"u#{n}", v=1))
        store.save_profile(Profile(f"u#{n}"))
    found = [state.customer for segment in range(3) for state in store.everybody(segment=segment, segments=3)]
    assert sorted(found) == [f"u#{n}" for n in range(7)]
