"""What one message costs, from its row in the ledger to SES's request: requests, units, dollars, processor time, pace.

    python -m benchmarks.messages

The whole application over tables in memory that are priced by DynamoDB's rules. People subscribe and say who they are,
and a welcome is planned for each; then the sender gets them in tens, as from its queue, with warm containers. Processor
time is held against a floor: the same words rendered by Liquid alone, and the same request as JSON. The pace is one
worker's, against the local double of SES over HTTP. Ends with status 1 if a target is missed.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Final

import boto3
from botocore.config import Config

from benchmarks.fivemails import PRICES, QUEUE_M, Metered
from benchmarks.money import Assumptions
from benchmarks.targets import exit_status
from chalicelib import resources, times
from chalicelib.aws.mail import SesMailer
from chalicelib.messages import compiled, liquid
from tests.fakes.platforms import Fakes
from tests.fakes.stream import MemoryStream
from tests.fakes.world import World, running

TARGET: Final = 0.012  # dollars per 1,000, of the tables: ledger, permit and claim
PEOPLE: Final = 200
ROUNDS: Final = 5
BATCH: Final = 10  # messages of a queue that a function is handed at once
_ROOT: Final = Path(__file__).parent.parent
_WARM: Final = 20


@dataclass(frozen=True)
class Units:
    """What a part came to, by message: write and read units by table, and requests."""

    writes: Mapping[str, float]
    reads: Mapping[str, float]
    requests: float

    def dollars(self, a: Assumptions = PRICES) -> float:
        """Of the tables, for 1,000 messages."""
        return (sum(self.writes.values()) * a.write_unit_m + sum(self.reads.values()) * a.read_unit_m) / 1000


@dataclass(frozen=True)
class Messages:
    """planned: the ledger's rows as they are decided. sent: from the row to SES. reported: what SES says of sending and
    delivery, taken and counted. ours, floor: microseconds of processor time by message. pace: messages a second."""

    planned: Units
    sent: Units
    reported: Units
    ours: float
    floor: float
    pace: float

    @property
    def tables(self) -> float:
        """Dollars for 1,000 messages: ledger, permit and claim."""
        return self.planned.dollars() + self.sent.dollars()

    @property
    def functions(self) -> float:
        """Dollars for 1,000 messages: computing, waiting for tables and SES, calls, and their queue."""
        a = PRICES
        waiting = (self.sent.requests + 4) * a.wait_ms / 1000 * a.memory_gb  # SES takes some 20 ms
        computing = (self.ours / 1e6 + a.framework_us / 1e6 / BATCH) * a.slower * a.whole_processor_gb
        return (waiting + computing) * a.gb_second * 1000 + (a.call_m + 3 * QUEUE_M) / BATCH / 1000


class Deployment(Fakes):
    """Everything in memory, the tables metered; mail goes to a mailbox in memory, or to `mailer`."""

    def __init__(self, world: World, mailer: Any = None) -> None:
        super().__init__(lambda: world.now)
        self.db = self.metered = Metered()
        self.stream = MemoryStream(self.db)
        self.mailer = mailer

    def ports(self) -> Any:
        """With the mailer, if there is one."""
        ports = super().ports()
        ports.mailer = self.mailer or ports.mailer
        return ports

    @contextmanager
    def counted(self) -> Iterator[Callable[[int], Units]]:
        """Count what the tables are asked inside; what is yielded says it by message."""
        meter = self.metered
        meter.writes, meter.reads, meter.requests = Counter(), Counter(), Counter()
        meter.on = True
        try:
            yield lambda count: Units(
                {table: n / count for table, n in meter.writes.items()},
                {table: n / 2 / count for table, n in meter.reads.items()},
                meter.requests.total() / count,
            )
        finally:
            meter.on = False


@contextmanager
def deployed(mailer: Any = None) -> Iterator[tuple[World, Deployment]]:
    """A deployment with the welcome in force, whose containers are warm."""
    world = World()
    platform = Deployment(world, mailer)
    with running(world, platform):
        world.publish("welcome")
        arrive(world, "warm", _WARM)
        world.settle()
        yield world, platform


def arrive(world: World, kind: str, count: int) -> None:
    """So many people subscribe and say who they are."""
    said: list[dict[str, Any]] = []
    for number in range(count):
        who = {"userId": f"{kind}-{number:05d}", "timestamp": times.text(world.now)}
        subscribed = {"type": "track", "event": "Subscribed", "properties": {"channel": "email"}}
        known = {"type": "identify", "traits": {"email": f"{kind}-{number:05d}@people.example", "firstName": "Ada"}}
        said += [{**who, **each, "messageId": f"{kind}-{number}-{at}"} for at, each in enumerate((subscribed, known))]
    for first in range(0, len(said), 100):
        answer = world.post("/v1/batch", {"batch": said[first : first + 100]})
        assert answer.status == 200, answer.text


def counts(people: int = PEOPLE) -> tuple[Units, Units, Units]:
    """Planned, sent, reported."""
    with deployed() as (world, platform):
        arrive(world, "reader", people)
        with platform.counted() as planned:
            while world.drain_streams():
                pass
        plan = planned(people)
        ledger = Units({resources.SENDS: plan.writes[resources.SENDS]}, {}, 0)
        left = len(platform.mailbox.mails)
        with platform.counted() as sent:
            world.drain_queues(["send_journeys"])
        mails = platform.mailbox.mails[left:]
        assert len(mails) == people, f"{len(mails)} of {people} left"
        told = sent(people)
        for mail in mails:
            world.report(mail, "Send")
            world.report(mail, "Delivery")
        with platform.counted() as reported:
            world.settle()
        return ledger, told, reported(people)


def processor() -> tuple[float, float]:
    """Ours and the floor, in microseconds by message: medians of rounds that are measured one beside the other."""
    ours: list[float] = []
    floors: list[float] = []
    with deployed() as (world, platform):
        templates = world.containers["send_journeys"].templates
        for round in range(ROUNDS):
            arrive(world, f"round-{round}", PEOPLE)
            while world.drain_streams():
                pass
            left = len(platform.mailbox.mails)
            ours.append(_timed(lambda: world.drain_queues(["send_journeys"])))
            mails = platform.mailbox.mails[left:]
            assert len(mails) == PEOPLE
            template = templates.template(mails[0].tags["template"], None)
            assert template is not None
            parts, request = compiled.of(template).wordings["en"].parts, mails[0].request
            floors.append(_timed(lambda: [_floor(parts, request) for _ in range(PEOPLE)]))  # noqa: B023  called at once
    ratio = median(one / other for one, other in zip(ours, floors, strict=True))
    floor = median(floors) / PEOPLE * 1e6
    return ratio * floor, floor


_DATA: Final = {
    "customer": {"first_name": "Ada", "email": "ada@people.example"},
    "links": {"unsubscribe": "https://shop.example/u/abc", "preferences": "https://shop.example/p/abc"},
    "postal_address": "1 High Street, Bath",
    "brand": {"name": "Shop", "url": "https://shop.example"},
}


def _floor(parts: Mapping[str, str], request: Mapping[str, Any]) -> str:
    """What nobody is spared: Liquid, and the request's JSON."""
    for part, source in parts.items():
        liquid.parsed(source, part == "html").render(**_DATA)
    return json.dumps(request)


