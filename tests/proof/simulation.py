"""One schedule, from planned messages to the last settled row: the real dispatcher and the real feedback, with
everything around them simulated.

The queue delivers at least once, late, and again after a worker died; the tick looks at a due index that lags; SES
reports after seconds or minutes, twice, or never; consent is withdrawn whenever; workers' clocks disagree. Time is
virtual: it moves a little with every call, and jumps when nothing is left to do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from random import Random
from typing import Any

from chalicelib import resources, times
from chalicelib.aws.http import Answer
from chalicelib.journeys.clock import Window
from chalicelib.journeys.send import Send, queue_of
from chalicelib.messages import dispatch, feedback
from chalicelib.messages.brake import ALL as ALL_CHANNELS
from chalicelib.messages.brake import Pause
from chalicelib.messages.brake.store import BrakeStore
from chalicelib.messages.dispatcher import Dispatcher
from chalicelib.messages.feedback import Desk
from chalicelib.messages.permission import Policy
from chalicelib.messages.permission.policy import Holdout
from chalicelib.messages.store import SendStore
from chalicelib.review.due import LOOKS
from chalicelib.tracking.store import EventStore, ParkedStore
from tests.fakes.http import MemoryHttp
from tests.fakes.mail import MemoryMail, tags
from tests.messages.samples import DAY, MINUTE, NOW, receipt, send, template
from tests.messages.test_feedback import report
from tests.messages.test_webhook import webhook
from tests.messages.world import TEMPLATES, dispatcher, joins, publish, says
from tests.proof.auditor import Mail, Rules, Verdict, audit
from tests.proof.deliveries import CALM, WILD, Clockwork, Delivery, Lagging, Odds, Queue, Tables
from tests.proof.faults import Exactly, FaultyHttp, FaultyMail, FaultyTables, Line, Randomly, Schedule
from tests.proof.guards import ALL, Guards

HORIZON = 5 * DAY
TOLD = {shard: queues for table, shards, queues in LOOKS if table == resources.SENDS for shard in shards}
"""The shards of the ledger that the tick asks, and the queues that it tells."""

WORDS = ("hello-0", "hello-1", "hello-2")
"""Templates that say different things."""


@dataclass(frozen=True)
class Worker:
    """What a worker acts through."""

    dispatcher: Dispatcher
    desk: Desk


class Simulation(Clockwork[Worker]):
    """`run` plays one schedule to its end and lets the auditor judge."""

    def __init__(self, random: Random, schedule: Schedule, odds: Odds = WILD, guards: Guards = ALL) -> None:
        super().__init__(random, schedule, odds, _shelf().twin(), NOW, HORIZON)
        self.guards = guards
        self.mails: list[Mail] = []
        self.rules = Rules()
        self.policy = Policy()
        self.planned: list[Send] = []
        self.shards: dict[str, list[tuple[str, str]]] = {}
        self.queues: set[str] = set()

    def run(self) -> Verdict:
        """Play until nothing waits any more, or for five days."""
        self.play()
        return audit([row.id for row in self.planned], self.tables.items(resources.SENDS), self.mails, self.rules)

    def plan(self, *rows: Send, withdraws_after: timedelta | None = None) -> None:
        """Customers with messages planned at their `planned_at`; the queue message may be lost on the way."""
        for customer in sorted({row.customer for row in rows}):
            joins(self.tables, customer)
            if withdraws_after is not None:
                self.put("consent", {"customer": customer}, withdraws_after)
        for row in rows:
            self.planned.append(row)
            item = row.to_item()
            self.tables.put(resources.SENDS, item)
            if self.random.random() >= self.odds.message_lost:
                self.put(queue_of(row), {"customer": row.customer, "send": row.id}, row.planned_at - NOW)
            self.shards.setdefault(item["due_shard"], []).append((row.customer, row.id))
        self.queues = {queue_of(row) for row in self.planned}

    def tick(self, until: str) -> None:
        """A page for each shard that has something due soon, to every queue by which anything here leaves."""
        for shard in self.shards:
            if self.tables.query_index(resources.SENDS, "due", shard, until=until, limit=1).items:
                for queue in sorted(self.queues.intersection(TOLD[shard])):
                    self.put(queue, {"shard": shard, "until": until}, timedelta(0))

    def due(self) -> str | None:
        """The ledger's."""
        return self.tables.first_due(resources.SENDS)

    def hire(self, line: Line, clock: Callable[[], datetime]) -> Worker:
        """One that can send, and take what SES reports."""
        lagging = Lagging(self.tables, self, lambda _, shard: self.shards[shard])
        tables: Any = self.guards.tables(FaultyTables(lagging, line))
        at = dispatcher(
            tables,
            Queue(self),
            self.guards.mail(FaultyMail(Ses(self), line)),
            clock,
            self.guards.token(lambda: f"owner-{next(self.numbers)}"),
            self.policy,
            http=FaultyHttp(Receiver(self), line),
        )
        desk = Desk(SendStore(tables), EventStore(tables), ParkedStore(tables), clock)
        return Worker(self.guards.dispatcher(at), desk)

    def do(self, delivery: Delivery, worker: Worker) -> None:
        """Send, or take what SES reports; or somebody withdraws."""
        match delivery.queue:
            case "consent":
                self._withdraw(delivery.body["customer"])
            case "pause":
                self._pause_marketing(delivery.body["minutes"])
            case resources.FEEDBACK:
                feedback.take(delivery.body, worker.desk)
            case queue:
                outcome = dispatch.handle(queue, delivery.body, worker.dispatcher)
                self.note(queue, delivery.body, outcome)

    def _withdraw(self, customer: str) -> None:
        """As the projector does it: the facts and the permit in one transaction, at one moment."""
        says(self.tables, customer, consent=False)
        self.rules = replace(self.rules, withdrawn={**self.rules.withdrawn, customer: self.now})
        self.note(customer, "withdraws")

    def _pause_marketing(self, minutes: int | None) -> None:
        """For so many minutes; None ends it."""
        brake = BrakeStore(self.tables, lambda: self.now)
        if minutes is None:
            brake.resume(ALL_CHANNELS)
        elif not self.rules.pauses:  # once: it may be delivered twice
            brake.pause(Pause(ALL_CHANNELS, self.now, "because of the proof", "the proof"))
            self.put("pause", {"minutes": None}, timedelta(minutes=minutes))
            pauses = [*self.rules.pauses, (self.now, self.now + timedelta(minutes=minutes))]
            self.rules = replace(self.rules, pauses=pauses)


