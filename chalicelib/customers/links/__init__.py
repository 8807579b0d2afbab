"""What is kept of a subject in the graph of who belongs to whom: what it is claimed for, and who is claimed for it.

    link    of the source: its claims, at most 20 targets. For each target those that can matter: the least, the
            least trusted one, and the least merge. So it is the same in whatever order claims arrive.
    linked  of the target: the names of those that claimed it. A hint where to look: `link` decides.

Both are read by one query, because both range keys begin with `link`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from chalicelib import times
from chalicelib.customers.claims import Claim
from chalicelib.resources import SCHEMA_VERSION

LINK: Final = "link"  # the range keys
LINKED: Final = "linked"
MOST_TARGETS: Final = 20
MOST_SOURCES: Final = 200  # of which MOST_SUBJECTS (identity.py) can be hers


@dataclass(frozen=True)
class Node:
    """One subject. `v` and `linked_v` count the writes of its two items; 0 was never written."""

    subject: str
    claims: tuple[Claim, ...] = ()
    v: int = 0
    sources: tuple[str, ...] = ()
    linked_v: int = 0

    def claimed(self, new: Iterable[Claim]) -> Node:
        """With more claims; equal if they change nothing."""
        return replace(self, claims=_kept([*self.claims, *new]))

    def linked(self, source: str) -> Node:
        """With one more that claims it."""
        if source in self.sources:
            return self
        return replace(self, sources=tuple(sorted({*self.sources, source})))

    def link_item(self) -> dict[str, Any]:
        """The item `link`, one version on."""
        held = [_packed(claim) for claim in self.claims]
        return self._item(LINK, self.v) | {"claims": json.dumps(held, separators=(",", ":"))}

    def linked_item(self) -> dict[str, Any]:
        """The item `linked`, one version on."""
        return self._item(LINKED, self.linked_v) | {"sources": list(self.sources)}

    def _item(self, key: str, v: int) -> dict[str, Any]:
        return {"pk": self.subject, "sk": key, "v": v + 1, "schema_v": SCHEMA_VERSION}

    @classmethod
    def from_items(cls, subject: str, items: Iterable[Mapping[str, Any]]) -> Node:
        """What the two items hold; either may be missing."""
        node = cls(subject)
        for item in items:
            v = int(item["v"])
            if item["sk"] == LINK:
                found = tuple(_unpacked(subject, held) for held in json.loads(item["claims"]))
                node = replace(node, claims=found, v=v)
            elif item["sk"] == LINKED:
                node = replace(node, sources=tuple(item["sources"]), linked_v=v)
        return node


def _kept(claims: Iterable[Claim]) -> tuple[Claim, ...]:
    """Those claims of one source that can matter, in one order."""
    known = set(claims)
    split = max((claim for claim in known if claim.why == "split"), key=_place, default=None)
    if split is not None:
        known = {split, *(claim for claim in known if claim.explicit and _place(claim) > _place(split))}
    least: dict[tuple[str, str], Claim] = {}
    for claim in sorted(known, key=_place):
        for kind in _kinds(claim):
            least.setdefault((claim.target, kind), claim)
    targets = sorted({target for target, _ in least}, key=lambda target: _precedence(least, target))[:MOST_TARGETS]
    kept = {claim for (target, _), claim in least.items() if target in targets}
    return tuple(sorted(kept, key=lambda claim: (*_place(claim), claim.target)))


def _kinds(claim: Claim) -> list[str]:
    return ["any", *(["trusted"] if claim.trusted else []), *(["merge"] if claim.explicit else [])]


def _precedence(least: Mapping[tuple[str, str], Claim], target: str) -> tuple[bool, datetime, str, str, str]:
    """What is dropped last: what somebody decided, then the least."""
    return ((target, "merge") not in least, *_place(least[target, "any"]), target)


def _place(claim: Claim) -> tuple[datetime, str, str]:
    return claim.at, claim.message_id, claim.why


def _packed(claim: Claim) -> list[Any]:
    return [
        claim.target,
        times.text(claim.at),
        claim.message_id,
        times.text(claim.received_at),
        int(claim.trusted),
        claim.why,
    ]


def _unpacked(source: str, held: list[Any]) -> Claim:
    target, at, message_id, received_at, trusted, why = held
    return Claim(source, target, times.parse(at), message_id, times.parse(received_at), bool(trusted), why)
