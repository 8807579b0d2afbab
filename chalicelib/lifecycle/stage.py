"""The stage of a customer: one for everybody, at every moment, with its reason and the moment at which it ends.

The stage is the first rung of the customer's ladder (ladder.py) that still holds. A rung holds strictly before its
end and no longer at it, all of it in whole milliseconds, so until the rung that gave the stage ends nothing can
change without an event, and the stage after that is the next rung's that still holds. Hence the

LAW: with the same facts and parameters, judging at any instant before `next_at` gives the same stage, and judging at
`next_at` gives `next_stage`, which differs; with `next_at` None it never changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from chalicelib import times
from chalicelib.lifecycle.ladder import Ladder, Rung, ladder
from chalicelib.lifecycle.parameters import DEFAULT, Parameters
from chalicelib.lifecycle.reading import ALWAYS, Reading, milliseconds, moment_of, read
from chalicelib.lifecycle.rules import RULES, Stage
from chalicelib.lifecycle.value import expected_value, order_value

if TYPE_CHECKING:  # the type only: judging does not need the fold
    from chalicelib.customers.facts import Facts
    from chalicelib.lifecycle.risk import Buyer

__all__ = ["DEFAULT", "Judgement", "Parameters", "Reason", "Stage", "judge"]

Shown = float | int | str | None


@dataclass(frozen=True, slots=True)
class Reason:
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


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is thought of a customer at one moment.

    stage, reasons:       and the rules that gave it, the deciding one first.
    next_at, next_stage:  the exact moment at which time alone changes the stage, and to what; None if it never does.
    churn_risk:           1 - P(buys within the horizon, 91 days by default); None without an order.
    warmth:               P(buys) now over P(buys) at the last order, in [0, 1]; None without an order.
    expected_value:       expected revenue of the next year, in the currency of reports; None without an order.
    """

    stage: Stage
    reasons: tuple[Reason, ...]
    next_at: datetime | None
    next_stage: Stage | None
    churn_risk: float | None = None
    warmth: float | None = None
    expected_value: float | None = None


def judge(facts: Facts, identified: bool, parameters: Parameters, now: datetime, *, scored: bool = True) -> Judgement:
    """The judgement of these facts at `now` (aware). Total: every fact, however odd, gets a stage and a reason.

    `identified`: there is a user id, or an email or a phone was given; everybody else is a Ghost. `scored`: with the
    three scores, which take longer than the rest; a projector, which keeps none of them, does not ask.
    """
    moment = milliseconds(now)
    reading = read(facts, identified, parameters.exchange)
    buyer = reading.buyer(parameters) if reading.orders else None
    steps = ladder(reading, buyer, parameters)
    place = next(place for place, rung in enumerate(steps.rungs) if moment < rung.until)
    rule = steps.rungs[place].rule
    stage = RULES[rule].stage
    next_at, next_stage = _change(stage, steps.rungs[place:])
    reasons = (_reason(rule, steps, parameters),)
    if buyer is None or not scored:
        return Judgement(stage, reasons, next_at, next_stage)
    return Judgement(stage, reasons, next_at, next_stage, *_scores(reading, buyer, parameters, moment))


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


def _scores(reading: Reading, buyer: Buyer, parameters: Parameters, now: int) -> tuple[float, float, float]:
    silence = reading.silence(now)
    each = order_value(reading.orders, reading.revenue, parameters)
    return (
        1 - buyer.buys(silence),
        buyer.warmth(silence),
        expected_value(buyer, silence, each, parameters),
    )


def _reason(name: str, steps: Ladder, parameters: Parameters) -> Reason:
    rule = RULES[name]
    return Reason(
        name,
        {value: _shown(value, steps.values[value]) for value in rule.values},
        {threshold: getattr(parameters, threshold) for threshold in rule.thresholds},
    )


def _shown(name: str, value: float | int | None) -> Shown:
    """Times as text, days as dates, figures to four digits after the point; None for what lies beyond the calendar."""
    if value is None or not name.endswith(("_at", "_until", "_day")):
        return round(value, 4) if isinstance(value, float) else value
    moment = moment_of(int(value) * 86_400_000 if name.endswith("_day") else int(value))
    if moment is None:
        return None
    return moment.date().isoformat() if name.endswith("_day") else times.text(moment)
