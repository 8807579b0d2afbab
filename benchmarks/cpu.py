"""Processor time per event in our own code, against the least that anybody pays to read JSON and check it.

Our own code ends where botocore begins: the stores run against a client that keeps items in a dictionary. What botocore
itself takes for a request is measured apart, by a real client whose requests are answered before they leave.

A processor's clock changes from one second to the next, and so does who else is on it. So every round measures the
floor and each part one after the other, and a part is told by the median of its ratios to the floor of its own round.
The events that are measured with are left out of the garbage collector's sight: they would be most of what it looks at.
"""

from __future__ import annotations

import gc
import json
import time
import zlib
from base64 import b64encode
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from statistics import median
from types import SimpleNamespace
from typing import Any, cast

import boto3
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from pydantic import BaseModel

from benchmarks import inside, load
from chalicelib import ids, resources, times
from chalicelib.aws.dynamo import DynamoDatabase
from chalicelib.aws.streams import new_images
from chalicelib.aws.values import encode_item
from chalicelib.customers.store import CustomerStore
from chalicelib.lifecycle.stage import DEFAULT
from chalicelib.review.advance import Rules
from chalicelib.review.project import Projector
from chalicelib.review.store import EventLog, ParkedEvents
from chalicelib.tracking import envelope
from chalicelib.tracking.event import Event, to_item
from chalicelib.tracking.reading import Arrival
from chalicelib.tracking.source import interpret
from chalicelib.tracking.store import EventStore

ROUNDS = 9
PEOPLE = 200
BATCH = 20


@dataclass(frozen=True)
class Cpu:
    """Microseconds of processor time per event; `put` and `get`: of botocore, per request.

    inside: by part of the projector (inside.py), and what the libraries alone take.
    """

    floor: float
    parse: float
    validate: float
    store: float
    project: float
    put: float
    get: float
    inside: Mapping[str, float] = field(default_factory=dict)

    @property
    def accept(self) -> float:
        """From the body of a request to its answer."""
        return self.parse + self.validate + self.store

    @property
    def ours(self) -> float:
        """All of our own code."""
        return self.accept + self.project


class _Call(BaseModel):
    """What any tracker must check of a call, and no more."""

    type: str
    messageId: str
    timestamp: str
    userId: str | None = None
    anonymousId: str | None = None
    event: str | None = None
    properties: dict[str, Any] = {}
    context: dict[str, Any] = {}


class _Items:
    """As much of a DynamoDB client as events and the projector use, on dictionaries: table and hash key, range key."""

    def __init__(self) -> None:
        self.items: defaultdict[tuple[str, str], dict[str, Any]] = defaultdict(dict)

    def put_item(self, TableName: str, Item: dict[str, Any], **_: Any) -> dict[str, Any]:
        self.items[TableName, Item["pk"]["S"]][Item["sk"]["S"]] = Item
        return {}

    def get_item(self, TableName: str, Key: dict[str, Any], **_: Any) -> dict[str, Any]:
        found = self.items[TableName, Key["pk"]["S"]].get(Key["sk"]["S"])
        return {"Item": found} if found else {}

    def delete_item(self, TableName: str, Key: dict[str, Any], **_: Any) -> dict[str, Any]:
        self.items[TableName, Key["pk"]["S"]].pop(Key["sk"]["S"], None)
        return {}

    def query(self, TableName: str, ExpressionAttributeValues: dict[str, Any], **_: Any) -> dict[str, Any]:
        prefix = ExpressionAttributeValues.get(":sk", {"S": ""})["S"]
        held = self.items[TableName, ExpressionAttributeValues[":pk"]["S"]]
        return {"Items": [held[sk] for sk in sorted(held) if sk.startswith(prefix)]}

    def transact_write_items(self, TransactItems: list[dict[str, Any]], **_: Any) -> dict[str, Any]:
        for write in TransactItems:
            ((kind, request),) = write.items()
            if kind == "Put":
                self.put_item(**request)
            elif kind == "Delete":
                self.delete_item(**request)
        return {}