def _timed(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def pace() -> float:
    """Messages a second that one worker sends to the local double of SES."""
    with _double() as endpoint:
        config = Config(retries={"total_max_attempts": 1, "mode": "standard"})
        session = boto3.Session("test", "test", region_name="us-east-1")
        client = session.client("sesv2", endpoint_url=endpoint, config=config)
        client.create_email_identity(EmailIdentity="shop.example")
        with deployed(SesMailer(client)) as (world, _):
            arrive(world, "reader", PEOPLE)
            while world.drain_streams():
                pass
            began = time.monotonic()
            world.drain_queues(["send_journeys"])
            taken = time.monotonic() - began
        with urllib.request.urlopen(f"{endpoint}/_mailbox/messages?brief=1&limit=1", timeout=10) as answer:
            count = json.load(answer)["count"]
    assert count == PEOPLE + _WARM, f"{count} mails are in the mailbox"
    return PEOPLE / taken


@contextmanager
def _double() -> Iterator[str]:
    """The mailbox, by itself, without a limit; it leads nowhere."""
    with tempfile.TemporaryDirectory() as home, socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
        probe.close()
        command = [sys.executable, "-m", "infra.local.mailbox", "--port", str(port), "--file", f"{home}/mail.sqlite"]
        command += ["--aws", "http://127.0.0.1:9", "--region", "us-east-1"]
        started = subprocess.Popen(command, cwd=_ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        endpoint = f"http://127.0.0.1:{port}"
        try:
            _answers(f"{endpoint}/_mailbox/health", started)
            settings = json.dumps({"rate": 0.0, "publish": False}).encode()
            headers = {"Content-Type": "application/json"}
            asked = urllib.request.Request(f"{endpoint}/_mailbox/settings", settings, headers, method="PUT")
            urllib.request.urlopen(asked, timeout=10).close()
            yield endpoint
        finally:
            started.terminate()
            started.wait(timeout=20)


def _answers(url: str, process: subprocess.Popen[bytes], seconds: float = 30) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until and process.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=2).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"nothing answers at {url}")


def measure() -> Messages:
    """All of it."""
    planned, sent, reported = counts()
    ours, floor = processor()
    return Messages(planned, sent, reported, ours, floor, pace())


def shown(found: Messages) -> str:
    """As tables of docs/BENCHMARKS.md."""
    parts = (("planned: the ledger's row", found.planned), ("sent: permission, claim, mark", found.sent))
    rows = [_row(name, units) for name, units in parts]
    together = f"| **together** (target: at most ${TARGET}) | | | | **{found.tables:.4f}** |"
    apart = _row("apart: SES's reports of sending and delivery, as events, counted", found.reported)
    ratio = found.ours / found.floor
    return "\n".join(
        [
            "| per 1,000 messages, from the ledger's row to SES | requests | write units | read units | $ |",
            "|---|---:|---:|---:|---:|",
            *rows,
            together,
            apart,
            f"| apart: functions and their queue | | | | {found.functions:.4f} |",
            "",
            "| processor time per message | µs | times the floor |",
            "|---|---:|---:|",
            f"| Liquid alone, and the request's JSON (the floor) | {found.floor:.0f} | 1.0 |",
            f"| from the queue to SES's request, tables in memory included | {found.ours:.0f} | {ratio:.1f} |",
            "",
            f"One worker sends {found.pace:.0f} messages a second to the local double of SES.",
            "",
        ]
    )


def _row(name: str, units: Units) -> str:
    def whole(value: float) -> str:
        return f"{1000 * value:,.0f}"

    writes, reads = sum(units.writes.values()), sum(units.reads.values())
    return f"| {name} | {whole(units.requests)} | {whole(writes)} | {whole(reads)} | {units.dollars():.4f} |"


def missed(found: Messages) -> list[str]:
    """The target, if it is missed."""
    if found.tables <= TARGET:
        return []
    return [f"ledger, permit and claim of 1,000 messages cost ${found.tables:.4f}, more than ${TARGET}"]


def main() -> int:
    """Measure and print; the exit status."""
    found = measure()
    print(shown(found))
    return exit_status(missed(found))


if __name__ == "__main__":
    raise SystemExit(main())