class Ses(MemoryMail):
    """SES: takes mails, and reports to the feedback queue what became of them."""

    def __init__(self, world: Simulation) -> None:
        super().__init__()
        self._world = world

    def send(self, request: Mapping[str, Any]) -> str:
        id = super().send(request)
        world = self._world
        row = next(row for row in world.planned if row.id == tags(request)["send"])
        marketing = row.message_class == "marketing"
        world.mails.append(Mail(row.id, row.customer, marketing, world.now, words=row.template or ""))
        world.note("MAIL", row.id)
        for kind in ("Send", "Delivery"):
            for _ in range(1 + (world.random.random() < world.odds.event_twice)):
                if world.random.random() >= world.odds.event_lost:
                    body = report(row, kind, at=times.text(world.now))
                    world.put(resources.FEEDBACK, body, timedelta(seconds=world.random.randint(1, 300)))
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
        self._world.note("CALL", row.id)
        return answer


@cache
def _shelf() -> Tables:
    """Tables with the templates of every schedule: made once, because it takes a tenth of a schedule's time."""
    made = Tables()
    for each in (*TEMPLATES, *(template(name=name, subject=name) for name in WORDS)):
        publish(made, each)
    return made


def one(message: Send, schedule: Exactly, guards: Guards = ALL) -> tuple[Verdict, Simulation]:
    """A schedule with one message and faults at exactly these calls; the world around is calm."""
    made = Simulation(Random(0), schedule, CALM, guards)
    made.plan(message)
    return made.run(), made


def random(seed: int, guards: Guards = ALL) -> tuple[Verdict, Simulation]:
    """The schedule of a seed: a customer or two, each with up to three mails, some webhooks and perhaps a receipt, and
    everything goes wrong now and then."""
    dice = Random(seed)
    made = Simulation(dice, Randomly(dice), WILD, guards)
    _decide(made, dice)
    bulk = dice.random() < 0.1
    for customer in ("u#ada", "u#bob")[: 1 + (dice.random() < 0.05)]:
        rows = [receipt(customer=customer, id=f"{customer[2:]}-receipt")] if dice.random() < 0.4 else []
        for number in range(dice.choice([1, 1, 1, 2, 2, 3])):
            at = NOW + MINUTE * dice.choice([0, 0, 0, 5, 600])
            until = at + dice.choice([3 * DAY, 3 * DAY, 3 * DAY, DAY / 2, 15 * MINUTE])
            if dice.random() < 0.2:
                rows.append(
                    webhook(customer=customer, id=f"{customer[2:]}-call-{number}", planned_at=at, deadline=until)
                )
            words = WORDS[number] if dice.random() < 0.85 else WORDS[0]
            id = f"{customer[2:]}-mail-{number}"
            rows.append(send(customer=customer, id=id, planned_at=at, deadline=until, template=words, bulk=bulk))
        withdraws = timedelta(minutes=dice.choice([0, 1, 10, 300, 1500, 1700]))
        made.plan(*rows, withdraws_after=withdraws if dice.random() < made.odds.withdraws else None)
    return made.run(), made


def _decide(made: Simulation, dice: Random) -> None:
    """What the workspace decides in some schedules: hours, a holdout that is everybody, a pause for some hours."""
    if dice.random() < 0.15:
        hours = (Window.model_validate({"from": "10:00", "to": "18:00"}),)
        made.policy = replace(made.policy, hours={"email": hours})
        made.rules = replace(made.rules, hours=(10, 18))
    if dice.random() < 0.03:
        made.policy = replace(made.policy, holdout=Holdout(1.0))
        made.rules = replace(made.rules, held_out=True)
    if dice.random() < 0.1:
        made.put("pause", {"minutes": dice.choice([30, 300])}, MINUTE * dice.choice([0, 2, 1440]))
