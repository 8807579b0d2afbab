"""Erasing a person, place by place. Each step deletes what it finds, so doing it twice is doing it once, and a step
that was interrupted goes on by doing it again.

    gather      everything that the person is known as is written down: what it was found by will be gone
    bury        tombstones (customers/erased.py) and the hashes of the addresses (customers/suppression.py)
    stop        enrolments and sends: from here on nothing more is decided or sent
    unlink      claims by and upon others
    events      every event, whose order it made an order, and which account it joined
    codes       whose the person's codes were: nobody gets them again
    customers   facts, traits, history, permit, links, pointers
    parked      calls that were not accepted, events that could not be counted
    files       exports of the person
    given up    dead letters and batches of streams (given_up.py)
    sweep       once more what others may have written meanwhile
    forget      whom this job was about

Counts are of what was found by slices that were saved; what an interrupted slice had deleted already is not in them.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from pydantic_core import from_json, to_json

from chalicelib.aws.database import Item
from chalicelib.customers import suppression
from chalicelib.customers.addresses import pointers
from chalicelib.customers.erased import Tombstone
from chalicelib.customers.links.store import LinkStore
from chalicelib.customers.store import Conflict, CustomerStore
from chalicelib.customers.suppression import Suppressed
from chalicelib.errors import Transient
from chalicelib.jobs.kind import Tools
from chalicelib.jobs.persons import Person, mentions
from chalicelib.jobs.persons.export import exports_of
from chalicelib.jobs.persons.given_up import every_letter, failed_batches, letters
from chalicelib.jobs.persons.step import Place, Step
from chalicelib.journeys.coupons.store import CouponStore
from chalicelib.resources import CUSTOMERS, ENROLMENTS, EVENTS, SENDS, WORK
from chalicelib.review.store import PARKED_EVENT, read
from chalicelib.tracking import parked
from chalicelib.tracking.event import Event
from chalicelib.tracking.webhooks.store import OwnerBook

PAGE: Final = 100


def bury(person: Person, place: Place, tools: Tools, counts: Counter[str]) -> Place | None:
    """What remains: a tombstone for each subject, and a hash for each address."""
    customers = CustomerStore(tools.db)
    root = customers.load(person.subjects[0]).seen if person.subjects else None
    for subject in person.subjects:
        seen = customers.load(subject).seen
        customers.bury(subject, Tombstone(person.at, seen.united([root]) if root else seen))
    secret = tools.secrets.named("pii")[0]
    reachable = [(kind, address) for kind, address in person.addresses if kind != "external"]
    for kind, address in reachable:
        reason = person.undeliverable if kind == "email" else None
        left = Suppressed(person.at, "complaint" if reason == "complaint" else "bounce" if reason else None)
        customers.suppress(suppression.mark(secret, kind, address), left)
    counts["kept_address_hashes"] += len(reachable)
    counts["kept_tombstones"] += len(person.subjects)
    return None


def stop(person: Person, place: Place, tools: Tools, counts: Counter[str]) -> Place | None:
    """Enrolments first: one that is gone plans nothing more."""
    for table in (ENROLMENTS, SENDS):
        if not _emptied(table, person, tools, counts):
            return place
    return None


def unlink(person: Person, place: Place, tools: Tools, counts: Counter[str]) -> Place | None:
    """Take the person out of what is kept of others: as whom they claim to be, and who claimed to be them."""
    links, mine = LinkStore(tools.db), set(person.subjects)
    for subject in person.subjects:
        node = links.node(subject)
        for other in {claim.target for claim in node.claims} - mine:
            target = links.node(other)
            if mine & set(target.sources):
                kept = tuple(source for source in target.sources if source not in mine)
                _saved(links.save_sources, replace(target, sources=kept))
                counts["links_of_others"] += 1
        for other in set(node.sources) - mine:
            source = links.node(other)
            if mine & {claim.target for claim in source.claims}:
                claims = tuple(claim for claim in source.claims if claim.target not in mine)
                _saved(links.save_claims, replace(source, claims=claims))
                counts["links_of_others"] += 1
    return None


def events(person: Person, place: Place, tools: Tools, counts: Counter[str]) -> Place | None:
    """Before an event goes, what is found by it: the note of whose its order is, and the part in an account that it
    named."""
    owners, accounts = OwnerBook(tools.db), CustomerStore(tools.db).accounts
    for subject in person.subjects:
        while page := tools.db.query(EVENTS, subject, limit=PAGE, consistent=True).items:
            for item in page:
                event = read(item)
                if isinstance(event, Event):
                    counts["order_owners"] += owners.forget(event, person.subjects)
                    counts["account_shares"] += accounts.forget(event, person.subjects, tools.now())
                tools.db.delete(EVENTS, item["pk"], item["sk"])
                counts["events"] += 1
            if tools.time_is_up():
                return place
    return None


def codes(person: Person, place: Place, tools: Tools, counts: Counter[str]) -> Place | None:
    """Codes of coupons and of referrals say no more whose they are. Before the person's rows go, which name them."""
    store = CouponStore(tools.db)
    counts["codes"] += sum(map(store.forget, person.subjects))
    return None


