"""From calls to events: what is refused and why, clocks set right, and one identity for one event."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chalicelib import times
from chalicelib.tracking import envelope
from chalicelib.tracking.event import Event, to_item
from chalicelib.tracking.pipeline import DEEPEST, LONGEST_EVENT, MOST_EVENTS, read
from chalicelib.tracking.reading import Arrival, Calls, Reading, Reason
from chalicelib.tracking.source import interpret
from tests.tracking.making import NOW, call, json_objects, json_values


def arrival(size: int = 0, key: str = "key") -> Arrival:
    return Arrival("segment", key, NOW, size)


def batch(*calls: object, **more: Any) -> Reading:
    payload = {"batch": list(calls), **more}
    return interpret("batch", payload, arrival(len(json.dumps(payload))))


def text(delta: timedelta) -> str:
    return times.text(NOW + delta)


def nested(levels: int) -> dict[str, Any]:
    return {"a": nested(levels - 1)} if levels > 1 else {}


@pytest.mark.parametrize(
    ("timestamp", "sent_at", "at"),
    [
        pytest.param("2026-11-22T03:26:50Z", "2026-11-22T03:27:00Z", "2026-11-22T03:26:50.000Z", id="right clock"),
        pytest.param("2026-11-22T05:26:50Z", "2026-11-22T05:27:00Z", "2026-11-22T03:26:50.000Z", id="two hours ahead"),
        pytest.param("1970-01-01T00:05:00Z", "1970-01-01T00:05:10Z", "2026-11-22T03:26:50.000Z", id="never set"),
        pytest.param("2099-01-01T00:00:00Z", "2099-01-01T00:00:10Z", "2026-11-22T03:26:50.000Z", id="far ahead"),
        pytest.param("2019-05-01T00:00:00Z", "2026-11-22T03:27:00Z", "2019-05-01T00:00:00.000Z", id="history"),
        pytest.param("2026-11-22T03:26:50+05:30", None, "2026-11-21T21:56:50.000Z", id="no sentAt: as it stands"),
        pytest.param("2026-11-22T03:26:50Z", "soon", "2026-11-22T03:26:50.000Z", id="unreadable sentAt"),
        pytest.param("2026-11-22T03:26:50Z", {}, "2026-11-22T03:26:50.000Z", id="sentAt no time at all"),
        pytest.param("2026-11-22T03:26:50Z", "0001-01-01T00:00:00Z", "2026-11-22T03:26:50.000Z", id="zero of Go"),
        pytest.param(
            "2027-01-01T00:00:00Z", "2026-11-22T03:27:00Z", "2026-11-22T03:27:00.000Z", id="before it happens"
        ),
        pytest.param("2027-01-01T00:00:00Z", None, "2026-11-22T03:27:00.000Z", id="future without sentAt"),
        pytest.param("9999-12-31T23:59:59Z", "1970-01-01T00:00:00Z", "2026-11-22T03:27:00.000Z", id="end of time"),
        pytest.param("1970-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "1970-01-01T00:00:00.000Z", id="all of time"),
        pytest.param(None, "2026-11-22T05:27:00Z", "2026-11-22T03:27:00.000Z", id="no timestamp: receipt"),
        pytest.param("", None, "2026-11-22T03:27:00.000Z", id="empty timestamp: receipt"),
        pytest.param(1795317000, None, "2026-11-22T03:10:00.000Z", id="seconds"),
        pytest.param(1795317000123, None, "2026-11-22T03:10:00.123Z", id="milliseconds"),
    ],
)
def test_the_clock_is_set_right_within_reason(timestamp: object, sent_at: object, at: str) -> None:
    (event,) = batch(call(timestamp=timestamp), sentAt=sent_at).events
    assert times.text(event.at) == at
    assert timestamp or event.timestamp == NOW


@given(claimed=st.datetimes(timezones=st.just(NOW.tzinfo)), sent=st.datetimes(timezones=st.just(NOW.tzinfo)))
def test_no_clock_leads_out_of_time(claimed: Any, sent: Any) -> None:
    reading = batch(call(timestamp=claimed.isoformat()), sentAt=sent.isoformat())
    for event in reading.events:
        assert event.at <= NOW
        assert event.at.year >= 1970
    assert all(refusal.reason is Reason.INVALID_TIME for refusal in reading.refusals)


@given(st.timedeltas(timedelta(0), timedelta(days=400)), st.timedeltas(timedelta(days=-400), timedelta(days=400)))
def test_a_wrong_clock_changes_the_key_and_not_the_time(ago: timedelta, wrong: timedelta) -> None:
    ago, wrong = (timedelta(milliseconds=span // timedelta(milliseconds=1)) for span in (ago, wrong))
    (event,) = batch(call(timestamp=text(wrong - ago)), sentAt=text(wrong)).events
    assert event.at == NOW - ago
    assert event.timestamp == NOW + wrong - ago


@given(
    raw=json_objects,
    type=st.sampled_from(["identify", "track", "page", "screen", "group", "alias"]),
    timestamp=st.none()
    | st.datetimes(NOW.replace(tzinfo=None) - timedelta(days=900)).map(lambda at: f"{at.isoformat()}Z"),
)
def test_one_event_has_one_identity_in_any_form(raw: dict[str, Any], type: str, timestamp: str | None) -> None:
    """Alone or in a batch, beside others, with the envelope's context, sent again: the same key."""
    it = {**raw, **call(type=type, timestamp=timestamp)}
    alone = {name: value for name, value in it.items() if name != "type"}
    readings = [
        batch(it),
        batch(call(messageId="other"), it, call(messageId="third"), sentAt=text(timedelta(seconds=9))),
        batch(it, context={"locale": "en"}, integrations={"All": True}),
        interpret(type, {**alone, "writeKey": "pk"}, arrival(key="another key")),
    ]
    found = [{event.key for event in reading.events if event.message_id == "m-1"} for reading in readings]
    assert all(keys == found[0] for keys in found)


