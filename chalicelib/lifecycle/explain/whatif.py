"""What would change the stage, and until when: found by doing it and judging what it comes to. Pure.

Every act is events, folded into the facts and judged by the functions that fold and judge always. An answer holds for
a span: done at any moment from now until `before`, the act gives the same stage, and prevents the same change. For that
the moments are looked for at which an act would begin to mean something else (an order becomes a new buying occasion a
week after the last, a day begins at midnight, an order leaves the year, a stage changes); between two of them the
answer stays, or changes once, at a moment that bisection finds. The tests do the acts at random moments and compare.

Nothing is said where facts lie in the future (clocks that are wrong), or where only all stored events could tell.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Final, NamedTuple

from chalicelib.customers.facts import EPISODE, INTENT_SPAN, Facts, add_episodes
from chalicelib.customers.interests import Interests
from chalicelib.customers.rebuilding import NeedsRebuild
from chalicelib.customers.sessions import Sessions
from chalicelib.customers.tickets import Tickets
from chalicelib.customers.touches import Touches
from chalicelib.lifecycle.explain.acts import ACTS, ORDER, Act, Situation
from chalicelib.lifecycle.rules import Stage
from chalicelib.lifecycle.stage import Judgement, Parameters

LOOKED: Final = timedelta(days=366)
"""How far ahead is looked where the stage never changes by itself."""
_FARTHEST: Final = timedelta(days=3660)
_MILLISECOND: Final = timedelta(milliseconds=1)
_WORTH_SAYING: Final = timedelta(days=1)
"""An act that prevents something only in the last hours before it is no advice."""
_MOST_CHANGES: Final = 12  # nobody passes through more stages by time alone


@dataclass(frozen=True, slots=True)
class WhatIf:
    """What an act would do.

    stage, before:   in which stage it is right after the act, done at any moment from now until `before`. None: as far
                     as was looked, which is a year.
    prevents:        the stage of the next change, which does not come if the act is done at any moment from
                     `prevents_from` (None: from now) until `prevents_before`. None, all three, if nothing is prevented.
    lasts_until, then: done now and nothing after it, until when the stage lasts, and what follows; None for ever.
    """

    act: str
    stage: Stage
    before: datetime | None
    prevents: Stage | None = None
    prevents_from: datetime | None = None
    prevents_before: datetime | None = None
    lasts_until: datetime | None = None
    then: Stage | None = None


class _Outcome(NamedTuple):
    stage: Stage
    prevents: bool


def what_ifs(situation: Situation, now: datetime) -> list[WhatIf]:
    """Every act that would change the stage now, or prevent its next change, in the order of ACTS."""
    if _in_future(situation.facts, now):
        return []
    situation = replace(situation, facts=_bare(situation.facts))
    found: dict[str, WhatIf] = {}
    for name, act in ACTS.items():
        made = _Doing(situation, act, now).what_if(name) if act.can(situation) else None
        twin = found.get(act.like or "")
        if made is not None and (twin is None or replace(twin, act=name) != made):
            found[name] = made
    return [found[name] for name in ORDER if name in found]


class _Doing:
    """One act, done at one moment and another."""

    def __init__(self, situation: Situation, act: Act, now: datetime) -> None:
        self.situation, self.act, self.now = situation, act, now
        self.judged = situation.judge(situation.facts, now)
        self.end = min(self.judged.next_at, now + _FARTHEST) if self.judged.next_at else now + LOOKED
        self._known: dict[datetime, _Outcome] = {}

    def what_if(self, name: str) -> WhatIf | None:
        """What it would do, if it would do anything that can be told."""
        try:
            done, since, until = self.outcome(self.now), *self.prevention()
            if done.stage == self.judged.stage and until is None:
                return None
            after = self.done(self.now)[1]
            before = self.until(lambda outcome: outcome.stage == done.stage)
        except NeedsRebuild:
            return None
        prevents = self.judged.next_stage if until else None
        return WhatIf(name, done.stage, before, prevents, since, until, after.next_at, after.next_stage)

    def prevention(self) -> tuple[datetime | None, datetime | None]:
        """(from, until) when the act prevents the next change: from now, or else in the time that leads up to it."""
        if self.act.harms or self.judged.next_at is None:
            return None, None
        if self.outcome(self.now).prevents:
            return None, self.until(lambda outcome: outcome.prevents)
        later = self.end - _MILLISECOND
        if later <= self.now or not self.outcome(later).prevents:
            return None, None
        for bound in reversed([self.now, *self._bounds]):
            for earlier in (bound, bound - _MILLISECOND):
                if earlier >= self.now and not self.outcome(earlier).prevents:
                    since = self._turn(earlier, later, lambda outcome: not outcome.prevents)
                    return (since, self.end) if self.end - since >= _WORTH_SAYING else (None, None)
                later = min(later, earlier)
        return None, self.end

    def outcome(self, at: datetime) -> _Outcome:
        """What the act, done at `at`, comes to."""
        if at not in self._known:
            self._known[at] = self._outcome(at)
        return self._known[at]

    def done(self, at: datetime) -> tuple[Facts, Judgement]:
        """The facts after the act at `at`, and what is judged of them then."""
        facts = self.situation.with_events(self.act.events(self.situation, at))
        return facts, self.situation.judge(facts, at)

    def _outcome(self, at: datetime) -> _Outcome:
        facts, after = self.done(at)
        stage, otherwise = after.stage, self.judged
        if self.act.harms or otherwise.next_at is None:
            return _Outcome(stage, False)
        for _ in range(_MOST_CHANGES):
            if after.stage == otherwise.next_stage:
                return _Outcome(stage, False)
            if after.next_at is None or after.next_at > otherwise.next_at:
                return _Outcome(stage, True)
            after = self.situation.judge(facts, after.next_at)
        return _Outcome(stage, False)

    def until(self, holds: Callable[[_Outcome], bool]) -> datetime | None:
        """Until when what holds now of the outcome goes on to hold; None for as long as was looked."""
        start = self.now
        for bound in [*self._bounds, self.end]:
            last = bound - _MILLISECOND
            if last > start and not holds(self.outcome(last)):
                return self._turn(start, last, holds)
            if bound < self.end and not holds(self.outcome(bound)):
                return bound
            start = bound
        return self.end if self.judged.next_at else None

    def _turn(self, low: datetime, high: datetime, holds: Callable[[_Outcome], bool]) -> datetime:
        """The first millisecond at which it no longer holds: at `low` it does, at `high` it does not."""
        while high - low > _MILLISECOND:
            middle = low + (high - low) // (2 * _MILLISECOND) * _MILLISECOND
            if holds(self.outcome(middle)):
                low = middle
            else:
                high = middle
        return high

    @cached_property
    def _bounds(self) -> list[datetime]:
        """The moments, in their order, at which the act may begin to mean something else."""
        situation = self.situation
        facts, after = self.done(self.now)
        found = {
            *self._changes(situation.facts, self.judged),
            *self._changes(facts, after),
            *_order_bounds(situation.facts, situation.parameters),
            *_contract_bounds(situation.facts, situation.parameters),
            *_midnights(situation.facts, situation.parameters, self.now),
        }
        return sorted(at for at in found if self.now < at < self.end)

    def _changes(self, facts: Facts, judgement: Judgement) -> Iterator[datetime]:
        """The changes of stage that time brings to these facts."""
        for _ in range(_MOST_CHANGES):
            if judgement.next_at is None or judgement.next_at >= self.end:
                break
            yield judgement.next_at
            judgement = self.situation.judge(facts, judgement.next_at)


def _order_bounds(facts: Facts, parameters: Parameters) -> Iterator[datetime]:
    last = facts.last_order_at
    if last is None:
        return
    began = add_episodes(facts.earlier.episodes, facts.earlier.episode_at, (order.at for order in facts.counting))[1]
    spans = [timedelta(hours=parameters.aftermath_hours), timedelta(days=parameters.once_at_risk_days)]
    yield from (last + span for span in spans)
    if began is not None:
        yield began + EPISODE + _MILLISECOND
    for order in facts.orders:
        yield order.at + timedelta(days=parameters.year_days)
    if facts.earlier.last_at is not None:
        yield facts.earlier.last_at + timedelta(days=parameters.year_days)


def _contract_bounds(facts: Facts, parameters: Parameters) -> Iterator[datetime]:
    for _, contract in facts.subscriptions.contracts:
        if contract.paid_since:
            yield contract.paid_since + timedelta(days=parameters.contract_hero_days)
        for told in (contract.renews_at, contract.trial_end, contract.ends_at):
            if told:
                yield told[1]


def _bare(facts: Facts) -> Facts:
    """Without what no stage looks at, so that folding takes less time."""
    return replace(facts, sessions=Sessions(), touches=Touches(), interests=Interests(), tickets=Tickets())


def _midnights(facts: Facts, parameters: Parameters, now: datetime) -> Iterator[datetime]:
    """Those at which a day that counts today, in returning or in interest, may count no more, or a new one begin. Of
    buyers no days are looked at."""
    days = [*facts.active_days, *(day for day, _ in facts.intent)]
    if not days or facts.order_count:
        return
    left = max(days) - now.toordinal() + max(parameters.returning_span_days, INTENT_SPAN) + 2
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    yield from (midnight + timedelta(days=day) for day in range(1, left))


def _in_future(facts: Facts, now: datetime) -> bool:
    known = [facts.last_at, facts.identified_at, *(order.at for order in facts.orders)]
    last_days = [*facts.active_days[-1:], *(day for day, _ in facts.intent[-1:])]
    return any(at is not None and at > now for at in known) or any(day > now.toordinal() for day in last_days)
