"""One schedule from what a website posts to the rows of the ledger: the real stores, projector and journeys, with
everything around them simulated.

A website posts until it is answered, and sometimes again with another time. The streams of the tables deliver at least
once, cut into batches anyhow, in any order, to workers that overlap and die; what failed comes again. The tick looks at
due indexes that lag.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from random import Random
from typing import Any, Final

from chalicelib import resources, times
from chalicelib.aws.streams import Record, new_images
from chalicelib.customers.shards import due_shard
from chalicelib.errors import Transient
from chalicelib.journeys import engine
from chalicelib.journeys.engine import Engine
from chalicelib.journeys.enrol import start_journeys
from chalicelib.journeys.journey import parse
from chalicelib.journeys.proceed import proceed
from chalicelib.journeys.store import JourneyStore
from chalicelib.lifecycle.stage import DEFAULT
from chalicelib.review.advance import Rules
from chalicelib.review.due import Reviewer
from chalicelib.review.project import Projector
from chalicelib.review.store import DueIndex, EventLog, ParkedEvents
from chalicelib.tracking.event import Event
from chalicelib.tracking.store import EventStore
from tests.fakes.database import stream_event
from tests.messages.samples import DAY, NOW
from tests.proof.auditor import Posted, Verdict, audit_intake
from tests.proof.deliveries import CALM, WILD, Clockwork, Delivery, Lagging, Odds, Queue, Tables
from tests.proof.faults import Crash, Exactly, FaultyPort, FaultyTables, Line, Randomly, Schedule
from tests.proof.guards import ALL, Guards

HORIZON: Final = 3 * DAY
CUSTOMER: Final = "u#ann"
RULES: Final = Rules(DEFAULT, frozenset({"Order Completed"}))
_SEND: Final = {"do": "send", "template": "any"}
JOURNEYS: Final = tuple(
    parse({"title": "Proof", "class": "transactional", "max_age": "P7D", **said})
    for said in (
        {
            "name": "welcome",
            "trigger": {"on": "identified"},
            "steps": [{"id": "hello", **_SEND}, {"id": "pause", "do": "wait", "for": "P1D"}, {"id": "more", **_SEND}],
        },
        {
            "name": "thanks",
            "trigger": {"on": "event", "name": "Order Completed", "key": "order_id"},
            "steps": [{"id": "thanks", **_SEND}],
        },
    )
)
_STREAMS: Final = {resources.EVENTS: "events", resources.CUSTOMERS: "outbox"}


@dataclass(frozen=True)
class Call:
    """A call of the website that is posted until it is answered."""

    events: tuple[Event, ...]
    patience: int


@dataclass(frozen=True)
class Worker:
    """What a worker acts through."""

    events: EventStore
    projector: Projector
    reviewer: Reviewer
    engine: Engine
    clock: Callable[[], datetime]


class Intake(Clockwork[Worker]):
    """`run` plays one schedule to its end and lets the auditor judge."""

    receives = 1_000  # a stream's batch is not laid aside

    def __init__(self, random: Random, schedule: Schedule, odds: Odds = WILD, guards: Guards = ALL) -> None:
        super().__init__(random, schedule, odds, _published().twin(), NOW, HORIZON)
        self.guards = guards
        self.posted: dict[str, Posted] = {}
        self._carried = len(self.tables.changes)

    def says(self, *calls: Call) -> None:
        """What the website will post, one call after the other or side by side."""
        for call in calls:
            for event in call.events:
                self.posted[event.message_id] = Posted(event.name, acknowledged=False)
            self.put("website", call, timedelta(seconds=60 * self.random.randint(0, 4)))

    def run(self) -> Verdict:
        """Play until nothing waits any more, or for three days."""
        self.play()
        return audit_intake(CUSTOMER, self.posted, {table: self.tables.items(table) for table in resources.TABLES})

    def tick(self, until: str) -> None:
        """A page for each shard that has somebody or an enrolment due soon."""
        for table, queue in ((resources.CUSTOMERS, resources.RECOMPUTE), (resources.ENROLMENTS, resources.WALKS)):
            if self.tables.query_index(table, "due", due_shard(CUSTOMER), until=until).items:
                self.put(queue, {"shard": due_shard(CUSTOMER), "until": until}, timedelta(0))

    def due(self) -> str | None:
        """Enrolments', and customers' who are marked for rebuild: stages that change in months concern nobody here."""
        due = self.tables.first_due(resources.CUSTOMERS, resources.ENROLMENTS)
        return due if due is not None and due < times.text(self._end) else None

    def hire(self, line: Line, clock: Callable[[], datetime]) -> Worker:
        """One of any function."""
        tables: Any = self.guards.tables(FaultyTables(Lagging(self.tables, self, self._were_due), line))
        customers, log, queue = self.guards.customers(tables), EventLog(tables), FaultyPort(Queue(self), line)
        return Worker(
            EventStore(tables),
            Projector(customers, log, ParkedEvents(tables), lambda: RULES, workers=1),
            Reviewer(customers, log, DueIndex(tables), queue, lambda: RULES, clock),
            engine.build(tables, queue, clock),
            clock,
        )

    def do(self, delivery: Delivery, worker: Worker) -> None:
        """One function's work, and then the streams carry what it wrote, however far it came."""
        try:
            self._do(delivery, worker)
        finally:
            self._carry()

    def _do(self, delivery: Delivery, worker: Worker) -> None:
        match delivery.queue:
            case "website":
                self._post(delivery.body, worker.events)
            case "events":
                worker.projector.project(delivery.body, worker.clock())
            case resources.RECOMPUTE:
                worker.reviewer.review(delivery.body)
            case "outbox":
                failed = start_journeys(delivery.body, worker.engine)
                if again := [record for record in delivery.body if record.sequence in failed]:
                    self.put("outbox", again, self.soon(60))
            case resources.WALKS:
                proceed(delivery.body, worker.engine)
            case _:  # the senders' queues: nobody sends here
                return
        self.note(delivery.queue)

    def _post(self, call: Call, store: EventStore) -> None:
        """As an SDK does: until it is answered, and some give up. Some send again what was answered."""
        try:
            store.store([event.model_copy(update={"received_at": self.now}) for event in call.events])
        except (Crash, Transient):  # the function died, or did not answer: the website hears nothing
            if call.patience:
                self.put("website", replace(call, patience=call.patience - 1), self.soon(120))
            return
        for event in call.events:
            self.posted[event.message_id] = replace(self.posted[event.message_id], acknowledged=True)
        if call.patience and self.random.random() < self.odds.duplicate:
            moved = tuple(self._sent_again(event) for event in call.events)
            self.put("website", Call(moved, 0), self.soon(7200))

    def _sent_again(self, event: Event) -> Event:
        """By a client that changes the time, or does not."""
        if self.random.random() < 0.5:
            return event
        later = self.now
        return event.model_copy(update={"timestamp": later, "at": later})

    def _bunched(self) -> timedelta:
        """Until one of the next half-minutes, so that several are under way at once."""
        return timedelta(seconds=30 * self.random.randint(1, 4) - self.now.second % 30)

    def _were_due(self, table: str, shard: str) -> list[tuple[str, str]]:
        return [(item["pk"], item["sk"]) for item in self.tables.items(table) if item.get("due_shard", shard) == shard]

    def _carry(self) -> None:
        """What the tables' streams hold by now, in batches cut anyhow; some come again hours later."""
        changes, self._carried = self.tables.changes[self._carried :], len(self.tables.changes)
        for table, queue in _STREAMS.items():
            passed = [change for change in changes if change.table == table and _passes(change)]
            records = new_images(stream_event(passed))
            while records:
                batch, records = _cut(records, self.random.randint(1, 4))
                self.put(queue, batch, self._bunched())
                if self.random.random() < self.odds.duplicate:
                    self.put(queue, batch, self.soon(40_000))


