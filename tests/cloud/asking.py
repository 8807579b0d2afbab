"""Asking the deployed application over HTTP, as anybody outside would, and waiting for what comes about by itself."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

import pytest

T = TypeVar("T")

PATIENCE = 60.0  # seconds for what takes two or three: a cold start on a busy machine takes many


@dataclass(frozen=True)
class Answer:
    """One answer; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    def json(self) -> Any:
        return json.loads(self.body)


def ask(method: str, url: str, headers: Mapping[str, str] | None = None, body: bytes | None = None) -> Answer:
    """One request on a connection of its own; a status of 400 and above is an answer like any other."""
    to = urlsplit(url)
    connection = HTTPConnection(to.hostname or "", to.port, timeout=60)
    try:
        connection.request(method, f"{to.path or '/'}?{to.query}" if to.query else to.path or "/", body, headers or {})
        answer = connection.getresponse()
        return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
    finally:
        connection.close()


@dataclass(frozen=True)
class Api:
    """The HTTP API, under its two keys."""

    endpoint: str
    write_key: str
    secret_key: str

    @property
    def writes(self) -> dict[str, str]:
        """How a tracking SDK introduces itself."""
        credentials = base64.b64encode(f"{self.write_key}:".encode()).decode()
        return {"Authorization": f"Basic {credentials}", "Content-Type": "application/json"}

    @property
    def asks(self) -> dict[str, str]:
        """How a marketer's program introduces itself."""
        return {"Authorization": f"Bearer {self.secret_key}", "Content-Type": "application/json"}

    def track(self, path: str, content: object) -> Answer:
        """Post to a tracking route."""
        return ask("POST", self.endpoint + path, self.writes, json.dumps(content).encode())

    def ask(self, method: str, path: str, content: object | None = None) -> Answer:
        """A question or a command under the secret key."""
        body = None if content is None else json.dumps(content).encode()
        return ask(method, self.endpoint + path, self.asks, body)

    def get(self, path: str) -> Any:
        """What stands there; fails the test unless it is a 200."""
        answer = self.ask("GET", path)
        assert answer.status == 200, f"GET {path} answered {answer.status}: {answer.text[:500]}"
        return answer.json()

    def find(self, customer: str, timeline: int = 50) -> Any:
        """Everything about a customer; None while nobody is known by that id."""
        answer = self.ask("GET", f"/v1/customers/{quote(customer, safe='')}?timeline={timeline}")
        assert answer.status in (200, 404), f"{customer}: {answer.status} {answer.text[:500]}"
        return answer.json() if answer.status == 200 else None


def eventually(what: str, find: Callable[[], T | None], *, within: float = PATIENCE, every: float = 0.2) -> T:
    """What `find` returns, as soon as that is true; fails the test with `what` and what stood there at last."""
    end = time.monotonic() + within
    while not (found := find()):
        if time.monotonic() > end:
            pytest.fail(f"waited {within:.0f} s in vain: {what}; at last there was {found!r}")
        time.sleep(every)
    return found


def entries(customer: Any, kind: str) -> list[Any]:
    """The entries of one kind in a customer's timeline, oldest first."""
    return [entry for entry in reversed((customer or {}).get("timeline", [])) if entry["kind"] == kind]
