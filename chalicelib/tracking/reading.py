"""The values of tracking: what a source found in a payload, where it came from, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from chalicelib.tracking.event import Event
from chalicelib.tracking.keys import EVERYTHING
from chalicelib.tracking.privacy import PrivacyRequest


class Reason(StrEnum):
    """Why a call was not accepted. The set is closed: reports count by it."""

    NOT_AN_OBJECT = "not_an_object"
    UNKNOWN_TYPE = "unknown_type"
    NOBODY = "no_user_anon_id"
    NO_NAME = "no_event_name"
    INVALID_ID = "invalid_id"
    INVALID_TIME = "invalid_time"
    INVALID_FIELD = "invalid_field"
    TOO_LONG = "too_long"
    TOO_DEEP = "too_deep"
    TOO_MANY = "too_many"
    NOT_ALLOWED = "not_allowed"
    RESERVED_ID = "reserved_id"
    WRONG_HASH = "wrong_user_hash"
    NO_HASH = "no_user_hash"
    TOO_MANY_PROFILES = "too_many_profiles"
    TEST_DATA = "test_data"
    LIVE_DATA = "live_data"


@dataclass(frozen=True)
class Refusal:
    """What was not accepted, as it was sent, and why. `count` calls: `call` is then the list of them."""

    reason: Reason
    details: str
    call: object
    count: int = 1


ERASE: Final = "customers:erase"  # the scope of a guarded call that asks to erase whoever it names


@dataclass(frozen=True)
class Guarded:
    """A call that takes something from somebody: only a secret key that has `scope` may make it."""

    scope: str
    call: Mapping[str, Any]


@dataclass(frozen=True)
class Itself:
    """A track call that is about no person: a product changed, the app was removed. It is the source's own event."""

    call: Mapping[str, Any]


@dataclass(frozen=True)
class Calls:
    """What a source found in one payload: the calls in their order, and what the envelope says for all of them.

    An element of `calls` may be a `Guarded` one, or, of a webhook, one that is about the source `Itself`.

    news_after: how soon the same words without a message id or a time mean that it happened again; None for never
                (as long as anybody remembers): SDKs of that dialect name every call, so it can only be a retry.
                A call that says what holds, not what happened, may with it come twice: that changes nothing.
    """

    calls: Sequence[object]
    sent_at: object = None
    context: Mapping[str, Any] = field(default_factory=dict)
    integrations: Mapping[str, Any] = field(default_factory=dict)
    news_after: timedelta | None = None


@dataclass(frozen=True)
class Arrival:
    """One request: which source reads it, under which key (or other origin), when, and how long it was.

    size:     bytes of the unpacked body; one shorter than the longest event cannot hold a longer one.
    unproven: the key is a public one, so nothing in the request proves of whom it speaks.
    scopes:   what the key may do, if it is a secret one.
    """

    source: str
    key: str
    received_at: datetime
    size: int
    unproven: bool = False
    scopes: frozenset[str] = frozenset()

    def may(self, scope: str) -> bool:
        """Whether it came under a secret key that has been given `scope`, or every scope."""
        return scope in self.scopes or EVERYTHING in self.scopes


@dataclass(frozen=True)
class Reading:
    """What became of a request's calls.

    sent:     for each event the call that it was read from.
    requests: what was asked of somebody's data, by a key that may.
    """

    events: list[Event]
    refusals: list[Refusal]
    sent: list[object] = field(default_factory=list)
    requests: list[PrivacyRequest] = field(default_factory=list)
