"""One schedule, from planned messages to the last settled row: the real dispatcher and the real feedback, with
everything around them simulated.

The queue delivers at least once, late, and again after a worker died; the tick looks at a due index that lags; SES
reports after seconds or minutes, twice, or never; consent is withdrawn whenever; workers' clocks disagree. Time is
virtual: it moves a little with every call, and jumps when nothing is left to do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import heappop, heappush
from itertools import count
from random import Random
from typing import Any

from chalicelib import resources, times
from chalicelib.aws.http import Answer
from chalicelib.customers.state import due_shard
from chalicelib.journeys.send import Send
from chalicelib.messages import dispatch, feedback
from chalicelib.messages.feedback import Desk
from chalicelib.messages.permission import Policy
from chalicelib.messages.store import SendStore
from chalicelib.tracking.store import EventStore, ParkedStore
from tests.fakes.database import MemoryDatabase
from tests.fakes.http import MemoryHttp
from tests.fakes.mail import MemoryMail, tags
from tests.messages.samples import DAY, MINUTE, NOW, receipt, send
from tests.messages.test_feedback import report
from tests.messages.test_webhook import webhook
from tests.messages.world import World, dispatcher
from tests.proof.auditor import Mail, Verdict, audit
from tests.proof.faults import (
    Crash,
    Exactly,
    FaultyHttp,
    FaultyLine,
    FaultyMail,
    FaultyTables,
    Line,
    Randomly,
    Schedule,
    T,
)
from tests.proof.guards import ALL, Guards
from tests.proof.workers import Workers

VISIBILITY = timedelta(minutes=6)
RECEIVES = 5
LIFETIME = timedelta(seconds=60)
HORIZON = 5 * DAY
TICK = MINUTE
AHEAD = timedelta(seconds=75)


@dataclass(frozen=True)
class Odds:
    """How often the world around the workers misbehaves."""

    duplicate: float = 0.15  # a queue delivers again what was done
    double: float = 0.2  # a queue delivers to two workers at once
    message_lost: float = 0.05  # before it ever was in the queue
    event_lost: float = 0.25
    event_twice: float = 0.2
    index_stale: float = 0.1
    together: float = 0.6  # what is visible at once is worked on at once
    withdraws: float = 0.3
    skew: float = 140.0  # seconds by which a worker's clock may be off, either way


CALM = Odds(0, 0, 0, 0, 0, 0, 0, 0, 0)


@dataclass(order=True)
class Delivery:
    """A message in a queue, visible from `at` on."""

    at: datetime
    number: int
    queue: str = field(compare=False)
    body: Mapping[str, Any] = field(compare=False)
    receives: int = field(default=0, compare=False)


class Tables(MemoryDatabase):
    """The tables, of which one may ask in a moment what is due first."""

    def first_due(self) -> str | None:
        """When the first row of the ledger is due; None if none is."""
        return min((item["due_at"] for item in self._items[resources.SENDS].values() if "due_at" in item), default=None)


class Simulation:
    """`run` plays one schedule to its end and lets the auditor judge."""

    def __init__(self, random: Random, schedule: Schedule, odds: Odds = Odds(), guards: Guards = ALL) -> None:
        self.random, self.odds, self.guards = random, odds, guards
        self.now = NOW
        self.tables = Tables()
        self.world = World(db=self.tables)  # its own dispatcher is not used
        self.workers = Workers(random)
        self.line: Line = FaultyLine(schedule, self._pause)
        self.waiting: list[Delivery] = []
        self.mails: list[Mail] = []
        self.withdrawn: dict[str, datetime] = {}
        self.planned: list[Send] = []
        self.shards: list[str] = []
        self.log: list[str] = []
        self._numbers = count(1)

    def run(self) -> Verdict:
        """Play until nothing waits any more, or for five days."""
        end = NOW + HORIZON
        while self.now < end:
            self._tick()
            works = [self._work(delivery) for delivery in self._visible()]
            if works:
                self._together(works)
            elif not self._jump():
                break
        return audit([row.id for row in self.planned], self.tables.items(resources.SENDS), self.mails, self.withdrawn)

    def plan(self, *rows: Send, withdraws_after: timedelta | None = None) -> None:
        """Customers with messages planned at their `planned_at`; the queue message may be lost on the way."""
        for customer in sorted({row.customer for row in rows}):
            self.world.customer(customer)
            if withdraws_after is not None:
                self._put("consent", {"customer": customer}, withdraws_after)
        for row in rows:
            self.planned.append(row)
            self.tables.put(resources.SENDS, row.to_item())
            if self.random.random() >= self.odds.message_lost:
                queue = dispatch.QUEUES[row.message_class]
                self._put(queue, {"customer": row.customer, "send": row.id}, row.planned_at - NOW)

        self.shards = sorted({due_shard(row.customer) for row in self.planned})

    # --- time and queues

    def _put(self, queue: str, body: Mapping[str, Any], delay: timedelta, receives: int = 0) -> None:
        heappush(self.waiting, Delivery(self.now + delay, next(self._numbers), queue, body, receives))

    def _visible(self) -> list[Delivery]:
        found: list[Delivery] = []
        while self.waiting and self.waiting[0].at <= self.now:
            found.append(heappop(self.waiting))
            if self.random.random() < self.odds.double:
                found.append(found[-1])
            if len(found) >= 4:
                break
        return found

    def _tick(self) -> None:
        """Once a minute: a page for each shard that has something due soon, to both queues."""
        if self.now < getattr(self, "_next_tick", NOW):
            return
        self._next_tick = self.now + TICK
        until = times.text(self.now + AHEAD)
        for shard in self.shards:
            if self.tables.query_index(resources.SENDS, "due", shard, until=until).items:
                for queue in dispatch.QUEUES.values():
                    self._put(queue, {"shard": shard, "until": until}, timedelta(0))

    def _jump(self) -> bool:
        """To the next moment at which anything happens; False if nothing ever will."""
        moments = [delivery.at for delivery in self.waiting[:1]]
        if (due := self.tables.first_due()) is not None:
            moments.append(max(times.parse(due) - AHEAD, self._next_tick))
        if not moments:
            return False
        self.now = max(self.now, min(moments))
        return True

    def _together(self, works: list[Callable[[], None]]) -> None:
        if self.random.random() < self.odds.together:
            self.workers.run(works)
        else:
            for work in works:
                self.workers.run([work])

    def _pause(self) -> None:
        self.now += timedelta(milliseconds=self.random.randint(1, 400))
        self.workers.pause()

    # --- workers

    def _work(self, delivery: Delivery) -> Callable[[], None]:
        def work() -> None:
            try:
                self._do(delivery)
            except Crash:
                self._again(delivery, VISIBILITY)
                raise
            except Exception as error:  # noqa: BLE001  as the batch handler does: the queue delivers it again
                self.log.append(f"{self.now:%d %H:%M:%S} {delivery.queue}: {error!r}")
                self._again(delivery, VISIBILITY)
            else:
                if self.random.random() < self.odds.duplicate:
                    self._again(delivery, timedelta(seconds=self.random.randint(0, 600)))

        return work

    def _again(self, delivery: Delivery, after: timedelta) -> None:
        if delivery.receives + 1 < RECEIVES:
            self._put(delivery.queue, delivery.body, after, delivery.receives + 1)

    def _do(self, delivery: Delivery) -> None:
        if delivery.queue == "consent":
            self._withdraw(delivery.body["customer"])
            return
        skew = timedelta(seconds=self.random.uniform(-self.odds.skew, self.odds.skew))
        started = self.now
        line = Mortal(self.line, lambda: self.now - started > LIFETIME)
        tables: Any = self.guards.tables(FaultyTables(Lagging(self.tables, self), line))
        clock = lambda: times.whole_milliseconds(self.now + skew)  # noqa: E731
        if delivery.queue == resources.FEEDBACK:
            feedback.take(delivery.body, Desk(SendStore(tables), EventStore(tables), ParkedStore(tables), clock))
            return
        at = dispatcher(
            tables,
            Queue(self),
            self.guards.mail(FaultyMail(Ses(self), line)),
            clock,
            self.guards.token(lambda: f"owner-{next(self._numbers)}"),
            Policy(),
            http=FaultyHttp(Receiver(self), line),
        )
        outcome = dispatch.handle(delivery.queue, delivery.body, self.guards.dispatcher(at))
        self.log.append(f"{self.now:%d %H:%M:%S} {delivery.queue} {delivery.body}: {outcome}")

    def _withdraw(self, customer: str) -> None:
        """As the projector does it: the facts and the permit in one transaction, at one moment."""
        self.world.says(customer, consent=False)
        self.withdrawn[customer] = self.now
        self.log.append(f"{self.now:%d %H:%M:%S} {customer} withdraws")


class Mortal:
    """A line that ends a worker which has lived too long, as Lambda's timeout does."""

    def __init__(self, line: Line, old: Callable[[], bool]) -> None:
        self._line = line
        self._old = old

    def call(self, site: str, lost: Exception, work: Callable[[], T]) -> T:
        def unless_too_late() -> T:
            if self._old():
                raise Crash("timeout")
            return work()

        return self._line.call(site, lost, unless_too_late)


