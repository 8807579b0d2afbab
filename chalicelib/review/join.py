"""Subjects become part of a customer, or stand alone again, as the graph of who belongs to whom has it.

What an event claims is saved first (`learn`). Then each subject whose state says otherwise than the rules is turned,
in one transaction with the marks of the customers whose facts change by it (`settle`): a joined subject keeps nothing
but what was counted, so that the customer does not count it again. The facts follow by the rebuild of those who are
marked, and by nothing else.

Whoever dies in between leaves work that is found again: the event that claimed is not counted yet and comes again, and
a customer that was marked is due. Two who work on the same subjects read consistently after they have saved, and again
after they have turned anybody, so whoever comes last has seen what both have said; turning is conditional on every
state that was read.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from chalicelib.customers.claims import Claim
from chalicelib.customers.identity import MOST_SUBJECTS, MOST_UNPROVEN
from chalicelib.customers.links import MOST_SOURCES, Node
from chalicelib.customers.links.family import Graph, TooWide
from chalicelib.customers.state import Join, State
from chalicelib.customers.store import Circle, Conflict, CustomerStore

MERGE: Final = "merge"  # why a customer is marked
SPLIT: Final = "split"

_PASSES: Final = 6

logger = logging.getLogger(__name__)


class Joiner:
    """Saves claims, and turns what they change. Conflict when others were faster: read again."""

    def __init__(self, customers: CustomerStore) -> None:
        self._customers = customers
        self._links = customers.links

    def graph(self) -> Graph:
        """The graph as it is now."""
        return Graph(self._links.node)

    def learn(self, claims: Iterable[Claim], now: datetime) -> set[str]:
        """Save claims and settle what they change; the customers that are to be rebuilt."""
        sources: dict[str, None] = {}
        for claim in claims:
            self._save(claim)
            sources[claim.source] = None
        touched: set[str] = set()
        for source in sources:
            touched |= self.settle(source, now)
        return touched

    def unsaved(self, claims: Iterable[Claim]) -> list[Claim]:
        """Those claims that would change what is saved, of the sources that were named first; the others were
        beyond what one customer may have."""
        said: dict[str, list[Claim]] = {}
        for claim in sorted(claims, key=lambda claim: claim.received_at):
            if claim.source in said or len(said) < MOST_SOURCES:
                said.setdefault(claim.source, []).append(claim)
        nodes = ((self._links.node(source), mine) for source, mine in said.items())
        return [claim for node, mine in nodes if node.claimed(mine) != node for claim in mine]

    def settle(self, subject: str, now: datetime) -> set[str]:
        """Turn the subject, and whoever belongs to it or may, to whom they belong; the customers to be rebuilt.

        Whoever has written looks again: what others saved between its reading and its writing is seen then, and what
        they save afterwards they settle themselves.
        """
        touched = set[str]()
        for _ in range(_PASSES):
            graph = self.graph()
            try:
                around = sorted(graph.around(subject), key=graph.depth)
            except TooWide:
                logger.warning("too many subjects hang together; their customers are left as they are")
                return touched
            turned = [self._turn(each, graph.join(each), now) for each in around]
            if not any(wrote for wrote, _ in turned):
                return touched
            touched.update(customer for _, marked in turned for customer in marked)
        raise Conflict(subject)

    def _save(self, claim: Claim) -> None:
        node = self._links.node(claim.source)
        after = node.claimed([claim])
        if claim.why != "split" and claim.target in {kept.target for kept in after.claims}:
            target = self._links.node(claim.target)
            if claim.source not in target.sources:
                if not self._fits(claim, node, target):
                    logger.warning("a claim was not taken: one customer cannot have more subjects")
                    return
                self._links.save_sources(target.linked(claim.source))  # first: a hint too many does no harm
        if after != node:
            self._links.save_claims(after)

    def _fits(self, claim: Claim, source: Node, target: Node) -> bool:
        if not (source.sources or target.sources or target.claims):
            return True
        most = MOST_SUBJECTS if claim.trusted else MOST_UNPROVEN
        if len(target.sources) + 2 > most:  # seen without looking at all of them: a flood is cheap
            return False
        try:
            graph = self.graph()
            standing = len(graph.members(graph.customer(claim.target))) + 1
            return standing + len(graph.around(claim.source)) <= most and len(target.sources) < MOST_SOURCES
        except TooWide:
            return False

    def _turn(self, subject: str, join: Join | None, now: datetime) -> tuple[bool, set[str]]:
        """Whether the subject's state was written, and the customers that were marked by it."""
        state, old, counted_by = self._standing(subject)
        if _agrees(state, join):
            return False, set()
        if join is None:
            counted = old or State(subject)
            alone = _alone(state, counted_by, now)
            self._links.turn(alone, [counted] if counted.v else [], MERGE, now, None)
            return True, {subject, *([counted.customer] if counted.v else [])}
        new = self._customers.find(join.to)
        if new.customer == subject:
            raise Conflict(subject)  # its owner is joined to it still: another worker is about to turn that
        left = old if old is not None and old.customer != new.customer else None
        after = _joined(state, join, counted_by if left else ())
        changed = after.counted or state.join is not None
        marked = {each.customer: each for each in (new, *([left] if left and left.v else [])) if changed}
        permit_to = new.customer if state.join is None and state.facts.identified_at is not None else None
        self._links.turn(after, list(marked.values()), MERGE, now, permit_to)
        return True, set(marked)

    def _standing(self, subject: str) -> tuple[State, State | None, Sequence[State]]:
        """The subject's state, the customer that it is joined to (None if to nobody that can be found), and whoever
        may have counted for it: that customer, and those on the way, each of whom was the customer until it joined
        another that may not have been rebuilt yet."""
        try:
            chain = self._customers.chain(subject)
        except Circle:
            return self._customers.load(subject), None, ()
        if not chain.hops:
            return chain.root, None, ()
        return chain.hops[0], chain.root, (*chain.hops[1:], chain.root)


def _agrees(state: State, join: Join | None) -> bool:
    if state.join is None or join is None:
        return state.join is None and join is None
    clean = state.rebuild is None and state.due_at is None
    return clean and replace(state.join, known_at=None) == replace(join, known_at=None)


def _joined(state: State, join: Join, left: Iterable[State]) -> State:
    """The state of a subject that belongs to another. `left`: who may have counted for it until now."""
    known_at = state.join.known_at if state.join else state.facts.known_at
    return State(
        state.customer,
        v=state.v + 1,
        seen=state.seen.united(each.seen for each in left),
        join=replace(join, known_at=known_at),
        introduced=state.introduced or state.facts.identified_at is not None,
    )


def _alone(state: State, left: Sequence[State], now: datetime) -> State:
    """The state of a subject that stands alone again, to be rebuilt from its own events. `left`: as for `_joined`."""
    told = any(each.introduced or each.facts.identified_at is not None for each in left)
    introduced = state.introduced or told
    return State(
        state.customer,
        v=state.v + 1,
        seen=state.seen.united(each.seen for each in left),
        rebuild=SPLIT,
        due_at=now,
        introduced=introduced,
    )
