"""erase: everything that is kept about one person, everywhere, but for what must remain so that the person stays left
alone. The steps are in jobs/persons/erase.py; whom it is about stands beside the job (jobs/persons/store.py).
"""

from __future__ import annotations

from collections import Counter
from typing import Final

from pydantic import BaseModel, ConfigDict

from chalicelib.jobs.job import Job, Slice
from chalicelib.jobs.kind import Kind, Tools
from chalicelib.jobs.persons import Person, addresses_in
from chalicelib.jobs.persons.erase import STEPS
from chalicelib.jobs.persons.given_up import UNSEEN
from chalicelib.jobs.persons.step import Place
from chalicelib.jobs.persons.store import PersonFinder, PersonStore, person_of
from chalicelib.review.store import EventLog
from chalicelib.tracking.event import Event

GATHER: Final = "gather"
FORGET: Final = "forget"
PAGE: Final = 500
KEPT: Final = {
    "address_hashes": "keyed hashes of the addresses, so that they stay suppressed",
    "tombstones": "hashes of the ids for 30 days, so that late events bring nobody back",
    "backups": "point-in-time recovery of the tables: 35 days; files of imports and of audiences: 30 days",
}
UNSEEN_LETTERS: Final = (
    "dead letters that somebody else held for minutes, or that came faster than they could be read: look through them "
    "(GET /v1/failures), and discard what is about the person; they are forgotten after 14 days"
)


class Request(BaseModel):
    """Who asked for it. Whom it is about is kept beside the job."""

    model_config = ConfigDict(extra="ignore")

    source: str | None = None
    reference: str | None = None


class _Erase:
    request = Request

    def work(self, request: Request, job: Job, tools: Tools) -> Slice:
        person = person_of(tools.db, job.id, tools.now())
        if person is None:  # forgotten: the slice that did it was not saved
            return Slice(None, {}, _report(job))
        place = Place(**(job.cursor or {"step": GATHER}))
        if place.step == FORGET:
            PersonStore(tools.db).forget(job.id)
            return Slice(None, {}, _report(job))
        counts: Counter[str] = Counter()
        if place.step == GATHER:
            return self._gather(person, place, job, tools)
        return Slice(_cursor(_walk(person, place, tools, counts)), +counts)

    def _gather(self, person: Person, place: Place, job: Job, tools: Tools) -> Slice:
        """Every address that any event names; then the guests who ordered under them."""
        log, number, start = EventLog(tools.db), *_mark(place)
        while number < len(person.subjects):
            page, behind = log.page(person.subjects[number], PAGE, start)
            found = [address for event in page if isinstance(event, Event) for address in addresses_in(event)]
            person = person.with_addresses(found)
            number, start = (number, behind) if behind else (number + 1, None)
            if tools.time_is_up():
                PersonStore(tools.db).keep(job.id, person, tools.now())
                return Slice(_cursor(Place(GATHER, f"{number}|{start or ''}")), {})
        person = PersonFinder(tools.db).with_guests(person)
        PersonStore(tools.db).keep(job.id, person, tools.now())
        return Slice(_cursor(Place(next(iter(STEPS)))), {"subjects": len(person.subjects)})


def _walk(person: Person, place: Place, tools: Tools, counts: Counter[str]) -> Place:
    """Step by step until time is up; the place where the next slice begins."""
    names = list(STEPS)
    while True:
        rest = STEPS[place.step](person, place, tools, counts)
        if rest is not None:
            return rest
        following = names.index(place.step) + 1
        place = Place(names[following] if following < len(names) else FORGET)
        if place.step == FORGET or tools.time_is_up():
            return place


def _report(job: Job) -> dict[str, object]:
    unseen = {"unseen": {"dead_letters": UNSEEN_LETTERS}} if (job.counts or {}).get(UNSEEN) else {}
    return {"kept": KEPT, **unseen}


def _cursor(place: Place) -> dict[str, str]:
    return {"step": place.step, "mark": place.mark}


def _mark(place: Place) -> tuple[int, str | None]:
    number, _, start = (place.mark or "0|").partition("|")
    return int(number), start or None


plugin: Kind[Request] = _Erase()
