"""What a million events cost at AWS, gateway and functions included, from what was counted and what was timed. Pure.

List prices of us-east-1 on demand, without free tiers. A function that computes takes as long as its share of a
processor makes it: at 1,769 MB one, at M MB M / 1,769 of one; so a second of processor costs the same whatever the
memory. While it waits for DynamoDB it costs its memory.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from benchmarks.costs import Cost
from benchmarks.cpu import Cpu
from benchmarks.wire import Tally

TARGET: Final = 1.60  # dollars a million events, at batch 20, of up to 1 KB as sent, 5 events a person and batch


@dataclass(frozen=True)
class Assumptions:
    """Prices in US dollars, and what cannot be measured here.

    wait_ms:      of one request to DynamoDB, there and back.
    together:     requests that wait side by side: inserts of a batch, customers of a batch of the stream.
    framework_us: processor time of Chalice and of Lambda's runtime for one call of a function.
    slower:       how much slower one of Lambda's processors is than the one that was measured.
    records:      of a batch of the stream: it comes after a second or when there are 100.
    """

    request_m: float = 3.50
    write_unit_m: float = 0.625
    read_unit_m: float = 0.125
    gb_second: float = 0.0000166667
    call_m: float = 0.20
    memory_gb: float = 0.5
    whole_processor_gb: float = 1.769
    wait_ms: float = 5.0
    together: int = 8
    framework_us: float = 500.0
    slower: float = 1.5
    records: int = 20
    stream_reads: float = 0.0  # Lambda's reads of a stream are not charged


@dataclass(frozen=True)
class Bill:
    """Dollars a million events."""

    scenario: str
    gateway: float
    functions: float
    writes: float
    reads: float
    targeted: bool

    @property
    def total(self) -> float:
        """All of it."""
        return self.gateway + self.functions + self.writes + self.reads


def bill(cost: Cost, cpu: Cpu, a: Assumptions = Assumptions()) -> Bill:
    """What a scenario comes to, by a million events."""
    posts = cost.per_thousand(lambda tally: tally.service("api")) / 1000
    return Bill(
        scenario=cost.scenario,
        gateway=posts * a.request_m,
        functions=_functions(cost, cpu, posts, a),
        writes=cost.per_thousand(lambda tally: tally.write_units) / 1000 * a.write_unit_m,
        reads=cost.per_thousand(lambda tally: tally.read_units) / 1000 * a.read_unit_m + a.stream_reads,
        targeted=cost.targeted,
    )


def _functions(cost: Cost, cpu: Cpu, posts: float, a: Assumptions) -> float:
    calls = posts + 1 / a.records
    gets = _requests(cost, ("GetItem", "Query"))
    puts = _requests(cost, ("PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems"))
    micros = (cpu.ours + gets * cpu.get + puts * cpu.put + calls * a.framework_us) * a.slower
    computing = micros * a.whole_processor_gb  # GB-microseconds; GB-seconds for a million events
    waiting = (gets + puts) * a.wait_ms * 1000 / a.together * a.memory_gb
    return (computing + waiting) * a.gb_second + calls * a.call_m


def _requests(cost: Cost, operations: tuple[str, ...]) -> float:
    def of(tally: Tally) -> float:
        return sum(tally.requests[f"dynamodb.{name}"] for name in operations)

    return cost.per_thousand(of) / 1000


def assumptions(a: Assumptions = Assumptions()) -> str:
    """What the bill rests on, in one paragraph."""
    return (
        f"Assumed: ${a.request_m:.2f} a million requests at the gateway, ${a.write_unit_m} a million write units, "
        f"${a.read_unit_m} a million read units, ${a.gb_second * 1e6:.4f} a million GB-seconds and ${a.call_m:.2f} a "
        f"million calls of functions with {a.memory_gb * 1024:.0f} MB; a request to DynamoDB takes {a.wait_ms:g} ms, "
        f"{a.together} of them side by side; our own processor time and botocore's as in the table below, times "
        f"{a.slower:g} for Lambda's slower processors, and {a.framework_us:g} µs for each call of a function; "
        f"{a.records} records in a batch of the stream, whose reads by Lambda are not charged. Data transfer in is "
        "free; logs, reads of keys and cold starts are left out."
    )
