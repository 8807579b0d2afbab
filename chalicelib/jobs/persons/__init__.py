"""Whom a job of export or erasure is about. Pure.

A job's own item is kept for 90 days and shown to whoever may read jobs, so it says nothing of the person: that stands
in an item beside it, which the job removes as its last act.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Self

from chalicelib import times
from chalicelib.customers.addresses import in_context, known_by
from chalicelib.tracking import contact
from chalicelib.tracking.event import ANONYMOUS, USER, Event

MOST_ADDRESSES: Final = 100


@dataclass(frozen=True)
class Asked:
    """Who was named.

    subject: `u#...` or `a#...`; None if only addresses are known. email, phone: as given.
    source:  the webhook source that asked, whose ids `subject` is of; None for the API.
    """

    subject: str | None = None
    email: str | None = None
    phone: str | None = None
    source: str | None = None

    def subjects(self) -> list[str]:
        """Where to look, the surest first."""
        ids = (contact.address_id("email", self.email), contact.address_id("phone", self.phone))
        return [*([self.subject] if self.subject else []), *(ANONYMOUS + id for id in ids if id)]


@dataclass(frozen=True)
class Person:
    """Everything that one person is known as.

    subjects:  the customer first, then whoever belongs to it.
    addresses: (`email`, `phone` or `external`, the address or id in its one form), as found in traits and events.
    at:        when the person was looked up: what is dated later is somebody new.
    undeliverable: `bounce` or `complaint`, if the mailbox was.
    """

    subjects: tuple[str, ...]
    addresses: tuple[tuple[str, str], ...]
    at: datetime
    undeliverable: str | None = None

    def with_addresses(self, found: Iterable[tuple[str, str]]) -> Self:
        """With more addresses, each once."""
        every = tuple(dict.fromkeys([*self.addresses, *found]))[:MOST_ADDRESSES]
        return replace(self, addresses=every)

    def names(self) -> frozenset[str]:
        """Every text that stands for the person where calls were kept as they came: ids and addresses, lower case."""
        ids = (subject.removeprefix(USER).removeprefix(ANONYMOUS) for subject in self.subjects)
        return frozenset(text.lower() for text in (*ids, *(address for _, address in self.addresses)) if text)

    def to_json(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "subjects": list(self.subjects),
            "addresses": [list(held) for held in self.addresses],
            "at": times.text(self.at),
            "undeliverable": self.undeliverable,
        }

    @classmethod
    def from_json(cls, held: Mapping[str, Any]) -> Self:
        """What `to_json` made."""
        addresses = tuple((kind, address) for kind, address in held["addresses"])
        return cls(tuple(held["subjects"]), addresses, times.parse(held["at"]), held["undeliverable"])


def addresses_in(event: Event) -> list[tuple[str, str]]:
    """The addresses that an event names, in its traits, those of its context, or as external ids in its context."""
    context = event.context.get("traits")
    held = (event.traits, context if isinstance(context, Mapping) else {}, in_context(event.context))
    return [address for traits in held for address in addresses_of(traits)]


def addresses_of(traits: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The addresses among traits, each in its one form; and the ids that other systems have for the person."""
    return list(known_by(traits))


def mentions(value: object, names: frozenset[str]) -> bool:
    """Whether JSON holds one of the names as a whole text or number, anywhere, in any form of an address."""
    match value:
        case dict():
            return any(mentions(inner, names) for inner in value.values())
        case list():
            return any(mentions(inner, names) for inner in value)
        case str():
            forms = (value.strip().lower(), contact.email(value), contact.phone(value))
            return any(form in names for form in forms if form)
        case int() | float() if not isinstance(value, bool):
            return str(value) in names
        case _:
            return False
