"""What a refit of 50,000 customers takes: seconds, and memory at its peak.

    python -m benchmarks.refit

The job's whole path runs in a fresh process: reading in parts, unpacking, fitting, deciding, keeping. The table is made
up as it is read, page by page, so that what is measured is the function's memory and not the table's. The customers'
paces and their leaving are drawn by hashes; each has as many facts as such a customer has.
"""

from __future__ import annotations

import multiprocessing
import resource
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Final

from benchmarks import report
from benchmarks.targets import exit_status
from chalicelib.aws.database import Page
from chalicelib.customers.facts import Facts
from chalicelib.customers.fold import fold
from chalicelib.customers.state import State
from chalicelib.ids import fraction
from chalicelib.jobs.job import Status
from chalicelib.jobs.kind import Around
from chalicelib.jobs.lifecycle import weekly
from chalicelib.jobs.run import Runner
from chalicelib.jobs.store import JobStore
from chalicelib.lifecycle.store import FitStore
from chalicelib.tracking.event import Event
from tests.fakes.database import MemoryDatabase
from tests.fakes.files import MemoryFiles
from tests.fakes.queues import MemoryQueues
from tests.fakes.secrets import MemorySecrets

BUYERS: Final = 50_000
NOW: Final = datetime(2026, 11, 23, 3, 17, tzinfo=UTC)
MEGABYTES: Final = 200
"""Target: the most that reading and fitting may take beyond what the process held before."""
SECONDS: Final = 900
"""What Lambda gives."""
_KINDS: Final = 400  # different customers, each many times
_PAGE: Final = 250
_MB: Final = 1024


@dataclass(frozen=True)
class Refit:
    """One refit: of how many, how long, and how much memory beyond what was held before."""

    sampled: int
    seconds: float
    processor: float
    begun_mb: float
    peak_mb: float
    verdict: str

    @property
    def grown_mb(self) -> float:
        """What the refit itself needed."""
        return self.peak_mb - self.begun_mb


class MadeUp(MemoryDatabase):
    """A table of customers that is made up as it is read."""

    def __init__(self, customers: int) -> None:
        super().__init__()
        self._customers = customers

    def scan(self, table: str, *, segment: int = 0, segments: int = 1, start: Any = None, sk: Any = None) -> Page:
        first = int(start["sk"]) if start else segment
        numbers = range(first, self._customers, segments)[:_PAGE]
        items = [kinds()[number % _KINDS] | {"pk": f"u#{number}"} for number in numbers]
        following = first + len(numbers) * segments
        return Page(items, {"pk": "u#next", "sk": str(following)} if following < self._customers else None)


@cache
def kinds() -> list[dict[str, Any]]:
    """Items of customers who differ: states with facts, as they are stored."""
    made = []
    for number in range(_KINDS):
        facts = fold(Facts(), list(_orders(number)))
        state = State("u#", v=1, facts=facts, stage="occasional", stage_since=NOW)
        made.append(replace(state, rules_v=0).to_item())
    return made


def _orders(number: int) -> Iterator[Event]:
    """What one buyer did in two years, at a pace of his own until he left."""
    name = str(number)
    day, pace = 700 * fraction("first", name), 15 + 100 * fraction("pace", name)
    leaves, place = 0.1 + 0.4 * fraction("leaves", name), 0
    while day < 729:
        at = NOW - timedelta(days=730 - day)
        total = f"{10 + 90 * fraction('total', name, str(place)):.2f}"
        yield _event(at, f"{number}-{place}", "Order Completed", {"order_id": str(place), "total": total})
        yield _event(at - timedelta(hours=1), f"{number}-{place}-view", "Product Viewed", {"product_id": str(place)})
        if fraction("gone", name, str(place)) < leaves:
            return
        day += pace * (0.3 + 1.4 * fraction("wait", name, str(place)))
        place += 1


def _event(at: datetime, id: str, name: str, properties: dict[str, Any]) -> Event:
    said: dict[str, Any] = {"message_id": id, "type": "track", "name": name, "source": "segment", "user_id": "made-up"}
    return Event(**said, timestamp=at, at=at, received_at=at, properties=properties)


def alone() -> Refit:
    """`measure` in a process of its own: the peak of memory is of all that a process ever did."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(measure)


def measure(customers: int = BUYERS) -> Refit:
    """One refit, in this process."""
    db, alarms = MadeUp(customers), list[str]()
    kinds()
    job = JobStore(db).start(weekly(NOW))
    ports = MemoryFiles(), MemoryQueues(), MemorySecrets()
    runner = Runner(db, *ports, lambda: NOW, heavy=True, around=Around(alarm=alarms.append))
    begun, started, processor = _held(), time.monotonic(), time.process_time()
    runner.work({"sk": job.id, "v": 1})
    took, used = time.monotonic() - started, time.process_time() - processor
    done = JobStore(db).find(job.id)
    if done is None or done.status is not Status.DONE:
        raise RuntimeError(f"the refit is {done}")
    (record,) = FitStore(db).history(1)
    verdict = "adopted" if record.verdict.adopted else ", ".join(one.objection for one in record.verdict.reasons)
    return Refit((done.counts or {})["sampled"], took, used, begun, _held(), verdict)


def shown(refit: Refit) -> str:
    """The table of docs/BENCHMARKS.md."""
    head = ["a refit of", "seconds of processor", "MB beyond what was held before", "MB in all", "the fit"]
    row = [
        f"{refit.sampled:,}",
        f"{refit.processor:.1f}",
        f"{refit.grown_mb:.0f}",
        f"{refit.peak_mb:.0f}",
        refit.verdict,
    ]
    return report.table(head, [row])


def missed(refit: Refit) -> list[str]:
    """Targets that were missed."""
    found = [] if refit.grown_mb <= MEGABYTES else [f"a refit takes {refit.grown_mb:.0f} MB, and not {MEGABYTES}"]
    return found + ([] if refit.processor <= SECONDS / 3 else [f"a refit takes {refit.processor:.0f} s of processor"])


def _held() -> float:
    """Megabytes at the peak so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _MB


def main() -> int:
    """The command."""
    refit = measure()
    print(shown(refit))
    return exit_status(missed(refit))


if __name__ == "__main__":
    sys.exit(main())
