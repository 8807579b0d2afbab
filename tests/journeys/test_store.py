"""What journeys keep, on the fake and on DynamoDB in moto."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib import resources
from chalicelib.aws.database import Database
from chalicelib.catalog.store import VersionConflict
from chalicelib.journeys import template
from chalicelib.journeys.enrolment import Enrolment, after, entered
from chalicelib.journeys.enrolments.gates import Door
from chalicelib.journeys.entry import Entry
from chalicelib.journeys.progress import Progress
from chalicelib.journeys.send import Send, Status, planned
from chalicelib.journeys.store import EnrolmentStore, JourneyStore, TemplateStore
from chalicelib.journeys.walk import Passed, Position, Walked
from tests.journeys.definitions import journey, send
from tests.segments.people import DAY, NOW

PLAN = journey(send("hello"))


def row(step: str = "hello", customer: str = "u#1") -> Send:
    return planned(
        customer=customer,
        message_class="marketing",
        channel="email",
        template="hello-mail",
        journey="trial",
        step=step,
        enrolment="trial#once",
        origin="origin",
        occurrence=0,
        now=NOW,
        worth=DAY,
    )


def enrolment(entry: str = "once", **fields: object) -> Enrolment:
    made = entered("u#1", "trial", 3, entry, {"id": "x", "total": 1.5}, NOW)
    return replace(made, v=1, due_at=NOW + DAY, **fields)  # type: ignore[arg-type]


def test_a_send_survives_its_item(database: Database) -> None:
    full = replace(
        row(),
        v=7,
        status=Status.SENT,
        reason="x",
        template_version=2,
        owner="me",
        claimed_at=NOW,
        provider_id="ses",
        attempts=2,
        due_at=None,
        outcomes={"delivered_at": NOW + DAY},
    )
    for one in (row(), full):
        database.put(resources.SENDS, one.to_item())
        stored = database.get(resources.SENDS, one.customer, one.id)
        assert stored is not None
        assert Send.from_item(stored) == one


def test_a_planned_send_is_due_and_a_settled_one_is_not() -> None:
    assert {"due_at", "due_shard"} <= row().to_item().keys()
    assert not {"due_at", "due_shard"} & replace(row(), due_at=None).to_item().keys()


def test_a_send_id_is_decided_by_its_cause_and_fits_a_message_tag() -> None:
    assert row().id == row(customer="u#2").id, "a merge changes whose it is, not what it is"
    assert row().id != row("nudge").id
    assert row().id.startswith("20261122T0900-")
    assert row().id.replace("-", "").isalnum()


def test_versions_are_made_by_content(database: Database) -> None:
    store = JourneyStore(database)
    first = store.put("trial", "Trial", PLAN.body(), NOW)
    assert (first.latest, first.version, first.live) == (1, None, False)
    assert store.put("trial", "Trial", PLAN.body(), NOW + DAY) == first
    changed = journey(send("hello"), title="Other")
    second = store.put("trial", "Other", changed.body(), NOW, expected=1)
    assert (second.latest, second.title) == (2, "Other")
    assert store.put("trial", "Other", changed.body(), NOW, expected=1) == second, "a repeated request"
    assert (store.body("trial", 1), store.body("trial", 2)) == (PLAN.body(), changed.body())
    assert store.body("trial", 3) is None
    with pytest.raises(VersionConflict) as lost:
        store.put("trial", "Trial", PLAN.body(), NOW, expected=1)
    assert lost.value.latest == 2
    with pytest.raises(VersionConflict):
        store.put("another", "Another", PLAN.body(), NOW, expected=1)


def test_what_is_in_force_changes_under_the_version_that_was_seen(database: Database) -> None:
    store = JourneyStore(database)
    made = store.put("trial", "Trial", PLAN.body(), NOW)
    live = store.change(made, NOW, version=1, live=True)
    assert (live.version, live.live) == (1, True)
    with pytest.raises(VersionConflict):
        store.change(made, NOW, version=1, live=False)
    newer = store.put("trial", "Trial", journey(send("x")).body(), NOW)
    assert (newer.latest, newer.version, newer.live) == (2, 1, True), "a new version waits to be published"
    assert store.pointer("trial") == newer


def test_definitions_are_listed_by_name_without_their_versions(database: Database) -> None:
    store = JourneyStore(database)
    for name in ("c", "a", "b"):
        for title in ("One", "Two"):
            store.put(name, title, journey(send("x"), name=name, title=title).body(), NOW)
    assert [pointer.name for pointer in store.pointers()] == ["a", "b", "c"]
    assert [pointer.name for pointer in store.pointers(limit=2)] == ["a", "b"]
    assert [pointer.name for pointer in store.pointers(after="b", limit=2)] == ["c"]
    assert store.pointers(after="c") == []
    assert TemplateStore(database).pointers() == []


def test_a_template_is_in_force_at_once(database: Database) -> None:
    store = TemplateStore(database)
    assert store.template("hello") is None
    for subject in ("One", "Two"):
        made = template.parse({"name": "hello", "class": "marketing", "subject": subject, "text": "x"})
        store.put("hello", subject, made.body(), NOW, in_force=True)
    current, first = store.template("hello"), store.template("hello", 1)
    assert current is not None
    assert first is not None
    assert (current.subject, current.version, first.subject, first.version) == ("Two", 2, "One", 1)
    assert store.template("hello", 9) is None


def test_an_enrolment_survives_its_item(database: Database) -> None:
    store = EnrolmentStore(database)
    full = enrolment(
        position=Position("pause", NOW), trail=(Passed("hello", NOW, "sent"),), reason="waiting", status="exited"
    )
    assert store.enter(Entry(full), Door())
    assert store.get("u#1", "trial#once") == full
    assert store.get("u#1", "trial#other") is None
    assert store.of("u#1") == [full]
    assert store.of("u#2") == []


def test_an_enrolment_and_its_sends_are_written_together_and_once(database: Database) -> None:
    store = EnrolmentStore(database)
    assert store.enter(Entry(enrolment(), (row(),)), Door())
    assert not store.enter(Entry(enrolment(), (row("other"),)), Door())
    assert database.get(resources.SENDS, "u#1", row("other").id) is None
    standing = enrolment()
    moved = after(standing, Walked(Position("end", NOW), (), None, "done", "completed"))
    assert store.move(standing, Progress(moved, (row("nudge"),)))
    assert not store.move(standing, Progress(moved, (row("other"),))), "somebody was faster"
    assert database.get(resources.SENDS, "u#1", row("nudge").id) is not None
    assert database.get(resources.SENDS, "u#1", row("other").id) is None
    assert store.get("u#1", "trial#once") == moved
    assert list(store.due(standing.to_item()["due_shard"], NOW + 9 * DAY)) == []


def test_entries_are_counted_where_the_journey_asks(database: Database) -> None:
    store = EnrolmentStore(database)
    nobody = store.door("u#1", "trial", None, gated=True)
    assert nobody == Door(last=None, gated=True)
    assert store.enter(Entry(enrolment("a")), nobody)
    door = store.door("u#1", "trial", None, gated=True)
    assert door.last == NOW
    assert not store.enter(Entry(enrolment("b")), nobody), "another trigger that saw no entry"
    assert store.enter(Entry(enrolment("b")), door)
    assert [one.entry for one in store.of("u#1")] == ["a", "b"], "the count is no enrolment"


def test_the_due_index_gives_the_longest_due_first(database: Database) -> None:
    store = EnrolmentStore(database)
    for hours, entry in ((3, "c"), (1, "a"), (2, "b"), (9, "late")):
        store.enter(Entry(replace(enrolment(entry), due_at=NOW + timedelta(hours=hours))), Door())
    shard = enrolment().to_item()["due_shard"]
    due = list(store.due(shard, NOW + timedelta(hours=3)))
    assert due == [("u#1", f"trial#{entry}", NOW + timedelta(hours=n)) for n, entry in ((1, "a"), (2, "b"), (3, "c"))]


def test_what_cannot_be_read_is_set_aside_unless_it_has_moved(database: Database) -> None:
    store = EnrolmentStore(database)
    store.enter(Entry(enrolment()), Door())
    shard = enrolment().to_item()["due_shard"]
    store.set_aside("u#1", "trial#once", NOW, NOW + 9 * DAY, "unreadable")
    assert [at for _, _, at in store.due(shard, NOW + 30 * DAY)] == [NOW + DAY], "it was not due"
    store.set_aside("u#1", "trial#once", NOW + DAY, NOW + 9 * DAY, "unreadable")
    assert [at for _, _, at in store.due(shard, NOW + 30 * DAY)] == [NOW + 9 * DAY]
    store.set_aside("u#1", "trial#gone", NOW, NOW + DAY, "unreadable")
    assert store.get("u#1", "trial#gone") is None
