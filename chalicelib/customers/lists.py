"""Lists: audiences that people are put on, and taken off, by hand, by an import or by a journey; not by a rule.

Only we say so (`List Joined`, `List Left` with the name of the list), or an import that a secret key asked for: what a
client sends by these names is an event like any other. Of each list the last word by (time, message id) counts. The
hundred least names stay, on the list or off it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from chalicelib.customers.consent import IMPORTED
from chalicelib.times import after_epoch, milliseconds
from chalicelib.tracking.event import LIST_JOINED, LIST_LEFT, OURS, Event

MOST: Final = 100
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_SAID: Final = {LIST_JOINED: True, LIST_LEFT: False}


class Word(NamedTuple):
    """The last word about one list: when and by which event it was said, and whether the person is on it."""

    at: datetime
    message_id: str
    on: bool


_NONE: Final[Mapping[str, Word]] = MappingProxyType({})


@dataclass(frozen=True)
class Lists:
    """By the list's name: the last word about it."""

    said: Mapping[str, Word] = field(default_factory=lambda: _NONE)

    @property
    def names(self) -> tuple[str, ...]:
        """The lists that the person is on, sorted."""
        return tuple(name for name, word in self.said.items() if word.on)


class Draft:
    """Lists that are being added to."""

    def __init__(self, known: Lists) -> None:
        self._known = known
        self._said = dict[str, Word]()

    def add(self, event: Event, own: bool) -> None:
        """Add what an event says of a list: nearly always nothing."""
        if event.name not in _SAID:
            return
        name = list_of(event)
        if name is not None:
            word = Word(event.at, event.message_id, _SAID[event.name])
            self._said[name] = max(word, self._said.get(name, word))

    def finished(self) -> Lists:
        """Never needs a rebuild."""
        if not self._said:
            return self._known
        said = dict(self._known.said)
        for name, word in self._said.items():
            said[name] = max(word, said.get(name, word))
        return Lists(dict(sorted(said.items())[:MOST]))


def list_of(event: Event) -> str | None:
    """The list that an event puts its person on or takes her off; None for any other, and for whoever may not."""
    if event.name not in _SAID or event.type != "track" or event.source not in (OURS, IMPORTED):
        return None
    name = event.properties.get("list")
    return name if isinstance(name, str) and _NAME.fullmatch(name) else None


def pack(lists: Lists) -> Any:
    """`{name: [ms, message id, 1]}`, without the 1 for whoever is off it; None for none."""
    return {n: [milliseconds(word.at), word.message_id, *([1] if word.on else [])] for n, word in lists.said.items()}


def unpack(held: Any) -> Lists:
    """What `pack` wrote."""
    return Lists({name: Word(after_epoch(ms), id, bool(on)) for name, (ms, id, *on) in held.items()})
