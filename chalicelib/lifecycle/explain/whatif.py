"""What would change the stage, and until when: found by doing it and judging what it comes to. Pure.

Every act is events, folded into the facts and judged by the functions that fold and judge always. An answer holds for
a span: done at any moment from now until `before`, the act gives the same stage, and prevents the same change. For that
the moments are looked for at which an act would begin to mean something else (an order becomes a new buying occasion a
week after the last, a day begins at midnight, an order leaves the year, a stage changes); between two of them the
answer stays, or changes once, at a moment that bisection finds. The tests do the acts at random moments and compare.

Nothing is said where facts lie in the future (clocks that are wrong), or where only all stored events could tell.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from chalicelib.customers.facts import EPISODE, INTENT_SPAN, Facts, add_episodes
from chalicelib.customers.fold import fold
from chalicelib.customers.interests import Interests
from chalicelib.customers.rebuilding import NeedsRebuild
from chalicelib.customers.sessions import Sessions
from chalicelib.customers.tickets import Tickets
from chalicelib.customers.touches import Touches
from chalicelib.customers.vocabulary import DEFAULT, Vocabulary
from chalicelib.lifecycle.rules import Stage
from chalicelib.lifecycle.stage import Judgement, Parameters, judge
from chalicelib.tracking.event import Event

Fold = Callable[[Facts, Sequence[Event]], Facts]

LOOKED: Final = timedelta(days=366)
"""How far ahead is looked where the stage never changes by itself."""
_FARTHEST: Final = timedelta(days=3660)
_MILLISECOND: Final = timedelta(milliseconds=1)
_MOST_CHANGES: Final = 12  # nobody passes through more stages by time alone
_ID: Final = "what-if"
_CART: Final = "Product Added"
_CENT: Final = Decimal("0.01")


class Act(NamedTuple):
    """Something that could happen: the events of it at a moment, and to whom it can happen at all.

    harms: it takes something away, so it prevents nothing. like: another act, beside which this one is only worth
    saying where it comes to something else.
    """

    events: Callable[[Situation, datetime], list[Event]]
    can: Callable[[Situation], bool]
    harms: bool = False
    like: str | None = None


@dataclass(frozen=True, slots=True)
class Situation:
    """Who is judged: facts, whether it is known who this is, and by what is folded and judged."""

    facts: Facts
    identified: bool
    parameters: Parameters
    fold: Fold = fold
    vocabulary: Vocabulary = DEFAULT

    def judged(self, now: datetime, events: Sequence[Event] = ()) -> tuple[Facts, Judgement]:
        """The facts with these events, and the judgement of them. NeedsRebuild as for the fold."""
        facts = self.fold(self.facts, events) if events else self.facts
        return facts, self.judge(facts, now)

    def judge(self, facts: Facts, now: datetime) -> Judgement:
        """The judgement of other facts of the same person."""
        return judge(facts, self.identified or facts.identified_at is not None, self.parameters, now)


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
            after = self.situation.judged(self.now, self._events(self.now))[1]
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
                    return self._turn(earlier, later, lambda outcome: not outcome.prevents), self.end
                later = min(later, earlier)
        return None, self.end

    def outcome(self, at: datetime) -> _Outcome:
        """What the act, done at `at`, comes to."""
        if at not in self._known:
            self._known[at] = self._outcome(at)
        return self._known[at]

    def _events(self, at: datetime) -> list[Event]:
        return self.act.events(self.situation, at)

    def _outcome(self, at: datetime) -> _Outcome:
        facts, after = self.situation.judged(at, self._events(at))
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
        after = situation.judged(self.now, self._events(self.now))
        found = {
            *self._changes(situation.facts, self.judged),
            *self._changes(*after),
            *_order_bounds(situation.facts, situation.parameters),
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


# --- what could happen ---


def _said(name: str, at: datetime, properties: dict[str, Any] | None = None, **more: Any) -> Event:
    return Event(
        message_id=_ID,
        type="track",
        name=name,
        user_id=_ID,
        timestamp=at,
        at=at,
        received_at=at,
        properties=properties or {},
        source=_ID,
    ).model_copy(update=more)


def _order(situation: Situation, at: datetime) -> list[Event]:
    """One like her own orders: their mean value, in her currency."""
    facts = situation.facts
    mine = facts.sums.get(facts.currency or "")
    total = (mine.revenue / mine.count).quantize(_CENT) if mine is not None and mine.count else Decimal(0)
    conversion = situation.vocabulary.conversions[0]
    said = {conversion.id: _ID, conversion.totals[0]: str(total), "currency": facts.currency or ""}
    return [_said(conversion.event, at, said)]


def _visit(situation: Situation, at: datetime) -> list[Event]:
    return [_said("Page", at, type="page")]


def _cart(situation: Situation, at: datetime) -> list[Event]:
    return [_said(_CART, at, {"product_id": _ID})]


def _identify(situation: Situation, at: datetime) -> list[Event]:
    return [_said("Identify", at, type="identify", context={"active": True})]


def _refund(situation: Situation, at: datetime) -> list[Event]:
    conversion = situation.vocabulary.conversions[0]
    name = next(iter(conversion.undone_by), "Order Cancelled")
    return [_said(name, at, {conversion.id: situation.facts.counting[-1].id})]


def _anybody(situation: Situation) -> bool:
    return True


ACTS: Final[Mapping[str, Act]] = MappingProxyType(
    {
        "identify": Act(_identify, lambda situation: not situation.identified),
        "order": Act(_order, _anybody),
        "visit": Act(_visit, _anybody),
        "cart": Act(_cart, lambda situation: situation.vocabulary.weight(_CART) > 0, like="visit"),
        "refund": Act(_refund, lambda situation: bool(situation.facts.counting), harms=True),
    }
)
"""Acts by name, each after the one that it is like."""
ORDER: Final = ("identify", "order", "cart", "visit", "refund")
"""In which they are told: the most wanted first."""
