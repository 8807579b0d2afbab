"""Erasing a person from what was given up: dead letters, and batches of streams."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast

import pytest

from chalicelib import resources
from chalicelib.jobs.kind import Around, Tools
from chalicelib.jobs.persons import Person
from chalicelib.jobs.persons.erase import STEPS
from chalicelib.jobs.persons.given_up import UNSEEN, WAIT, names
from chalicelib.jobs.persons.step import Place
from chalicelib.tracking.tags import customer_tag
from tests.fakes.files import MemoryFiles
from tests.fakes.operations import MemoryLetters
from tests.fakes.platforms import Fakes, over_fakes
from tests.fakes.world import World
from tests.flow.story import says
from tests.jobs.test_erase import erases
from tests.messages.samples import NOW
from tests.operations.test_failures import batch

MINE = Person(
    ("u#ann", "a#device", "u#7"),
    (("email", "ann@example.com"), ("phone", "+447700900123"), ("external", "cus_1")),
    NOW,
)
FRIENDS = {"customer": "u#ben", "send": "20261122T0900-b"}


def mail(tags: dict[str, list[str]], *to: str, **more: Any) -> dict[str, Any]:
    return {"eventType": "Bounce", "mail": {"tags": tags, "destination": list(to)}, **more}


def said_by(kind: str, **said: Any) -> dict[str, Any]:
    return {"eventType": kind, **said}


HERS: dict[str, object] = {
    "a step of a journey": {"customer": "u#ann", "enrolment": "welcome#1"},
    "a message of an id that she had before": {"customer": "a#device", "send": "20261122T0900-a"},
    "a page of the due index that begins behind her": {
        "shard": "07",
        "until": "2026-11-22T10:00:00.000Z",
        "start": {"pk": "u#ann", "sk": "20261122T0900-a", "due_at": "2026-11-22T09:00:00.000Z", "due_shard": "07"},
    },
    "a report by its tag": mail({"customer": [customer_tag("u#7")], "send": ["20261122T0900-a"]}, "old@example.com"),
    "a report that lost its tags": mail({}, "Ann@Example.com"),
    "an address beside its name": mail({}, "Ann <ann@example.com>"),
    "an address in what a server said": mail({}, bounce={"diagnosticCode": "smtp; 550 <ann@example.com>: unknown"}),
    "a report in the envelope of SNS": {
        "Type": "Notification",
        "Message": json.dumps(mail({"customer": [customer_tag("u#ann")]})),
    },
    "a text message by its context": said_by("TEXT_BLOCKED", context={"customer": customer_tag("u#ann")}),
    "a text message by its number": said_by("TEXT_BLOCKED", destinationPhoneNumber="+44 7700 900123"),
    "what she wrote to us": {"originationNumber": "+447700900123", "messageBody": "STOP", "inboundMessageId": "1"},
    "a letter that was cut off": '{"customer": "u#ann", "enrol',
}
NOT_HERS: dict[str, object] = {
    "a step of somebody else": FRIENDS,
    "somebody whose id begins as hers": {"customer": "u#annabel", "enrolment": "welcome#1"},
    "somebody whose address ends as hers": mail({"customer": [customer_tag("u#ben")]}, "joann@example.com"),
    "a number that is an id of hers": mail({"customer": [customer_tag("u#ben")]}, bounce={"processingTimeMillis": 7}),
    "a text that is an id of hers": {"shard": "7", "until": "2026-11-22T10:00:00.000Z"},
    "SES's greeting": "Successfully validated SNS topic for Amazon SES event publishing.",
    "nothing": {},
}


@pytest.mark.parametrize(
    ("letter", "hers"),
    [(each, True) for each in HERS.values()] + [(each, False) for each in NOT_HERS.values()],
    ids=[*HERS, *NOT_HERS],
)
def test_whose_a_letter_is(letter: object, hers: bool) -> None:
    assert names(MINE)(letter if isinstance(letter, str) else json.dumps(letter)) is hers


NO_PORTS: Mapping[str, Any] = {}


@dataclass
class Given:
    """The queue and the bucket; a clock that only waiting moves."""

    letters: MemoryLetters = field(default_factory=MemoryLetters)
    bucket: MemoryFiles = field(default_factory=MemoryFiles)
    now: datetime = NOW
    waits: Callable[[], object] = lambda: None
    counts: Counter[str] = field(default_factory=Counter)

    def pause(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        self.waits()

    def tools(self, until: datetime, ports: Mapping[str, Any]) -> Tools:
        around = Around(
            pause=self.pause,
            dead_letters=lambda: ports.get("letters", self.letters),
            failed_batches=lambda: ports.get("bucket", self.bucket),
        )
        nothing: Any = None
        return Tools(nothing, nothing, nothing, nothing, lambda: self.now, until, around)

    def erase(self, *steps: str, whom: Person = MINE, within: float = 25, ports: Mapping[str, Any] = NO_PORTS) -> int:
        """Do steps, slice by slice; how many slices that took."""
        slices = 0
        for step in steps:
            place: Place | None = Place(step)
            while place is not None:
                slices += 1
                tools = self.tools(self.now + timedelta(seconds=within), ports)
                place = STEPS[step](whom, place, tools, self.counts)
        return slices

    def given_up(self, *bodies: object) -> list[str]:
        return [self.letters.given_up(resources.WALKS, body, NOW) for body in bodies]


@pytest.fixture
def place() -> Given:
    return Given()


def test_the_letters_of_others_stay_and_can_be_seen(place: Given) -> None:
    place.given_up(*HERS.values(), *NOT_HERS.values())
    assert place.erase("letters", "letters_again") == 2
    assert len(place.letters.held) == len(place.letters.take(100)) == len(NOT_HERS)
    assert +place.counts == {"dead_letters": len(HERS)}


def test_a_letter_that_somebody_else_holds_is_waited_for(place: Given) -> None:
    (hers, _) = place.given_up(HERS["a step of a journey"], FRIENDS)
    place.letters.hidden.add(hers)
    place.waits = lambda: place.letters.hidden.discard(hers) if place.now >= NOW + timedelta(seconds=40) else None
    assert place.erase("letters", "letters_again") == 3, "longer than one slice"
    assert +place.counts == {"dead_letters": 1}
    assert place.now == NOW + timedelta(seconds=40)
    assert len(place.letters.held) == 1


def test_who_holds_a_letter_for_longer_holds_nothing_up_and_the_count_says_so(place: Given) -> None:
    held = place.given_up(HERS["a step of a journey"], FRIENDS, FRIENDS)[0]
    place.letters.hidden.add(held)
    place.erase("letters", "letters_again")
    assert +place.counts == {UNSEEN: 1}
    assert NOW + WAIT <= place.now < NOW + WAIT + timedelta(seconds=30)


def test_what_comes_while_letters_are_looked_at_is_seen(place: Given) -> None:
    place.given_up(FRIENDS)
    place.letters.hidden.update(place.letters.held)
    late = iter([lambda: place.given_up(HERS["a report by its tag"]), place.letters.hidden.clear])
    place.waits = lambda: next(late)()
    place.erase("letters_again")
    assert +place.counts == {"dead_letters": 1}
    assert len(place.letters.held) == 1


class Slow(MemoryLetters):
    """SQS that takes half a minute to show ten letters."""

    def __init__(self, place: Given) -> None:
        super().__init__()
        self._place = place

    def take(self, most: int, hidden: int = 30) -> list[Any]:
        self._place.now += timedelta(seconds=30)
        return super().take(min(most, 10), hidden)


def test_a_queue_that_takes_longer_than_a_slice_is_gone_through_and_none_is_counted_twice(place: Given) -> None:
    place.letters = Slow(place)
    place.given_up(*[FRIENDS] * 25, HERS["a report by its tag"])
    assert place.erase("letters_again") == 3
    assert +place.counts == {"dead_letters": 1}
    assert len(place.letters.held) == 25


class Twice(MemoryLetters):
    """SQS that shows a letter twice."""

    def take(self, most: int, hidden: int = 30) -> list[Any]:
        return super().take(most, hidden) * 2


def test_a_letter_that_is_shown_twice_stands_for_no_other(place: Given) -> None:
    place.letters = Twice()
    hers = place.given_up(FRIENDS, HERS["a report by its tag"])[1]
    place.letters.hidden.add(hers)
    place.erase("letters_again")
    assert +place.counts == {UNSEEN: 1}


def records(*subjects: str) -> list[dict[str, Any]]:
    return [{"eventID": who, "dynamodb": {"Keys": {"pk": {"S": who}, "sk": {"S": "x"}}}} for who in subjects]


def kept(*subjects: str) -> bytes:
    return batch(payload=json.dumps({"Records": records(*subjects)})).encode()


def left(bucket: MemoryFiles) -> dict[str, list[str]]:
    """Whose records are in each batch."""
    return {key: subjects(body) for key, body in bucket.held.items()}


def subjects(body: bytes) -> list[str]:
    return [each["eventID"] for each in json.loads(json.loads(body)["payload"])["Records"]]


def test_records_are_taken_out_of_batches_and_the_others_stay_in_their_order(place: Given) -> None:
    place.bucket.held = {
        "1": kept("u#ben", "u#ann", "g#team", "a#device", "u#annabel"),
        "2": kept("u#ann", "u#7"),
        "3": kept("u#ben"),
        "4": batch(payload=None).encode(),
        "5": b"a stranger's, about u#ann \xff",
    }
    untouched = {key: place.bucket.held[key] for key in "345"}
    assert place.erase("batches", "batches_again", within=0) == 6 + 5, "a batch a slice, and one for the end"
    assert subjects(place.bucket.held["1"]) == ["u#ben", "g#team", "u#annabel"]
    assert {key: place.bucket.held[key] for key in "345"} == untouched
    assert "2" not in place.bucket.held
    assert +place.counts == {"failed_records": 4}


def test_two_who_are_erased_at_once_are_both_taken_out_of_one_batch(place: Given) -> None:
    place.bucket.held = {"1": kept("u#ann", "u#ben", "u#cyd")}
    other = Given(bucket=place.bucket)

    class Contended(MemoryFiles):
        def read(self, key: str, start: int, length: int) -> bytes:
            body = super().read(key, start, length)
            if not other.counts:
                other.erase("batches", whom=Person(("u#ben",), (), NOW))
            return body

    contended = Contended()
    contended.held = place.bucket.held
    place.erase("batches", ports={"bucket": contended})
    assert left(place.bucket) == {"1": ["u#cyd"]}
    assert place.counts == other.counts == {"failed_records": 1}


BOTH = ("letters", "batches", "batches_again", "letters_again")


class Died(BaseException):
    """The process ended."""


class Mortal:
    """A port whose process dies at one of its calls, before or after it."""

    def __init__(self, port: Any, at: int, *, after: bool) -> None:
        self._port, self._at, self._after, self.calls = port, at, after, 0

    def __getattr__(self, name: str) -> Any:
        def call(*args: Any, **given: Any) -> Any:
            mine, self.calls = self.calls == self._at, self.calls + 1
            if mine and not self._after:
                raise Died
            answer = getattr(self._port, name)(*args, **given)
            if mine:
                raise Died
            return answer

        return call


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("port", ["letters", "bucket"])
def test_an_erasure_that_dies_at_any_of_these_calls_is_made_good_by_the_next(port: str, after: bool) -> None:
    calls = _undisturbed(port)
    assert calls > 5
    for at in range(calls):
        place = _both()
        mortal = Mortal(getattr(place, port), at, after=after)
        place.waits = place.letters.hidden.clear  # what the dead one held is seen again
        with pytest.raises(Died):
            place.erase(*BOTH, ports={port: mortal})
        place.erase(*BOTH)
        assert (len(place.letters.held), left(place.bucket)) == (1, {"1": ["u#ben"]}), f"died at {at} of {calls}"
        assert not place.counts[UNSEEN]


def _both() -> Given:
    place = Given()
    place.given_up(HERS["a step of a journey"], FRIENDS, HERS["a report by its tag"])
    place.bucket.held = {"1": kept("u#ben", "u#ann"), "2": kept("u#ann")}
    return place


def _undisturbed(port: str) -> int:
    """How many calls there are."""
    place = _both()
    mortal = Mortal(getattr(place, port), -1, after=False)
    place.erase(*BOTH, ports={port: mortal})
    return mortal.calls


@pytest.fixture
def world() -> Iterator[World]:
    with over_fakes() as made:
        yield made


def test_what_is_left_of_a_batch_is_done_again_as_if_the_person_had_not_been_in_it(world: World) -> None:
    platform = cast(Fakes, world.platform)
    for who in ("canary-user", "friend"):
        says(world, "identify", who, messageId=f"i-{who}", traits={"firstName": who})
    world.platform.give_up_batch("1", json.loads(batch(payload=json.dumps({"Records": platform.records("events")}))))
    says(world, "page", "canary-user", messageId="p")
    world.settle()
    erases(world)
    world.settle()
    platform.functions.answer = lambda function, event: getattr(world.containers[function], function)(event)
    assert world.ask("POST", "/v1/failures/replay", {"place": "batches"}).json()["done"] == 1
    world.settle()
    assert world.customer("friend")["traits"]["firstName"] == "friend"
    assert world.ask("GET", "/v1/customers/canary-user").status == 404
    assert "canary" not in json.dumps(world.items(resources.CUSTOMERS), default=str)


def test_a_job_that_could_not_see_every_letter_says_what_to_do(world: World) -> None:
    platform = cast(Fakes, world.platform)
    says(world, "page", "canary-user", messageId="p")
    world.settle()
    world.platform.give_up(resources.WALKS, {"customer": "u#canary-user", "enrolment": "welcome#1"})
    platform.letters.hidden.update(platform.letters.held)
    job = erases(world)["id"]
    world.settle()
    done = world.ask("GET", f"/v1/jobs/{job}").json()
    assert (done["status"], done["counts"][UNSEEN]) == ("done", 1)
    assert "/v1/failures" in done["report"]["unseen"]["dead_letters"]
