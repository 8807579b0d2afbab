"""The ladder of one customer: every rule that could hold, from the best down, with the instant at which it ends.

Time alone only ever takes things away (warmth falls, orders leave the year, activity ages, interest decays), so each
rule is true strictly before one instant, which facts and parameters decide, and false from then on: "both" is the
earlier of two ends, "either" the later. The last rung of every ladder has no end: there is a stage for everybody.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final, NamedTuple

from chalicelib.lifecycle.contract import Value, contracts_of, speak, steps
from chalicelib.lifecycle.parameters import Parameters
from chalicelib.lifecycle.reading import ALWAYS, DAY_MS, NEVER, Intent, Reading, days
from chalicelib.lifecycle.risk import WEEK_MS, Buyer
from chalicelib.lifecycle.score import occasion_value


class Rung(NamedTuple):
    """A rule of rules.py, which holds before `until` (milliseconds since 1970; NEVER: it does not hold at all)."""

    rule: str
    until: int
    values: Mapping[str, Value] | None = None
    """What this rule shows, where that is not the ladder's."""


class Ladder(NamedTuple):
    """Rungs from the best down, and the values that reasons may show; what ends in `_at` or `_until` is a time."""

    rungs: tuple[Rung, ...]
    values: Mapping[str, Value]


def ladder(reading: Reading, buyer: Buyer | None, parameters: Parameters) -> Ladder:
    """The ladder of one reading. `buyer` is None for somebody without an order."""
    if not reading.identified:
        return Ladder((Rung("ghost.anonymous", ALWAYS),), {})
    if reading.contracts:
        contracts = contracts_of(reading, parameters)
        if speak(contracts, reading):
            return Ladder(tuple(Rung(*step) for step in steps(contracts, reading, parameters)), {})
    if buyer is None:
        return _no_order(reading, parameters)
    if reading.episodes > 1:
        return _buyer(reading, buyer, parameters)
    return _once(reading, parameters)


def _buyer(reading: Reading, buyer: Buyer, p: Parameters) -> Ladder:
    """At least two episodes. Nobody who came back is given up sooner than those who never did: the model is too sure
    that a heavy buyer gone silent has left (of those it called cold, 15 % bought within a quarter at the CD shop)."""
    warm_until = reading.last_order_at + buyer.cools_after(p.warm, days(p.warm_at_most_days))
    cools = days(p.once_at_risk_days)
    if buyer.warmth(cools / WEEK_MS) >= p.cooling:  # rarely: spare the root where it is sooner
        cools = max(cools, buyer.cools_after(p.cooling, days(p.cooling_at_most_days)))
    cooling_until = reading.last_order_at + cools
    repeat_until = min(warm_until, _nth_order_leaves(reading, p.repeat_orders, p))
    value, valued_until = _valued(reading, buyer, p) if repeat_until > NEVER else (None, NEVER)
    hero_until = min(repeat_until, valued_until, _after(reading.active_at, p.hero_active_days))
    if hero_until > NEVER and not _is_back_for_good(reading, p):
        hero_until = NEVER
    rungs = (
        Rung("buyer.hero", hero_until),
        Rung("buyer.repeat", repeat_until),
        Rung("buyer.occasional", warm_until),
        Rung("buyer.browsing", _browsing_until(reading, p)),
        Rung("buyer.cooling", cooling_until),
        Rung("buyer.cold", ALWAYS),
    )
    return Ladder(rungs, {**_shown(reading), "worth": value, "warm_until": warm_until, "cooling_until": cooling_until})


def _once(reading: Reading, p: Parameters) -> Ladder:
    last = reading.last_order_at
    rungs = (
        Rung("once.fresh", _after(last, p.once_occasional_days)),
        Rung("once.open", _after(last, p.once_waiting_days)),
        Rung("once.browsing", _browsing_until(reading, p)),
        Rung("once.cooling", _after(last, p.once_at_risk_days)),
        Rung("once.cold", ALWAYS),
    )
    return Ladder(rungs, _shown(reading))


def _no_order(reading: Reading, p: Parameters) -> Ladder:
    if reading.active_at == NEVER:
        return Ladder((Rung("quiet.unknown", ALWAYS),), {})
    warm_until = _after(reading.active_at, p.activity_warm_days)
    interest, day, interest_until = _interest(reading, p)
    wanted = _wanted(reading, p)
    rungs = (
        Rung("lead.intent", wanted.busy_until),
        Rung("lead.interest", min(warm_until, interest_until, wanted.idle_at)),
        Rung("lead.returning", min(warm_until, _returning_until(reading, p), wanted.idle_at)),
        Rung("quiet.open_intent", wanted.open_until),
        Rung("new.identified", _after(reading.identified_at, p.new_days)),
        Rung("quiet.warm", warm_until),
        Rung("quiet.cooling", _after(reading.active_at, p.activity_cooling_days)),
        Rung("quiet.cold", ALWAYS),
    )
    shown = {"interest": interest, "interest_day": day, "identified_at": reading.identified_at}
    return Ladder(rungs, {**shown, "active_at": reading.active_at, **wanted.shown})


class Wanted(NamedTuple):
    """What open intents do for somebody without an order.

    busy_until: until when one is open and being seen to. idle_at: when the first is left alone; ALWAYS for none.
    open_until: when the last of those that were left alone expires.
    """

    busy_until: int
    idle_at: int
    open_until: int
    shown: Mapping[str, Value]


