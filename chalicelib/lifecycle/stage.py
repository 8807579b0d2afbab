"""The stage of a customer: one for everybody, at every moment, with its reason and the moment at which it ends.

The stage is the first rung of the customer's ladder (ladder.py) that still holds. A rung holds strictly before its
end and no longer at it, all of it in whole milliseconds, so until the rung that gave the stage ends nothing can
change without an event, and the stage after that is the next rung's that still holds. Hence the

LAW: with the same facts and parameters, judging at any instant before `next_at` gives the same stage, and judging at
`next_at` gives `next_stage`, which differs; with `next_at` None it never changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from chalicelib import times
from chalicelib.lifecycle.contract import Value, contracts_of, scores, speak
from chalicelib.lifecycle.ladder import Ladder, Rung, idle_after, ladder
from chalicelib.lifecycle.parameters import DEFAULT, Parameters
from chalicelib.lifecycle.reading import ALWAYS, Reading, days, moment_of, read
from chalicelib.lifecycle.rules import RULES, Stage
from chalicelib.lifecycle.score import buys, lifetime_value, occasion_value
from chalicelib.lifecycle.waits import next_wait
from chalicelib.times import milliseconds

if TYPE_CHECKING:  # the type only: judging does not need the fold
    from chalicelib.customers.facts import Facts
    from chalicelib.lifecycle.risk import Buyer

__all__ = ["DEFAULT", "Judgement", "NextOrder", "OpenIntent", "Parameters", "Reason", "Stage", "judge"]

Shown = float | int | str | None


class Reason(NamedTuple):
    """Why this stage: the rule that fired, the customer's values and the thresholds they were held against.

    Nothing in it ages: it has dates instead of "days ago", so that it may be stored and read later. Times are RFC
    3339, a value that is not known is None. explain.py puts it into a sentence.
    """

    rule: str
    values: Mapping[str, Shown]
    thresholds: Mapping[str, Shown]

    def as_dict(self) -> dict[str, object]:
        """The reason as a JSON object; `Reason(**stored)` is its inverse."""
        return {"rule": self.rule, "values": dict(self.values), "thresholds": dict(self.thresholds)}


class OpenIntent(NamedTuple):
    """Something begun and not finished. worth: by currency, "" where none was named. idle_at: from when on it counts as
    left alone, if nothing is done. expires: from when on it is forgotten."""

    kind: str
    what: str | None
    worth: Mapping[str, Decimal]
    since: datetime
    last_at: datetime
    idle_at: datetime
    expires: datetime


class NextOrder(NamedTuple):
    """When the next order is expected, if there is one; four in five come between `early` and `late`."""

    at: datetime
    early: datetime
    late: datetime


class Judgement(NamedTuple):
    """What is thought of a customer at one moment.

    stage, reasons:       and the rules that gave it, the deciding one first.
    next_at, next_stage:  the exact moment at which time alone changes the stage, and to what; None if it never does.
    churn_risk:           1 - P(buys within the horizon, 91 days by default), or, of a subscriber, that no contract is
                          left by then; None without an order or a paid contract.
    warmth:               P(buys) now over P(buys) at the last order, in [0, 1]; None without an order.
    expected_value:       of the next year, in the currency of reports (score.py); None as churn_risk.
    open_intents:         what is open now, the one last touched first. Beside the stage: a Hero with a cart is a Hero.
    next_order:           None before the third buying occasion: below that no better than a constant.
    overdue_at:           when the silence is longer than one's own usual waits, its upper bound; None likewise.
    """

    stage: Stage
    reasons: tuple[Reason, ...]
    next_at: datetime | None
    next_stage: Stage | None
    churn_risk: float | None = None
    warmth: float | None = None
    expected_value: float | None = None
    open_intents: tuple[OpenIntent, ...] = ()
    next_order: NextOrder | None = None
    overdue_at: datetime | None = None

    def is_overdue(self, now: datetime) -> bool:
        """Whether the next order is late by the person's own measure."""
        return self.overdue_at is not None and self.overdue_at <= now


def judge(facts: Facts, identified: bool, parameters: Parameters, now: datetime, *, scored: bool = True) -> Judgement:
    """The judgement of these facts at `now` (aware). Total: every fact, however odd, gets a stage and a reason.

    `identified`: there is a user id, or an email or a phone was given; everybody else is a Ghost. `scored`: with all
    that is beside the stage, which takes longer than the rest; a projector keeps `overdue_at` of it, and does not ask.
    """
    moment = milliseconds(now)
    reading = read(facts, identified, parameters.exchange)
    buyer = reading.buyer(parameters) if reading.orders else None
    steps = ladder(reading, buyer, parameters)
    place = next(place for place, rung in enumerate(steps.rungs) if moment < rung.until)
    rule = steps.rungs[place].rule
    stage = RULES[rule].stage
    next_at, next_stage = _change(stage, steps.rungs[place:])
    reasons = (_reason(steps.rungs[place], steps, parameters),)
    if not scored:
        overdue_at = _overdue_at(reading, buyer, parameters) if buyer is not None else None
        return Judgement(stage, reasons, next_at, next_stage, overdue_at=overdue_at)
    intents = _intents(facts, reading, parameters, now) if reading.intents else ()
    if buyer is None and not reading.contracts:
        return Judgement(stage, reasons, next_at, next_stage, open_intents=intents)
    foretold = _scores(reading, buyer, parameters, moment)
    return Judgement(stage, reasons, next_at, next_stage, *foretold, intents, *_rhythm(reading, buyer, parameters))


