"""The projector: stored events become facts, a stage and what must follow. Driven by the events table's stream.

    a batch of records
        read, and grouped by customer
        for each customer
            load      the state as it is now
            sort      new, counted already, twin of another key, too old to tell     (arrivals.py)
            count     fold the new ones, judge, say what must follow                 (arrivals.py, advance.py)
            save      one conditional write
            tidy      delete twins, park what could not be counted

Streams deliver at least once, in order for one item only, and now and then again after hours; two workers may hold
the same record at one moment. So nothing here depends on order, and everything may happen twice: what was counted is
in `seen`, written with the facts under the version that was read. Whoever loses that race reads again and finds the
events seen. Tidying comes after the save and is repeated by a replay, because a twin is known by what `seen` holds.

A customer whose events cannot be folded onto the facts is rebuilt at once if that is small work; otherwise those
events wait, marked for the due index, and the others (an unsubscribe, say) are counted. One failing record, or one
failing customer, holds nobody else up. Only what concerns everybody (a table that does not answer) is raised, and
then Lambda brings the batch again.
"""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any, Final

from chalicelib.aws.streams import Record
from chalicelib.customers.fold import NeedsRebuild
from chalicelib.customers.state import State
from chalicelib.customers.store import Conflict, CustomerStore
from chalicelib.errors import Transient
from chalicelib.review.advance import Rules
from chalicelib.review.arrivals import Arrivals, Counted, count, sort, with_twins
from chalicelib.review.failure import why
from chalicelib.review.rebuild import ATTEMPTS, Rebuilder, TooManyEvents, permission_changed
from chalicelib.review.store import EventLog, ParkedEvents, Unread, read
from chalicelib.tracking.event import Event, to_item
from chalicelib.tracking.tally import Tally

AT_ONCE: Final = 1_000  # events that the projector rebuilds from by itself: one or two pages
OLD: Final = "received before what could be told apart"

logger = logging.getLogger(__name__)

Report = Counter[str]
"""What became of a batch: customers, records, folded, repeated, twins, old, failed, rebuilt, marked, effects."""


class Projector:
    """Counts events. `rules` is asked once a batch. `workers`: how many customers at the same time.

    tally: is told what was counted, and who was seen for the first time.
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
    ) -> None:
        self._customers = customers
        self._log = log
        self._parked = parked
        self._rules = rules
        self._rebuilder = Rebuilder(customers, log)
        self._workers = workers
        self._tally = tally

    def project(self, records: Iterable[Record], now: datetime) -> Report:
        """Count a batch. Transient if any customer could not be written: the whole batch may come again."""
        grouped: defaultdict[str, list[Mapping[str, Any]]] = defaultdict(list)
        for record in records:
            grouped[str(record.item["pk"])].append(record.item)
        rules = self._rules()
        report: Report = Counter(customers=len(grouped), records=sum(map(len, grouped.values())))
        if self._workers == 1 or len(grouped) == 1:
            done = [self._customer(customer, items, rules, now) for customer, items in grouped.items()]
        else:
            with ThreadPoolExecutor(min(self._workers, max(1, len(grouped)))) as pool:
                done = list(pool.map(lambda of: self._customer(of[0], of[1], rules, now), grouped.items()))
        return +sum(done, report)

    def _customer(self, customer: str, items: Sequence[Mapping[str, Any]], rules: Rules, now: datetime) -> Report:
        try:
            held = [read(item) for item in items]
            events = [event for event in held if not isinstance(event, Unread)]
            unread = [event for event in held if isinstance(event, Unread)]
            return self._again(lambda: self._count(customer, events, unread, rules, now))
        except Transient:
            raise
        except Exception as error:  # noqa: BLE001 parked, marked and logged: one customer must not hold up the others
            reason = why(error)
            logger.error("events of one customer could not be counted: %s", reason)
            self._again(lambda: self._doubt(customer, [(item, reason) for item in items], reason, now))
            return Counter(failed=len(items), marked=1)

    def _count(
        self, customer: str, events: Sequence[Event], unread: Sequence[Unread], rules: Rules, now: datetime
    ) -> Report:
        state = self._customers.load(customer)
        arrivals = sort(events, state.seen)
        try:
            counted = count(state, arrivals.fresh, rules, now)
            self._keep_profile(state, counted)
        except NeedsRebuild:
            try:
                return self._rebuild(customer, arrivals, unread, rules, now)
            except TooManyEvents:
                counted = count(state, arrivals.fresh, rules, now, partly=True)
                self._keep_profile(state, counted)
        counted = with_twins(state, counted, arrivals.twins)
        self._save(state, counted)
        if self._tally:
            self._tally.add(counted.counted, now, first=state.v == 0)
        self._log.delete(arrivals.twins)
        doubtful = [
            *((event.item, event.reason) for event in unread),
            *((to_item(event), reason) for event, reason in counted.failed),
            *((to_item(event), OLD) for event in arrivals.old),
        ]
        if doubtful:
            self._doubt(customer, doubtful, doubtful[0][1], now)
        return _report(arrivals, counted, unread, bool(doubtful))

    def _keep_profile(self, state: State, counted: Counted) -> None:
        """Before the state: merging again changes nothing."""
        if any(event.type == "identify" for event in counted.counted):
            profile = self._customers.profile(state.customer)
            merged = profile.merge(counted.counted, state.facts.known_at)
            if merged != profile:
                self._customers.save_profile(merged)

    def _save(self, state: State, counted: Counted) -> None:
        for before, after in zip([state, *counted.states], counted.states, strict=False):
            self._customers.save(after, permission_changed=permission_changed(before, after))

    def _rebuild(
        self, customer: str, arrivals: Arrivals, unread: Sequence[Unread], rules: Rules, now: datetime
    ) -> Report:
        """What a rebuild cannot read either is parked, but the customer needs no other rebuild for it."""
        rebuilt = self._rebuilder.rebuild(customer, rules, now, most=AT_ONCE)
        for event in unread:
            self._parked.park(event.item, event.reason, now)
        if self._tally:
            self._tally.add(arrivals.fresh, now)
        folded = len(arrivals.fresh) + len(arrivals.old)
        return Counter(rebuilt=1, folded=folded, twins=rebuilt.twins, failed=len(unread), effects=rebuilt.effects)

    def _doubt(
        self, customer: str, items: Sequence[tuple[Mapping[str, Any], str]], reason: str, now: datetime
    ) -> Report:
        """Keep what could not be counted, each with its reason, and have the customer rebuilt."""
        for item, its_reason in items:
            self._parked.park(item, its_reason, now)
        self._customers.mark(customer, reason, now)
        return Counter()

    def _again(self, work: Callable[[], Report]) -> Report:
        for _ in range(ATTEMPTS):
            try:
                return work()
            except Conflict:
                continue
        raise Transient(f"a customer was written by others {ATTEMPTS} times in a row")


def _report(arrivals: Arrivals, counted: Counted, unread: Sequence[Unread], marked: bool) -> Report:
    return Counter(
        folded=len(counted.counted),
        repeated=arrivals.repeated,
        twins=len(arrivals.twins),
        old=len(arrivals.old),
        failed=len(counted.failed) + len(unread),
        marked=int(marked),
        effects=sum(len(state.fx) for state in counted.states),
    )
