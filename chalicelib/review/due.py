"""What time alone brings: the tick that looks ahead, and the worker that judges customers at their moment.

**The tick**, once a minute, asks each shard of the three `due` indexes for its earliest date up to 75 seconds ahead
(a minute, and a margin for a tick that comes late) and sends one message for each shard that has one, delayed until
that date. A shard of customers goes to `recompute`, of enrolments to `walks`. A shard of sends goes to two sending
queues: the index holds keys only, so whether a row is transactional or marketing is seen where it is read, and each
worker passes over the rows of the other. What thousands get at once lies in shards of its own and goes to `bulk`, so
nobody walks past it on the way to a receipt.

**The worker** judges those who are due and sets their next date. What a message says is only where to look: a
message that is lost is sent again by the next tick, one that comes twice finds nothing due. There is no lease on a
shard or a customer. Two workers on one customer read the same version, and only one of them writes it; what either
would write depends on nothing but the facts and the time, and the ids of the effects on nothing but the version. A
loser leaves the customer to the winner.

Whoever stays due (a rebuild that fails) is set aside for an hour with the reason, and shows in the log.
"""

from __future__ import annotations

import logging
import math
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from chalicelib import times
from chalicelib.aws.queues import LONGEST_DELAY, Queues
from chalicelib.customers.accounts.share import ACCOUNT
from chalicelib.customers.store import Conflict, CustomerStore
from chalicelib.errors import Transient
from chalicelib.resources import (
    BULK,
    BULK_SHARDS,
    CUSTOMERS,
    DUE_SHARDS,
    ENROLMENTS,
    JOURNEYS,
    RECOMPUTE,
    SENDS,
    TRANSACTIONAL,
    WALKS,
)
from chalicelib.review.accounts import AccountReviewer
from chalicelib.review.advance import Rules, advance
from chalicelib.review.beside import Beside
from chalicelib.review.failure import why
from chalicelib.review.rebuild import Rebuilder
from chalicelib.review.rescore import rejudged
from chalicelib.review.seal import is_due
from chalicelib.review.store import DueIndex, EventLog
from chalicelib.review.survey import Survey
from chalicelib.segments.conditions import Changed

if TYPE_CHECKING:
    from chalicelib.customers.accounts.account import Account
    from chalicelib.customers.state import State

AHEAD: Final = timedelta(seconds=75)
ASIDE: Final = timedelta(hours=1)
WITHIN: Final = timedelta(seconds=4)  # ten messages come at once, and the function may run for a minute
SHARDS: Final = tuple(f"{number:02d}" for number in range(DUE_SHARDS))
OF_MANY: Final = tuple(f"b{number:02d}" for number in range(BULK_SHARDS))
LOOKS: Final[tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...]] = (
    (CUSTOMERS, SHARDS, (RECOMPUTE,)),
    (ENROLMENTS, SHARDS, (WALKS,)),
    (SENDS, SHARDS, (TRANSACTIONAL, JOURNEYS)),
    (SENDS, OF_MANY, (BULK,)),
)
"""Which shards of which table the tick looks into, and who is told."""

logger = logging.getLogger(__name__)

Report = Counter[str]
"""Of a tick: shards found due, by table. Of a review: due, judged, effects, rebuilt, sealed (events), accounts,
contended, aside."""


def tick(index: DueIndex, queues: Queues, now: datetime, *, workers: int = 16) -> Report:
    """Send a message for each shard of each table that has something due within 75 seconds. Transient if one fails:
    what was sent stays sent, and the next tick looks again."""
    until = now + AHEAD
    probes = [(table, shard, told) for table, shards, told in LOOKS for shard in shards]
    with ThreadPoolExecutor(workers) as pool:  # 208 questions of a few milliseconds each
        dates = list(pool.map(lambda probe: index.earliest(probe[0], probe[1], until), probes))
    found: Report = Counter()
    messages: defaultdict[tuple[str, int], list[dict[str, Any]]] = defaultdict(list)
    for (table, shard, told), date in zip(probes, dates, strict=True):
        if date is not None:
            found[table] += 1
            for queue in told:
                messages[queue, delay(now, date)].append(message(shard, until))
    for (queue, seconds), bodies in messages.items():
        queues.send(queue, bodies, delay=seconds)
    return found