class Lagging:
    """Tables whose due index is behind: it misses what is new and still shows what has moved on."""

    def __init__(self, db: MemoryDatabase, world: Simulation) -> None:
        self._db = db
        self._world = world

    def __getattr__(self, name: str) -> Any:
        return getattr(self._db, name)

    def query_index(self, table: str, index: Any, hash: str, **named: Any) -> Any:
        page = self._db.query_index(table, index, hash, **named)
        roll = self._world.random.random
        kept = [item for item in page.items if roll() >= self._world.odds.index_stale]
        stale = [
            {"pk": row.customer, "sk": row.id, "due_shard": hash, "due_at": times.text(row.planned_at)}
            for row in self._world.planned
            if due_shard(row.customer) == hash and roll() < self._world.odds.index_stale
        ]
        return type(page)([*kept, *stale], page.next)


class Queue:
    """`Queues` for the dispatcher: what it puts off comes back."""

    def __init__(self, world: Simulation) -> None:
        self._world = world

    def send(self, queue: str, bodies: Any, *, delay: int = 0) -> None:
        for body in bodies:
            self._world._put(queue, dict(body), timedelta(seconds=delay))


class Ses(MemoryMail):
    """SES: takes mails, and reports to the feedback queue what became of them."""

    def __init__(self, world: Simulation) -> None:
        super().__init__()
        self._world = world

    def send(self, request: Mapping[str, Any]) -> str:
        id = super().send(request)
        world = self._world
        row = next(row for row in world.planned if row.id == tags(request)["send"])
        world.mails.append(Mail(row.id, row.customer, row.message_class == "marketing", world.now))
        world.log.append(f"{world.now:%d %H:%M:%S} MAIL {row.id}")
        for kind in ("Send", "Delivery"):
            for _ in range(1 + (world.random.random() < world.odds.event_twice)):
                if world.random.random() >= world.odds.event_lost:
                    body = report(row, kind, at=times.text(world.now))
                    world._put(resources.FEEDBACK, body, timedelta(seconds=world.random.randint(1, 300)))
        return id