def _change(stage: Stage, rungs: tuple[Rung, ...]) -> tuple[datetime | None, Stage | None]:
    """When the first of these rungs, which holds, has ended and the stage with it, and the stage that follows."""
    until = rungs[0].until
    for rung in rungs[1:]:
        if until >= ALWAYS:
            break
        if rung.until > until:
            if RULES[rung.rule].stage != stage:
                return moment_of(until), RULES[rung.rule].stage
            until = rung.until
    return None, None


def _scores(
    reading: Reading, buyer: Buyer | None, p: Parameters, now: int
) -> tuple[float | None, float | None, float | None]:
    """(churn risk, warmth, expected value). A contract that is paid says how likely the customer is lost; what else is
    ordered is worth something beside it."""
    risk = warmth = value = None
    if buyer is not None:
        silence = reading.silence(now)
        mean = max(0.0, reading.revenue) / reading.episodes if reading.episodes else 0.0
        chance = buys(p.fitted, buyer, silence, mean)
        risk, warmth = 1 - chance, buyer.warmth(silence)
        each = occasion_value(p.fitted, reading.episodes, reading.revenue)
        value = lifetime_value(buyer, silence, chance, each, p.value_days / 7, p.margin, p.yearly_discount)
    contracts = contracts_of(reading, p) if reading.contracts else ()
    paid = scores(contracts, p, now) if contracts and speak(contracts, reading) else None
    if paid is None:
        return risk, warmth, value
    return paid[0], warmth, (value or 0.0) + paid[1]


def _intents(facts: Facts, reading: Reading, p: Parameters, now: datetime) -> tuple[OpenIntent, ...]:
    left = {intent.kind: moment_of(idle_after(intent, reading.active_at, p)) for intent in reading.intents}
    return tuple(
        OpenIntent(
            kind,
            run.what[1] if run.what else None,
            run.worth,
            run.since,
            run.last_at,
            left[kind] or run.expires,
            run.expires,
        )
        for kind, run in facts.intents.open_at(now)
    )


def left_alone(facts: Facts, parameters: Parameters) -> dict[str, datetime]:
    """Of each open intent the moment from which on it counts as left alone, unless it expires before; by kind."""
    if not facts.intents.runs:
        return {}
    reading = read(facts, True, parameters.exchange)
    idle = {
        intent.kind: moment_of(idle)
        for intent in reading.intents
        if (idle := idle_after(intent, reading.active_at, parameters)) < intent.until
    }
    return {kind: at for kind, at in idle.items() if at is not None}


def _rhythm(reading: Reading, buyer: Buyer | None, p: Parameters) -> tuple[NextOrder | None, datetime | None]:
    """(next order, when it is overdue)."""
    waits = next_wait(p.fitted.rhythm, buyer.repeats, buyer.spread) if buyer is not None else None
    if waits is None:
        return None, None
    early, usual, late = (moment_of(reading.last_order_at + days(wait)) for wait in waits)
    if early is None or usual is None or late is None:
        return None, None
    return NextOrder(usual, early, late), late


def _overdue_at(reading: Reading, buyer: Buyer, p: Parameters) -> datetime | None:
    waits = next_wait(p.fitted.rhythm, buyer.repeats, buyer.spread)
    return None if waits is None else moment_of(reading.last_order_at + days(waits[2]))


def _reason(rung: Rung, steps: Ladder, parameters: Parameters) -> Reason:
    name, rule = rung.rule, RULES[rung.rule]
    shown = steps.values if rung.values is None else rung.values
    return Reason(
        name,
        {value: _shown(value, shown[value]) for value in rule.values},
        {threshold: getattr(parameters, threshold) for threshold in rule.thresholds},
    )


def _shown(name: str, value: Value) -> Shown:
    """Times as text, days as dates, figures to four digits after the point; None for what lies beyond the calendar."""
    if value is None or isinstance(value, str) or not name.endswith(("_at", "_until", "_day")):
        return round(value, 4) if isinstance(value, float) else value
    moment = moment_of(int(value) * 86_400_000 if name.endswith("_day") else int(value))
    if moment is None:
        return None
    return moment.date().isoformat() if name.endswith("_day") else times.text(moment)
