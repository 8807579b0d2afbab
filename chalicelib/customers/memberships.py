"""Accounts (companies, teams, households) that a person says to belong to, by `group` calls.

What is kept is what was said, and how far it is to be trusted; whether it counts is the account's business
(accounts.py): a call that came under a public key without proof joins only an account that is new. So the two kinds are
kept apart, and nothing that anybody sends can push out what is proven. The least ids stay: 8 proven, 4 others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from chalicelib.times import after_epoch, milliseconds
from chalicelib.tracking.event import Event

MOST_PROVEN: Final = 8
MOST_CLAIMED: Final = 4
LONGEST: Final = 100  # characters of a group's id

_NONE: Final[Mapping[str, datetime]] = MappingProxyType({})


@dataclass(frozen=True)
class Memberships:
    """By group id: when the first call that counts anywhere was received (proven), and the first other (claimed)."""

    proven: Mapping[str, datetime] = field(default_factory=lambda: _NONE)
    claimed: Mapping[str, datetime] = field(default_factory=lambda: _NONE)

    @property
    def groups(self) -> tuple[str, ...]:
        """Every group named, the earliest joined first; those with proof before the others."""
        said = {**{id: (1, at) for id, at in self.claimed.items()}, **{id: (0, at) for id, at in self.proven.items()}}
        return tuple(sorted(said, key=lambda id: (said[id], id)))


class Draft:
    """Memberships that are being added to."""

    def __init__(self, known: Memberships) -> None:
        self._known = known
        self._proven, self._claimed = dict[str, datetime](), dict[str, datetime]()

    def add(self, event: Event, own: bool) -> None:
        """Add a group call; it need not be activity of one's own."""
        group = group_of(event)
        if group is not None:
            said = self._claimed if event.unproven else self._proven
            said[group] = min(said.get(group, event.received_at), event.received_at)

    def finished(self) -> Memberships:
        """Never needs a rebuild."""
        if not self._proven and not self._claimed:
            return self._known
        known = self._known
        return Memberships(
            _least(known.proven, self._proven, MOST_PROVEN), _least(known.claimed, self._claimed, MOST_CLAIMED)
        )


def group_of(event: Event) -> str | None:
    """The group that a call names; None for other events, and for an id that is none."""
    id = (event.group_id or "").strip() if event.type == "group" else ""
    return id if 0 < len(id) <= LONGEST else None


def _least(known: Mapping[str, datetime], new: Mapping[str, datetime], most: int) -> dict[str, datetime]:
    said = dict(known)
    for id, at in new.items():
        said[id] = min(said.get(id, at), at)
    return dict(sorted(said.items())[:most])


def pack(memberships: Memberships) -> Any:
    """`[{id: ms}, {id: ms}]`; None for none."""
    held = [{id: milliseconds(at) for id, at in said.items()} for said in (memberships.proven, memberships.claimed)]
    return (held if held[1] else held[:1]) if any(held) else None


def unpack(held: Any) -> Memberships:
    """What `pack` wrote."""
    return Memberships(*({id: after_epoch(ms) for id, ms in said.items()} for said in held))
