"""The projector: stored events become facts, a stage and what must follow. Driven by the events table's stream.

    a batch of records
        without those from which nothing is counted (tracking/event.py: is_counted)
        read, and grouped by customer (lots.py)
        for each customer
            load      the state as it is now
            sort      new, counted already, twin of another key, too old to tell     (arrivals.py)
            claim     save what the new ones say of who belongs to whom; who merges by it is rebuilt    (join.py)
            count     fold the new ones, judge, say what must follow                 (arrivals.py, advance.py)
            save      one conditional write
            tidy      delete twins, park what could not be counted

Streams deliver at least once, in order for one item only, and now and then again after hours; two workers may hold
the same record at one moment. So nothing here depends on order, and everything may happen twice: what was counted is
in `seen`, written with the facts under the version that was read. Whoever loses that race reads again and finds the
events seen. Tidying comes after the save and is repeated by a replay, because a twin is known by what `seen` holds.

A customer whose events cannot be folded onto the facts is rebuilt, at once or later (bookkeeper.py). One failing
record, or one failing customer, holds nobody else up. Only what concerns everybody (a table that does not answer) is
raised, and then Lambda brings the batch again.
"""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace
from datetime import datetime
from functools import cached_property, partial
from typing import Any, TypeVar

from chalicelib.aws.streams import Record
from chalicelib.customers.erased import is_fresh, risen
from chalicelib.customers.state import Chain
from chalicelib.customers.store import Circle, Conflict, CustomerStore
from chalicelib.errors import Transient
from chalicelib.review.advance import Rules
from chalicelib.review.bookkeeper import Bookkeeper, Report
from chalicelib.review.failure import why
from chalicelib.review.join import Joiner
from chalicelib.review.lots import Items, lots
from chalicelib.review.rebuild import ATTEMPTS
from chalicelib.review.store import EventLog, ParkedEvents, concerns_facts, read
from chalicelib.review.survey import Survey
from chalicelib.tracking.event import Event
from chalicelib.tracking.tally import Tally

__all__ = ["Projector", "Report"]

logger = logging.getLogger(__name__)

_Given = TypeVar("_Given")
_Done = TypeVar("_Done")


