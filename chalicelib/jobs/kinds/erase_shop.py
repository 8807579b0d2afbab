"""erase_shop: a shop has left, and asks that what came from it be erased. Everybody who is known by that shop alone is
erased, each by a job of its own; whoever is known from elsewhere too (the website, another shop, an import) stays: that
is not the shop's to erase, and the shop asks for its customers one by one as well. What the shop said of itself (its
products, its owner's address when the app was removed) goes first.

People are found by the index of stages, shard after shard. It moves while it is read, so it is gone through once more,
until nobody is found whom the shop alone knows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from chalicelib.customers.base.store import BaseStore
from chalicelib.customers.links.family import Graph, TooWide
from chalicelib.customers.links.store import LinkStore
from chalicelib.customers.store import CustomerStore
from chalicelib.jobs.job import Job, Slice
from chalicelib.jobs.kind import Kind, Tools
from chalicelib.jobs.kinds.erase import Request
from chalicelib.jobs.persons import Asked
from chalicelib.jobs.persons.store import PersonStore, partition
from chalicelib.jobs.privacy import JobDesk
from chalicelib.jobs.store import JobStore
from chalicelib.lifecycle.rules import Stage
from chalicelib.resources import EVENTS
from chalicelib.review.store import read
from chalicelib.tracking.event import SOURCE, Event

ROUNDS: Final = 3
PAGE: Final = 50
NEUTRAL: Final = frozenset({"ses", "sms", "perennial"})
"""What we say ourselves of whoever was written to."""


@dataclass(frozen=True)
class Place:
    """Where the search is: which round, which stage, behind whom of it; `found` so far in this round."""

    round: int = 0
    stage: int = 0
    cursor: str | None = None
    found: int = 0


class _EraseShop:
    request = Request

    def work(self, request: Request, job: Job, tools: Tools) -> Slice:
        source = request.source or ""
        place: Place | None = _place(job.cursor)
        customers, looked, started = CustomerStore(tools.db), 0, 0
        own = _forget_own(source, tools)
        while place is not None and not tools.time_is_up():
            stage = list(Stage)[place.stage]
            listed, cursor = customers.in_stage(str(stage), limit=PAGE, cursor=place.cursor)
            mine = [each.customer for each in listed if _only_from(each.customer, source, tools)]
            for customer in mine:
                _erase(customer, source, job, tools)
            looked, started = looked + len(listed), started + len(mine)
            place = _next(place, cursor, len(mine))
        report = {"kept": "whoever is known from elsewhere as well"}
        return Slice(
            None if place is None else vars_of(place),
            {"looked_at": looked, "erasures": started, "events_of_the_shop": own},
            report,
        )


def vars_of(place: Place) -> dict[str, int | str | None]:
    """As JSON."""
    return {"round": place.round, "stage": place.stage, "cursor": place.cursor, "found": place.found}


def _place(cursor: Mapping[str, object] | None) -> Place:
    return Place(**cursor) if cursor else Place()  # type: ignore[arg-type]


def _next(place: Place, cursor: str | None, found: int) -> Place | None:
    found += place.found
    if cursor is not None:
        return Place(place.round, place.stage, cursor, found)
    if place.stage + 1 < len(Stage):
        return Place(place.round, place.stage + 1, None, found)
    return Place(place.round + 1) if found and place.round + 1 < ROUNDS else None


def _forget_own(source: str, tools: Tools) -> int:
    """Forget what the shop said of itself, as far as time allows; how many events that were."""
    gone = 0
    while not tools.time_is_up():
        page = tools.db.query(EVENTS, SOURCE + source, limit=PAGE, consistent=True).items
        if not page:
            break
        for item in page:
            tools.db.delete(EVENTS, item["pk"], item["sk"])
        gone += len(page)
    return gone


def _only_from(customer: str, source: str, tools: Tools) -> bool:
    """Whether every event of the person, under every id, came from the shop, and at least one did."""
    try:
        subjects = [customer, *Graph(LinkStore(tools.db).node).members(customer)]
    except TooWide:
        return False
    theirs = False
    for subject in subjects:
        for item in partition(tools.db, EVENTS, subject, PAGE):
            event = read(item)
            if not isinstance(event, Event) or event.source not in {source, *NEUTRAL}:
                return False
            theirs = theirs or event.source == source
    forgotten = {each for base in BaseStore(tools.db).of(customer, subjects).each for each in base.sources}
    return forgotten <= {source, *NEUTRAL} and (theirs or source in forgotten)


def _erase(customer: str, source: str, job: Job, tools: Tools) -> None:
    desk = JobDesk(JobStore(tools.db), PersonStore(tools.db), tools.now)
    desk.start_part("erase", Asked(customer, source=source), job)


plugin: Kind[Request] = _EraseShop()