def measure() -> Cpu:
    """Each part over the same events: 5 of each person, in batches of 20, of people who have been there before."""
    now = times.utcnow()
    people = [f"cpu-{ids.digest(str(number), length=12)}" for number in range(PEOPLE)]
    before = [event for person in people for event in load.visit(person, now - timedelta(days=3))]
    sent = [event for person in people for event in load.visit(person, now - timedelta(minutes=5))]
    bodies = list(load.batches(sent, BATCH, now))
    earlier = [_read(body, now) for body in load.batches(before, BATCH, now)]
    events = [_read(body, now) for body in bodies]
    payloads = [(envelope.read(body), body) for body in bodies]
    store = EventStore(DynamoDatabase(_Items(), {table: table for table in resources.TABLES}))
    parts: dict[str, Callable[[], object]] = {
        "floor": lambda: [_floor(body) for body in bodies],
        "parse": lambda: [envelope.read(body) for body in bodies],
        "validate": lambda: [_interpret(payload, now, len(body)) for payload, body in payloads],
        "store": lambda: [store.store(batch) for batch in events],
        "put": _asked("put_item", b"{}", len(sent), TableName="events", Item=encode_item(to_item(events[0][0]))),
        "get": _asked("get_item", b"{}", len(sent), TableName="customers", Key={"pk": {"S": "u#a"}, "sk": {"S": "s"}}),
    }
    states = _states(earlier, people, now)
    arrived = [event for batch in events for event in batch]
    visits = [[event for event in arrived if event.user_id == person] for person in people]
    within = {**inside.parts(states, visits, now), **inside.libraries(bodies, states, arrived)}
    gc.collect()
    gc.freeze()
    rounds = [
        {name: _timed(work) for name, work in (parts | within).items()} | {"project": _project(earlier, events, now)}
        for _ in range(ROUNDS)
    ]
    floor = median(each["floor"] for each in rounds) / len(sent) * 1e6
    told = {name: floor * _times_the_floor(rounds, name) for name in rounds[0]}
    return Cpu(**{name: told[name] for name in (*parts, "project")}, inside={name: told[name] for name in within})


def _times_the_floor(rounds: list[dict[str, float]], part: str) -> float:
    return median(each[part] / each["floor"] for each in rounds)


def _timed(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


def _asked(operation: str, answer: bytes, times: int, **parameters: Any) -> Callable[[], object]:
    """Does what botocore does for so many requests; they are answered before they leave."""
    session = boto3.Session("test", "test", region_name="us-east-1")
    client = session.client("dynamodb", config=Config(account_id_endpoint_mode="disabled"))
    body = SimpleNamespace(stream=lambda **_: iter([answer]), release_conn=lambda: None)
    headers = {"x-amz-crc32": str(zlib.crc32(answer)), "content-type": "application/x-amz-json-1.0"}
    client.meta.events.register(
        "before-send", lambda request, **_: AWSResponse(request.url, 200, cast("Any", headers), cast("Any", body))
    )
    return lambda: [getattr(client, operation)(**parameters) for _ in range(times)]


def _floor(body: bytes) -> list[_Call]:
    return [_Call.model_validate(call) for call in json.loads(body)["batch"]]


def _read(body: bytes, now: Any) -> list[Event]:
    return _interpret(envelope.read(body), now, len(body))


def _interpret(payload: object, now: Any, size: int) -> list[Event]:
    return interpret("batch", payload, Arrival("segment", "bench", now, size, unproven=True)).events


def _states(earlier: list[list[Event]], people: list[str], now: Any) -> list[dict[str, Any]]:
    """What is stored of these people once their earlier events are counted."""
    held = _Items()
    db = DynamoDatabase(held, {table: table for table in resources.TABLES})
    projector = Projector(CustomerStore(db), EventLog(db), ParkedEvents(db), lambda: Rules(DEFAULT), workers=1)
    for batch in earlier:
        projector.project(new_images(_streamed(batch)), now)
    return [held.items[resources.CUSTOMERS, f"u#{person}"]["state"] for person in people]


def _project(earlier: list[list[Event]], batches: list[list[Event]], now: Any) -> float:
    db = DynamoDatabase(_Items(), {table: table for table in resources.TABLES})
    projector = Projector(
        CustomerStore(db), EventLog(db), ParkedEvents(db), lambda: Rules(DEFAULT), workers=1
    )  # one thread: what is measured is work, not waiting
    for batch in earlier:
        projector.project(new_images(_streamed(batch)), now)
    arrived = [_streamed(batch) for batch in batches]
    return _timed(lambda: [projector.project(new_images(batch), now) for batch in arrived])


def _streamed(batch: list[Event]) -> Mapping[str, Any]:
    """A batch of the events table's stream as Lambda hands it over: JSON, with what is binary as base64."""
    changes = [
        {"dynamodb": {"NewImage": encode_item(to_item(event)), "SequenceNumber": str(number)}}
        for number, event in enumerate(batch)
    ]
    streamed: Mapping[str, Any] = json.loads(json.dumps({"Records": changes}, default=_base64))
    return streamed


def _base64(binary: bytes) -> str:
    return b64encode(binary).decode()
