"""A mailbox served in this process, and the real SES client that talks to it."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

from infra.local.mailbox.box import Box, Pending
from infra.local.mailbox.mailbox import Mailbox
from infra.local.mailbox.publish import Unreachable
from infra.local.mailbox.server import Server

SENDER = "shop@example.com"
CONFIGURATION_SET = "perennial-test"
SESSION = boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name="us-east-1")


class RecordingPublisher:
    """The topic's end, in memory. While `reachable` is False it takes nothing."""

    def __init__(self) -> None:
        self.records: list[dict[str, Any]] = []
        self.reachable = True
        self._lock = threading.Lock()

    def knows(self, configuration_set: str) -> bool:
        return configuration_set == CONFIGURATION_SET

    def publish(self, events: Sequence[Pending]) -> list[int]:
        if not self.reachable:
            raise Unreachable("a test says so")
        with self._lock:
            self.records += [json.loads(event.record) for event in events]
        return [event.seq for event in events]

    def wait_for(self, count: int) -> list[dict[str, Any]]:
        """The first `count` records, as soon as there are so many."""
        eventually(lambda: len(self.records) >= count)
        return self.records

    def kinds(self) -> list[str]:
        return [record["eventType"] for record in self.records]


class Served:
    """A mailbox at an address, kept in a file."""

    def __init__(self, file: Path) -> None:
        self.publisher = RecordingPublisher()
        self.mailbox = Mailbox(Box(file), self.publisher, lambda: datetime.now(UTC))
        self._server = Server(self.mailbox, 0)
        self.address = self._server.address
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self.mailbox.start()
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self.mailbox.close()


@pytest.fixture
def mailbox_file(tmp_path: Path) -> Path:
    return tmp_path / "mail.sqlite"


@pytest.fixture
def served(mailbox_file: Path) -> Iterator[Served]:
    made = Served(mailbox_file)
    made.mailbox.box.add_identity("example.com", datetime.now(UTC))
    yield made
    made.close()


@pytest.fixture
def ses(served: Served) -> Iterator[Any]:
    client = client_of(served)
    yield client
    client.close()


def client_of(served: Served) -> Any:
    """The SES client as the application sets it up: one attempt, no more."""
    config = Config(retries={"total_max_attempts": 1, "mode": "standard"}, connect_timeout=2, read_timeout=5)
    return SESSION.client("sesv2", endpoint_url=served.address, config=config)


def simple(to: str | list[str] = "ada@example.org", **changes: Any) -> dict[str, Any]:
    """The arguments of a SendEmail that SES would accept, with some changed."""
    body = {"Html": {"Data": "<p>Hello <a href='https://example.com/x'>x</a></p>"}, "Text": {"Data": "Hello"}}
    content: dict[str, Any] = {"Subject": {"Data": "Hello"}, "Body": body}
    if "Headers" in changes:
        content["Headers"] = changes.pop("Headers")
    return {
        "FromEmailAddress": f"Shop <{SENDER}>",
        "Destination": {"ToAddresses": [to] if isinstance(to, str) else to},
        "Content": {"Simple": content},
        "ConfigurationSetName": CONFIGURATION_SET,
        **changes,
    }


def eventually(holds: Callable[[], bool], *, within: float = 5.0) -> None:
    """Wait until something holds. Fails the test if it does not come to hold."""
    end = time.monotonic() + within
    while not holds():
        assert time.monotonic() < end, "it did not come to hold in time"
        time.sleep(0.005)
