"""Where it is kept whom a job is about, and how a person is found."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Final

from pydantic_core import from_json, to_json

from chalicelib.aws.database import Database, Item
from chalicelib.customers.links.family import Graph, TooWide
from chalicelib.customers.links.store import LinkStore
from chalicelib.customers.store import CustomerStore
from chalicelib.errors import Permanent
from chalicelib.jobs.persons import Asked, Person, addresses_of
from chalicelib.resources import SCHEMA_VERSION, WORK
from chalicelib.tracking import contact
from chalicelib.tracking.event import ANONYMOUS

KIND: Final = "person"  # of the work table's items that say whom a job is about
KEPT_FOR: Final = timedelta(days=30)


class PersonStore:
    """Whom jobs are about, by the job's id."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def ask(self, job: str, asked: Asked, now: datetime) -> None:
        """Keep who was named, before the job is started."""
        self._put(job, {"asked": to_json(asdict(asked)).decode()}, now)

    def keep(self, job: str, person: Person, now: datetime) -> None:
        """Keep who it is: from now on nothing else is looked up, because what it was found by is being erased."""
        self._put(job, {"person": to_json(person.to_json()).decode()}, now)

    def asked(self, job: str) -> Asked | None:
        """Who was named; None once it is known who it is, or when all is forgotten."""
        item = self._db.get(WORK, KIND, job) or {}
        return Asked(**from_json(item["asked"])) if "asked" in item else None

    def person(self, job: str) -> Person | None:
        """Who it is, once it is known."""
        item = self._db.get(WORK, KIND, job) or {}
        return Person.from_json(from_json(item["person"])) if "person" in item else None

    def forget(self, job: str) -> None:
        """Forget whom the job was about."""
        self._db.delete(WORK, KIND, job)

    def _put(self, job: str, held: Item, now: datetime) -> None:
        expires = int((now + KEPT_FOR).timestamp())
        self._db.put(WORK, {"pk": KIND, "sk": job, "schema_v": SCHEMA_VERSION, "expires": expires, **held})


def person_of(db: Database, job: str, now: datetime) -> Person | None:
    """Whom a job is about: found by what was asked for, once, and kept; None when all is forgotten."""
    store = PersonStore(db)
    person = store.person(job)
    if person is not None:
        return person
    asked = store.asked(job)
    if asked is None:
        return None
    person = PersonFinder(db).find(asked, now)
    store.keep(job, person, now)
    return person


class PersonFinder:
    """Finds everything that a person is known as."""

    def __init__(self, db: Database) -> None:
        self._customers = CustomerStore(db)
        self._links = LinkStore(db)

    def find(self, asked: Asked, now: datetime) -> Person:
        """The person who was named: the first of the names that is known decides, and an address only where no id
        does, because two people may share one. Permanent if more hang together than one person can be."""
        named = asked.subjects()
        known = next((name for name in named if self._is_known(name)), named[0] if named else None)
        if known is None:
            return Person((), (), now)
        customer = self._customers.find(known).customer
        try:
            members = Graph(self._links.node).members(customer)
        except TooWide as wide:
            raise Permanent("more ids hang together than one person can have: split the customer first") from wide
        addresses = self._addresses(customer)
        given = addresses_of({"email": asked.email, "phone": asked.phone})
        person = Person((customer, *members), (), now, self._undeliverable(customer)).with_addresses(addresses + given)
        return self.with_guests(person)

    def with_guests(self, person: Person) -> Person:
        """With the guests who ordered under the person's addresses, unless they are somebody else's."""
        found = list(person.subjects)
        for kind, address in person.addresses:
            id = contact.address_id("email" if kind == "email" else "phone", address) if kind != "external" else None
            guest = f"{ANONYMOUS}{id}"
            if id and guest not in found and self._customers.find(guest).customer in (guest, person.subjects[0]):
                found.append(guest)
        return Person(tuple(found), person.addresses, person.at, person.undeliverable)

    def _is_known(self, subject: str) -> bool:
        if self._customers.find(subject).v:
            return True
        node = self._links.node(subject)
        return bool(node.claims or node.sources)

    def _addresses(self, customer: str) -> list[tuple[str, str]]:
        return addresses_of(self._customers.profile(customer).values)

    def _undeliverable(self, customer: str) -> str | None:
        held = self._customers.load(customer).facts.suppressed.get("email")
        return held.reason if held else None


def partition(db: Database, table: str, pk: str, limit: int) -> Iterator[Item]:
    """Items of one partition, page by page and read consistently; what is deleted on the way does no harm."""
    start: Item | None = None
    while True:
        page = db.query(table, pk, limit=limit, start=start, consistent=True)
        yield from page.items
        start = page.next
        if start is None:
            return
