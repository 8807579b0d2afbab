"""Tickets at the help desk: which are open, by what the desk last said of each. While one is, marketing waits.

Only a desk that signs, or a secret key, may say so: through a public key anybody could keep a shop silent. The 20
tickets of which something was said last are kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Final

from chalicelib.customers.moments import DAWN
from chalicelib.ids import digest
from chalicelib.times import after_epoch, milliseconds
from chalicelib.tracking.event import Event

MOST: Final = 20
LONGEST: Final = 60  # characters of an id; a longer one is kept as its digest
HOLDS_FOR: Final = timedelta(days=30)  # since it was opened: one that nobody ever closes is forgotten

_OPENED: Final = "ticket opened"
_CLOSED: Final = "ticket closed"

Said = tuple[datetime, str, bool]
"""When, by which event (a short digest of its id), and whether the ticket was open from then on."""

_NONE: Final[Mapping[str, Said]] = MappingProxyType({})


@dataclass(frozen=True)
class Tickets:
    """By ticket id, what was last said of it, by (time, event)."""

    said: Mapping[str, Said] = field(default_factory=lambda: _NONE)

    @property
    def unclosed(self) -> tuple[str, ...]:
        """The ids of the open ones, the earliest opened first."""
        return tuple(sorted((id for id, (_, _, is_open) in self.said.items() if is_open), key=lambda id: self.said[id]))

    @property
    def holds_until(self) -> datetime | None:
        """Until when the open ones hold marketing, if nobody closes them; None if none is open."""
        return max((at + HOLDS_FOR for at, _, is_open in self.said.values() if is_open), default=None)


class Draft:
    """Tickets that are being added to."""

    def __init__(self, known: Tickets) -> None:
        self._said = dict(known.said)

    def add(self, event: Event, own: bool) -> None:
        """Add that a ticket was opened or closed; it need not be activity of one's own."""
        name = event.name.casefold() if event.type == "track" and not event.unproven else ""
        id = _ticket_id(event) if name in (_OPENED, _CLOSED) else None
        if id is None or event.at < DAWN:
            return
        new = (event.at, digest(event.message_id, length=8), name == _OPENED)
        self._said[id] = max(self._said.get(id, new), new)

    def finished(self) -> Tickets:
        """Never needs a rebuild."""
        latest = sorted(self._said.items(), key=lambda item: (item[1], item[0]))[-MOST:]
        return Tickets(dict(sorted(latest)))


def _ticket_id(event: Event) -> str | None:
    id = event.properties.get("ticket_id")
    text = str(id).strip() if isinstance(id, str | int) and not isinstance(id, bool) else ""
    return (text if len(text) <= LONGEST and text.isascii() else digest(text)) or None


def pack(tickets: Tickets) -> Any:
    """`{id: [ms, event, open]}`; None for none."""
    packed = {id: [milliseconds(at), by, int(is_open)] for id, (at, by, is_open) in tickets.said.items()}
    return packed or None


def unpack(held: Any) -> Tickets:
    """What `pack` wrote."""
    return Tickets({id: (after_epoch(ms), by, bool(is_open)) for id, (ms, by, is_open) in held.items()})
