"""What the mailbox's routes take and give. Small on purpose: one exchange is one value in, one value out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit


@dataclass(frozen=True)
class Request:
    """`path` is split at slashes and decoded; `headers` have lower-case names."""

    method: str
    path: tuple[str, ...]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    @staticmethod
    def of(method: str, target: str, headers: Mapping[str, str], body: bytes) -> Request:
        """From a request line's target."""
        parts = urlsplit(target)
        path = tuple(unquote(part) for part in parts.path.split("/") if part)
        return Request(method, path, dict(parse_qsl(parts.query)), headers, body)

    def json(self) -> Mapping[str, Any]:
        """The body as a JSON object. Raises ValueError."""
        value = json.loads(self.body or b"{}")
        if not isinstance(value, dict):
            raise ValueError("the body must be a JSON object")
        return value


@dataclass(frozen=True)
class Response:
    """One answer. Every answer forbids sniffing, framing by others and sending on of the address, unless
    it says otherwise."""

    status: int
    body: bytes = b""
    kind: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


def answer(value: Any, status: int = 200) -> Response:
    """A JSON answer."""
    return Response(status, json.dumps(value, ensure_ascii=False).encode())


def refused(message: str, status: int = 400) -> Response:
    """A JSON error of the mailbox's own routes."""
    return answer({"message": message}, status)
