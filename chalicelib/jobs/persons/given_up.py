"""What was given up and is about a person: erased from the queue of dead letters and from the bucket of batches.

Whose a letter is, is said by the id that it names: workers are told of customers by `u#...`, providers report with the
tag that they were given. A page of the due index names the customer behind whom it begins. A report that lost its tag,
and what somebody wrote to us, still names an address, alone or in what a mail server said. A send id is nowhere without
the tag. Ids as the shop has them (`7`, `anna`) are not looked for: nothing of ours says them, and a report about
somebody else would go because a number in it is the same.

A record of a batch is the person's if its item stands under one of the person's ids, as in the tables that it is a copy
of. The others stay, in their order, and can be done again as before.

SQS shows a letter to one reader at a time. So a look keeps what it has seen hidden, and is repeated until as many were
seen as SQS counts; that much is waited for whoever else holds some.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Final

from pydantic_core import from_json

from chalicelib import times
from chalicelib.aws import batches
from chalicelib.aws.files import Files
from chalicelib.aws.letters import DeadLetters, Letter
from chalicelib.jobs.kind import Tools
from chalicelib.jobs.persons import Person
from chalicelib.jobs.persons.step import Place
from chalicelib.tracking import contact
from chalicelib.tracking.tags import customer_tag

UNSEEN: Final = "dead_letters_unseen"
WAIT: Final = timedelta(seconds=120)
"""For letters that somebody else holds; what was seen is hidden as long, so nothing is counted twice."""

_AT_ONCE: Final = 500
_PAUSE: Final = 5  # seconds between two looks
_WORDS: Final = re.compile(r"[\s<>,;:\"'()\[\]]+")  # between the words of a header, or of what a mail server says


def letters(person: Person, place: Place, tools: Tools, counts: Counter[str]) -> Place | None:
    """A first look at the dead letters."""
    dead = tools.around.dead_letters()
    dead.put_back(_look(person, dead, tools, counts))
    return None


def every_letter(person: Person, place: Place, tools: Tools, counts: Counter[str]) -> Place | None:
    """Look until every dead letter was seen, or nobody can be waited for any longer."""
    dead, (began, seen) = tools.around.dead_letters(), _mark(place, tools.now())
    held = dict[str, Letter]()  # by id: SQS may show a letter twice
    while True:
        held |= {letter.id: letter for letter in _look(person, dead, tools, counts)}
        unseen = dead.count() - seen - len(held)
        if unseen <= 0 or tools.now() - began >= WAIT:
            dead.put_back(list(held.values()))
            counts[UNSEEN] += max(0, unseen)
            return None
        if tools.time_is_up():
            return Place(place.step, f"{times.text(began)}|{seen + len(held)}")
        tools.around.pause(_PAUSE)


def failed_batches(person: Person, place: Place, tools: Tools, counts: Counter[str]) -> Place | None:
    """The records of the person are taken out of each batch; a batch of which nothing is left is deleted."""
    bucket = tools.around.failed_batches()
    for key in bucket.keys(""):
        if key <= place.mark:
            continue
        counts["failed_records"] += _taken_out(bucket, key, frozenset(person.subjects))
        if tools.time_is_up():
            return Place(place.step, key)
    return None


def names(person: Person) -> Callable[[str], bool]:
    """What says whether a letter names the person."""
    exact = frozenset(text for subject in person.subjects for text in (subject, customer_tag(subject)))
    addresses = frozenset(address for kind, address in person.addresses if kind != "external")

    def named(text: str) -> bool:
        words = (text, *_WORDS.split(text))
        return any(word in exact or not addresses.isdisjoint(_addresses(word)) for word in words)

    return lambda letter: any(named(text) for text in _texts(letter))


def _look(person: Person, dead: DeadLetters, tools: Tools, counts: Counter[str]) -> list[Letter]:
    """Forget the letters that name the person; the others, which are hidden for as long as a job waits."""
    named, others = names(person), list[Letter]()
    while taken := dead.take(_AT_ONCE, hidden=int(WAIT.total_seconds())):
        for letter in taken:
            if named(letter.text):
                dead.forget(letter)
                counts["dead_letters"] += 1
            else:
                others.append(letter)
        if tools.time_is_up():
            break
    return others


def _mark(place: Place, now: datetime) -> tuple[datetime, int]:
    """Since when letters are looked at, and how many others were seen by slices before."""
    began, _, seen = place.mark.partition("|")
    return (times.parse(began), int(seen)) if began else (now, 0)


def _texts(value: object) -> Iterator[str]:
    """Every text in JSON, which may be in a text itself: SNS puts reports into an envelope so."""
    match value:
        case Mapping():
            for inner in (*value.keys(), *value.values()):
                yield from _texts(inner)
        case list():
            for inner in value:
                yield from _texts(inner)
        case str():
            try:
                within = from_json(value)
            except ValueError:
                within = None
            if isinstance(within, dict | list):
                yield from _texts(within)
            else:
                yield value


def _addresses(word: str) -> set[str]:
    """The address that a word is, in its one form."""
    return {found for found in (contact.email(word.strip(".")), contact.phone(word)) if found}


def _taken_out(bucket: Files, key: str, subjects: frozenset[str]) -> int:
    """How many records of a batch were the person's; they are gone afterwards. Again if somebody else, who erases
    another person, was writing the same batch."""
    while True:
        try:
            read = bucket.content_id(key)
            batch = batches.opened(bucket.read(key, 0, batches.LARGEST).decode(errors="replace"))
        except KeyError:  # done again or discarded meanwhile
            return 0
        kept = [record for record in batch.records if batches.hash_key(record) not in subjects] if batch else []
        if batch is None or len(kept) == len(batch.records):
            return 0
        if not kept:
            bucket.delete(key)
        elif not bucket.replace(key, batch.holding(kept).text().encode(), read, "application/json"):
            continue
        return len(batch.records) - len(kept)
