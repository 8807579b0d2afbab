"""Histories: what counts, once, of everybody who belongs to a customer; no more is read than needed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.aws.database import Database
from chalicelib.resources import EVENTS
from chalicelib.segments.history import History
from chalicelib.segments.need import Need
from chalicelib.segments.store import HistoryStore
from chalicelib.times import milliseconds
from chalicelib.tracking.event import STAGE_CHANGED, statement, to_item
from tests.customers.events import DAY, event

ORDER, VIEW = "Order Completed", "Product Viewed"


def test_an_event_that_was_stored_twice_is_there_once() -> None:
    twin = event(ORDER, DAY - timedelta(hours=1), message_id="1", user_id=None, anonymous_id="x")
    history = History.of([event(ORDER, message_id="1"), twin, event(VIEW, message_id="2")], frozenset({ORDER}))
    assert [(deed.id, deed.at) for deed in history.of_names({ORDER, VIEW})] == [("1", milliseconds(twin.at))]


def test_what_is_not_counted_did_not_happen() -> None:
    machine = {"machine": True}
    events = [
        event(VIEW, DAY.replace(year=1999), message_id="1"),
        event("Email Opened", message_id="2", properties=machine),
        event("Email Link Clicked", message_id="3", properties=machine),
        event("Email Opened", message_id="4"),
        event("Form Submitted", message_id="5", properties=machine),
        statement(STAGE_CHANGED, "6", "u#ann", {}, at=DAY),
    ]
    assert {deed.id for each in History.of(events).deeds.values() for deed in each} == {"4", "5"}


@pytest.mark.parametrize(
    ("names", "since", "covered"),
    [({ORDER}, None, False), ({ORDER}, 100, True), ({ORDER}, 99, False), ({VIEW}, 100, False), (set(), 101, True)],
)
def test_what_a_history_covers(names: set[str], since: int | None, covered: bool) -> None:
    assert History(frozenset({ORDER}), 100).covers(names, since) is covered


def test_the_whole_history_covers_everything() -> None:
    assert History.of([]).covers({ORDER}, None)


def test_needs_unite() -> None:
    assert Need(frozenset({"a"}), 5) | Need(frozenset({"b"}), 3) == Need(frozenset({"a", "b"}), 3)
    assert Need(frozenset({"a"}), 5) | Need(frozenset({"b"})) == Need(frozenset({"a", "b"}))


def test_it_is_read_of_all_subjects_and_only_the_range_needed(database: Database) -> None:
    for number, (name, days, who) in enumerate(
        [(ORDER, 1, "ann"), (ORDER, 50, "ann"), (VIEW, 1, "ann"), (ORDER, 2, "ben"), (ORDER, 3, "other")]
    ):
        database.put(EVENTS, to_item(event(name, DAY - timedelta(days=days), message_id=f"m{number}", user_id=who)))
    visitor = event(ORDER, DAY - timedelta(days=4), message_id="m9", user_id=None, anonymous_id="v")
    database.put(EVENTS, to_item(visitor))
    database.put(EVENTS, to_item(event(ORDER, message_id="broken")) | {"body": b"no"})
    store = HistoryStore(database)
    since = milliseconds(DAY - timedelta(days=30))
    history = store.read(["u#ann", "u#ben", "a#v"], Need(frozenset({ORDER}), since))
    assert [deed.id for deed in history.of_names({ORDER})] == ["m9", "m3", "m0"]
    assert history.covers({ORDER}, since)
    everything = store.read(["u#ann"], Need(frozenset({ORDER, VIEW})))
    assert sorted(deed.id for deed in everything.of_names({ORDER, VIEW})) == ["m0", "m1", "m2"]


def test_a_clock_that_was_an_hour_off_hides_nothing(database: Database) -> None:
    late = event(ORDER, DAY, message_id="m", timestamp=DAY - timedelta(hours=1))
    database.put(EVENTS, to_item(late))
    read = HistoryStore(database).read(["u#ann"], Need(frozenset({ORDER}), milliseconds(DAY)))
    assert len(read.of_names({ORDER})) == 1
