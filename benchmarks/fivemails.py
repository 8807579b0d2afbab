"""What a run through a journey of five mails costs, without the mails: requests, units, functions, dollars.

    python -m benchmarks.fivemails

A hundred people enter by an event, are walked through `send, wait, send, ...`, each by a message of its own (nothing is
grouped by luck), and come to the end. The journey has a goal and an exit, as most have. Units are reckoned from the
sizes of the items by DynamoDB's rules (units.py); the ledger's rows and what SES reports are counted apart. What Lambda
does to read queues and streams is not charged. Ends with status 1 if the target is missed.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from benchmarks import units
from benchmarks.money import Assumptions
from benchmarks.targets import exit_status
from chalicelib import resources, times
from chalicelib.aws.database import Check, Delete, Item, Page, Put, Update, When, Write
from chalicelib.aws.values import encode_item
from chalicelib.customers.state import State
from chalicelib.customers.store import CustomerStore
from chalicelib.journeys import engine
from chalicelib.journeys.enrol import follow
from chalicelib.journeys.journey import Journey, parse
from chalicelib.journeys.proceed import proceed
from chalicelib.journeys.store import JourneyStore
from tests.fakes.database import MemoryDatabase
from tests.fakes.queues import MemoryQueues

TARGET: Final = 0.05  # dollars per 1,000 runs, without the mails' own price and the ledger
PEOPLE: Final = 100
MAILS: Final = 5
QUEUE_M: Final = 0.40
"""Dollars a million requests to SQS: a walk's message is sent, received and deleted."""
PRICES: Final = Assumptions()
_NOW: Final = datetime(2026, 11, 22, 9, tzinfo=UTC)
_DAY: Final = timedelta(days=1)


class Metered(MemoryDatabase):
    """Tables in memory that count what DynamoDB would charge. The meter runs only while `on`."""

    def __init__(self) -> None:
        super().__init__()
        self.on = False
        self.writes: Counter[str] = Counter()
        self.reads: Counter[str] = Counter()
        self.requests: Counter[str] = Counter()

    def get(self, table: str, pk: str, sk: str, *, consistent: bool = True) -> Item | None:
        found = super().get(table, pk, sk, consistent=consistent)
        self._read(table, [found] if found else [], consistent)
        return found

    def query(self, table: str, pk: str, **kwargs: Any) -> Page:
        page = super().query(table, pk, **kwargs)
        self._read(table, page.items, kwargs.get("consistent", False), together=True)
        return page

    def query_index(self, table: str, *args: Any, **kwargs: Any) -> Page:
        page = super().query_index(table, *args, **kwargs)
        self._read(table, page.items, consistent=False, together=True)
        return page

    def put(self, table: str, item: Item, *, when: When | None = None) -> None:
        self._write([Put(table, item, when)], "put")

    def update(self, table: str, pk: str, sk: str, *, set: Item, **kwargs: Any) -> Item:
        self._write([Update(table, pk, sk, set, tuple(kwargs.get("remove", ())), kwargs.get("when"))], "update")
        return super().get(table, pk, sk) or {}

    def delete(self, table: str, pk: str, sk: str, *, when: When | None = None) -> None:
        self._write([Delete(table, pk, sk, when)], "delete")

    def transact(self, writes: Sequence[Write]) -> None:
        self._write(writes, "transact", transaction=True)

    def _write(self, writes: Sequence[Write], how: str, *, transaction: bool = False) -> None:
        keys = [_key(write) for write in writes]
        before = [super(Metered, self).get(*key) for key in keys]
        super().transact(writes)
        for write, key, old in zip(writes, keys, before, strict=True):
            new = old if isinstance(write, Check) else super().get(*key)
            self._wrote(write.table, old, new, transaction=transaction)
        self._asked(writes[0].table, how)

    def _read(self, table: str, items: Sequence[Item], consistent: bool, together: bool = False) -> None:
        if self.on:
            stored = [encode_item(item) for item in items]
            self.reads[table] += round(2 * units.read(stored, consistent=consistent, together=together))
            self._asked(table, "read")

    def _wrote(self, table: str, before: Item | None, after: Item | None, *, transaction: bool) -> None:
        if self.on:
            old, new = (encode_item(item) if item else None for item in (before, after))
            self.writes[table] += units.write(old, new, transaction=transaction) + units.index_writes(table, old, new)

    def _asked(self, table: str, how: str) -> None:
        if self.on:
            self.requests[f"{how} {table}"] += 1


