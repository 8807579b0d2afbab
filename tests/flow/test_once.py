"""One event is stored once and counted once, re-sent by anybody within 25 hours in whatever form: what its message id
says is what counts. (Re-sent after its visitor was identified: tests of identity.)"""

from __future__ import annotations

import gzip
import json
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from chalicelib import times
from chalicelib.customers.vocabulary import DEFAULT as VOCABULARY
from chalicelib.resources import EVENTS
from chalicelib.tracking.event import from_item, is_counted
from chalicelib.tracking.keys import TRACK, KeyKind
from tests.fakes.gateway import Answer
from tests.fakes.platforms import over_fakes
from tests.fakes.world import Manner, World, backwards, once, split, twice

WHEN = timedelta(minutes=-5)


@pytest.fixture
def world() -> Iterator[World]:
    with over_fakes() as made:
        yield made


@dataclass(frozen=True)
class Sending:
    """One way in which a client may send the event.

    stamped:  what its clock said of the event, against the truth; None for no timestamp.
    path:     where. beside: with how many others. sent_at: whether the envelope says so. after: time since the last.
    """

    stamped: timedelta | None = WHEN
    path: str = "/v1/batch"
    beside: int = 0
    sent_at: bool = True
    after: timedelta = timedelta(0)
    packed: bool = False
    secret: bool = False
    more: tuple[tuple[str, Any], ...] = ()

    def send(self, world: World) -> Answer:
        """Send it, now."""
        world.wait(self.after)
        it: dict[str, Any] = {"type": "track", "event": "Product Added", "userId": "ada", "messageId": "the-one"}
        if self.stamped is not None:
            it["timestamp"] = times.text(world.now - self.after + self.stamped)
        it |= dict(self.more)
        others = [{**it, "messageId": f"other-{number}", "event": "Page Left"} for number in range(self.beside)]
        body: dict[str, Any] = {"batch": [*others, it]} if self.path.endswith("batch") else it
        if self.sent_at:
            body |= {"sentAt": times.text(world.now)}
        raw = json.dumps(body).encode()
        key = self._key(world)
        headers = {"Authorization": f"Basic {b64encode(f'{key}:'.encode()).decode()}", "Content-Type": "text/plain"}
        if self.packed:
            raw, headers = gzip.compress(raw), {**headers, "Content-Encoding": "gzip"}
        return world.http.request("POST", self.path, headers=headers, body=raw)

    def _key(self, world: World) -> str:
        if not self.secret:
            return world.write_key
        return world.containers["api"].keys.create(KeyKind.SECRET, "server", [TRACK], world.now)


HOUR = timedelta(hours=1)
AGAIN = {
    "the same request": Sending(),
    "a moment later": Sending(after=timedelta(seconds=1.1)),
    "without the envelope's sentAt": Sending(sent_at=False),
    "in another batch": Sending(beside=3),
    "alone": Sending(path="/v1/track"),
    "by the letter route": Sending(path="/v1/t"),
    "by a beacon": Sending(path="/beacon/v1/batch"),
    "by another SDK": Sending(path="/api/public/apps/batch"),
    "gzipped": Sending(packed=True),
    "by the server": Sending(secret=True),
    "without a timestamp": Sending(stamped=None),
    "with another timestamp": Sending(stamped=timedelta(minutes=-4)),
    "with the clock of another device": Sending(stamped=timedelta(hours=-3)),
    "with other words": Sending(more=(("properties", {"price": 1}), ("context", {"ip": "203.0.113.9"}))),
    "a day later": Sending(after=24 * HOUR),
    "a day later, with another timestamp": Sending(after=24 * HOUR, stamped=timedelta(minutes=-4)),
    "a day later, without a timestamp": Sending(after=24 * HOUR, stamped=None),
    "for the visitor too": Sending(more=(("anonymousId", "visitor"),)),
}
FIRST = {"with a timestamp": Sending(), "without": Sending(stamped=None)}


@pytest.mark.parametrize("manner", [once, twice, split, backwards], ids=lambda manner: manner.__name__)
@pytest.mark.parametrize("between", [True, False], ids=["counted between", "both at once"])
@pytest.mark.parametrize("first", FIRST)
@pytest.mark.parametrize("again", AGAIN)
def test_one_event_is_stored_once_and_counted_once(
    world: World, first: str, again: str, between: bool, manner: Manner
) -> None:
    world.manner = manner
    for sending in (FIRST[first], AGAIN[again], FIRST[first]):
        answer = sending.send(world)
        assert (answer.status, answer.json()) == (200, {"success": True})
        if between:
            world.settle()
    world.settle()
    assert kept(world) == ["the-one"]
    assert added(world) == 1


@pytest.mark.parametrize(
    "other",
    [
        Sending(more=(("messageId", "the-other"),)),
        Sending(more=(("messageId", "THE-ONE"),)),
        Sending(stamped=None, more=(("messageId", None),)),
    ],
)
def test_another_message_id_is_another_event(world: World, other: Sending) -> None:
    for sending in (Sending(), other):
        sending.send(world)
    world.settle()
    assert (len(kept(world)), added(world)) == (2, 2)


def test_another_persons_event_may_have_the_same_message_id(world: World) -> None:
    for user in ("ada", "bob"):
        Sending(more=(("userId", user),)).send(world)
    world.settle()
    assert kept(world) == ["the-one", "the-one"]
    assert (added(world, "ada"), added(world, "bob")) == (1, 1)


def kept(world: World) -> list[str]:
    """The message ids of what was sent and is stored, without the neighbours."""
    events = [event for item in world.items(EVENTS) if is_counted(event := from_item(item))]
    ids = [event.message_id for event in events]
    return sorted(id for id in ids if not id.startswith("other-"))


def added(world: World, who: str = "ada") -> int:
    """How often the product was added, in weights of intent."""
    facts = world.containers["project_events"].customers.load(f"u#{who}").facts
    return sum(weight for _, weight in facts.intent) // VOCABULARY.weight("Product Added")
