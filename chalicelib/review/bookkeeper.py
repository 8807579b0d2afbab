"""What one customer has of a batch is counted: the steps of the projector (project.py) from `sort` to `tidy`.

A customer whose events cannot be folded onto the facts is rebuilt at once if that is small work; otherwise those
events wait, marked for the due index, and the others (an unsubscribe, say) are counted.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from chalicelib.customers.fold import NeedsRebuild
from chalicelib.customers.links import known
from chalicelib.customers.profile import traits_in
from chalicelib.customers.state import State
from chalicelib.customers.store import Conflict, CustomerStore
from chalicelib.customers.trust import Links
from chalicelib.review.advance import Rules
from chalicelib.review.arrivals import Arrivals, Counted, count, sort, with_twins
from chalicelib.review.beside import Beside
from chalicelib.review.join import Joiner
from chalicelib.review.lots import Lot, said
from chalicelib.review.rebuild import Rebuilder, TooManyEvents
from chalicelib.review.renew import permission_changed
from chalicelib.review.store import EventLog, ParkedEvents, Unread
from chalicelib.review.survey import Survey
from chalicelib.tracking.event import Event, to_item
from chalicelib.tracking.tally import Tally

AT_ONCE: Final = 1_000  # events that the projector rebuilds from by itself: one or two pages
OLD: Final = "received before what could be told apart"
LATE: Final = "happened before what is forgotten"

logger = logging.getLogger(__name__)

Report = Counter[str]
"""What became of a batch: customers, records, passed (over: nothing is counted from them), folded, repeated, twins,
old, late, failed, rebuilt, merged, marked, effects, erased."""


class Bookkeeper:
    """Counts one lot after the other. tally: is told what was counted, and who was seen for the first time."""

    def __init__(
        self,
        customers: CustomerStore,
        log: EventLog,
        parked: ParkedEvents,
        joiner: Joiner,
        survey: Survey,
        tally: Tally | None = None,
    ) -> None:
        self._customers = customers
        self._log = log
        self._parked = parked
        self._joiner = joiner
        self._survey = survey
        self._rebuilder = Rebuilder(customers, log, survey)
        self._tally = tally

    def count(self, lot: Lot, rules: Rules, now: datetime) -> Report:
        """What became of a lot. Conflict if the customer was written by others meanwhile: to be counted anew."""
        if lot.needs_rebuild():
            try:
                return self._rebuild(
                    lot, sort(lot.events, lot.state.seen, lot.state.sealed, rules.vocabulary), rules, now
                )
            except TooManyEvents:  # the customer is marked
                lot = lot.without_waiting()
        state = lot.state
        arrivals = sort(lot.events, state.seen, state.sealed, rules.vocabulary)
        claimed = known.unknown(state.claims, said(arrivals.fresh))
        if claimed:
            touched = self._joiner.learn(claimed, now)
            if touched:
                return self._merged(lot, arrivals, touched, rules, now)
            state = replace(state, claims=known.add(state.claims, claimed))
        try:
            counted = self._counted(state, arrivals.fresh, lot.links, rules, now)
            self._keep_profile(state, counted, lot.links)
        except NeedsRebuild:
            try:
                return self._rebuild(lot, arrivals, rules, now)
            except TooManyEvents:
                counted = self._counted(state, arrivals.fresh, lot.links, rules, now, partly=True)
                self._keep_profile(state, counted, lot.links)
        counted = with_twins(state, counted, arrivals.twins)
        self._save(state, counted)
        if self._tally:
            self._tally.add(counted.counted, now, first=state.v == 0)
        marked = self._tidied(state.customer, lot, arrivals, counted, now)
        return _report(arrivals, counted, lot.unread, marked)

    def doubt(
        self, customer: str, items: Sequence[tuple[Mapping[str, Any], str]], reason: str, now: datetime
    ) -> Report:
        """Keep what could not be counted, each with its reason, and have the customer rebuilt."""
        for item, its_reason in items:
            self._parked.park(item, its_reason, now)
        self._customers.mark(customer, reason, now)
        return Counter()

    def _counted(
        self, state: State, fresh: Sequence[Event], links: Links, rules: Rules, now: datetime, *, partly: bool = False
    ) -> Counted:
        def judge(rules: Rules, beside: Beside) -> Counted:
            return count(state, fresh, rules, now, partly=partly, links=links, beside=beside)

        return self._survey.judge(state, rules, judge)

    def _merged(self, lot: Lot, arrivals: Arrivals, touched: Collection[str], rules: Rules, now: datetime) -> Report:
        """Rebuild the customers whose facts change because of what was claimed: those that are small at once, the
        others are marked. Conflict, to count anew, unless the events of this lot were counted by it."""
        report: Report | None = None
        for customer in sorted(touched):
            try:
                if customer == lot.state.customer:
                    report = self._rebuild(lot, arrivals, rules, now)
                else:
                    self._rebuilder.rebuild(customer, rules, now, most=AT_ONCE)
            except TooManyEvents:
                logger.info("a customer with many events is rebuilt later")
        if report is None:
            raise Conflict(lot.state.customer)
        return report + Counter(merged=len(touched))

    def _keep_profile(self, state: State, counted: Counted, links: Links) -> None:
        """Before the state: merging again changes nothing."""
        if any(event.type == "group" for event in counted.counted):
            self._customers.accounts.keep(state.customer, counted.counted)
        if any(map(traits_in, counted.counted)):
            profile = self._customers.profile(state.customer)
            merged = profile.merge(counted.counted, state.facts.known_at, links)
            if merged != profile:
                self._customers.save_profile(merged, before=profile)

    def _save(self, state: State, counted: Counted) -> None:
        for before, after in zip([state, *counted.states], counted.states, strict=False):
            self._customers.save(after, permission_changed=permission_changed(before, after))

    def _tidied(self, customer: str, lot: Lot, arrivals: Arrivals, counted: Counted, now: datetime) -> bool:
        """Delete twins, and park what could not be counted. Whether the customer was marked to be rebuilt."""
        self._log.delete(arrivals.twins)
        doubtful = [
            *((event.item, event.reason) for event in lot.unread),
            *((to_item(event), reason) for event, reason in counted.failed),
            *((to_item(event), OLD) for event in arrivals.old),
        ]
        if doubtful:
            self.doubt(customer, doubtful, doubtful[0][1], now)
        elif arrivals.late:
            self._customers.mark(customer, LATE, now)
        return bool(doubtful or arrivals.late)

    def _rebuild(self, lot: Lot, arrivals: Arrivals, rules: Rules, now: datetime) -> Report:
        """What a rebuild cannot read either is parked, but the customer needs no other rebuild for it."""
        unread = lot.unread
        rebuilt = self._rebuilder.rebuild(lot.state.customer, rules, now, most=AT_ONCE)
        for event in unread:
            self._parked.park(event.item, event.reason, now)
        if self._tally:
            self._tally.add(arrivals.fresh, now, first=lot.state.v == 0)
        folded = len(arrivals.fresh) + len(arrivals.old) + len(arrivals.late)
        return Counter(rebuilt=1, folded=folded, twins=rebuilt.twins, failed=len(unread), effects=rebuilt.effects)


def _report(arrivals: Arrivals, counted: Counted, unread: Sequence[Unread], marked: bool) -> Report:
    return Counter(
        folded=len(counted.counted),
        repeated=arrivals.repeated,
        twins=len(arrivals.twins),
        old=len(arrivals.old),
        late=len(arrivals.late),
        failed=len(counted.failed) + len(unread),
        marked=int(marked),
        effects=sum(len(state.fx) for state in counted.states),
    )