_NOTHING: Final = Wanted(NEVER, ALWAYS, NEVER, {})


def idle_after(intent: Intent, active_at: int, p: Parameters) -> int:
    """When an intent counts as left alone: silent for so long since its last event, or since anything else done."""
    hours = p.quote_idle_hours if intent.kind == "quote" else p.intent_idle_hours
    return max(intent.last, active_at) + days(hours / 24)


def _wanted(reading: Reading, p: Parameters) -> Wanted:
    if not reading.intents:
        return _NOTHING
    found = [(intent, idle_after(intent, reading.active_at, p)) for intent in reading.intents]
    left = [(intent, idle) for intent, idle in found if idle < intent.until]
    idle_at = min((idle for _, idle in left), default=ALWAYS)
    shown, idle = min(left, key=lambda one: one[1]) if left else max(found, key=lambda one: one[0].until)
    return Wanted(
        min(idle_at, max(intent.until for intent in reading.intents)),
        idle_at,
        max((intent.until for intent, _ in left), default=NEVER),
        {
            "intent": shown.kind,
            "intent_since_at": shown.since,
            "intent_at": shown.last,
            "idle_since_at": idle,
            "intent_until": shown.until,
        },
    )


def _is_back_for_good(reading: Reading, p: Parameters) -> bool:
    """Whether none of the newest `comeback_orders` occasions but the first of them came after a silence in which the
    buyer had gone cold: below `warm`, by the model as it saw the buyer then.

    Orders that are no longer known one by one are long enough ago.
    """
    occasions = list[tuple[int, int]]()  # (first order, last order)
    for at in reversed(reading.order_times):
        if occasions and at - occasions[-1][0] <= WEEK_MS:
            occasions[-1] = occasions[-1][0], at
        else:
            occasions.append((at, at))
    for place in range(1, min(p.comeback_orders, len(occasions))):
        silence, last = occasions[-place][0] - occasions[-place - 1][1], occasions[-place - 1][1]
        spread = max(0, last - reading.first_order_at) / WEEK_MS
        repeats = min(max(0, reading.episodes - place - 1), int(spread) + 1)
        if Buyer(p.fitted.model, repeats, spread, p.horizon_days / 7).warmth(silence / WEEK_MS) < p.warm:
            return False
    return True


def _shown(reading: Reading) -> dict[str, Value]:
    return {"orders": reading.orders, "last_order_at": reading.last_order_at, "active_at": reading.active_at}


def _after(start: int, span: float) -> int:
    """The end of a span of days after `start`."""
    return NEVER if start == NEVER else start + days(span)


def _nth_order_leaves(reading: Reading, count: int, p: Parameters) -> int:
    """When fewer than `count` orders are left within the last `year_days`."""
    times = reading.order_times
    return _after(times[count - 1], p.year_days) if len(times) >= count else NEVER


def _valued(reading: Reading, buyer: Buyer, p: Parameters) -> tuple[float | None, int]:
    """(worth, until when it is a Hero's). Worth looks from the last order on, so it does not depend on time; its
    stand-in, the count of orders, does."""
    if p.hero_value is None:
        return None, _nth_order_leaves(reading, p.hero_orders, p)
    each = occasion_value(p.fitted, reading.episodes, reading.revenue)
    weeks, model = p.value_days / 7, p.fitted.model
    if each * weeks * (model.r + buyer.repeats) / (model.alpha + buyer.spread) < p.hero_value:
        return None, NEVER  # not even if nobody ever left: most are spared the sum
    value = each * buyer.expected_orders(0.0, weeks)
    return value, ALWAYS if value >= p.hero_value else NEVER


def _browsing_until(reading: Reading, p: Parameters) -> int:
    """Until when own activity *since* the last order keeps somebody from At risk and Lost."""
    if reading.active_at - reading.last_order_at < days(p.aftermath_hours / 24):
        return NEVER
    return _after(reading.active_at, p.activity_warm_days)


def _interest(reading: Reading, p: Parameters) -> tuple[float, int | None, int]:
    """(interest on the last day that showed any, that day, until when it is qualified).

    Each day's weight has halved once per half-life by the last such day. That sum keeps through the day after (days
    are UTC: what somebody did in the evening should not be gone within the hour) and halves likewise from then on, so
    it sinks below the threshold half-life * log2(sum / threshold) later.
    """
    if not reading.intent:
        return 0.0, None, NEVER
    newest = max(day for day, _ in reading.intent)
    total = sum(
        min(weight, p.interest_day_cap) * math.exp2((day - newest) / p.interest_half_life_days)
        for day, weight in reading.intent
    )
    kept_until = (newest + 2) * DAY_MS
    if total < p.interest:
        return total, newest, NEVER
    return total, newest, kept_until + days(p.interest_half_life_days * math.log2(total / p.interest))


def _returning_until(reading: Reading, p: Parameters) -> int:
    """When fewer than `returning_days` of the active days are left among the last `returning_span_days`."""
    if len(reading.active_days) < p.returning_days:
        return NEVER
    return reading.active_days[p.returning_days - 1] * DAY_MS + days(p.returning_span_days)