class Projector:
    """Counts events. `rules` is asked once a batch. `workers`: how many customers at the same time.

    tally: is told what was counted, and who was seen for the first time.
    survey: reads what conditions ask for.
    passing: is handed what sources say of themselves, of which nothing is counted; it may be handed the same again.
    """

    def __init__(
        self,
        customers: CustomerStore,
        log: EventLog,
        parked: ParkedEvents,
        rules: Callable[[], Rules],
        *,
        workers: int = 8,
        tally: Tally | None = None,
        passing: Callable[[Sequence[Event]], object] | None = None,
        survey: Survey | None = None,
    ) -> None:
        self._customers = customers
        self._log = log
        self._rules = rules
        self._joiner = Joiner(customers)
        self._books = Bookkeeper(customers, log, parked, self._joiner, survey or Survey(customers), tally)
        self._workers = workers
        self._tally = tally
        self._passing = passing

    def project(self, records: Iterable[Record], now: datetime) -> Report:
        """Count a batch. Transient if any customer could not be written: the whole batch may come again."""
        grouped: defaultdict[str, list[Mapping[str, Any]]] = defaultdict(list)
        passed = list[Mapping[str, Any]]()
        for record in records:
            if concerns_facts(record.item):
                grouped[str(record.item["pk"])].append(record.item)
            else:
                passed.append(record.item)
        rules = self._rules()
        chains = dict(zip(grouped, self._side_by_side(self._chain, list(grouped)), strict=True))
        customers: defaultdict[str, list[str]] = defaultdict(list)
        for subject, chain in chains.items():
            customers[chain.root.customer if chain else subject].append(subject)
        counted = sum(map(len, grouped.values()))
        report: Report = Counter(customers=len(customers), records=counted + len(passed), passed=len(passed))

        def one(subjects: Sequence[str]) -> Report:
            known = {subject: chain for subject in subjects if (chain := chains[subject]) is not None}
            return self._customer({subject: grouped[subject] for subject in subjects}, known, rules, now)

        report = _together([report, *self._side_by_side(one, list(customers.values()))])
        self._pass_over(passed, now)
        return +report

    def _pass_over(self, items: Items, now: datetime) -> None:
        """They belong to nobody's facts; of what a source says of itself it is known how much there was."""
        if not items or not (self._tally or self._passing):
            return
        events = [event for event in map(read, items) if isinstance(event, Event) and event.of_source]
        if self._passing:
            self._passing(events)
        if self._tally:
            self._tally.add(events, now)

    def _side_by_side(self, work: Callable[[_Given], _Done], given: Sequence[_Given]) -> list[_Done]:
        if self._workers == 1 or len(given) <= 1:
            return [work(each) for each in given]
        working = [self._pool.submit(work, each) for each in given]
        wait(working)  # whatever fails: nothing may go on behind an answer, or Lambda freezes it in the middle
        return [done.result() for done in working]

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        """Kept: to start threads for every batch would cost more than some batches."""
        return ThreadPoolExecutor(self._workers, thread_name_prefix="count")

    def _chain(self, subject: str) -> Chain | None:
        """The subject's customer; None if it cannot be read, which comes up again where it holds up nobody else."""
        try:
            return self._customers.chain(subject)
        except (ValueError, KeyError, TypeError, Circle):
            return None

    def _customer(
        self, grouped: Mapping[str, Items], chains: Mapping[str, Chain], rules: Rules, now: datetime
    ) -> Report:
        """Count what a batch holds of one customer. `chains`: as read before; what is missing is read."""
        known = [chains] if len(chains) == len(grouped) else []

        def work() -> Report:
            fresh = known.pop() if known else {subject: self._opened(subject, now) for subject in grouped}
            kept, fresh, report = self._without_erased(grouped, fresh)
            return _together([report, *(self._books.count(lot, rules, now) for lot in lots(kept, fresh))])

        try:
            return self._again(work)
        except Transient:
            raise
        except Exception as error:  # noqa: BLE001 parked, marked and logged: one customer must not hold up the others
            reason = why(error)
            logger.error("events of one customer could not be counted: %s", reason)
            for subject, items in grouped.items():
                self._again(partial(self._books.doubt, subject, [(item, reason) for item in items], reason, now))
            return Counter(failed=sum(map(len, grouped.values())), marked=len(grouped))

    def _opened(self, subject: str, now: datetime) -> Chain:
        """The subject's customer; a circle that nobody has opened, because whoever made it died, is opened."""
        try:
            return self._customers.chain(subject)
        except Circle:
            self._joiner.settle(subject, now)
            return self._customers.chain(subject)

    def _without_erased(
        self, grouped: Mapping[str, Items], chains: Mapping[str, Chain]
    ) -> tuple[dict[str, Items], dict[str, Chain], Report]:
        """Without what belongs to somebody who was erased: it comes after the erasure, and is removed."""
        kept, fresh, late = dict(grouped), dict(chains), list[Event]()
        for subject, chain in chains.items():
            stone = self._customers.tombstone(subject) if is_fresh(chain.root) else None
            if stone is None:
                continue
            events = [event for event in map(read, grouped[subject]) if isinstance(event, Event)]
            gone = {event.key: event for event in events if stone.covers(event)}
            late += gone.values()
            kept[subject] = [item for item in grouped[subject] if item["sk"] not in gone]
            fresh[subject] = replace(chain, root=risen(chain.root, stone))
            if not kept[subject]:
                del kept[subject], fresh[subject]
        self._log.delete(late)
        return kept, fresh, Counter(erased=len(late))

    def _again(self, work: Callable[[], Report]) -> Report:
        for _ in range(ATTEMPTS):
            try:
                return work()
            except Conflict:
                continue
        raise Transient(f"a customer was written by others {ATTEMPTS} times in a row")


def _together(reports: Iterable[Report]) -> Report:
    total: Report = Counter()
    for each in reports:
        total.update(each)
    return total
