"""What 0 and 200 live segments add to counting an event: rules asked, requests, units and processor time.

    python -m benchmarks.segments

A hundred known people make a visit of five events, one after the other and not in one batch, so that nothing is grouped
by luck. Of the 200 segments most speak of events and traits that a visit does not touch, as a marketer's do. Units are
reckoned from the sizes of the items by DynamoDB's rules (units.py), indexes included. Ends with status 1 if a target is
missed.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from benchmarks import load, report
from benchmarks.fivemails import Metered
from benchmarks.targets import exit_status
from chalicelib import resources, times
from chalicelib.aws.database import Item, Put, When
from chalicelib.aws.streams import new_images
from chalicelib.customers.store import CustomerStore
from chalicelib.lifecycle.stage import DEFAULT
from chalicelib.review import memberships
from chalicelib.review.advance import Rules
from chalicelib.review.project import Projector
from chalicelib.review.roll import Roll
from chalicelib.review.store import EventLog, ParkedEvents
from chalicelib.review.survey import Survey
from chalicelib.segments.conditions.store import ConditionStore
from chalicelib.segments.store import HistoryStore
from chalicelib.tracking import pipeline
from chalicelib.tracking.event import Event
from chalicelib.tracking.reading import Arrival, Calls
from chalicelib.tracking.store import EventStore
from tests.fakes.database import MemoryDatabase

PEOPLE: Final = 100
SEGMENTS: Final = 200
MOST_ASKED: Final = 20
"""Target: rules asked for an event with 200 live segments."""


@dataclass(frozen=True)
class Counted:
    """Of one event, on average. asked: rules. Units: of DynamoDB. microseconds: of the projector over the fake."""

    live: int
    asked: float
    requests: float
    writes: float
    reads: float
    microseconds: float


class _Tables(Metered):
    """The same meter; the fake's single writes are transactions of one, and are to be charged as what they are."""

    def put(self, table: str, item: Item, *, when: When | None = None) -> None:
        before = self.get_unmetered(table, item)
        MemoryDatabase.transact(self, [Put(table, item, when)])
        self._wrote(table, before, item, transaction=False)
        self._asked(table, "put")

    def get_unmetered(self, table: str, item: Item) -> Item | None:
        """What stands where an item is about to be put."""
        return MemoryDatabase.get(self, table, item["pk"], item["sk"])


class _Asked(Roll):
    total = 0

    def _answer(self, *given: Any) -> bool:
        _Asked.total += 1
        return super()._answer(*given)


def segments() -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Two hundred: of events that a shop has, of traits, of facts, of stages, and of each other."""
    for number in range(120):
        yield f"did-{number}", {"event": f"Action {number}", "within": f"P{number % 28 + 2}D"}
    for number in range(40):
        yield f"is-{number}", {"all": [{"trait": f"trait-{number}", "exists": True}, {"stage": ["repeat", "hero"]}]}
    for number in range(20):
        yield f"orders-{number}", {"fact": "order_count", "at_least": number + 1}
    yield "viewed", {"event": "Product Viewed", "within": "P7D", "count": {"at_least": 3}}
    yield "bought-lately", {"event": "Order Completed", "within": "P30D"}
    yield "quiet", {"not": {"event": "Product Viewed", "within": "P30D"}}
    yield "spent", {"event": "Order Completed", "where": [{"property": "total", "at_least": 10}], "within": "P90D"}
    for number in range(16):
        yield f"both-{number}", {"all": [{"segment": f"orders-{number}"}, {"segment": f"did-{number}"}]}


def measure(now: datetime | None = None) -> list[Counted]:
    """Without any segment, and with all of them."""
    now = now or times.utcnow()
    return [_count(live, now) for live in (0, SEGMENTS)]


def _count(live: int, now: datetime) -> Counted:
    db = _Tables()
    conditions = ConditionStore(db, lambda: now)
    for name, rule in list(segments())[:live]:
        conditions.register(f"segment/{name}", {f"segment/{name}": rule})
    customers, log = CustomerStore(db), EventLog(db)
    rules = Rules(DEFAULT, conditions=conditions.live())
    survey = Survey(customers, HistoryStore(db).read, lambda v: conditions.live(at_least=v))
    projector = Projector(customers, log, ParkedEvents(db), lambda: rules, workers=1, survey=survey)
    for before in (timedelta(days=20), timedelta(days=3)):
        for person in range(PEOPLE):
            _take_in(db, projector, _visit(person, now - before), now - before)
    batches = [[event] for person in range(PEOPLE) for event in _visit(person, now)]
    setattr(memberships, "Roll", _Asked)  # noqa: B010 a count that only a benchmark wants
    _Asked.total, seconds = 0, 0.0
    for batch in batches:
        seconds += _take_in(db, projector, batch, now, metered=True)
    setattr(memberships, "Roll", Roll)  # noqa: B010
    many, asked = len(batches), _Asked.total
    writes = sum(number for table, number in db.writes.items() if table != resources.EVENTS)
    reads, requests = sum(db.reads.values()), sum(db.requests.values())
    return Counted(live, asked / many, requests / many, writes / many, reads / many / 2, seconds / many * 1e6)


def _take_in(db: Metered, projector: Projector, events: list[Event], now: datetime, *, metered: bool = False) -> float:
    before = len(db.changes)
    EventStore(db).store(events)
    records = new_images(db.stream(resources.EVENTS, before))
    db.on, started = metered, time.process_time()
    projector.project(records, now)
    db.on = False
    return time.process_time() - started


def _visit(person: int, at: datetime) -> list[Event]:
    sent = load.visit(f"person-{person}", at - timedelta(minutes=5))
    return list(pipeline.read(Calls(sent, sent_at=at), Arrival("segment", "bench", at, 1_000)).events)


def shown(counted: list[Counted]) -> str:
    """The table of docs/BENCHMARKS.md."""
    rows = [
        [
            f"{one.live}",
            f"{one.asked:.2f}",
            f"{one.requests:.2f}",
            f"{one.writes:.2f}",
            f"{one.reads:.2f}",
            f"{one.microseconds:.0f}",
        ]
        for one in counted
    ]
    head = ["live segments; an event, counted alone", "rules asked", "requests", "write units", "read units", "µs"]
    return report.table(head, rows)


def missed(counted: list[Counted]) -> list[str]:
    """Targets that were missed."""
    asked = max(one.asked for one in counted)
    return [] if asked <= MOST_ASKED else [f"{asked:.0f} rules asked for an event, and not {MOST_ASKED}"]


def main() -> int:
    """The command."""
    counted = measure()
    print(shown(counted))
    return exit_status(missed(counted))


if __name__ == "__main__":
    sys.exit(main())
