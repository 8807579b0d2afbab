"""Of whom a path speaks: a customer's id, or that of a subject that turned out to be a customer's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib import wiring
from chalicelib.errors import Refused
from chalicelib.tracking.call import LONGEST_ID
from chalicelib.tracking.event import USER

if TYPE_CHECKING:
    from chalicelib.customers.state import Chain, State


def chain_of(spoken: str) -> Chain:
    """The subject that an id means, and the customer that it belongs to. Refused: 404 `customer_not_found`."""
    from chalicelib.customers.identity import customer_id

    subject = customer_id(spoken)
    possible = len(subject.encode()) <= LONGEST_ID + len(USER)  # a key that cannot be one is not even asked for
    chain = wiring.perennial().customers.chain(subject) if possible else None
    if chain is None or not chain.root.v:
        raise Refused(404, "customer_not_found", f"Nobody is known by {spoken[:LONGEST_ID]!r}.")
    return chain


def state_of(spoken: str) -> State:
    """The customer that an id means, judged at least once. Refused: 404 `customer_not_found`."""
    state = chain_of(spoken).root
    if state.stage is None:
        raise Refused(404, "customer_not_found", f"Nobody is known by {spoken[:LONGEST_ID]!r}.")
    return state
