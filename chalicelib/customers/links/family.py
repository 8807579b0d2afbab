"""A customer and everybody who belongs to it, found by following the graph from any of them.

An owner follows from what can be reached from the subject: its claims, those of their targets, and so on (a test of
the rules holds that). So the walk goes forwards to the customer, then backwards to whoever claims to belong to it,
and forwards again from each of those. Reading is the caller's; what was read is not read twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from chalicelib.customers.claims import Claim, is_address
from chalicelib.customers.identity import customer_of, owners, precedence, standing
from chalicelib.customers.links import Node
from chalicelib.customers.state import Join
from chalicelib.tracking.event import USER

MOST_READ: Final = 600  # subjects: six times what one customer may have


class TooWide(Exception):
    """More subjects hang together than one customer can have: nothing is decided about them."""


class Graph:
    """The part of the graph around what was asked for, as read now."""

    def __init__(self, read: Callable[[str], Node]) -> None:
        self._read = read
        self._nodes: dict[str, Node] = {}
        self._owners: dict[str, str] | None = None

    def customer(self, subject: str) -> str:
        """The customer that the subject belongs to by the rules; itself if to nobody."""
        self._forwards(subject)
        return customer_of(self._owned, subject)

    def depth(self, subject: str) -> int:
        """How many owners stand between the subject and its customer, the customer counted; 0 for a customer."""
        self._forwards(subject)
        steps = 0
        while subject in self._owned:
            subject, steps = self._owned[subject], steps + 1
        return steps

    def members(self, customer: str) -> list[str]:
        """Everybody who belongs to the customer, and nobody else; the nearest first."""
        return [subject for subject in self._around(customer, only=customer) if subject != customer]

    def around(self, subject: str) -> list[str]:
        """The subject and everybody who may belong to somebody else when its owner changes; the nearest first."""
        return list(self._around(subject, only=None))

    def join(self, subject: str) -> Join | None:
        """To whom the subject belongs directly, and on whose word; None if to nobody."""
        self._forwards(subject)
        owner = self._owned.get(subject)
        if owner is None:
            return None
        said = [claim for claim in standing(self._node(subject).claims) if claim.target == owner]
        proven = [claim for claim in said if claim.trusted]
        return Join(owner, min(claim.received_at for claim in proven or said), not proven)

    def claim(self, subject: str) -> Claim | None:
        """The claim by which the subject belongs to its owner; None if it belongs to nobody."""
        join = self.join(subject)
        said = [c for c in standing(self._node(subject).claims) if join is not None and c.target == join.to]
        return min(said, key=precedence, default=None)

    def _around(self, start: str, only: str | None) -> Iterator[str]:
        found, waiting = {start}, [start]
        self._forwards(start)
        while waiting:
            here = waiting.pop(0)
            yield here
            for source in self._node(here).sources:
                if source not in found and (only is None or self.customer(source) == only):
                    found.add(source)
                    waiting.append(source)

    def _forwards(self, subject: str) -> None:
        waiting = [subject]
        met = set[str]()
        while waiting:
            here = waiting.pop()
            if here not in met:
                met.add(here)
                waiting += _deciding(self._node(here))

    def _node(self, subject: str) -> Node:
        if subject not in self._nodes:
            if len(self._nodes) >= MOST_READ:
                raise TooWide(subject)
            self._nodes[subject] = self._read(subject)
            self._owners = None
        return self._nodes[subject]

    @property
    def _owned(self) -> dict[str, str]:
        if self._owners is None:
            self._owners = owners(claim for node in self._nodes.values() for claim in node.claims)
        return self._owners


def _deciding(node: Node) -> list[str]:
    """The targets on which the subject's owner may depend. The best claim of a visitor or a cart on a user is taken
    whatever else there is, because users belong to users only; so a device that many use is not many people wide."""
    claims = sorted(standing(node.claims), key=precedence)
    if (
        claims
        and claims[0].target.startswith(USER)
        and not is_address(node.subject)
        and not node.subject.startswith(USER)
    ):
        return [claims[0].target]
    return [claim.target for claim in claims]
