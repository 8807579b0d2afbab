"""What webhooks need of the tables: how each source is set up, to whom an order or a vendor's customer belongs, what
waits for its order, and when was heard first what says no time."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from pydantic_core import from_json, to_json

from chalicelib import times
from chalicelib.aws.database import ConditionFailed, Database, Item
from chalicelib.catalog.store import DefinitionStore
from chalicelib.ids import digest
from chalicelib.resources import SCHEMA_VERSION, WORK
from chalicelib.tracking import setup
from chalicelib.tracking.event import USER, Event, subject_ids
from chalicelib.tracking.pipeline import LONGEST_EVENT
from chalicelib.tracking.webhook import SetUp

KIND: Final = "source"  # of the catalog's definitions that are set-ups
TRUSTED_FOR: Final = timedelta(seconds=30)  # how long a container goes by what it read
REMEMBERED_FOR: Final = timedelta(days=3 * 365)  # an order is given back within that

WAITS_FOR: Final = timedelta(days=30)
RETRIED_FOR: Final = timedelta(days=4)  # Stripe goes on for three
_WAITING: Final = "waiting"
_HEARD: Final = "heard"
_MOST_WAITING: Final = 50  # for one order
_MOST_KEPT: Final = 500  # names, known and unknown: whoever tries names at random fills no memory
_OWNED: Final = "owner"
_ORDER: Final = "order_id"
_CUSTOMER: Final = "customer_id"
_MAKES: Final = frozenset({"order completed", "order pending"})  # events that say whose an order is


class SourceBook:
    """How each source is set up."""

    def __init__(self, db: Database, production: bool) -> None:
        self._definitions = DefinitionStore(db, KIND)
        self._production = production
        self._found: dict[str, tuple[SetUp | None, datetime]] = {}

    def find(self, name: str, now: datetime) -> SetUp | None:
        """The set-up of a source, at most half a minute old; None if there is no such source."""
        if not setup.is_name(name):
            return None
        found, until = self._found.get(name, (None, now))
        if now < until:
            return found
        if len(self._found) >= _MOST_KEPT:
            self._found.clear()
        self._found[name] = (self._read(name), now + TRUSTED_FOR)
        return self._found[name][0]

    def forget(self, name: str) -> None:
        """Read it anew the next time: it was changed here."""
        self._found.pop(name, None)

    def _read(self, name: str) -> SetUp | None:
        pointer = self._definitions.pointer(name)
        body = self._definitions.body(name, pointer.latest) if pointer else None
        if body is None:
            return setup.built_in(name, self._production)
        return setup.parsed(name, body, self._production)


class OwnerBook:
    """Whose an order is, and who a vendor's customer is: refunds name only the order, subscriptions only the customer.

    The first to be said of an order stays, but that a person who is known takes the place of a visitor who was not.
    """

    def __init__(self, db: Database) -> None:
        self._db = db

    def remember(self, events: Iterable[Event]) -> None:
        """What these events say of owners."""
        said = {(kind, id): event for event in events for kind, id in _says(event)}
        items = [_item(kind, id, event) for (kind, id), event in said.items()]
        inserted = self._db.insert_all(WORK, items)
        for item, new in zip(items, inserted, strict=True):
            if not new and item["known"]:
                with suppress(ConditionFailed):  # somebody who is known stands there already
                    self._db.put(WORK, item, when={"known": False})

    def whose(self, call: Mapping[str, Any], source: str) -> dict[str, str]:
        """Whom a call is about by its order or its customer's id; ids as calls have them, empty if nobody knows."""
        properties = call.get("properties")
        for kind in (_ORDER, _CUSTOMER):
            id = properties.get(kind) if isinstance(properties, dict) else None
            subject = self._owner(kind, str(id), source) if isinstance(id, str | int) and id else None
            if subject:
                ids = subject_ids(subject)
                return {"userId" if name == "user_id" else "anonymousId": held for name, held in ids.items()}
        return {}

    def forget(self, event: Event, subjects: Collection[str]) -> int:
        """Forget what an event said of owners, where one of these subjects is the owner; how many notes that were."""
        forgotten = 0
        for kind, id in _says(event):
            key = _key(kind, id, event.source)
            item = self._db.get(WORK, _OWNED, key)
            if item is not None and item["subject"] in subjects:
                self._db.delete(WORK, _OWNED, key)
                forgotten += 1
        return forgotten

    def _owner(self, kind: str, id: str, source: str) -> str | None:
        """By this source; an order also by the only other source that knows it: parcels are told of by another. Two
        that differ leave it open, and another vendor's customer of the same number is somebody else."""
        page = self._db.query(WORK, _OWNED, prefix=_key(kind, id, ""), limit=10, consistent=True)
        found = {item["sk"].rpartition("#")[2]: str(item["subject"]) for item in page.items}
        if source in found or kind == _CUSTOMER:
            return found.get(source)
        return next(iter(found.values())) if len(set(found.values())) == 1 else None


