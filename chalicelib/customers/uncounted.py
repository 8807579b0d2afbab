"""What was said of a person, is stored, and does not count, because whoever said it could not be believed (trust.py).

A public key is no proof of who speaks. So a mail address, a telephone number, an external id, what a key protects
besides, and consent may be told under it and change nothing. That is the rule; but whoever set up the page wonders
where the address is. This says it, for one event: which statements, and why. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from chalicelib.customers.consent import SUBSCRIBED, awaits_confirmation, consent_key, is_statement
from chalicelib.customers.profile import traits_in
from chalicelib.customers.trust import NEWCOMER, Link, counts, is_protected
from chalicelib.tracking.event import Event

Why = Literal["known_already", "joined_unproven", "said_after_joining"]

_MINUTES: Final = int(NEWCOMER.total_seconds() // 60)
REASONS: Final[dict[Why, str]] = {
    "known_already": f"It came under a public key, without userHash, more than {_MINUTES} minutes after the person was "
    "first heard of.",
    "joined_unproven": "It was said as a visitor, and that the visitor is this person came under a public key, without "
    f"userHash, more than {_MINUTES} minutes after the person was first heard of.",
    "said_after_joining": "It was said under a public key as a visitor, after the visitor was known to be this person.",
}
ADVICE: Final = "Send it from your server with a secret key, or with the person's userHash (docs/KEYS.md)."


@dataclass(frozen=True)
class Uncounted:
    """Statements of one event that do not count.

    statements: names of traits (`email`), and of consents as `consent:email/newsletter`.
    """

    event: Event
    statements: tuple[str, ...]
    why: Why


def protected_in(event: Event, traits: Mapping[str, Any], consents: Mapping[str, bool]) -> tuple[str, ...]:
    """The protected statements of an event that say something else than what is held of the person now: pages repeat
    what is known, and that needs no explanation."""
    said = traits_in(event)
    names = [name for name in said if is_protected(name, event) and said[name] != traits.get(name)]
    key = consent_key(event.properties) if is_statement(event) else None
    granted = event.name.casefold() == SUBSCRIBED.casefold()
    if key is not None and not (granted and awaits_confirmation(event)) and consents.get(key) is not granted:
        names.append(f"consent:{key}")
    return tuple(names)


def uncounted(
    event: Event, said: tuple[str, ...], known_at: datetime | None, link: Link | None = None
) -> Uncounted | None:
    """`said` of an event, if it does not count for the person whose event it is; else None.

    known_at, link: as the facts have it now, and how the event's subject belongs to the person.
    """
    if not said or counts(event, known_at, link):
        return None
    return Uncounted(event, said, _why(event, known_at, link))


def _why(event: Event, known_at: datetime | None, link: Link | None) -> Why:
    if link is None:
        return "known_already"
    if link.unproven and known_at is not None and link.received_at > known_at + NEWCOMER:
        return "joined_unproven"
    return "known_already" if event.user_id is not None else "said_after_joining"
