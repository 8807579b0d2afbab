"""A shop's website: `segment-analytics-python` as it comes from the package index, and a record of what it said."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import pytest
from segment.analytics.client import Client

from chalicelib.customers.facts import Facts
from chalicelib.customers.fold import fold
from chalicelib.tracking.event import Event
from chalicelib.tracking.reading import Arrival
from chalicelib.tracking.source import interpret
from tests.cloud.asking import PATIENCE, Api

Call = dict[str, Any]
"""A call in Segment's words, as the SDK puts it on the wire."""


class Website:
    """One client of the SDK. `calls` is everything that it was told, in order."""

    def __init__(self, api: Api, uploads: int = 1, batch: int = 100) -> None:
        self.calls: list[Call] = []
        self._failed: list[str] = []
        self._lock = threading.Lock()
        self._client = Client(
            api.write_key,
            host=api.endpoint,
            thread=uploads,
            upload_size=batch,
            upload_interval=0.1,
            on_error=self._note,
        )

    def identify(self, user: str, at: datetime | None = None, **traits: object) -> None:
        """Somebody says who they are."""
        call = self._call("identify", user, at, traits=traits)
        self._client.identify(user, traits, timestamp=_moment(call), message_id=call["messageId"])

    def track(self, user: str, event: str, at: datetime | None = None, **properties: object) -> None:
        """Somebody does something."""
        call = self._call("track", user, at, event=event, properties=properties)
        self._client.track(user, event, properties, timestamp=_moment(call), message_id=call["messageId"])

    def said(self, calls: Iterable[Call]) -> None:
        """Say what another website would have said."""
        for call in calls:
            moment = datetime.fromisoformat(call["timestamp"])
            if call["type"] == "identify":
                self.identify(call["userId"], moment, **call["traits"])
            else:
                self.track(call["userId"], call["event"], moment, **call["properties"])

    def arrive(self, within: float = PATIENCE) -> None:
        """Wait until everything that was said is acknowledged; fails the test if the SDK gave something up."""
        end = time.monotonic() + within
        while self._client.queue.unfinished_tasks:
            if time.monotonic() > end:
                pytest.fail(f"{self._client.queue.unfinished_tasks} events were not acknowledged in {within:.0f} s")
            time.sleep(0.02)
        with self._lock:
            assert not self._failed, f"the SDK gave up on some events: {self._failed[:3]}"

    def close(self) -> None:
        """End the SDK's threads."""
        self._client.join()

    def _call(self, kind: str, user: str, at: datetime | None, **rest: object) -> Call:
        moment = (at or datetime.now(UTC)).isoformat(timespec="milliseconds")
        call = {"type": kind, "userId": user, "messageId": f"{user}-{len(self.calls)}", "timestamp": moment, **rest}
        self.calls.append(call)
        return call

    def _note(self, error: Exception, batch: list[Any]) -> None:
        with self._lock:
            self._failed.append(f"{len(batch)} events: {type(error).__name__}: {error}")


def folded(calls: Iterable[Call]) -> Facts:
    """What the calls of one person come to, without a cloud: the product's own reading and fold, in this process."""
    return fold(Facts(), events(calls))


def events(calls: Iterable[Call]) -> list[Event]:
    """The calls as events, received at this moment and without delay."""
    arrival = Arrival(source="segment", key="", received_at=datetime.now(UTC), size=1_000_000)
    reading = interpret("batch", {"batch": list(calls)}, arrival)
    assert not reading.refusals, reading.refusals
    return reading.events


def _moment(call: Call) -> datetime:
    return datetime.fromisoformat(call["timestamp"])