@dataclass(frozen=True)
class Waiting:
    """A call that named nobody but an order, of which nobody had told yet. `key`: where it is kept, once it is."""

    source: str
    call: Mapping[str, Any]
    received_at: datetime
    key: str = field(default="", compare=False)


class WaitingRoom:
    """Calls that came before their order: deliveries come in any order. When it comes they are taken in with it."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def keep(self, calls: Iterable[Waiting]) -> None:
        """Keep calls that name an order; one that could never become an event is not worth it."""
        made = (_waiting_item(one) for one in calls)
        items = {item["sk"]: item for item in made if len(item["call"]) <= LONGEST_EVENT}
        self._db.insert_all(WORK, list(items.values()))

    def of(self, events: Iterable[Event]) -> Iterator[Waiting]:
        """What waits for the orders of which these events tell."""
        for id in dict.fromkeys(id for event in events for kind, id in _says(event) if kind == _ORDER):
            page = self._db.query(WORK, _WAITING, prefix=_key(_ORDER, id, ""), limit=_MOST_WAITING, consistent=True)
            for item in page.items:
                call = from_json(item["call"])
                yield Waiting(item["source"], call, times.parse(item["received_at"]), item["sk"])

    def remove(self, waiting: Waiting) -> None:
        """It is stored as an event now."""
        self._db.delete(WORK, _WAITING, waiting.key)


class FirstHeard:
    """When what says no time of its own was heard first. The time is part of an event's key, and of whom a source tells
    nothing there is no `seen` that would find a second copy: so a retry gets the time of the first."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def at(self, event: Event) -> datetime:
        """When this was heard first, as far as anybody may still send it again."""
        key = f"{event.source}#{event.message_id}"
        item = {
            "pk": _HEARD,
            "sk": key,
            "at": times.text(event.received_at),
            "expires": int((event.received_at + RETRIED_FOR).timestamp()),
            "schema_v": SCHEMA_VERSION,
        }
        if self._db.insert_all(WORK, [item])[0]:
            return event.received_at
        found = self._db.get(WORK, _HEARD, key)
        if found is not None and found["expires"] > event.received_at.timestamp():
            return times.parse(found["at"])
        self._db.put(WORK, item)  # the same was said long ago, and is said anew
        return event.received_at


def names_only_an_order(call: object) -> bool:
    """Whether a call is about nobody but whoever made an order."""
    if not isinstance(call, dict) or call.get("userId") or call.get("anonymousId"):
        return False
    properties = call.get("properties")
    return isinstance(properties, dict) and isinstance(properties.get(_ORDER), str | int) and bool(properties[_ORDER])


def _waiting_item(waiting: Waiting) -> Item:
    fact = digest(str(waiting.call.get("messageId")), length=16)
    return {
        "pk": _WAITING,
        "sk": f"{_key(_ORDER, str(waiting.call['properties'][_ORDER]), waiting.source)}#{fact}",
        "source": waiting.source,
        "call": to_json(waiting.call, inf_nan_mode="null").decode(),
        "received_at": times.text(waiting.received_at),
        "expires": int((waiting.received_at + WAITS_FOR).timestamp()),
        "schema_v": SCHEMA_VERSION,
    }


def _says(event: Event) -> Iterable[tuple[str, str]]:
    order, customer = event.properties.get("order_id"), event.properties.get("customer_id")
    if event.name.casefold() in _MAKES and isinstance(order, str | int) and order:
        yield _ORDER, str(order)
    if isinstance(customer, str | int) and customer:
        yield _CUSTOMER, str(customer)


def _item(kind: str, id: str, event: Event) -> Item:
    return {
        "pk": _OWNED,
        "sk": _key(kind, id, event.source),
        "subject": event.subject,
        "known": event.subject.startswith(USER),
        "expires": int((event.received_at + REMEMBERED_FOR).timestamp()),
        "schema_v": SCHEMA_VERSION,
    }


def _key(kind: str, id: str, source: str) -> str:
    return f"{kind}#{id if len(id) <= 100 and '#' not in id else digest(id)}#{source}"
