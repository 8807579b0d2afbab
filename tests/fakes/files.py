"""`Files` in memory."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator


class MemoryFiles:
    """`held`: key to content."""

    def __init__(self) -> None:
        self.held: dict[str, bytes] = {}

    def size(self, key: str) -> int | None:
        return len(self.held[key]) if key in self.held else None

    def content_id(self, key: str) -> str:
        return f"{len(self.held[key])} {hashlib.md5(self.held[key], usedforsecurity=False).hexdigest()}"

    def read(self, key: str, start: int, length: int) -> bytes:
        assert start >= 0
        assert length > 0, "a range is at least one byte"
        return self.held[key][start : start + length]

    def write(self, key: str, body: bytes, content_type: str = "application/octet-stream") -> None:
        self.held[key] = bytes(body)

    def replace(self, key: str, body: bytes, content_id: str, content_type: str = "application/octet-stream") -> bool:
        if key not in self.held or self.content_id(key) != content_id:
            return False
        self.write(key, body, content_type)
        return True

    def keys(self, prefix: str) -> Iterator[str]:
        yield from sorted(key for key in self.held if key.startswith(prefix))

    def delete(self, key: str) -> None:
        self.held.pop(key, None)

    def upload_link(self, key: str) -> str:
        return f"https://files.example/{key}?upload"

    def download_link(self, key: str, filename: str) -> str:
        return f"https://files.example/{key}?as={filename}"
