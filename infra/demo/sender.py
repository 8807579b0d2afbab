"""Posting calls through `segment-analytics-python` as it comes from the package index, options only."""

from __future__ import annotations

import threading
import time
from datetime import datetime
from typing import Any

from segment.analytics.client import Client

from infra.demo.shop import Call, stamped

UPLOADS = 4
"""Uploads side by side while the history goes in; the order of arrival does not matter to the application."""
BATCH = 100
"""Events per request, the SDK's own default."""


class Sender:
    """One SDK client and the errors that it met. Nothing is dropped in silence: `failed` counts what was given up."""

    def __init__(self, endpoint: str, write_key: str, uploads: int = 1) -> None:
        self._errors: list[str] = []
        self._failed = 0
        self._lock = threading.Lock()
        self._client = Client(
            write_key,
            host=endpoint,
            thread=uploads,
            upload_size=BATCH,
            upload_interval=0.2,
            max_queue_size=100_000,
            on_error=self._note,
            gzip=False,
        )

    def post(self, call: Call, moment: datetime, message_id: str) -> None:
        """Hand one call to the SDK; it leaves with the next batch."""
        common: dict[str, Any] = {
            "user_id": call.user_id,
            "anonymous_id": call.anonymous_id,
            "timestamp": moment,
            "message_id": message_id,
        }
        body = stamped(call, moment)
        match call.kind:
            case "identify":
                taken, _ = self._client.identify(traits=body, **common)
            case "page":
                taken, _ = self._client.page(name=call.name, properties=body, **common)
            case "track":
                taken, _ = self._client.track(event=call.name, properties=body, **common)
        if not taken:
            self._note(RuntimeError("the SDK's queue is full"), [message_id])

    @property
    def waiting(self) -> int:
        """Events that were handed over and not yet acknowledged."""
        return int(self._client.queue.unfinished_tasks)

    def drain(self, seconds: float) -> bool:
        """Wait until everything is acknowledged or given up; False if that takes longer than `seconds`."""
        until = time.monotonic() + seconds
        while self.waiting and time.monotonic() < until:
            time.sleep(0.05)
        return not self.waiting

    def problem(self) -> str | None:
        """What went wrong, in one line; None if every event was acknowledged."""
        with self._lock:
            if not self._failed:
                return None
            return f"the SDK gave up on {self._failed} events; the first error: {self._errors[0]}"

    def _note(self, error: Exception, batch: list[Any]) -> None:
        with self._lock:
            self._errors.append(f"{type(error).__name__}: {error}")
            self._failed += len(batch)
