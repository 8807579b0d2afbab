"""One call of a tracking SDK in Segment's vocabulary, read leniently: clients differ, and few of them are ours.

Numbers become text where an id is meant, null and PHP's empty list mean an empty object, and unknown fields are let be.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from math import isfinite
from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel

from chalicelib import times
from chalicelib.tracking.event import EventType

LONGEST_ID: Final = 190  # bytes; `u#` and an id then fit a mail's tag: 256 characters of base64url

# A control character or a character that was broken on its way: two such ids might look the same and differ.
_NO_ID: Final = re.compile("[\x00-\x1f\x7f\ufffd]")
_SECONDS_END: Final = 10**11  # as seconds this is the year 5138, as milliseconds 1973


def read_id(value: object) -> str | None:
    """An id as text; None for none. ValueError for what cannot be one."""
    if value is None:
        return None
    text = value if isinstance(value, str) else _digits(value)
    if len(text) <= LONGEST_ID and text.isascii() and text.isprintable() and not text.isspace():
        return text or None  # nearly always
    if text.isspace():
        return None
    if _NO_ID.search(text):
        raise ValueError("holds a control or a broken character")
    if len(text) > LONGEST_ID or len(text.encode()) > LONGEST_ID:
        raise ValueError(f"longer than {LONGEST_ID} bytes")
    return text


def read_time(value: object) -> datetime | None:
    """A time from ISO 8601 text, or from seconds or milliseconds since 1970; None for none, else ValueError."""
    if value is None or value == "":
        return None
    if isinstance(value, str):
        return _iso(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("neither text nor a number")
    try:
        seconds = value if abs(value) < _SECONDS_END else value / 1000
        return times.whole_milliseconds(datetime.fromtimestamp(seconds, UTC))
    except (OverflowError, OSError) as unreadable:
        raise ValueError("out of range") from unreadable


def read_object(value: object) -> object:
    """An object, where null and an empty list stand for an empty one; anything else is left for the type to refuse."""
    return {} if value is None or value == [] else value


Id = Annotated[str | None, BeforeValidator(read_id, json_schema_input_type=str | int | float | None)]
Time = Annotated[datetime | None, BeforeValidator(read_time, json_schema_input_type=str | int | float | None)]
Object = Annotated[dict[str, Any], BeforeValidator(read_object, json_schema_input_type=dict[str, Any] | None)]


class Single(BaseModel):
    """One call to a route of its own, which says its type.

    A call names a `userId`, an `anonymousId` or both. `timestamp` defaults to the moment of receipt; with `sentAt`
    a wrong clock of the client is corrected. `messageId` makes a retry harmless; without it one is derived.
    """

    model_config = ConfigDict(defer_build=True, extra="ignore", alias_generator=to_camel, frozen=True)

    user_id: Id = None
    anonymous_id: Id = None
    message_id: Id = None
    timestamp: Time = None
    original_timestamp: Time = None
    sent_at: Any = None
    event: Any = Field(None, description="track: what was done, `Order Completed`")
    properties: Object = Field(default_factory=dict)
    traits: Object = Field(default_factory=dict)
    context: Object = Field(default_factory=dict)
    integrations: Any = None
    group_id: Id = None
    previous_id: Id = None
    name: Any = Field(None, description="page and screen: its name")
    category: Any = Field(None, description="page and screen: its category")


class Call(Single):
    """One call in a batch: identify, track, page, screen, group or alias."""

    type: EventType


def _iso(text: str) -> datetime:
    try:
        return times.parse(text.strip())
    except ValueError as unreadable:  # whose message would repeat the text, however long
        raise ValueError("not ISO 8601") from unreadable


def _digits(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("neither text nor a number")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if not isfinite(value):
        raise ValueError("not a number")
    return str(value)
