"""Whose word about a person counts.

Anybody can read a public key in a page's source, and say with it whatever they like about anybody whose user id they
know. So what must not fall into wrong hands (the *protected* statements: mail address, telephone number, external ids,
devices, whatever else the key protects, and consent) is not taken from just anybody:

- From a trusted caller (a secret key, a webhook's signature, our own pages) it counts.
- Under a public key with the person's `userHash` it counts: the shop's server has said who speaks (tracking/proof.py).
- Under a public key without that (`Event.unproven`) it counts for a person with a user id only within ten minutes of
  the first event of that person that was received: somebody is signing up. Later it is kept as an event and changes
  nothing.
- An anonymous visitor may say anything of herself. When she turns out to be a person with a user id, what she has said
  until then counts for the person if the link is trusted or proven, or if the person was new; else it does not.

Everything is decided by the times of receipt of stored events, which no client can choose, and never by the order in
which they are counted. `known_at` is the least receipt among the events of the person's own subject. It only ever
falls, and with it the window: what was counted before may then be outside. `claimed_at`, the latest receipt on which a
counted statement rests, tells: then only all stored events can say what they come to, and the fold asks for a rebuild.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from chalicelib.tracking.event import Event

NEWCOMER: Final = timedelta(minutes=10)
PROTECTED: Final = frozenset(
    {"email", "phone", "externalid", "external_id", "externalids", "external_ids", "message_frequency", "push_device"}
)
"""Names of traits, case folded."""


@dataclass(frozen=True, slots=True)
class Link:
    """How the events of another subject came to belong to a person.

    received_at: receipt of the event that links them. unproven: it came under a public key without proof.
    known_at:    of a subject with a user id of its own, the least receipt of its events.
    """

    received_at: datetime
    unproven: bool = False
    known_at: datetime | None = None


Links = Mapping[str, Link]
"""By subject. What stands in no link is the person's own."""

NO_LINKS: Final[Links] = MappingProxyType({})


def first_known(known_at: datetime | None, events: Iterable[Event], links: Links = NO_LINKS) -> datetime | None:
    """The least receipt of the person's own events with a user id, given that of others; None if there is none."""
    own = (event.received_at for event in events if event.user_id is not None and event.subject not in links)
    return min((*own, *([known_at] if known_at else [])), default=None)


def counts(event: Event, known_at: datetime | None, link: Link | None = None) -> bool:
    """Whether the protected statements of an event count for the person whom it belongs to."""
    if link is None:
        return event.user_id is None or _in_time(event, known_at)
    if link.unproven and _late(link.received_at, known_at):
        return False
    if event.user_id is not None:
        return _in_time(event, link.known_at)
    return not event.unproven or event.received_at <= link.received_at


def rests_on(event: Event, link: Link | None = None) -> datetime | None:
    """The receipt that had to lie within the person's first minutes for the event's statements to count; None if
    they count whenever it was."""
    if link is not None:
        return link.received_at if link.unproven else None
    return event.received_at if event.unproven and event.user_id is not None else None


def stands(claimed_at: datetime | None, known_at: datetime | None) -> bool:
    """Whether all that was counted, the last of it resting on `claimed_at`, still counts for who is known since
    `known_at`."""
    return claimed_at is None or not _late(claimed_at, known_at)


def is_protected(trait: str, event: Event) -> bool:
    """Whether an event's trait of that name is one that not everybody may set."""
    return trait.partition(":")[0].strip().casefold() in PROTECTED or trait in event.protected


def _in_time(event: Event, known_at: datetime | None) -> bool:
    return not (event.unproven and _late(event.received_at, known_at))


def _late(moment: datetime, known_at: datetime | None) -> bool:
    return known_at is not None and moment > known_at + NEWCOMER
