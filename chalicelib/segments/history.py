"""What somebody did, event by event: the part of a customer's history that a rule needs beyond the facts. Pure.

`HistoryStore` (store.py) reads it; a rehearsal makes one of all events.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, NamedTuple

from chalicelib.customers.happenings import happened
from chalicelib.times import milliseconds
from chalicelib.tracking.event import Event


class Deed(NamedTuple):
    """One event: when (milliseconds since 1970), its message id, its name, and what it was like."""

    at: int
    id: str
    name: str
    properties: Mapping[str, Any]


@dataclass(frozen=True)
class History:
    """Events of a customer, of all subjects that belong to it, each once.

    names: which of them are here; None for all.   since: those from this moment on (milliseconds since 1970) are all
    here; None: however old they are.   deeds: by name, ascending.
    """

    names: frozenset[str] | None = frozenset()
    since: int | None = None
    deeds: Mapping[str, tuple[Deed, ...]] = field(default_factory=lambda: MappingProxyType({}))

    @classmethod
    def of(cls, events: Iterable[Event], names: frozenset[str] | None = None, since: int | None = None) -> History:
        """The history that these events make. What counts as something that happened is said in happenings.py; an event
        that was stored twice, under another subject or another time as sent, is there once."""
        first: dict[str, Event] = {}
        for event in events:
            if happened(event) and (names is None or event.name in names):
                known = first.get(event.message_id)
                first[event.message_id] = event if known is None or event.at < known.at else known
        deeds = sorted(Deed(milliseconds(each.at), id, each.name, each.properties) for id, each in first.items())
        by_name: dict[str, list[Deed]] = {}
        for deed in deeds:
            if since is None or deed.at >= since:
                by_name.setdefault(deed.name, []).append(deed)
        return cls(names, since, {name: tuple(held) for name, held in by_name.items()})

    def covers(self, names: Iterable[str], since: int | None) -> bool:
        """Whether everything of these names from a moment on is here."""
        if self.since is not None and (since is None or since < self.since):
            return False
        return self.names is None or self.names.issuperset(names)

    def of_names(self, names: Iterable[str]) -> list[Deed]:
        """The events of these names, ascending."""
        held = [self.deeds.get(name, ()) for name in names]
        return sorted(deed for each in held for deed in each) if len(held) > 1 else list(*held)
