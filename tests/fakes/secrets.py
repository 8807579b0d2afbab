"""`Secrets` in memory."""

from __future__ import annotations

from collections.abc import Sequence

from chalicelib.errors import Permanent


class MemorySecrets:
    """Any named secret, newest first; where links lead; and what webhook sources sign with."""

    def __init__(self, url: str = "https://shop.example/api", **named: tuple[str, ...]) -> None:
        self.url = url
        self.held = named or {
            "link": ("newest", "previous"),
            "pii": ("pepper",),
            "proof": ("newest", "previous"),
            "webhook": ("newest", "previous"),
        }
        self.sources: dict[str, tuple[str, ...]] = {}

    def named(self, name: str) -> tuple[str, ...]:
        if not self.held.get(name):
            raise Permanent(f"no secret for {name!r}")
        return self.held[name]

    def public_url(self) -> str:
        return self.url

    def of_source(self, name: str, *, within: float = 0.0) -> tuple[str, ...]:
        return self.sources.get(name, ())

    def keep_source(self, name: str, secrets: Sequence[str]) -> None:
        self.sources[name] = tuple(secrets[:2])
