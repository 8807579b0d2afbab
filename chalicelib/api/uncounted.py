"""What was said of a customer and does not count, for whoever wonders where an address is (customers/uncounted.py)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Final

from pydantic import Field, PlainSerializer

from chalicelib import times
from chalicelib.api.answers import Model
from chalicelib.tracking.event import Event

if TYPE_CHECKING:
    from chalicelib.customers import uncounted
    from chalicelib.customers.state import State
    from chalicelib.customers.trust import Link
    from chalicelib.review.store import Unread
    from chalicelib.wiring import Perennial

LOOKED_AT: Final = 50  # events of each subject
_MOST: Final = 20

Moment = Annotated[datetime, PlainSerializer(times.text, return_type=str)]


class Uncounted(Model):
    """Statements that are stored and change nothing, because whoever made them could not be believed."""

    statements: list[str] = Field(description="Names of traits, `email`, and of consents, `consent:email/newsletter`.")
    at: Moment
    received_at: Moment
    event: str = Field(description="The event's name.")
    message_id: str
    source: str
    key: str | None = Field(description="The first characters of the id of the key that it came under.")
    why: str
    what_to_do: str


class Doubts:
    """What of a customer's events does not count. How a subject belongs to the customer is read only if it matters."""

    def __init__(self, perennial: Perennial, state: State, traits: Mapping[str, Any]) -> None:
        self._perennial = perennial
        self._state = state
        self._traits = traits
        self._consents = {to: said.granted for to, said in state.facts.consent.items()}
        self._links: dict[str, Link | None] = {state.customer: None}
        self._found: dict[tuple[str, str], uncounted.Uncounted] = {}

    def look(self, events: Iterable[Event | Unread]) -> None:
        """Look at these events."""
        from chalicelib.customers.uncounted import protected_in, uncounted

        for event in events:
            if not isinstance(event, Event) or not (event.unproven or event.subject != self._state.customer):
                continue
            said = protected_in(event, self._traits, self._consents)
            found = uncounted(event, said, self._state.facts.known_at, self._link(event.subject)) if said else None
            if found:
                self._found[event.subject, event.key] = found

    def shown(self) -> list[Uncounted]:
        """All of it, the newest first."""
        newest = sorted(self._found.values(), key=lambda one: one.event.received_at, reverse=True)
        return [_shown(one) for one in newest[:_MOST]]

    def details(self, event: Event) -> dict[str, Any]:
        """What an entry of the timeline says of it: nothing, if all of the event counts."""
        from chalicelib.customers.uncounted import REASONS

        found = self._found.get((event.subject, event.key))
        return {"uncounted": {"statements": list(found.statements), "why": REASONS[found.why]}} if found else {}

    def _link(self, subject: str) -> Link | None:
        if subject not in self._links:
            self._links[subject] = self._perennial.customers.chain(subject).link
        return self._links[subject]


def _shown(one: uncounted.Uncounted) -> Uncounted:
    from chalicelib.customers.uncounted import ADVICE, REASONS

    event = one.event
    return Uncounted(
        statements=list(one.statements),
        at=event.at,
        received_at=event.received_at,
        event=event.name,
        message_id=event.message_id,
        source=event.source,
        key=event.key_id,
        why=REASONS[one.why],
        what_to_do=ADVICE,
    )