@given(raw=json_objects, timestamp=st.none() | st.just("2026-11-22T03:26:50Z"))
def test_without_a_message_id_a_retry_has_the_same_one(raw: dict[str, Any], timestamp: str | None) -> None:
    it = {**raw, **call(messageId=None, timestamp=timestamp)}
    first = batch(it, sentAt="2026-11-22T03:26:58Z").events
    again = batch({**it, "sentAt": "2026-11-22T03:26:59Z"}, sentAt="2026-11-22T03:26:59Z").events
    assert [event.key for event in first] == [event.key for event in again]
    alone = interpret("track", {**it, "writeKey": "pk"}, arrival()).events
    assert [event.key for event in first] == [event.key for event in alone]


def test_the_same_words_twice_in_one_request_happened_twice() -> None:
    it, other = call(messageId=None), call(messageId=None, event="Signed In")
    ids = [event.message_id for event in batch(it, other, it, it).events]
    assert len(set(ids)) == 4
    assert ids == [event.message_id for event in batch(it, other, it, it).events]


def test_without_a_message_id_the_key_tells_events_apart() -> None:
    it = call(messageId=None)
    ids = {interpret("track", it, arrival(key=key)).events[0].message_id for key in ("one", "two")}
    assert len(ids) == 2


def assert_sound(events: Iterable[Event]) -> None:
    """What the steps have checked is all that an event would check of itself: it is not asked again."""
    for event in events:
        fields = dict(event)
        assert repr(Event.model_validate(fields)) == repr(event)
        assert set(fields) == set(Event.model_fields)


@given(json_values)
@example([1, "two", None, [], {}, call(), call(type=[]), call(userId=10**200), call(properties={"a": math.nan})])
def test_no_call_makes_the_pipeline_raise(value: object) -> None:
    for payload in (value, {"batch": value}, {"batch": [value, call()], "context": value, "sentAt": value}):
        for route in ("batch", "identify", "track"):
            reading = interpret(route, payload, arrival())
            assert all(to_item(event) for event in reading.events)
            assert_sound(reading.events)


