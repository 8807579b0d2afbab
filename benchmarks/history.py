"""A whole real shop through the front door and through the importer: the same customers, and how fast.

    python -m benchmarks.history DIRECTORY

Needs UCI Online Retail, every line (`online_retail_lines.csv.gz`: InvoiceNo, StockCode, Description, Quantity,
InvoiceDate, UnitPrice, CustomerID, Country), which does not come with the code, in that directory; without it, it says
so and ends well. The 541,909 lines become orders with their products, refunds matched to orders, identifications and
consents, as infra/demo/shop.py has them, and go in three times: through `POST /v1/batch` in batches of 20 and of 100,
and as a file through an import. Ends with status 1 unless all three come to the same facts of the same customers and
`rebuild --check` finds nothing in any of them.

The application runs whole in one process (one for each way) over tables in memory, priced by DynamoDB's rules: the
emulator would be what is measured. So the seconds are of our own code on one processor, tables in memory included,
and no network; what AWS would need beside them is in the table of dollars (benchmarks/money.py).
"""

from __future__ import annotations

import gzip
import hashlib
import json
import multiprocessing
import resource
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from benchmarks import load, report
from benchmarks.lambdas import request
from benchmarks.tables import Tables, inserted
from chalicelib import resources, times, wiring
from chalicelib.customers.packing import pack
from chalicelib.customers.state import STATE, State
from chalicelib.jobs.job import Job, Status
from chalicelib.review.rebuild import Rebuilder
from chalicelib.review.store import EventLog
from chalicelib.tracking.keys import TRACK, KeyKind
from chalicelib.wiring import Perennial, Ports
from infra.demo import refunds, shop
from infra.demo.shop import Call
from tests.fakes.database import Change, stream_event
from tests.fakes.files import MemoryFiles
from tests.fakes.platforms import Mailbox, as_lambda_gets_it, deployed_settings
from tests.fakes.queues import MemoryQueues
from tests.fakes.secrets import MemorySecrets

FILE: Final = "online_retail_lines.csv.gz"
NOW: Final = datetime(2012, 1, 1, tzinfo=UTC)  # the same in all ways, so that even times of receipt are
STREAM_BATCH: Final = 100
WAYS: Final = {"POST /v1/batch, 20 in each": 20, "POST /v1/batch, 100 in each": 100, "POST /v1/imports, a file": 0}


@dataclass(frozen=True)
class Passage:
    """One way in. processor: seconds of it, of all threads. begun_mb: what the process held at its peak before, with
    the history itself. customers: to a hash of their facts. wrong: whom `rebuild --check` objects to."""

    way: str
    events: int
    seconds: float
    processor: float
    begun_mb: float
    peak_mb: float
    held_mb: float
    requests: int
    writes: Mapping[str, int]
    reads: float
    customers: Mapping[str, str]
    wrong: Sequence[str]


class Deployment:
    """The functions of app.py over tables in memory."""

    def __init__(self) -> None:
        import app

        self.app = app
        self.db, self.files = Tables(), MemoryFiles()
        ports = Ports(self.db, MemoryQueues(), MemorySecrets(), Mailbox(lambda: NOW), lambda: NOW, self.files)
        self.perennial = Perennial(deployed_settings(), ports)
        wiring.run(self.perennial)
        self.key = self.perennial.keys.create(KeyKind.SECRET, "history", [TRACK], NOW)
        self.events: list[Change] = []
        self.jobs: list[Change] = []
        self.db.take()

    def post(self, body: bytes) -> None:
        """One request, and the batches of the stream that are full."""
        answer = self.app.app(request("/v1/batch", body.decode(), self.key), None)
        if answer["statusCode"] != 200:
            raise RuntimeError(f"/v1/batch answered {answer['statusCode']}: {answer['body'][:300]}")
        self.follow()

    def bring(self, calls: bytes) -> Job:
        """One import of a file, slice by slice."""
        self.files.write("imports/history.jsonl", calls)
        asked = {
            "kind": "events",
            "format": "jsonl",
            "file": "imports/history.jsonl",
            "name": "history",
            "mapping": "events",
        }
        job = self.perennial.jobs.start(Job.new("imports", asked, "history", NOW))
        while True:
            self.follow()
            found = self.perennial.jobs.find(job.id)
            assert found is not None
            if found.status.over:
                return found
            changes, self.jobs = self.jobs, []
            self.perennial.work_jobs(as_lambda_gets_it(stream_event(changes, NOW)))

    def follow(self, *, all: bool = False) -> None:
        """Count what was stored, a full batch of the stream at a time; `all`: and what is left."""
        self._sort_out()
        while len(self.events) >= STREAM_BATCH or (self.events and all):
            batch, self.events = self.events[:STREAM_BATCH], self.events[STREAM_BATCH:]
            self.perennial.project_events(as_lambda_gets_it(stream_event(batch, NOW)))
            self._sort_out()

    def _sort_out(self) -> None:
        """What the streams carry to those who wait for it; journeys there are none."""
        changes = self.db.take()
        self.events += inserted(changes, resources.EVENTS)
        self.jobs += [change for change in changes if change.table == resources.WORK and change.new]

    def states(self) -> Iterator[State]:
        """Every customer."""
        for item in self.db.items(resources.CUSTOMERS):
            if item["sk"] == STATE:
                yield State.from_item(item)


