"""From a client's post to the facts: nothing lost, nothing twice.

Clients post, get no answer, and post again, in other batches and with other timestamps. Tables lose requests and
answers, workers die at any call, streams repeat, split and reorder. In the end what is stored is what was acknowledged
(and what a client gave up on, which may be stored or not), each event once; and the facts of everybody are the fold of
what is stored.

A schedule follows from its seed alone: `python -m pytest "tests/flow/test_nothing_lost.py" -k <seed>` replays it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from random import Random
from typing import Any, TypeVar

import pytest

from chalicelib import times
from chalicelib.errors import Transient
from chalicelib.resources import CUSTOMERS, EVENTS
from chalicelib.review.rebuild import Rebuilder
from chalicelib.tracking.event import STAGE_CHANGED, from_item, is_counted
from chalicelib.wiring import Ports
from tests.fakes import vendors
from tests.fakes.platforms import Fakes
from tests.fakes.world import NOW, WORKERS, Record, World, running
from tests.proof.faults import Crash, FaultyLine, FaultyTables, Randomly

T = TypeVar("T")
SCHEDULES = 60
ATTEMPTS = 60  # until a delivery is a failure of the test
PATIENCE = 6  # how often a client posts a batch until it gives up


class Weather:
    """The line between functions and tables: bad until it clears up."""

    def __init__(self, random: Random) -> None:
        self._bad = FaultyLine(Randomly(random, table_rate=0.05), lambda: None)
        self.clear = True
        self.faults = 0

    def call(self, site: str, lost: type[Exception], work: Callable[[], T]) -> T:
        if self.clear:
            return work()
        try:
            return self._bad.call(site, lost, work)
        except (Crash, Transient):
            self.faults += 1
            raise


class Exposed(Fakes):
    """Everything in memory, the tables behind the weather."""

    def __init__(self, world: Storm) -> None:
        super().__init__(lambda: world.now)
        self._world = world

    def ports(self) -> Ports:
        ports = super().ports()
        ports.db = FaultyTables(ports.db, self._world.weather)
        return ports


class Storm(World):
    """A deployment in bad weather. What a function does not take is brought again."""

    def __init__(self, random: Random) -> None:
        super().__init__(NOW)
        self.random = random
        self.weather = Weather(random)
        self.manner = self._anyhow

    def deliver(self, function: str, event: Mapping[str, Any]) -> None:
        """As Lambda does: what fails comes again, from streams in halves."""
        records = event["Records"]
        failed = self._attempt(function, records)
        for attempt in range(ATTEMPTS):
            if not failed:
                return
            if function not in WORKERS.values() and len(failed) > 1:
                middle = len(failed) // 2
                for half in (failed[:middle], failed[middle:]):
                    self.deliver(function, {"Records": half})
                return
            self.wait(timedelta(seconds=attempt))
            failed = self._attempt(function, failed)
        raise AssertionError(f"{function} never took {failed}")

    def _attempt(self, function: str, records: Sequence[Record]) -> Sequence[Record]:
        """What of the records was not taken."""
        try:
            answer = self._called(function, {"Records": records})
        except (Crash, Transient):
            return records
        failed = {each["itemIdentifier"] for each in answer["batchItemFailures"]}
        return [one for one in records if _identifier(one) in failed]

    def _anyhow(self, records: Sequence[Record]) -> Sequence[Sequence[Record]]:
        """Cut, shuffled, some of them twice."""
        left = [*records, *(one for one in records if self.random.random() < 0.2)]
        self.random.shuffle(left)
        batches = []
        while left:
            size = self.random.randint(1, 10)
            batches.append(left[:size])
            left = left[size:]
        return batches


class Client:
    """One person's browser, which shows a shop to somebody who signs in at some time and orders."""

    def __init__(self, world: Storm, number: int) -> None:
        self._world, self._random, self._name = world, world.random, f"p{number}"
        self.sent: set[str] = set()
        self.acknowledged: set[str] = set()
        self._calls = list(self._history())

    def post_some(self) -> bool:
        """Post a batch until it is acknowledged or patience ends; whether anything was left to post."""
        size = self._random.randint(1, 6)
        batch, self._calls = self._calls[:size], self._calls[size:]
        if not batch:
            return False
        for _ in range(PATIENCE):
            if self._posted(batch):
                break
            if self._random.random() < 0.3:  # on the next page other events are in the same batch
                batch = [*batch, *self._calls[:2]]
        if self._random.random() < 0.3:  # a page that was left re-sends what was answered already
            self._calls.insert(0, self._sent_again(self._random.choice(batch)))
        return True

    def _posted(self, batch: Sequence[dict[str, Any]]) -> bool:
        ids = {str(call["messageId"]) for call in batch}
        self.sent |= ids
        body = {"batch": batch, "sentAt": times.text(self._world.now)}
        try:
            answered = self._world.post("/v1/batch", body)
        except Crash:
            return False
        assert answered.status in (200, 503), answered.text
        if answered.status == 200:
            self.acknowledged |= ids
        return answered.status == 200

    def _sent_again(self, call: dict[str, Any]) -> dict[str, Any]:
        """The same call; some clients change its timestamp, and some send none."""
        manner = self._random.choice(["same", "later", "without"])
        if manner == "same":
            return call
        if manner == "without":
            return {name: value for name, value in call.items() if name != "timestamp"}
        return {**call, "timestamp": times.text(self._world.now)}

    def _history(self) -> Iterator[dict[str, Any]]:
        """Visits; then, for most, a sign-in that names the visitor; then orders, and refunds."""
        visitor: dict[str, Any] = {"anonymousId": f"visitor-{self._name}"}
        who = visitor
        at = self._world.now - timedelta(hours=self._random.randint(2, 20))
        joins = self._random.randint(2, 9)
        for place in range(self._random.randint(4, 14)):
            at += timedelta(minutes=self._random.randint(0, 5))
            if place == joins:
                who = {**visitor, "userId": self._name}
                yield self._call(place, at, who, type="identify", traits={"email": f"{self._name}@shop.example"})
            elif place > joins and self._random.random() < 0.4:
                order = {"order_id": f"{self._name}-{place}", "total": f"{place}.50", "currency": "EUR"}
                yield self._call(place, at, who, type="track", event="Order Completed", properties=order)
            else:
                name = self._random.choice(["Product Viewed", "Product Added", "Cart Viewed"])
                yield self._call(place, at, who, type="track", event=name, properties={"product_id": str(place)})

    def _call(self, place: int, at: Any, who: Mapping[str, Any], **rest: Any) -> dict[str, Any]:
        return {"messageId": f"{self._name}-m{place}", "timestamp": times.text(at), **who, **rest}


