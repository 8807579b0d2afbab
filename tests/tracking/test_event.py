"""An event comes back from storage as it went in, and its key is what was sent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from chalicelib.review.store import concerns_facts
from chalicelib.tracking import body
from chalicelib.tracking.event import Event, from_item, is_counted, subject_ids, to_item
from tests.tracking.making import event, json_objects

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
ids = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=40)
moments = st.timedeltas(timedelta(days=-20_000), timedelta(days=20_000)).map(
    lambda since: (NOON + since).astimezone(timezone(timedelta(hours=5.5)))
)


@given(
    message_id=ids,
    type=st.sampled_from(["identify", "track", "page", "screen", "group", "alias"]),
    name=ids,
    user_id=st.none() | ids,
    anonymous_id=ids,
    timestamp=moments,
    at=moments,
    received_at=moments,
    properties=json_objects,
    traits=json_objects,
    context=json_objects,
    integrations=json_objects,
    group_id=st.none() | ids,
    previous_id=st.none() | ids,
    source=ids,
)
def test_what_is_stored_is_what_comes_back(**fields: Any) -> None:
    stored = Event.model_validate(fields)
    back = from_item(to_item(stored))
    assert back == stored
    assert back == Event.model_validate(back.model_dump())  # which is not asked any more when it is read
    assert back.model_copy(update={"name": "Other"}) == stored.model_copy(update={"name": "Other"})


def test_the_key_is_the_time_as_sent_and_the_message_id() -> None:
    item = to_item(event(user_id="u-1", message_id="m#1", timestamp=NOON, at=NOON + timedelta(hours=1)))
    assert (item["pk"], item["sk"]) == ("u#u-1", "2026-11-22T12:00:00.000Z#m#1")
    assert item["at"] == "2026-11-22T13:00:00.000Z"


def test_a_visitor_has_a_subject_too() -> None:
    assert event(user_id=None, anonymous_id="a-1").subject == "a#a-1"
    assert event(user_id="u-1", anonymous_id="a-1").subject == "u#u-1"


def test_what_is_of_nobody_is_of_its_source() -> None:
    of_source = event(user_id=None, source="shopify", message_id="shopify-1")
    assert of_source.of_source
    assert (of_source.subject, to_item(of_source)["pk"]) == ("s#shopify", "s#shopify")
    assert from_item(to_item(of_source)) == of_source


@pytest.mark.parametrize("type", ["identify", "page", "screen", "group", "alias"])
def test_only_a_track_event_may_be_of_nobody(type: str) -> None:
    with pytest.raises(ValidationError, match="user_id or an anonymous_id"):
        event(type=type, user_id=None, anonymous_id=None)


@pytest.mark.parametrize(
    ("fields", "counted"),
    [
        ({}, True),
        ({"user_id": None, "anonymous_id": "a-1"}, True),
        ({"user_id": None, "source": "shopify"}, False),
        ({"name": "Stage Changed", "source": "perennial"}, False),
        ({"name": "Stage Changed", "source": "segment"}, True),  # whoever calls an event so has said something
        ({"name": "Subscribed", "source": "perennial"}, True),
    ],
)
def test_what_is_counted(fields: dict[str, Any], counted: bool) -> None:
    made = event(**fields)
    assert is_counted(made) is counted
    assert concerns_facts(to_item(made)) is counted


def test_a_stored_item_that_cannot_be_read_may_concern_facts() -> None:
    assert concerns_facts({**to_item(event(name="Stage Changed", source="perennial")), "body": b"broken"})


def test_times_are_kept_in_utc_and_milliseconds() -> None:
    there = datetime(2026, 11, 22, 1, 0, 0, 123_999, timezone(timedelta(hours=5)))
    assert event(at=there).at.isoformat() == "2026-11-21T20:00:00.123000+00:00"


def test_infinity_is_stored_as_null() -> None:
    assert from_item(to_item(event(properties={"a": float("inf"), "b": float("nan")}))).properties == {
        "a": None,
        "b": None,
    }


def test_a_kilobyte_as_sent_is_a_kilobyte_stored() -> None:
    """One write unit: DynamoDB counts names and values, and rounds up to the next 1,024 bytes."""
    letters = "".join(chr(97 + (place * place * 7919) % 26) for place in range(900))
    item = to_item(event(properties={"text": letters}, message_id="node-next-1795320289053-88371d86-b309-497e-98c5-00"))
    size = sum(len(name) + len(str(value) if not isinstance(value, bytes) else value) for name, value in item.items())
    assert size <= 1_024


def test_the_body_is_without_what_is_empty() -> None:
    assert body.unpack(to_item(event(properties={}))["body"]) == {"type": "track", "source": "segment"}


@pytest.mark.parametrize("text", ["", "u#", "a#", "u-1", "x#1", "s#shopify"])
def test_a_subject_is_a_user_or_a_visitor(text: str) -> None:
    with pytest.raises(ValueError, match="neither"):
        subject_ids(text)
