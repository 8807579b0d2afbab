"""Events and calls for tests: whole, valid, and different only where a test says so."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from chalicelib.tracking.event import Event

NOW = datetime(2026, 11, 22, 3, 27, tzinfo=UTC)

# Numbers within what JSON carries unharmed; everything else of JSON.
_leaves = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
_texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
json_values: st.SearchStrategy[Any] = st.recursive(
    _leaves | _texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_texts, inner, max_size=4),
    max_leaves=10,
)
json_objects = st.dictionaries(_texts, json_values, max_size=4)


def event(**fields: Any) -> Event:
    """An event of user u-1 at NOW."""
    standard = {
        "message_id": "m-1",
        "type": "track",
        "name": "Product Viewed",
        "user_id": "u-1",
        "timestamp": NOW,
        "at": NOW,
        "received_at": NOW,
        "source": "segment",
    }
    return Event.model_validate({**standard, **fields})


def call(**fields: Any) -> dict[str, Any]:
    """A track call of user u-1 as a client sends it."""
    standard = {"type": "track", "event": "Product Viewed", "userId": "u-1", "messageId": "m-1"}
    return {**standard, **fields}
