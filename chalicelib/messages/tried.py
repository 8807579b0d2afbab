"""Real people to try templates with: a few, drawn anew every day, as templates would see them now."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

from chalicelib import times
from chalicelib.aws.database import Database
from chalicelib.customers.accounts.account import as_rules_see
from chalicelib.customers.state import State
from chalicelib.customers.store import CustomerStore
from chalicelib.lifecycle.sample.store import Sampler
from chalicelib.messages.checks import Person
from chalicelib.messages.compiled import EVERYTHING
from chalicelib.messages.context import Contexts
from chalicelib.messages.locale.reader import wanted

MOST: Final = 8
FRESH: Final = timedelta(minutes=1)
_DAY: Final = len("2026-11-22")


class People:
    """Customers as templates see them."""

    def __init__(
        self, db: Database, customers: CustomerStore, contexts: Contexts, clock: Callable[[], datetime]
    ) -> None:
        self._db = db
        self._customers = customers
        self._contexts = contexts
        self._clock = clock
        self._drawn: tuple[datetime, list[Person]] | None = None

    def some(self) -> list[Person]:
        """A few customers, the same for a minute: whoever puts one template often puts twenty. Nobody is named: what an
        author is told of them may be shown to anybody."""
        now = self._clock()
        if self._drawn is None or not self._drawn[0] <= now < self._drawn[0] + FRESH:
            self._drawn = now, self._draw()
        return self._drawn[1]

    def _draw(self) -> list[Person]:
        states = Sampler(self._db, times.text(self._clock())[:_DAY]).sample(MOST).states
        return [
            Person(f"customer {number} of {len(states)}", self._of(state)) for number, state in enumerate(states, 1)
        ]

    def one(self, customer: str) -> dict[str, Any] | None:
        """The context of one customer; None if there is none of this id."""
        state = self._customers.find(customer)
        return self._of(state) if state.v else None

    def _of(self, state: State) -> dict[str, Any]:
        traits = self._customers.profile(state.customer).values
        account = self._customers.accounts.of(state.facts)
        seen = as_rules_see(account, self._contexts.prices()) if account else None
        return self._contexts.of(state, traits, seen, EVERYTHING, wanted(traits), self._clock())
