"""Calls of the HTTP API and of the mailbox by commands, with the standard library."""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from typing import Any


class Unexpected(Exception):
    """An answer that a command cannot go on with."""


@dataclass(frozen=True)
class Answer:
    """Status and body of one answer."""

    status: int
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    def json(self) -> Any:
        return json.loads(self.body)


def request(
    method: str, url: str, *, headers: dict[str, str] | None = None, body: bytes | None = None, seconds: float = 30
) -> Answer:
    """One request; an error status is an answer, not an exception."""
    if not url.startswith(("http://", "https://")):
        raise ValueError(f"not a web address: {url}")
    asked = urllib.request.Request(url, data=body, headers=headers or {}, method=method)
    try:
        with urllib.request.urlopen(asked, timeout=seconds) as answer:
            return Answer(answer.status, answer.read())
    except urllib.error.HTTPError as error:
        return Answer(error.code, error.read())


@dataclass(frozen=True)
class Api:
    """The HTTP API of one deployment under its secret key."""

    endpoint: str
    secret_key: str

    def ask(self, method: str, path: str, document: object | None = None) -> Answer:
        """One call; `path` begins with /v1."""
        headers = {"Authorization": f"Bearer {self.secret_key}", "Content-Type": "application/json"}
        body = None if document is None else json.dumps(document).encode()
        return request(method, self.endpoint + path, headers=headers, body=body)

    def get(self, path: str) -> Any:
        """The JSON at `path`; Unexpected unless the answer is 200."""
        return self._expect(self.ask("GET", path), "GET", path)

    def send(self, method: str, path: str, document: object) -> Any:
        """PUT or POST a document; Unexpected unless the answer is a 2xx."""
        return self._expect(self.ask(method, path, document), method, path)

    @staticmethod
    def _expect(answer: Answer, method: str, path: str) -> Any:
        if not 200 <= answer.status < 300:
            raise Unexpected(f"{method} {path} answered {answer.status}: {answer.text[:500]}")
        return answer.json() if answer.body else None


def quoted(part: str) -> str:
    """One segment of a path: `u#7` as `u%237`."""
    return urllib.parse.quote(part, safe="")
