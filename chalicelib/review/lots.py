"""What a batch holds of one customer: the records of all its subjects, read, and how these belong to it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from chalicelib.customers.claims import Claim, claims, may_claim
from chalicelib.customers.state import Chain, State
from chalicelib.customers.trust import Links
from chalicelib.review.join import MERGE, SPLIT
from chalicelib.review.store import Unread, read
from chalicelib.tracking.event import Event

Items = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Lot:
    """The events of one customer in a batch. `chains`: by subject."""

    chains: Mapping[str, Chain]
    events: list[Event] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)

    @property
    def state(self) -> State:
        """The customer."""
        return next(iter(self.chains.values())).root

    @property
    def links(self) -> Links:
        """How the subjects that are not the customer itself belong to it."""
        return {subject: link for subject, chain in self.chains.items() if (link := chain.link) is not None}

    def needs_rebuild(self) -> bool:
        """Whether these events cannot be added to the facts, because those do not hold what was counted before for
        one of the subjects, or because a joined user says something from before it was known. A customer whose merge
        is still to be done is rebuilt as well: sooner is better."""
        if self.state.rebuild in (MERGE, SPLIT):
            return True
        return not all(chain.folded for chain in self.chains.values()) or any(map(self._is_earlier, self.events))

    def without_waiting(self) -> Lot:
        """Without the events that only a rebuild can count; the others need not wait for it."""
        ready = {subject for subject, chain in self.chains.items() if chain.folded}
        return replace(
            self, events=[each for each in self.events if each.subject in ready and not self._is_earlier(each)]
        )

    def _is_earlier(self, event: Event) -> bool:
        link = self.chains[event.subject].link
        if link is None or event.user_id is None:
            return False
        return link.known_at is None or event.received_at < link.known_at


def lots(grouped: Mapping[str, Items], chains: Mapping[str, Chain]) -> list[Lot]:
    """The records of some subjects by customer."""
    customers: defaultdict[str, dict[str, Chain]] = defaultdict(dict)
    for subject in grouped:
        customers[chains[subject].root.customer][subject] = chains[subject]
    return [_lot({subject: grouped[subject] for subject in mine}, mine) for mine in customers.values()]


def said(events: Iterable[Event]) -> list[Claim]:
    """What events claim."""
    return [claim for event in events if may_claim(event) for claim in claims(event)]


def _lot(grouped: Mapping[str, Items], chains: Mapping[str, Chain]) -> Lot:
    held = [read(item) for items in grouped.values() for item in items]
    events = [event for event in held if not isinstance(event, Unread)]
    return Lot(chains, events, [event for event in held if isinstance(event, Unread)])
