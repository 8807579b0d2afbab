"""Taking back what was said of a person and turned out to be a machine's: the stored events say so from then on, and
the customer's facts are folded anew from them. A journey that has moved meanwhile has moved.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from chalicelib.customers.store import Conflict, CustomerStore
from chalicelib.errors import Transient
from chalicelib.tracking.actor import EVERY_LINK
from chalicelib.tracking.answers import ACTOR, ACTOR_REASON, MACHINE
from chalicelib.tracking.store import EventStore

_ATTEMPTS: Final = 5


@dataclass(frozen=True)
class Unsayer:
    """Corrects events, and has facts folded anew."""

    events: EventStore
    customers: CustomerStore
    clock: Callable[[], datetime]

    def unsay(self, subject: str, keys: Sequence[str]) -> None:
        """These clicks were a machine's. Doing it again folds anew again. Raises Transient: to be done again."""
        for key in keys:
            self.events.correct(subject, key, {ACTOR: MACHINE, ACTOR_REASON: EVERY_LINK})
        for _ in range(_ATTEMPTS):
            state = self.customers.find(subject)
            if not state.v:  # nothing is counted of them yet, and what is read then is what stands now
                return
            try:
                self.customers.mark(state.customer, "clicks turned out to be a machine's", self.clock())
                return
            except Conflict:
                continue
        raise Transient(f"{subject} kept changing while it was to be folded anew")