@dataclass(frozen=True)
class Run:
    """One run, on average. Units by table; calls: of functions; seconds: of one processor."""

    writes: Mapping[str, float]
    reads: Mapping[str, float]
    requests: float
    calls: float
    seconds: float

    def dollars(self, a: Assumptions = PRICES) -> dict[str, float]:
        """For 1,000 runs, by what they are for; without the ledger."""
        own = {table: n for table, n in self.writes.items() if table != resources.SENDS}
        waiting = self.requests * a.wait_ms / 1000 * a.memory_gb
        computing = (self.seconds + self.calls * a.framework_us / 1e6) * a.slower * a.whole_processor_gb
        return {
            "write units": sum(own.values()) * a.write_unit_m / 1000,
            "read units": sum(self.reads.values()) * a.read_unit_m / 1000,
            "functions": (waiting + computing) * a.gb_second * 1000 + self.calls * a.call_m / 1000,
            "queue": 3 * (self.calls - 1) * QUEUE_M / 1000,
        }

    def ledger(self, a: Assumptions = PRICES) -> float:
        """The ledger's rows as they are planned, in dollars for 1,000 runs."""
        return self.writes.get(resources.SENDS, 0) * a.write_unit_m / 1000


def five_mails() -> Journey:
    """Five mails, three days between them."""
    steps: list[dict[str, Any]] = []
    for number in range(1, MAILS + 1):
        steps.append({"id": f"mail-{number}", "do": "send", "template": f"course-{number}"})
        if number < MAILS:
            steps.append({"id": f"three-days-{number}", "do": "wait", "for": "P3D"})
    said = {
        "name": "course",
        "title": "Five mails",
        "class": "marketing",
        "trigger": {"on": "event", "name": "Signed Up"},
        "goal": {"when": {"event": "Order Completed"}, "value": "total"},
        "exit_when": {"trait": "staff", "equals": True},
        "steps": steps,
    }
    return parse(said)


def measure() -> Run:
    """A hundred runs, counted and timed."""
    db, queues, clock = Metered(), MemoryQueues(), [_NOW]
    journeys, plan = JourneyStore(db), five_mails()
    journeys.change(journeys.put(plan.name, plan.title, plan.body(), _NOW), _NOW, version=1, live=True)
    workers = engine.build(db, queues, lambda: clock[0])
    workers.live.all()
    outboxes = [_outbox(db, number) for number in range(PEOPLE)]
    began, db.on, calls = time.process_time(), True, 0
    for outbox in outboxes:
        follow(outbox, workers)
        calls += 1
    for _ in range(1, MAILS):
        clock[0] += 3 * _DAY
        db.on = False
        due = [(item["pk"], item["sk"]) for item in db.items(resources.ENROLMENTS) if "due_at" in item]
        workers.live.all()  # definitions are read once for 30 seconds of a container, not for each person
        db.on = True
        for customer, key in due:
            proceed({"customer": customer, "enrolment": key}, workers)
            calls += 1
    seconds = time.process_time() - began
    assert {item["status"] for item in db.items(resources.ENROLMENTS)} == {"done"}
    assert len(db.items(resources.SENDS)) == MAILS * PEOPLE
    return Run(
        {table: n / PEOPLE for table, n in db.writes.items()},
        {table: n / 2 / PEOPLE for table, n in db.reads.items()},
        db.requests.total() / PEOPLE,
        calls / PEOPLE,
        seconds / PEOPLE,
    )


def _outbox(db: Metered, number: int) -> Item:
    customer = f"u#reader-{number:04d}"
    said = {"id": f"event#{number}", "kind": "event", "at": times.text(_NOW), "name": "Signed Up", "properties": {}}
    state = replace(State(customer), v=1, stage="new", stage_since=_NOW, cause="first")
    CustomerStore(db).save(state)
    return replace(state, fx=(said,)).to_item()


def _key(write: Write) -> tuple[str, str, str]:
    if isinstance(write, Put):
        return write.table, write.item["pk"], write.item["sk"]
    return write.table, write.pk, write.sk


def shown(run: Run) -> str:
    """As a table of docs/BENCHMARKS.md."""
    dollars = run.dollars()
    rows = [
        f"| write units of {table} | {n:.1f} |" for table, n in sorted(run.writes.items()) if table != resources.SENDS
    ]
    rows += [f"| read units of {table} | {n:.1f} |" for table, n in sorted(run.reads.items())]
    rows += [f"| requests to DynamoDB | {run.requests:.1f} |", f"| calls of functions | {run.calls:.1f} |"]
    rows += [f"| processor | {1000 * run.seconds:.1f} ms |"]
    bill = [f"| {name} | ${cost:.4f} |" for name, cost in dollars.items()]
    return "\n".join(
        [
            "| one run of five mails | |",
            "|---|---|",
            *rows,
            "",
            "| 1,000 runs | |",
            "|---|---|",
            *bill,
            f"| **together** (target: at most ${TARGET:.2f}) | **${sum(dollars.values()):.4f}** |",
            f"| apart: the ledger's rows, planned | ${run.ledger():.4f} |",
        ]
    )


def missed(run: Run) -> list[str]:
    """The target, if it is missed."""
    total = sum(run.dollars().values())
    return [f"1,000 runs of five mails cost ${total:.4f}, more than ${TARGET}"] if total > TARGET else []


def main() -> int:
    """Measure and print; the exit status."""
    run = measure()
    print(shown(run))
    return exit_status(missed(run))


if __name__ == "__main__":
    raise SystemExit(main())
