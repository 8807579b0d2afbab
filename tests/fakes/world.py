"""A whole Perennial in a test's hands: every Lambda of app.py, each in a container of its own, called with the events
that Lambda would bring, and between them the streams, the queues, the mail and the clock of a deployment.

Nothing happens by itself: `settle` delivers what is on its way until nothing is, `tick` is the minute's schedule, and
time passes only by `wait`. The same world runs over the fakes and over moto (tests/fakes/platforms.py).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, Final, Protocol

from chalice.local import LambdaContext

import app as application
from chalicelib import resources, times, wiring
from chalicelib.api.scripts import Scripts
from chalicelib.settings import Settings
from chalicelib.tracking import keys
from chalicelib.tracking.keys import EVERYTHING, TRACK, KeyKind
from chalicelib.wiring import Perennial, Ports
from infra.local.mailbox import events as ses
from infra.local.mailbox.mail import Mail
from tests.fakes import deployment
from tests.fakes.gateway import Answer, Gateway
from tests.fakes.http import MemoryHttp

NOW: Final = datetime(2026, 11, 22, 10, tzinfo=UTC)
STREAMS: Final[Mapping[str, tuple[str, ...]]] = {
    resources.EVENTS: ("project_events",),
    resources.CUSTOMERS: ("start_journeys",),
    resources.WORK: ("work_jobs", "refit"),
}
WORKERS: Final = {
    resources.RECOMPUTE: "review_due",
    resources.WALKS: "walk_due",
    resources.TRANSACTIONAL: "send_transactional",
    resources.JOURNEYS: "send_journeys",
    resources.BULK: "send_bulk",
    resources.FEEDBACK: "take_feedback",
}
FUNCTIONS: Final = (
    *("api", "project_events", "start_journeys", "tick", *WORKERS.values()),
    *("work_jobs", "refit", "census"),
)
SCRIPTS: Final = Path(__file__).parent / "scripts"

Record = dict[str, Any]
Manner = Callable[[Sequence[Record]], Sequence[Sequence[Record]]]
"""How a stream or a queue hands over what it has: in which batches, how often, in which order."""


def once(records: Sequence[Record]) -> Sequence[Sequence[Record]]:
    """All at once, once."""
    return [records]


def twice(records: Sequence[Record]) -> Sequence[Sequence[Record]]:
    """All at once, and the same again."""
    return [records, records]


def split(records: Sequence[Record]) -> Sequence[Sequence[Record]]:
    """One by one, and then all of them again."""
    return [*([record] for record in records), records]


def backwards(records: Sequence[Record]) -> Sequence[Sequence[Record]]:
    """The last first, and each of them twice."""
    return [[record, record] for record in reversed(records)]


@dataclass(frozen=True)
class Delivery:
    """One event that one function was called with."""

    function: str
    event: Mapping[str, Any]


@dataclass(frozen=True)
class Message:
    """What was put into a queue, to be seen from `due_at` on."""

    queue: str
    body: str
    due_at: datetime


class Platform(Protocol):
    """What lies around the functions: tests/fakes/platforms.py has two."""

    http: MemoryHttp
    """Servers of others."""

    def ports(self) -> Ports:
        """What a new container reaches out with."""

    def settings(self) -> Settings:
        """The deployment's settings."""

    def begins(self, function: str | None) -> None:
        """Whatever is called from now on, this function calls; None for the test itself."""

    def records(self, table: str) -> list[Record]:
        """What the table's stream carried since it was last asked, as Lambda gets it."""

    def messages(self) -> list[Message]:
        """What was put into queues since it was last asked."""

    def mails(self) -> list[Mail]:
        """Every mail that left, oldest first."""

    def texted(self) -> list[Mapping[str, Any]]:
        """Every text message that left, as AWS was asked, oldest first."""

    def lose_device(self, token: str) -> None:
        """The app is removed from a device that was told before."""

    def items(self, table: str) -> list[dict[str, Any]]:
        """Everything in a table."""

    def put(self, table: str, item: Mapping[str, Any]) -> None:
        """Write an item behind everybody's back."""

    def give_up(self, queue: str, body: Mapping[str, Any]) -> None:
        """A message of a queue was given up: it is a dead letter."""

    def give_up_batch(self, key: str, kept: Mapping[str, Any]) -> None:
        """A batch of a stream was given up: this is what Lambda keeps of it."""