class Shop:
    """A shop that tells of itself, half of the time without saying when, and again until it is answered."""

    def __init__(self, world: Storm) -> None:
        self._world, self._random = world, world.random
        self.sent: set[str] = set()
        self.acknowledged: set[str] = set()
        self._left = [
            {"type": "stock.changed", "data": {"left": number}}
            | ({"timestamp": times.text(world.now)} if number % 2 else {})
            for number in range(self._random.randint(2, 6))
        ]

    def post_some(self) -> bool:
        """Deliver one until it is answered or patience ends, and perhaps once more; whether anything was left."""
        if not self._left:
            return False
        told = self._left.pop()
        for _ in range(PATIENCE):
            if self._delivered(told) and self._random.random() < 0.7:
                break
            self._world.wait(timedelta(seconds=self._random.randint(0, 90)))
        return True

    def _delivered(self, told: dict[str, Any]) -> bool:
        delivery = vendors.signed("standard", "", told, self._world.now)
        id = f"standard-{delivery.headers['webhook-id']}-0"
        self.sent.add(id)
        try:
            answered = delivery.to(self._world)
        except Crash:
            return False
        assert answered.status in (200, 503), answered.text
        if answered.status == 200:
            self.acknowledged.add(id)
        return answered.status == 200


@contextmanager
def storm(seed: int) -> Iterator[Storm]:
    world = Storm(Random(seed))
    with running(world, Exposed(world)):
        vendors.entrust(world, "standard")
        world.weather.clear = False
        yield world


def run(world: Storm) -> list[Client | Shop]:
    """Clients post and streams deliver, in any order; then the weather clears up, and time passes."""
    clients: list[Client | Shop] = [*(Client(world, number) for number in range(4)), Shop(world)]
    left = clients
    while left:
        left = [client for client in left if client.post_some()]
        if world.random.random() < 0.4:
            world.drain_streams()
        world.wait(timedelta(seconds=world.random.randint(0, 90)))
    world.settle()
    world.weather.clear = True
    for _ in range(3):
        world.wait(timedelta(minutes=2))
        world.tick()
        world.settle()
        world.wait(timedelta(seconds=75))
        world.settle()
    return clients


@pytest.mark.parametrize("seed", range(SCHEDULES))
def test_what_is_acknowledged_is_stored_once_and_counted_once(seed: int) -> None:
    with storm(seed) as world:
        clients = run(world)
        kept = [event for item in world.platform.items(EVENTS) if (event := from_item(item)).name != STAGE_CHANGED]
        stored = Counter(event.message_id for event in kept)
        sent = set().union(*(client.sent for client in clients))
        acknowledged = set().union(*(client.acknowledged for client in clients))
        assert acknowledged <= set(stored) <= sent
        assert {id: count for id, count in stored.items() if count > 1} == {}
        assert differences(world) == {}
        assert {event.subject for event in kept if not is_counted(event)} <= {"s#standard"}
        assert not [item for item in world.platform.items(CUSTOMERS) if item["pk"].startswith("s#")]


def test_there_is_weather_in_these_schedules() -> None:
    """A storm in which nothing goes wrong would prove nothing."""
    with storm(1) as world:
        clients = run(world)
        assert world.weather.faults > 10
        assert sum(len(client.acknowledged) for client in clients) > 10


def differences(world: World) -> dict[str, Any]:
    """What `rebuild --check` finds, of everybody who is kept."""
    api = world.containers["api"]
    rebuilder = Rebuilder(api.customers, api.log, api.survey)
    everybody = sorted({item["pk"] for item in world.platform.items(CUSTOMERS) if item["sk"] == "state"})
    assert everybody
    checked = {customer: rebuilder.check(customer, api.rules(), world.now) for customer in everybody}
    return {customer: found for customer, found in checked.items() if found}


def _identifier(record: Record) -> str:
    return str(record.get("messageId") or record["dynamodb"]["SequenceNumber"])