@cache
def _published() -> Tables:
    """Tables with the journeys of every schedule."""
    made = Tables()
    store = JourneyStore(made)
    for journey in JOURNEYS:
        store.change(store.put(journey.name, journey.title, journey.body(), NOW), NOW, version=1, live=True)
    return made


def _passes(change: Any) -> bool:
    """As the filters of infra/resources.yaml."""
    return change.old is None if change.table == resources.EVENTS else bool(change.new and "fx" in change.new)


def _cut(records: Sequence[Record], size: int) -> tuple[list[Record], list[Record]]:
    return list(records[:size]), list(records[size:])


def event(number: int, name: str, minutes: int, **given: Any) -> Event:
    """What Ann did so many minutes before."""
    at = NOW - timedelta(minutes=minutes)
    return Event(
        message_id=f"m{number}",
        type="identify" if name == "Identify" else "track",
        name=name,
        user_id="ann",
        timestamp=at,
        at=at,
        received_at=NOW,
        source="segment",
        **given,
    )


def visit(dice: Random) -> list[Event]:
    """She signs in, looks, agrees, and orders once or twice."""
    looks = [event(number, "Product Viewed", 50 - number) for number in range(dice.randint(1, 3))]
    orders = [
        event(10 + number, "Order Completed", 20 - number, properties={"order_id": f"o{number}", "total": "10"})
        for number in range(dice.randint(0, 2))
    ]
    known = event(20, "Identify", 30, traits={"email": "ann@shop.example"})
    return [*looks, known, event(21, "Subscribed", 30, properties={"channel": "email"}), *orders]


def one(schedule: Exactly, guards: Guards = ALL) -> tuple[Verdict, Intake]:
    """A schedule with one visit and faults at exactly these calls; the world around is calm."""
    made = Intake(Random(0), schedule, CALM, guards)
    made.says(Call((event(1, "Product Viewed", 50), event(2, "Identify", 30, traits={"email": "a@b.example"})), 5))
    made.says(Call((event(3, "Order Completed", 20, properties={"order_id": "o1", "total": "10"}),), 5))
    return made.run(), made


def random(seed: int, guards: Guards = ALL) -> tuple[Verdict, Intake]:
    """The schedule of a seed: a visit, posted in pieces, and everything goes wrong now and then."""
    dice = Random(seed)
    made = Intake(dice, Randomly(dice), WILD, guards)
    events = visit(dice)
    while events:
        size = dice.randint(1, 3)
        made.says(Call(tuple(events[:size]), dice.randint(2, 6)))
        events = events[size:]
    return made.run(), made