def customers(person: Person, place: Place, tools: Tools, counts: Counter[str]) -> Place | None:
    """Everything that stands under the person's ids in the customers table, and what points there by an address."""
    secrets = tools.secrets.named("pii")
    for known in person.addresses:
        for key in pointers(secrets, known):
            for subject in person.subjects:
                if tools.db.get(CUSTOMERS, key, subject) is not None:
                    tools.db.delete(CUSTOMERS, key, subject)
                    counts["pointers"] += 1
    return None if _emptied(CUSTOMERS, person, tools, counts) else place


def parked_calls(person: Person, place: Place, tools: Tools, counts: Counter[str]) -> Place | None:
    """Calls that name the person anywhere; of a list of calls, those."""
    names = person.names()

    def look(item: Item) -> None:
        counts["parked_calls"] += _unparked(item, names, tools)

    return _looked_through(parked.KIND, look, place, tools)


def parked_events(person: Person, place: Place, tools: Tools, counts: Counter[str]) -> Place | None:
    """Notes of events that could not be counted."""

    def look(item: Item) -> None:
        if item.get("subject") in person.subjects:
            tools.db.delete(WORK, PARKED_EVENT, item["sk"])
            counts["parked_events"] += 1

    return _looked_through(PARKED_EVENT, look, place, tools)


def files(person: Person, place: Place, tools: Tools, counts: Counter[str]) -> Place | None:
    """What was exported of the person."""
    for subject in person.subjects:
        for file in list(tools.files.keys(exports_of(subject))):
            tools.files.delete(file)
            counts["exports"] += 1
    return None


STEPS: Final[Mapping[str, Step]] = {
    "bury": bury,
    "stop": stop,
    "unlink": unlink,
    "events": events,
    "codes": codes,
    "customers": customers,
    "parked": parked_calls,
    "parked_events": parked_events,
    "files": files,
    "letters": letters,
    "batches": failed_batches,
    "stop_again": stop,
    "events_again": events,
    "codes_again": codes,
    "customers_again": customers,
    "batches_again": failed_batches,
    "letters_again": every_letter,
}
"""In this order."""


def _looked_through(kind: str, look: Callable[[Item], None], place: Place, tools: Tools) -> Place | None:
    """Look at every item of a kind in the work table, page by page."""
    start: Item | None = {"pk": kind, "sk": place.mark} if place.mark else None
    while True:
        page = tools.db.query(WORK, kind, limit=PAGE, start=start, consistent=True)
        for item in page.items:
            look(item)
        start = page.next
        if start is None:
            return None
        if tools.time_is_up():
            return Place(place.step, str(start["sk"]))


def _emptied(table: str, person: Person, tools: Tools, counts: Counter[str]) -> bool:
    """Delete whatever stands under the person's subjects; False if time was up before the end."""
    for subject in person.subjects:
        while page := tools.db.query(table, subject, limit=PAGE, consistent=True).items:
            for item in page:
                tools.db.delete(table, item["pk"], item["sk"])
            counts[table if table != CUSTOMERS else "customer_items"] += len(page)
            if tools.time_is_up():
                return False
    return True


def _unparked(item: Item, names: frozenset[str], tools: Tools) -> int:
    """How many parked calls of an item named the person; they are gone afterwards, and the others stay."""
    whole = from_json(zlib.decompress(bytes(item["body"])))
    way = from_json(zlib.decompress(bytes(item["way"]))) if "way" in item else {}
    if isinstance(whole, list) and not mentions(way, names):
        kept = [call for call in whole if not mentions(call, names)]
        if len(kept) == len(whole):
            return 0
        if kept:
            body: dict[str, Any] = {"body": zlib.compress(to_json(kept)), "count": len(kept)}
            tools.db.update(WORK, item["pk"], item["sk"], set=body, when={"body": item["body"]})
            return len(whole) - len(kept)
    elif not (mentions(whole, names) or mentions(way, names) or _within(whole, item, names)):
        return 0
    tools.db.delete(WORK, item["pk"], item["sk"])
    return int(item["count"])


def _within(whole: object, item: Item, names: frozenset[str]) -> bool:
    """Whether a call that was too long to keep whole names somebody in what is left of its text."""
    if item.get("whole", True) or not isinstance(whole, str):
        return False
    return any(f'"{name}"' in whole.lower() for name in names)


def _saved(save: Callable[[Any], None], node: Any) -> None:
    try:
        save(node)
    except Conflict as lost:
        raise Transient("somebody else was writing the same links") from lost
