"""Traits: what identify calls say of a person, the last write by (time, message id) for each trait.

Merging is commutative and idempotent: the same identify merged twice, or two in either order, give the same profile.
That is why a profile is written before the state that counts the event, and needs no transaction with it.

Bounds, so that no client can fill an item: 200 traits (the most recently written stay), names up to 100 characters,
values up to 1,000 bytes of JSON. What is larger is left out.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from chalicelib import times
from chalicelib.resources import SCHEMA_VERSION
from chalicelib.tracking.event import Event

MOST_TRAITS: Final = 200
LONGEST_NAME: Final = 100
LARGEST_VALUE: Final = 1_000

PROFILE: Final = "profile"  # the range key


@dataclass(frozen=True, slots=True)
class Trait:
    """A JSON value, and the event that set it."""

    value: Any
    at: datetime
    message_id: str


@dataclass(frozen=True)
class Profile:
    """The traits of one customer. `v` counts the writes of the item; 0 was never written."""

    customer: str
    traits: Mapping[str, Trait] = field(default_factory=dict)
    v: int = field(default=0, compare=False)

    @property
    def values(self) -> dict[str, Any]:
        """Trait name to JSON value, as templates and rules see it. A trait set to null is none."""
        return {name: trait.value for name, trait in self.traits.items() if trait.value is not None}

    def merge(self, events: Iterable[Event]) -> Profile:
        """With what these events say; others than identify say nothing."""
        traits = dict(self.traits)
        for event in events:
            for name, value in event.traits.items() if event.type == "identify" else ():
                new = Trait(value, event.at, event.message_id)
                if _fits(name, value) and (name not in traits or _written(new) > _written(traits[name])):
                    traits[name] = new
        latest = sorted(traits.items(), key=lambda held: (*_written(held[1]), held[0]))[-MOST_TRAITS:]
        return Profile(self.customer, dict(sorted(latest)), self.v)

    def to_item(self) -> dict[str, Any]:
        """The stored item; the traits are JSON text, because DynamoDB's numbers are not those of JSON."""
        held = {name: [t.value, times.text(t.at), t.message_id] for name, t in self.traits.items()}
        return {
            "pk": self.customer,
            "sk": PROFILE,
            "v": self.v,
            "schema_v": SCHEMA_VERSION,
            "traits": json.dumps(held, separators=(",", ":")),
        }

    @classmethod
    def from_item(cls, item: Mapping[str, Any]) -> Profile:
        """What `to_item` wrote."""
        held = json.loads(item["traits"])
        traits = {name: Trait(value, times.parse(at), id) for name, (value, at, id) in held.items()}
        return cls(item["pk"], traits, int(item["v"]))


def _written(trait: Trait) -> tuple[datetime, str]:
    return trait.at, trait.message_id


def _fits(name: str, value: Any) -> bool:
    return len(name) <= LONGEST_NAME and len(json.dumps(value)) <= LARGEST_VALUE
