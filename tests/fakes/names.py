"""`Names` in memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from chalicelib.errors import Transient


@dataclass
class MemoryNames:
    """records: by (name, kind). silent: names of which no server answers."""

    records: Mapping[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    silent: frozenset[str] = frozenset()

    def lookup(self, name: str, kind: str) -> tuple[str, ...]:
        if name in self.silent:
            raise Transient("no name server answered")
        return self.records.get((name, kind), ())
