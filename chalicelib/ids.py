"""Ids that are decided, not drawn: the same cause always gets the same id, so a second delivery changes nothing."""

from __future__ import annotations

import hashlib


def digest(*parts: str, length: int = 32) -> str:
    """The first `length` hex digits of SHA-256 over the parts, each preceded by its length.

    The lengths keep ("ab", "c") and ("a", "bc") apart.
    """
    joined = "".join(f"{len(part)}:{part}" for part in parts)
    return hashlib.sha256(joined.encode("utf-8", "surrogatepass")).hexdigest()[:length]


def shard(key: str, count: int) -> int:
    """The shard of `key`, 0 to count - 1, the same on every machine."""
    return int(digest(key, length=8), 16) % count


def fraction(*parts: str) -> float:
    """A number in [0, 1) that looks random and never changes: the dice of pure functions."""
    return int(digest(*parts, length=13), 16) / 16**13