def calls(path: Path) -> list[Call]:
    """The whole history, in order of time."""
    with gzip.open(path, "rt", newline="", encoding="utf-8") as text:
        return shop.calls(shop.read(text), refunds.match)


def sent(call: Call) -> load.Sent:
    """A call as a server's SDK writes it."""
    named: dict[str, Any] = {"event": call.name} if call.kind == "track" else {}
    body = {"traits" if call.kind == "identify" else "properties": shop.stamped(call, call.at)}
    person = {"userId": call.user_id} if call.user_id else {"anonymousId": call.anonymous_id}
    return {
        "type": call.kind,
        **named,
        **person,
        **body,
        "messageId": call.message_id("history"),
        "timestamp": times.text(call.at),
    }


def passage(way: str, path: Path) -> Passage:
    """Everything in by one way."""
    events = [sent(call) for call in calls(path)]
    deployment, size = Deployment(), WAYS[way]
    bodies = list(load.batches(events, size, NOW)) if size else [b"\n".join(load.compact(each) for each in events)]
    begun_mb, started, processor = _peak(), time.perf_counter(), time.process_time()
    if size:
        for body in bodies:
            deployment.post(body)
    else:
        job = deployment.bring(bodies[0])
        if job.status is not Status.DONE or (job.counts or {}).get("refused"):
            raise RuntimeError(f"the import is {job.status}: {job.counts} {job.problem}")
    deployment.follow(all=True)
    seconds, processor, peak = time.perf_counter() - started, time.process_time() - processor, _peak()
    written, read = Counter(deployment.db.written), deployment.db.read_units
    states = list(deployment.states())
    rebuilder, rules = Rebuilder(deployment.perennial.customers, EventLog(deployment.db)), deployment.perennial.rules()
    return Passage(
        way=way,
        events=len(events),
        seconds=seconds,
        processor=processor,
        begun_mb=begun_mb,
        peak_mb=peak,
        held_mb=deployment.db.size() / 1024**2,
        requests=len(bodies) if size else 0,
        writes=written,
        reads=read,
        customers={state.customer: hashlib.sha256(_facts(state)).hexdigest() for state in states},
        wrong=[state.customer for state in states if rebuilder.check(state.customer, rules, times.utcnow())],
    )


def _peak() -> float:
    """The most memory that this process has held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _facts(state: State) -> bytes:
    packed = pack(state.facts)
    return json.dumps([packed if isinstance(packed, str) else packed.hex(), state.stage]).encode()


def table(passages: Sequence[Passage]) -> str:
    """The figures, a row for each way."""
    rows = []
    for one in passages:
        writes = sum(one.writes.values())
        dollars = (writes * report.WRITE_DOLLARS + one.reads * report.READ_DOLLARS) / one.events
        rows.append(
            [
                one.way,
                f"{one.events:,}",
                f"{one.requests:,}",
                f"{one.seconds:.0f}",
                f"{one.processor:.0f}",
                f"{one.events / one.processor:,.0f}",
                f"{one.begun_mb:,.0f}",
                f"{one.peak_mb:,.0f}",
                f"{one.held_mb:,.0f}",
                f"{1000 * writes / one.events:,.0f}",
                f"{1000 * one.reads / one.events:,.0f}",
                f"{dollars:.2f}",
            ]
        )
    head = [
        "way in",
        "events",
        "requests",
        "seconds",
        "of processor",
        "events a second of it",
        "MB before",
        "MB at the peak",
        "MB of tables",
    ]
    return report.table([*head, "write units per 1,000", "read units per 1,000", "DynamoDB, $ per million"], rows)


def problems(passages: Sequence[Passage]) -> list[str]:
    """What is not as it should be, in words."""
    first, *others = passages
    found = [f"{one.way}: rebuild --check objects to {', '.join(one.wrong[:5])}" for one in passages if one.wrong]
    for one in others:
        differ = {
            who
            for who in first.customers.keys() | one.customers.keys()
            if first.customers.get(who) != one.customers.get(who)
        }
        if differ:
            found.append(f"{one.way}: {len(differ)} customers differ from {first.way}, among them {sorted(differ)[:5]}")
    return found


def main(directory: str | None) -> int:
    """The command."""
    path = Path(directory or ".") / FILE
    if not path.exists():
        print(f"There is no {FILE} in {directory or 'the directory that was named'}: nothing to measure.")
        return 0
    context = multiprocessing.get_context("spawn")
    passages = []
    for way in WAYS:
        with context.Pool(1) as pool:  # a process for each: peak memory is of a process
            passages.append(pool.apply(passage, (way, path)))
        print(f"{way}: {passages[-1].seconds:.0f} s", file=sys.stderr)
    print(table(passages))
    print(f"{len(passages[0].customers):,} customers.")
    found = problems(passages)
    for problem in found:
        print(problem, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else None))
