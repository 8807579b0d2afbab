"""What the scheduled review costs: by how many are due, and not by how many there are.

    python -m benchmarks.review

10,000 customers are stored, 100 of whom fall due, and then 100,000, of whom 1,000 do. A minute of the schedule is run
in both, over the wire: the tick with its 192 probes, the worker of the due index, and whoever follows what it changed.
Everybody bought once; whoever is due was Occasional and becomes Waiting. Requests to DynamoDB and SQS are counted, and
DynamoDB's units. The tick's probes are the same however many are due; they are in the sum, and shown apart.
"""

from __future__ import annotations

import multiprocessing
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from benchmarks import costs, report, stack
from benchmarks.costs import Bench
from benchmarks.targets import exit_status
from benchmarks.wire import Tally
from chalicelib import resources, settings, times, wiring
from chalicelib.aws.values import encode_item
from chalicelib.customers.fold import fold
from chalicelib.customers.state import State
from chalicelib.review.advance import Rules, advance
from chalicelib.tracking.event import Event

SIZES: Final = (10_000, 100_000)
DUE: Final = 100
"""One customer in so many."""
RATIO: Final = 1.1
"""Target: of units, and of requests, for each who is due, in the large base against the small one."""
_AT_ONCE: Final = 25  # what one batch write takes
_LONG: Final = timedelta(days=60)  # how long somebody with one order is Occasional


@dataclass(frozen=True)
class Review:
    """One minute. parts: tick, review, follow."""

    customers: int
    due: int
    parts: dict[str, Tally]
    seconds: float

    def each(self, figure: Callable[[Tally], float], *, without: str | None = None) -> float:
        """A figure of all parts, or all but one, for each who was due."""
        return sum(figure(part) for name, part in self.parts.items() if name != without) / self.due


def alone() -> list[Review]:
    """`measure` in a process and a local cloud of its own."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_started)


def _started() -> list[Review]:
    with costs.started() as bench:
        return measure(bench)


def measure(bench: Bench) -> list[Review]:
    """The minute at every size."""
    done, stored = [], 0
    for size in SIZES:
        _store(stored, size)
        done.append(_minute(bench, size, size // DUE))
        stored = size
    return done


def missed(reviews: Sequence[Review]) -> list[str]:
    """Ratios beyond the target."""
    small, large = reviews[0], reviews[-1]
    found = []
    for name, figure in _FIGURES.items():
        ratio = large.each(figure) / small.each(figure)
        if ratio > RATIO:
            found.append(f"{name} for each who is due: {ratio:.2f} times as many at {large.customers:,} customers")
    return found


def shown(reviews: Sequence[Review]) -> str:
    """The table of docs/BENCHMARKS.md."""
    rows = [
        [
            f"{one.customers:,}",
            f"{one.due:,}",
            *(f"{one.each(figure):.2f}" for figure in _FIGURES.values()),
            f"{one.each(_requests, without='tick'):.2f}",
            f"{_requests(one.parts['tick']):.0f}",
        ]
        for one in reviews
    ]
    small, large = reviews[0], reviews[-1]
    ratios = [large.each(figure) / small.each(figure) for figure in _FIGURES.values()]
    ratios.append(large.each(_requests, without="tick") / small.each(_requests, without="tick"))
    each = [f"{name}, for each due" for name in (*_FIGURES, "requests without the tick's")]
    head = ["customers", "due", *each, "the tick's requests"]
    return report.table(head, [*rows, ["ratio", "", *(f"{ratio:.2f}" for ratio in ratios), ""]])


def _requests(tally: Tally) -> float:
    return float(tally.requests.total())


_FIGURES: Final[dict[str, Callable[[Tally], float]]] = {
    "requests": _requests,
    "write units": lambda tally: float(tally.write_units),
    "read units": lambda tally: float(tally.read_units),
}


def _minute(bench: Bench, customers: int, due: int) -> Review:
    parts = {"tick": Tally(), "review": Tally(), "follow": Tally()}
    started = time.monotonic()
    with bench.meter.into(parts["tick"]):
        wiring.perennial().tick()
    with bench.meter.into(parts["review"]):
        bench.lambdas.work(resources.RECOMPUTE)
    with bench.meter.into(parts["follow"]):
        judged = bench.lambdas.follow()
    if judged != due:
        raise RuntimeError(f"{judged} of {due} who were due were judged")
    return Review(customers, due, parts, time.monotonic() - started)


def _store(first: int, last: int) -> None:
    """Customers `first` to `last`, behind the application's back: one in DUE falls due at this moment."""
    now = times.utcnow()
    late, early = _buyer(now - _LONG - timedelta(minutes=1)), _buyer(now - timedelta(days=10))
    due = set(range(first, first + last // DUE))
    table, client = settings.current().tables[resources.CUSTOMERS], stack.plain("dynamodb")

    def write(start: int) -> None:
        numbers = range(start, min(start + _AT_ONCE, last))
        items = [replace(late if n in due else early, customer=f"u#stored-{n:06d}").to_item() for n in numbers]
        requests = [{"PutRequest": {"Item": encode_item(item)}} for item in items]
        answer = client.batch_write_item(RequestItems={table: requests})
        if answer["UnprocessedItems"]:
            raise RuntimeError("the emulator did not take everything")

    with ThreadPoolExecutor(4) as pool:
        for _ in pool.map(write, range(first, last, _AT_ONCE)):
            pass


def _buyer(bought_at: datetime) -> State:
    """Somebody with one order, judged when it was made."""
    order = Event(
        message_id="stored-1",
        type="track",
        name="Order Completed",
        user_id="stored",
        timestamp=bought_at,
        at=bought_at,
        received_at=bought_at,
        source="segment",
        properties={"order_id": "S-1", "total": "25.00", "currency": "GBP"},
    )
    before = State("u#stored")
    rules = Rules(wiring.perennial().parameters)
    state = advance(before, [order], fold(before.facts, [order]), before.seen.add([order]), rules, bought_at)
    return replace(state, fx=())


def _lines(reviews: Sequence[Review]) -> Iterator[str]:
    yield shown(reviews)
    for one in reviews:
        yield f"{one.customers:,} customers: {one.seconds:.1f} s"


def main() -> int:
    """The command."""
    reviews = _started()
    print("\n".join(_lines(reviews)))
    return exit_status(missed(reviews))


if __name__ == "__main__":
    sys.exit(main())
