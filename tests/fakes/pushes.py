"""`Pushes` in memory: what each device was told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class MemoryPushes:
    """`told`: platform, token, payload and collapse id of every message that was taken, in order. `ends`: by token,
    what a call ends with instead."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str, Mapping[str, Any], str]] = []
        self.ends: dict[str, Exception] = {}

    def push(
        self, platform: str, token: str, payload: Mapping[str, Any], collapse: str, until: str | None = None
    ) -> str:
        if token in self.ends:
            raise self.ends[token]
        self.told.append((platform, token, payload, collapse))
        return f"push-{len(self.told)}"
