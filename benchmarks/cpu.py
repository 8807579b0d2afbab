"""Processor time per event in our own code, against the least that anybody pays to read JSON and check it.

Our own code ends where botocore begins: the stores run against a client that keeps items in a dictionary. Processor
time, the least of several rounds.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from pydantic import BaseModel

from benchmarks import load
from chalicelib import ids, resources, times
from chalicelib.aws.dynamo import DynamoDatabase
from chalicelib.aws.streams import Record
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

ROUNDS = 7
PEOPLE = 200
BATCH = 20


@dataclass(frozen=True)
class Cpu:
    """Microseconds of processor time per event."""

    floor: float
    read: float
    store: float
    project: float

    @property
    def ours(self) -> float:
        """All of our own code."""
        return self.read + self.store + self.project


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
    """As much of a DynamoDB client as events and the projector use, on a dictionary."""

    def __init__(self) -> None:
        self.items: dict[tuple[str, str, str], Any] = {}

    def put_item(self, TableName: str, Item: dict[str, Any], **_: Any) -> dict[str, Any]:
        self.items[TableName, Item["pk"]["S"], Item["sk"]["S"]] = Item
        return {}

    def get_item(self, TableName: str, Key: dict[str, Any], **_: Any) -> dict[str, Any]:
        found = self.items.get((TableName, Key["pk"]["S"], Key["sk"]["S"]))
        return {"Item": found} if found else {}


def measure() -> Cpu:
    """Each part over the same events: 5 of each person, in batches of 20, of people who have been there before."""
    now = times.utcnow()
    people = [f"cpu-{ids.digest(str(number), length=12)}" for number in range(PEOPLE)]
    before = [event for person in people for event in load.visit(person, now - timedelta(days=3))]
    sent = [event for person in people for event in load.visit(person, now - timedelta(minutes=5))]
    bodies = list(load.batches(sent, BATCH, now))
    earlier = [_read(body, now) for body in load.batches(before, BATCH, now)]
    events = [_read(body, now) for body in bodies]
    count = len(sent)
    return Cpu(
        floor=_least(lambda: [_floor(body) for body in bodies], count),
        read=_least(lambda: [_read(body, now) for body in bodies], count),
        store=_least(lambda: _store(events), count),
        project=min(_project(earlier, events, now) for _ in range(ROUNDS)) / count * 1e6,
    )


def _least(work: Callable[[], object], count: int) -> float:
    return min(_timed(work) for _ in range(ROUNDS)) / count * 1e6


def _timed(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


def _floor(body: bytes) -> list[_Call]:
    return [_Call.model_validate(call) for call in json.loads(body)["batch"]]


def _read(body: bytes, now: Any) -> list[Event]:
    return interpret("batch", envelope.read(body), Arrival("segment", "bench", now, len(body))).events


def _store(batches: list[list[Event]]) -> None:
    store = EventStore(DynamoDatabase(_Items(), {table: table for table in resources.TABLES}))
    for batch in batches:
        store.store(batch)


def _project(earlier: list[list[Event]], batches: list[list[Event]], now: Any) -> float:
    db = DynamoDatabase(_Items(), {table: table for table in resources.TABLES})
    projector = Projector(
        CustomerStore(db), EventLog(db), ParkedEvents(db), lambda: Rules(DEFAULT), workers=1
    )  # one thread: what is measured is work, not waiting
    for batch in earlier:
        projector.project(_records(batch), now)
    records = [_records(batch) for batch in batches]
    return _timed(lambda: [projector.project(batch, now) for batch in records])


def _records(batch: list[Event]) -> list[Record]:
    return [Record(item=to_item(event), sequence=str(number), written_at=None) for number, event in enumerate(batch)]