FIELDS = [
    "type",
    "event",
    "userId",
    "anonymousId",
    "messageId",
    "timestamp",
    "sentAt",
    "properties",
    "traits",
    "context",
]


@given(st.fixed_dictionaries({}, optional=dict.fromkeys([*FIELDS, "integrations", "name", "groupId"], json_values)))
def test_no_field_makes_the_pipeline_raise(fields: dict[str, Any]) -> None:
    for it in (fields, {**call(), **fields}):
        reading = batch(it, call(messageId="neighbour"))
        assert reading.events[-1].message_id == "neighbour"
        assert len(reading.events) + len(reading.refusals) == 2
        assert_sound(reading.events)


@given(st.text(st.characters()), json_values)
def test_from_bytes_to_items_nothing_worse_than_refused_happens(words: str, value: object) -> None:
    raw = json.dumps({"batch": [call(event=words, properties={words: value}, userId=words)]}).encode()
    reading = interpret("batch", envelope.read(raw), arrival(len(raw)))
    assert len(reading.events) + len(reading.refusals) == 1
    for event in reading.events:
        item = to_item(event)
        assert f"{item['pk']}{item['sk']}{item['name']}".encode()
        assert_sound([event])


def test_an_over_long_event_is_parked_and_its_neighbours_are_not() -> None:
    long = call(messageId="long", properties={"text": "x" * LONGEST_EVENT})
    reading = batch(call(messageId="a"), long, call(messageId="b"))
    assert [event.message_id for event in reading.events] == ["a", "b"]
    assert [(refusal.reason, refusal.call) for refusal in reading.refusals] == [(Reason.TOO_LONG, long)]


def test_an_event_of_exactly_32_kilobytes_is_accepted() -> None:
    empty = len(json.dumps(call(properties={"text": ""}), separators=(",", ":")))
    for more, accepted in ((0, 1), (1, 0)):
        it = call(properties={"text": "x" * (LONGEST_EVENT - len("[{},{}]") - empty + more)})
        assert len(batch(it, 7).events) == accepted


def test_what_the_envelope_adds_counts_as_part_of_the_event() -> None:
    context = {"text": "x" * 20_000}
    reading = batch(call(messageId="a"), call(messageId="b", properties={"text": "x" * 15_000}), context=context)
    assert [event.message_id for event in reading.events] == ["a"]
    assert [refusal.reason for refusal in reading.refusals] == [Reason.TOO_LONG]
    assert batch(call(), call(), context={"text": "x" * 40_000}).events == []


def test_events_beyond_the_limit_are_parked_as_one() -> None:
    calls = [call(messageId=f"m-{place}") for place in range(MOST_EVENTS + 3)]
    reading = read(Calls(calls), arrival())
    assert len(reading.events) == MOST_EVENTS
    (refusal,) = reading.refusals
    assert (refusal.reason, refusal.count, refusal.call) == (Reason.TOO_MANY, 3, calls[MOST_EVENTS:])


def test_what_is_nested_too_deep_is_parked() -> None:
    reading = batch(call(messageId="a", properties=nested(DEEPEST - 1)), call(properties=nested(DEEPEST)))
    assert [event.message_id for event in reading.events] == ["a"]
    assert [refusal.reason for refusal in reading.refusals] == [Reason.TOO_DEEP]


def test_a_context_nested_too_deep_is_no_events_context() -> None:
    assert batch(call(), context=nested(DEEPEST - 1)).events
    assert [refusal.reason for refusal in batch(call(), context=nested(DEEPEST)).refusals] == [Reason.TOO_DEEP]


def test_details_never_repeat_what_was_sent() -> None:
    secret = "ada@example.com"
    fields = ("type", "userId", "messageId", "timestamp", "properties", "traits", "context")
    bad = [call(**{name: [secret] if name == "userId" else f"{secret}\n"}) for name in fields]
    reading = batch(*bad)
    assert len(reading.refusals) == len(fields)
    assert not [refusal for refusal in reading.refusals if secret in refusal.details]