def message(shard: str, until: datetime) -> dict[str, Any]:
    """The body that asks a worker to see to a shard up to a moment."""
    return {"shard": shard, "until": times.text(until)}


def delay(now: datetime, date: datetime) -> int:
    """Whole seconds from now until not before `date`, as far as a queue can hold a message back."""
    return min(LONGEST_DELAY, max(0, math.ceil((date - now).total_seconds())))


class Reviewer:
    """Judges customers whose date has come. `clock` says how far the time of one call has run."""

    def __init__(
        self,
        customers: CustomerStore,
        log: EventLog,
        index: DueIndex,
        queues: Queues,
        rules: Callable[[], Rules],
        clock: Callable[[], datetime],
        survey: Survey | None = None,
    ) -> None:
        self._customers = customers
        self._survey = survey or Survey(customers)
        self._index = index
        self._queues = queues
        self._rules = rules
        self._clock = clock
        self._rebuilder = Rebuilder(customers, log, self._survey)
        self._accounts = AccountReviewer(customers.accounts, customers)

    def review(self, body: Mapping[str, Any], *, within: timedelta = WITHIN) -> Report:
        """See to a shard for at most `within`; what is left then, or falls due before the tick looks again, gets a
        message of its own. KeyError or ValueError for a body that is none of the tick's."""
        shard, until = str(body["shard"]), times.parse(body["until"])
        started, rules = self._clock(), self._rules()
        report: Report = Counter()
        for customer in self._index.due(CUSTOMERS, shard, started):
            now = self._clock()
            if now - started >= within:
                self._queues.send(RECOMPUTE, [message(shard, until)])
                return report
            report += self._customer(customer, rules, now)
        following = self._index.next_after(CUSTOMERS, shard, started, until)
        if following is not None:
            self._queues.send(RECOMPUTE, [message(shard, until)], delay=delay(self._clock(), following))
        return report

    def _customer(self, customer: str, rules: Rules, now: datetime) -> Report:
        try:
            return Counter(due=1) + self._judge(customer, rules, now)
        except Conflict:
            return Counter(due=1, contended=1)
        except Transient:
            raise
        except Exception as error:  # noqa: BLE001 logged, and looked at again in an hour: the others are due too
            reason = why(error)
            logger.error("a customer could not be reviewed: %s", reason)
            if customer.startswith(ACCOUNT):
                self._customers.accounts.set_aside(customer.removeprefix(ACCOUNT), now + ASIDE)
            else:
                self._customers.set_aside(customer, f"failed: {reason}", now + ASIDE)
            return Counter(due=1, aside=1)

    def _judge(self, customer: str, rules: Rules, now: datetime) -> Report:
        if customer.startswith(ACCOUNT):
            tell = partial(self._tell_members, rules=rules, now=now)
            return Counter(accounts=self._accounts.review(customer, rules.parameters, now, tell))
        state = self._customers.load(customer)
        if state.due_at is None or state.due_at > now:
            return Counter()  # the index lags: somebody was faster
        if state.rebuild is not None or state.fold_v != rules.fold_v or is_due(state, rules.days_kept, now):
            rebuilt = self._rebuilder.rebuild(customer, rules, now, seal=True)
            return Counter(rebuilt=1, effects=rebuilt.effects, sealed=rebuilt.sealed)
        due = replace(state, due_at=None)
        after = self._survey.judge(
            state,
            rules,
            lambda rules, beside: advance(due, (), state.facts, state.seen, rules, now, beside=beside),
        )
        self._customers.save(after)
        return Counter(judged=1, effects=len(after.fx))

    def _tell_members(self, account: Account, members: Sequence[State], rules: Rules, now: datetime) -> None:
        """Judge those whose account has changed, if any live condition asks about accounts. Conflict if one of them was
        written meanwhile: the account stays due, and those who were judged are judged the same again."""
        if not rules.conditions.affected(Changed(account=True)):
            return
        from chalicelib.customers.accounts.account import as_rules_see
        from chalicelib.customers.prices import NO_PRICES

        seen = Beside(account=as_rules_see(account, rules.prices or NO_PRICES) if account.stage else {})
        for member in members:
            first = self._customers.accounts.of(member.facts)
            if first is not None and first.id != account.id:
                continue
            after = self._survey.judge(member, rules, partial(rejudged, member, now=now, of_account=True), seen)
            if after is not None:
                self._customers.save(after)
