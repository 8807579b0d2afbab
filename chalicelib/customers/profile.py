"""Traits: what identify calls say of a person, the last write by (time, message id) for each trait, and which ids other
systems have for the person, which any call may say in its context (addresses.py), and the devices on which the person
gets push messages (devices.py).

Merging is commutative and idempotent: the same identify merged twice, or two in either order, give the same profile.
That is why a profile is written before the state that counts the event, and needs no transaction with it.

Protected traits (trust.py) are taken only from whoever may set them. A profile that took one because the person seemed
to be new, and learns that she was not, cannot take it out again: it asks for a rebuild, as the facts do.

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
from chalicelib.customers import addresses, devices
from chalicelib.customers.rebuilding import NeedsRebuild
from chalicelib.customers.trust import NO_LINKS, Links, counts, first_known, is_protected, rests_on, stands
from chalicelib.resources import SCHEMA_VERSION
from chalicelib.tracking.event import Event

MOST_TRAITS: Final = 200
LONGEST_NAME: Final = 100
LARGEST_VALUE: Final = 1_000

PROFILE: Final = "profile"  # the range key


@dataclass(frozen=True, slots=True)
class Trait:
    """A JSON value, and the event that set it.

    doubted: it came under a public key, and nothing proves who spoke.
    """

    value: Any
    at: datetime
    message_id: str
    doubted: bool = False


@dataclass(frozen=True)
class Profile:
    """The traits of one customer. `v` counts the writes of the item; 0 was never written.

    claimed_at: the last receipt on which a trait rests that was taken because the person was new.
    """

    customer: str
    traits: Mapping[str, Trait] = field(default_factory=dict)
    v: int = field(default=0, compare=False)
    claimed_at: datetime | None = None

    @property
    def values(self) -> dict[str, Any]:
        """Trait name to JSON value, as templates and rules see it. A trait set to null is none."""
        return {name: trait.value for name, trait in self.traits.items() if trait.value is not None}

    @property
    def doubted(self) -> frozenset[str]:
        """The traits of which nobody knows that the person said them."""
        return frozenset(name for name, trait in self.traits.items() if trait.doubted)

    def merge(self, events: Iterable[Event], known_at: datetime | None = None, links: Links = NO_LINKS) -> Profile:
        """With what these events say. NeedsRebuild as `fold`.

        known_at: as the facts have it before these events. links: as for `fold`.
        """
        arrived = list(events)
        known = first_known(known_at, arrived, links)
        if not stands(self.claimed_at, known):
            raise NeedsRebuild("the person was known before what was taken for a newcomer's word")
        traits, claimed = dict(self.traits), self.claimed_at
        for event in arrived:
            said = traits_in(event)
            if not said:
                continue
            link = links.get(event.subject)
            believed = counts(event, known, link)
            guarded = {name for name in said if is_protected(name, event)}
            claim = rests_on(event, link) if guarded and believed else None
            claimed = max(filter(None, (claimed, claim)), default=None)
            for name, value in said.items():
                new = Trait(value, event.at, event.message_id, event.unproven)
                if (believed or name not in guarded) and _fits(name, value) and _later(new, traits.get(name)):
                    traits[name] = new
        latest = sorted(traits.items(), key=lambda held: (*_written(held[1]), held[0]))[-MOST_TRAITS:]
        return Profile(self.customer, dict(sorted(latest)), self.v, claimed)

    def to_item(self) -> dict[str, Any]:
        """The stored item; the traits are JSON text, because DynamoDB's numbers are not those of JSON."""
        held = {
            name: [t.value, times.text(t.at), t.message_id, *([1] if t.doubted else [])]
            for name, t in self.traits.items()
        }
        item = {
            "pk": self.customer,
            "sk": PROFILE,
            "v": self.v,
            "schema_v": SCHEMA_VERSION,
            "traits": json.dumps(held, separators=(",", ":")),
        }
        return item | ({"claimed_at": times.text(self.claimed_at)} if self.claimed_at else {})

    @classmethod
    def from_item(cls, item: Mapping[str, Any]) -> Profile:
        """What `to_item` wrote."""
        held = json.loads(item["traits"])
        traits = {
            name: Trait(value, times.parse(at), id, bool(doubted)) for name, (value, at, id, *doubted) in held.items()
        }
        claimed = times.parse(item["claimed_at"]) if "claimed_at" in item else None
        return cls(item["pk"], traits, int(item["v"]), claimed)


def traits_in(event: Event) -> Mapping[str, Any]:
    """What an event says of its person's traits: nearly always nothing."""
    named = addresses.in_context(event.context) if "externalIds" in event.context else {}
    if "device" in event.context or event.name == devices.UNREGISTERED:
        named |= devices.in_event(event)
    return {**named, **event.traits} if event.type == "identify" else named


def _written(trait: Trait) -> tuple[datetime, str]:
    return trait.at, trait.message_id


def _later(new: Trait, known: Trait | None) -> bool:
    return known is None or _written(new) > _written(known)


def _fits(name: str, value: Any) -> bool:
    return len(name) <= LONGEST_NAME and len(json.dumps(value)) <= LARGEST_VALUE
