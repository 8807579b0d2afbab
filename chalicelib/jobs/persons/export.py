"""Everything that is kept about a person, as JSON: read partition by partition, so that it can be left and taken up.

customer     traits, facts, consent, suppressions, subjects and links, history of stages, segments, and of events that
             are forgotten what is left of them
events       each as it was accepted         enrolments, messages
parked       calls that were not accepted and name the person; events that could not be counted
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from pydantic_core import from_json, to_jsonable_python

from chalicelib import ids
from chalicelib.aws.database import Database, Item
from chalicelib.customers.accounts.share import ACCOUNT, MEMBER
from chalicelib.customers.base import PREFIX, Base
from chalicelib.customers.facts import Facts
from chalicelib.customers.profile import PROFILE, Profile
from chalicelib.customers.state import STATE, State
from chalicelib.jobs.persons import Person, mentions
from chalicelib.resources import CUSTOMERS, ENROLMENTS, EVENTS, SENDS, WORK
from chalicelib.review.store import PARKED_EVENT, read
from chalicelib.segments.conditions import SEGMENT, key_of
from chalicelib.segments.conditions.store import ConditionStore
from chalicelib.times import EPOCH, text
from chalicelib.tracking import parked
from chalicelib.tracking.event import Event

PAGE: Final = 200
_TABLES: Final = ((CUSTOMERS, "customer"), (EVENTS, "event"), (ENROLMENTS, "enrolment"), (SENDS, "message"))
_OURS: Final = frozenset(
    {"pk", "sk", "schema_v", "v", "due_shard", "stage_shard", "fx", "seen", "claims", "has"}
    | {"members", "cond_v", "cond_at"}  # told by their names, as segments
)

Record = dict[str, Any]


@dataclass(frozen=True)
class Place:
    """Where reading is: which partition, and behind which key of it."""

    partition: int = 0
    start: str = ""


def exports_of(subject: str) -> str:
    """The beginning of the names of every file that was exported about a subject."""
    return f"exports/{ids.digest('export', subject)}/"


def partitions(person: Person) -> list[tuple[str, str, str]]:
    """(table, hash key, kind of record) of everything that is read, in order."""
    own = [(table, subject, kind) for subject in person.subjects for table, kind in _TABLES]
    return [*own, (WORK, parked.KIND, "parked_call"), (WORK, PARKED_EVENT, "parked_event")]


def page(person: Person, place: Place, db: Database) -> tuple[list[Record], Place | None]:
    """The records of one page, and where to go on; None at the end."""
    every = partitions(person)
    table, key, kind = every[place.partition]
    start = {"pk": key, "sk": place.start} if place.start else None
    found = db.query(table, key, limit=PAGE, start=start, consistent=True)
    records = [record for item in found.items for record in _records(item, kind, person)]
    for state in (State.from_item(item) for item in found.items if item["sk"] == STATE):
        records += [*_memberships(state, db), *_segments(state, db)]
    if found.next is not None:
        return records, Place(place.partition, str(found.next["sk"]))
    following = place.partition + 1
    return records, Place(following) if following < len(every) else None


def _records(item: Item, kind: str, person: Person) -> Iterator[Record]:
    match kind:
        case "event":
            event = read(item)
            yield _event(event) if isinstance(event, Event) else {"kind": "event", "unread": event.reason}
        case "customer":
            yield _of_customer(item)
        case "parked_call":
            call = from_json(zlib.decompress(bytes(item["body"])))
            calls = call if isinstance(call, list) else [call]
            for each in calls:
                if mentions(each, person.names()):
                    yield {"kind": kind, "reason": item["reason"], "received_at": item["received_at"], "call": each}
        case "parked_event":
            if item.get("subject") in person.subjects:
                yield {"kind": kind, "reason": item["reason"], "record": _plain(item["record"])}
        case _:
            yield {"kind": kind, "id": item["sk"], "customer": item["pk"], **_plain(_without(item))}


def _segments(state: State, db: Database) -> Iterator[Record]:
    """The segments that the person is in, by their names."""
    if not state.memberships:
        return
    for name in sorted(ConditionStore(db, lambda: EPOCH).rules()):
        minute = state.memberships.get(key_of(name))
        if name.startswith(SEGMENT) and minute is not None:
            since = text(EPOCH + timedelta(minutes=minute))
            yield {"kind": "segment", "segment": name.removeprefix(SEGMENT), "since": since}


def _memberships(state: State, db: Database) -> Iterator[Record]:
    """What is kept of the person in each account that she belongs to."""
    for group in state.facts.memberships.groups:
        share = db.get(CUSTOMERS, ACCOUNT + group, MEMBER + state.customer)
        if share is not None:
            yield {"kind": "account_member", "account": group, **_plain(_without(share))}


def _event(event: Event) -> Record:
    return {"kind": "event", "subject": event.subject, **event.model_dump(mode="json", exclude_none=True)}


def _of_customer(item: Item) -> Record:
    match str(item["sk"]):
        case key if key == STATE:
            state = State.from_item(item)
            held = _plain(_without(item)) | {"facts": _facts(state.facts)}
            return {"kind": "customer", "subject": state.customer, **held}
        case key if key == PROFILE:
            profile = Profile.from_item(item)
            traits = {name: _plain(vars_of(trait)) for name, trait in profile.traits.items()}
            return {"kind": "traits", "subject": profile.customer, "traits": traits}
        case key if key.startswith(PREFIX):
            base = Base.from_item(item)
            before = date.fromordinal(base.until).isoformat()
            told = {"events": base.count, "received_before": before, "sources": list(base.sources)}
            return {"kind": "forgotten", "subject": base.subject, **told, "facts": _facts(base.facts)}
        case key:
            kind = key.partition("#")[0].lstrip("!")
            return {"kind": kind, "subject": item["pk"], "id": key, **_plain(_without(item))}


def vars_of(value: Any) -> dict[str, Any]:
    """The fields of a value, whether or not it has slots."""
    names = getattr(value, "__dataclass_fields__", {})
    return {name: getattr(value, name) for name in names}


def _facts(facts: Facts) -> Any:
    """The facts by their names in the code."""
    return _plain(vars_of(facts))


def _without(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in item.items() if name not in _OURS and name != "facts"}


def _plain(value: Any) -> Any:
    """What JSON has; texts that are JSON themselves are opened."""
    match value:
        case Mapping():
            return {str(name): _plain(inner) for name, inner in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_plain(inner) for inner in value]
        case bytes():
            return value.hex()
        case str() if value[:1] in ("{", "["):
            try:
                return json.loads(value)
            except ValueError:
                return value
        case Decimal():
            return format(value, "f")
        case _ if hasattr(value, "__dataclass_fields__"):
            return _plain(vars_of(value))
        case _:
            return to_jsonable_python(value, fallback=str)