class Receiver(MemoryHttp):
    """Another system: takes calls, and tells them apart by their id."""

    def __init__(self, world: Simulation) -> None:
        super().__init__()
        self._world = world

    def call(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        answer = super().call(method, url, headers, body)
        row = next(row for row in self._world.planned if row.id == headers["webhook-id"])
        self._world.mails.append(Mail(row.id, row.customer, False, self._world.now, body.decode()))
        self._world.log.append(f"{self._world.now:%d %H:%M:%S} CALL {row.id}")
        return answer


def one(message: Send, schedule: Exactly, guards: Guards = ALL) -> tuple[Verdict, Simulation]:
    """A schedule with one message and faults at exactly these calls; the world around is calm."""
    made = Simulation(Random(0), schedule, CALM, guards)
    made.plan(message)
    return made.run(), made


def random(seed: int, guards: Guards = ALL) -> tuple[Verdict, Simulation]:
    """The schedule of a seed: a customer or two, each with up to three mails, some webhooks and perhaps a receipt, and
    everything goes wrong now and then."""
    dice = Random(seed)
    made = Simulation(dice, Randomly(dice), Odds(), guards)
    for customer in ("u#ada", "u#bob")[: 1 + (dice.random() < 0.15)]:
        rows = [receipt(customer=customer, id=f"{customer[2:]}-receipt")] if dice.random() < 0.5 else []
        for number in range(dice.choice([1, 1, 2, 2, 3])):
            at = NOW + MINUTE * dice.choice([0, 0, 0, 5, 600])
            until = at + dice.choice([3 * DAY, 3 * DAY, 3 * DAY, DAY / 2, 15 * MINUTE])
            if dice.random() < 0.2:
                rows.append(
                    webhook(customer=customer, id=f"{customer[2:]}-call-{number}", planned_at=at, deadline=until)
                )
            rows.append(send(customer=customer, id=f"{customer[2:]}-mail-{number}", planned_at=at, deadline=until))
        withdraws = timedelta(minutes=dice.choice([0, 1, 10, 300, 1500, 1700]))
        made.plan(*rows, withdraws_after=withdraws if dice.random() < made.odds.withdraws else None)
    return made.run(), made