class World:
    """One deployment. `now` is its clock; `delivered` is every event from a stream or a queue that it has seen."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now
        self.manner: Manner = once
        self.delivered: list[Delivery] = []
        self._waiting: list[Message] = []
        self._numbers = count(1)

    def start(self, platform: Platform) -> None:
        """Build a container for every function, and the keys."""
        self.platform = platform
        self.containers = {name: Perennial(platform.settings(), platform.ports()) for name in FUNCTIONS}
        self.containers["api"].scripts = Scripts(SCRIPTS)
        for container in self.containers.values():
            container.pause = lambda seconds: self.wait(timedelta(seconds=seconds))
        self.write_key = self._key(KeyKind.PUBLIC, "shop", TRACK)
        self.secret_key = self._key(KeyKind.SECRET, "marketing", EVERYTHING)
        self.http = Gateway(application.app, lambda event, context: self._called("api", event))

    # --- what people and machines do ---

    def post(self, path: str, body: object) -> Answer:
        """A client with the write key posts something."""
        return self.http.request("POST", path, headers={"X-Write-Key": self.write_key}, body=json.dumps(body).encode())

    def ask(self, method: str, path: str, body: object = None, **query: object) -> Answer:
        """Somebody with the secret key asks something."""
        headers = {"Authorization": f"Bearer {self.secret_key}", "Content-Type": "application/json"}
        sent = b"" if body is None else json.dumps(body).encode()
        return self.http.request(method, path, query=query, headers=headers, body=sent)

    def publish(self, *names: str) -> None:
        """Install playbooks and publish them, as anybody would."""
        for name in names:
            installed = self.ask("POST", f"/v1/playbooks/{name}/install", {"publish": True})
            assert installed.status == 200, installed.text
        self._published()

    def define(self, journey: Mapping[str, Any], templates: Mapping[str, Any]) -> None:
        """Put templates and a journey, and publish it."""
        for name, template in templates.items():
            assert self.ask("PUT", f"/v1/templates/{name}", template).status == 200
        name = journey["name"]
        put = self.ask("PUT", f"/v1/journeys/{name}", journey)
        assert put.status == 200, put.text
        published = self.ask("POST", f"/v1/journeys/{name}/publish", {"version": put.json()["version"]})
        assert published.status == 200, published.text
        self._published()

    def _published(self) -> None:
        """Let the jobs of a publication run, which wait until every container knows of it; then it is as late as
        before: to those who come now it was published some minutes ago."""
        before = self.now
        self.settle()
        self.now = before

    def customer(self, id: str, **query: object) -> Any:
        """What the API says of somebody."""
        answer = self.ask("GET", f"/v1/customers/{id}", **query)
        assert answer.status == 200, answer.text
        return answer.json()

    def report(self, mail: Mail, kind: str, **detail: Any) -> None:
        """SES reports something of a mail, now: configuration set, topic, feedback queue."""
        self.report_anything(json.dumps(ses.record(kind, mail, self.now, detail)))

    def hint(self, queue: str, body: Mapping[str, Any]) -> None:
        """Something stands in a queue."""
        self._waiting.append(Message(queue, json.dumps(body), self.now))

    def report_anything(self, text: str) -> None:
        """Something stands in the feedback queue."""
        self._waiting.append(Message(resources.FEEDBACK, text, self.now))

    # --- what AWS does ---

    def settle(self) -> None:
        """Deliver whatever streams and queues hold by now, and what follows from it, until nothing does."""
        while self.drain_streams() or self.drain_queues():
            pass

    def tick(self) -> None:
        """The schedule's minute."""
        self._called("tick", self._scheduled("tick"))

    def week(self) -> None:
        """The schedule's week."""
        self._called("refit", self._scheduled("refit"))

    def night(self) -> None:
        """The schedule's night."""
        self._called("census", self._scheduled("census"))

    def _scheduled(self, rule: str) -> dict[str, Any]:
        return {
            "version": "0",
            "id": self._number("event"),
            "detail-type": "Scheduled Event",
            "source": "aws.events",
            "account": deployment.ACCOUNT,
            "time": times.text(self.now),
            "region": deployment.REGION,
            "resources": [f"arn:aws:events:{deployment.REGION}:{deployment.ACCOUNT}:rule/{rule}"],
            "detail": {},
        }

    def wait(self, span: timedelta) -> None:
        """Time passes, and nothing else."""
        self.now += span

    def pass_through(self, moment: datetime) -> None:
        """The minute in which `moment` lies: the tick before it, and then what is due at it."""
        self.now = moment - timedelta(seconds=30)
        self.tick()
        self.settle()
        self.now = moment
        self.settle()

    def lose_messages(self) -> list[Message]:
        """Whatever waits in queues is lost: the due index is what remains."""
        self._waiting += self.platform.messages()
        lost, self._waiting = self._waiting, []
        return lost

    def lose_records(self, table: str) -> list[Record]:
        """Whatever a table's stream holds is lost, as if its batch had been given up."""
        return self.platform.records(table)

    def deliver(self, function: str, event: Mapping[str, Any]) -> None:
        """Call a function with an event of a stream or queue, which it must take whole."""
        answer = self._called(function, event)
        assert answer == {"batchItemFailures": []}, f"{function}: {answer}"

    def redeliver(self, deliveries: Sequence[Delivery]) -> None:
        """Bring events again that were brought before, in the order given."""
        for delivery in deliveries:
            self.deliver(delivery.function, delivery.event)

    # --- what a test looks at ---

    def mails(self, to: str | None = None) -> list[Mail]:
        """The mails that left, oldest first; those to one address."""
        return [mail for mail in self.platform.mails() if to is None or to in mail.recipients]

    def items(self, table: str) -> list[dict[str, Any]]:
        """Everything in a table, by its keys."""
        return sorted(self.platform.items(table), key=lambda item: (item["pk"], item["sk"]))

    def parked(self) -> list[dict[str, Any]]:
        """The calls and the events that are parked."""
        return [item for item in self.items(resources.WORK) if item["pk"] in ("parked", "parked-event")]

    def everything(self) -> dict[str, Any]:
        """All that the deployment holds, and every mail that left."""
        return {table: self.items(table) for table in resources.TABLES} | {"mails": self.mails()}

    def drain_streams(self) -> bool:
        """Deliver what streams hold by now; whether there was anything."""
        found = False
        for table, followers in STREAMS.items():
            carried = self.platform.records(table)
            for function in followers:
                patterns = deployment.stream_filters(function)
                records = [one for one in carried if any(deployment.passes(pattern, one) for pattern in patterns)]
                found = self._hand_over(function, records) or found
        return found

    def drain_queues(self, workers: Collection[str] = tuple(WORKERS.values())) -> bool:
        """Deliver what queues hold by now to these workers; whether there was anything."""
        self._waiting += self.platform.messages()
        due = [each for each in self._waiting if each.due_at <= self.now and WORKERS[each.queue] in workers]
        self._waiting = [each for each in self._waiting if each not in due]
        for queue, function in WORKERS.items():
            self._hand_over(function, [self._sqs(message) for message in due if message.queue == queue])
        return bool(due)

    def _hand_over(self, function: str, records: Sequence[Record]) -> bool:
        size = _BATCH_SIZES[function]
        for first in range(0, len(records), size):
            for batch in self.manner(records[first : first + size]):
                delivery = Delivery(function, {"Records": list(batch)})
                self.delivered.append(delivery)
                self.deliver(function, delivery.event)
        return bool(records)

    def _sqs(self, message: Message) -> Record:
        return {
            "messageId": self._number("message"),
            "receiptHandle": self._number("handle"),
            "body": message.body,
            "attributes": {
                "ApproximateReceiveCount": "1",
                "SentTimestamp": str(int(message.due_at.timestamp() * 1000)),
                "SenderId": "AIDAEXAMPLE",
                "ApproximateFirstReceiveTimestamp": str(int(self.now.timestamp() * 1000)),
            },
            "messageAttributes": {},
            "md5OfBody": "d41d8cd98f00b204e9800998ecf8427e",
            "eventSource": "aws:sqs",
            "eventSourceARN": f"arn:aws:sqs:{deployment.REGION}:{deployment.ACCOUNT}:{message.queue}",
            "awsRegion": deployment.REGION,
        }

    def _called(self, function: str, event: Mapping[str, Any]) -> Any:
        """A function of app.py, in its own container, with what JSON leaves of the event."""
        handler = application.app if function == "api" else getattr(application, function)
        wiring.run(self.containers[function])
        self.platform.begins(function)
        try:
            return handler(json.loads(json.dumps(event)), LambdaContext(function, 512, 60_000))
        finally:
            self.platform.begins(None)
            wiring.run(None)

    def _key(self, kind: KeyKind, label: str, scope: str) -> str:
        """A key that is the same in every world: events carry the beginning of its id."""
        text = keys.key_text(kind, label.encode().ljust(keys.RANDOM_BYTES, b"."))
        key = keys.Key.of(text, label, frozenset({scope}), self.now)
        self.platform.put(resources.CATALOG, keys.to_item(key))
        return text

    def _number(self, kind: str) -> str:
        return f"{kind}-{next(self._numbers)}"


@contextmanager
def running(world: World, platform: Platform) -> Iterator[World]:
    """`world` on a platform, for as long as the test runs."""
    world.start(platform)
    try:
        yield world
    finally:
        wiring.run(None)


_BATCH_SIZES: Final[Mapping[str, int]] = {
    config.name: config.batch_size for config in application.app.event_sources if hasattr(config, "batch_size")
}
