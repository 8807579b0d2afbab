"""What one member says of one account: whether and since when she belongs to it, and its traits. Pure.

Kept beside the account, one item for each member, because a member's group calls come in any order and the account
must come to the same. A share is written before the state that counts the events, as the profile is: merging the same
events again changes nothing.

A call that came under a secret key or with proof counts. What came under a public key without it counts only while the
account is new: within ten minutes of the first call that named it, whoever made it; and of one member only the first
such call. So nobody can join an account that is known, or change its traits, with what stands in a page's source.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from chalicelib import times
from chalicelib.customers.memberships import group_of
from chalicelib.customers.profile import LARGEST_VALUE, LONGEST_NAME, Trait
from chalicelib.customers.trust import NEWCOMER
from chalicelib.resources import SCHEMA_VERSION
from chalicelib.tracking.event import Event

ACCOUNT: Final = "g#"
MEMBER: Final = "member#"
MOST_TRAITS: Final = 50


@dataclass(frozen=True, slots=True)
class Claim:
    """A call without proof: its receipt, and the traits that it gave."""

    received_at: datetime
    message_id: str
    traits: Mapping[str, Trait] = field(default_factory=dict)

    @property
    def place(self) -> tuple[datetime, str]:
        """Its place among the calls of a member."""
        return self.received_at, self.message_id


@dataclass(frozen=True)
class Share:
    """One member's part in an account.

    since:  receipt of the first call that counts by itself; None if there is none.
    traits: what such calls said, the last write by (time, message id) for each.
    claim:  the first of the others.
    """

    group: str
    customer: str
    since: datetime | None = None
    traits: Mapping[str, Trait] = field(default_factory=dict)
    claim: Claim | None = None
    v: int = field(default=0, compare=False)

    @property
    def first_at(self) -> datetime | None:
        """The first call of this member, counting or not."""
        return min((at for at in (self.since, self.claim.received_at if self.claim else None) if at), default=None)

    def counts(self, known_since: datetime) -> bool:
        """Whether the person is a member of an account that was first named at `known_since`."""
        return self.since is not None or self._new(known_since)

    def said(self, known_since: datetime) -> Mapping[str, Trait]:
        """The traits that count."""
        claimed = self.claim.traits if self.claim and self._new(known_since) else {}
        return latest(claimed, self.traits)

    def merge(self, events: Iterable[Event]) -> Share:
        """With what these events say of the account."""
        share = self
        for event in events:
            if group_of(event) == self.group:
                share = share._claimed(event) if event.unproven else share._proven(event)
        return share

    def to_item(self) -> dict[str, Any]:
        """The stored item."""
        item: dict[str, Any] = {
            "pk": ACCOUNT + self.group,
            "sk": MEMBER + self.customer,
            "v": self.v,
            "schema_v": SCHEMA_VERSION,
            "traits": _packed(self.traits),
        }
        since = {"since": times.text(self.since)} if self.since else {}
        if self.claim is None:
            return item | since
        claim = [times.text(self.claim.received_at), self.claim.message_id, _packed(self.claim.traits)]
        return item | since | {"claim": claim}

    @classmethod
    def from_item(cls, item: Mapping[str, Any]) -> Share:
        """What `to_item` wrote."""
        claim = None
        if "claim" in item:
            at, id, traits = item["claim"]
            claim = Claim(times.parse(at), id, _unpacked(traits))
        return cls(
            group=str(item["pk"]).removeprefix(ACCOUNT),
            customer=str(item["sk"]).removeprefix(MEMBER),
            since=times.parse(item["since"]) if "since" in item else None,
            traits=_unpacked(item["traits"]),
            claim=claim,
            v=int(item["v"]),
        )

    def _new(self, known_since: datetime) -> bool:
        return self.claim is not None and self.claim.received_at <= known_since + NEWCOMER

    def _proven(self, event: Event) -> Share:
        since = min(self.since, event.received_at) if self.since else event.received_at
        return replace(self, since=since, traits=latest(self.traits, _traits(event)))

    def _claimed(self, event: Event) -> Share:
        claim = Claim(event.received_at, event.message_id, _traits(event))
        return replace(self, claim=min(self.claim, claim, key=lambda one: one.place) if self.claim else claim)


def latest(some: Mapping[str, Trait], others: Mapping[str, Trait]) -> dict[str, Trait]:
    """The later of two for each name, and of all of them the 50 last written."""
    traits = dict(some)
    for name, trait in others.items():
        if name not in traits or _written(trait) > _written(traits[name]):
            traits[name] = trait
    kept = sorted(traits, key=lambda name: (*_written(traits[name]), name))[-MOST_TRAITS:]
    return {name: traits[name] for name in sorted(kept)}


def _written(trait: Trait) -> tuple[datetime, str]:
    return trait.at, trait.message_id


def _traits(event: Event) -> dict[str, Trait]:
    fits = {name: value for name, value in event.traits.items() if len(name) <= LONGEST_NAME and _short(value)}
    return latest({}, {name: Trait(value, event.at, event.message_id) for name, value in fits.items()})


def _short(value: Any) -> bool:
    return len(json.dumps(value)) <= LARGEST_VALUE


def _packed(traits: Mapping[str, Trait]) -> str:
    return json.dumps({name: [t.value, times.text(t.at), t.message_id] for name, t in traits.items()})


def _unpacked(text: str) -> dict[str, Trait]:
    return {name: Trait(value, times.parse(at), id) for name, (value, at, id) in json.loads(text).items()}
