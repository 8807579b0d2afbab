"""`Http` in memory: it knows addresses that are called, and never calls one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chalicelib.aws import reach
from chalicelib.aws.http import Answer


class MemoryHttp:
    """`calls` are those that were made: method, URL, headers, body. `next` holds how the next ones end: an exception is
    raised after the call arrived if it is Unanswered, before it otherwise; None is 200. `private` are hosts with an
    address that is not public."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str, Mapping[str, str], bytes]] = []
        self.next: list[Answer | Exception | None] = []
        self.private: set[str] = set()

    def call(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        self.check(url)
        ending: Any = self.next.pop(0) if self.next else None
        if isinstance(ending, Exception) and type(ending).__name__ != "Unanswered":
            raise ending
        self.calls.append((method, url, headers, body))
        if isinstance(ending, Exception):
            raise ending
        return ending or Answer(200)

    def check(self, url: str) -> None:
        if reach.target(url).host in self.private:
            raise reach.Unreachable("the URL's host has an address that is not public")
