"""Reasons in words. The rule and its figures are the record; a sentence is made from them when somebody reads it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final

from chalicelib import times
from chalicelib.lifecycle.rules import Stage
from chalicelib.lifecycle.stage import Judgement, Reason

STAGES: Final[Mapping[Stage, str]] = MappingProxyType(
    {stage: "At risk" if stage is Stage.AT_RISK else stage.value.capitalize() for stage in Stage}
)

SENTENCES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "ghost.anonymous": "Ghost: nobody has said who this is yet.",
        "buyer.hero": (
            "Hero: {orders}, the last on {last_order_at}; still warm (until {warm_until}), at least {repeat_orders} "
            "orders in the last {year_days} days, {valuable}, and active in the last {hero_active_days} days."
        ),
        "buyer.repeat": (
            "Repeat: {orders}, the last on {last_order_at}; still warm (until {warm_until}), with at least "
            "{repeat_orders} orders in the last {year_days} days."
        ),
        "buyer.occasional": (
            "Occasional: {orders}, the last on {last_order_at}; still warm (until {warm_until}), with fewer than "
            "{repeat_orders} orders in the last {year_days} days."
        ),
        "buyer.browsing": (
            "Waiting: {orders}, the last on {last_order_at}, and longer silent than usual since {warm_until}; but "
            "active on {active_at}, which counts for {activity_warm_days} days."
        ),
        "buyer.cooling": (
            "At risk: {orders}, the last on {last_order_at}; cooling since {warm_until} (warm is: a chance of "
            "another order of at least {warm:.0%} of what it was after the last one)."
        ),
        "buyer.cold": (
            "Lost: {orders}, the last on {last_order_at}; cold since {cooling_until} (less than {cooling:.0%} of "
            "the chance of another order that there was after the last one, and silent for {once_at_risk_days} days)."
        ),
        "once.fresh": (
            "Occasional: {bought_once} on {last_order_at}, not more than {once_occasional_days} days ago: half of "
            "those who come back have not come back by then."
        ),
        "once.open": (
            "Waiting: {bought_once} on {last_order_at}, between {once_occasional_days} and {once_waiting_days} days "
            "ago: one in five of those who come back takes longer."
        ),
        "once.browsing": (
            "Waiting: {bought_once} on {last_order_at}, more than {once_waiting_days} days ago; but active on "
            "{active_at}, which counts for {activity_warm_days} days."
        ),
        "once.cooling": (
            "At risk: {bought_once} on {last_order_at}, between {once_waiting_days} and {once_at_risk_days} days "
            "ago: four in five of those who come back are back sooner."
        ),
        "once.cold": (
            "Lost: {bought_once} on {last_order_at}, more than {once_at_risk_days} days ago: of those who come back, "
            "19 in 20 are back sooner."
        ),
        "lead.interest": (
            "Lead: no order yet, but interest of {interest:.3g} on {interest_day} ({threshold_interest:g} qualify, "
            "half is gone after {interest_half_life_days} days), last active on {active_at}."
        ),
        "lead.returning": (
            "Lead: no order yet, but active on at least {returning_days} of the last {returning_span_days} days, "
            "last on {active_at}."
        ),
        "new.identified": (
            "New: identified on {identified_at}, within the last {new_days} days, and no qualified interest."
        ),
        "quiet.warm": "Waiting: no order yet, last active on {active_at}, within the last {activity_warm_days} days.",
        "quiet.cooling": (
            "At risk: no order yet, last active on {active_at}, between {activity_warm_days} and "
            "{activity_cooling_days} days ago."
        ),
        "quiet.cold": "Lost: no order, last active on {active_at}, more than {activity_cooling_days} days ago.",
        "quiet.unknown": "Lost: known by name, but not by anything done.",
    }
)


def sentence(reason: Reason) -> str:
    """The reason as one English sentence, with dates to the day (UTC)."""
    words: dict[str, object] = {f"threshold_{name}": value for name, value in reason.thresholds.items()}
    words |= {name: _number(value) for name, value in reason.thresholds.items()}
    words |= {name: _readable(name, value) for name, value in reason.values.items()}
    words["valuable"] = _valuable(reason)
    words["orders"] = _orders(reason.values.get("orders"))
    words["bought_once"] = _bought_once(reason.values.get("orders"))
    return SENTENCES[reason.rule].format_map(words)


def outlook(judgement: Judgement) -> str:
    """What happens if nothing happens: the next stage and its date."""
    if judgement.next_at is None or judgement.next_stage is None:
        return f"If nothing happens, {STAGES[judgement.stage]} for good."
    return f"If nothing happens, {STAGES[judgement.next_stage]} from {_minute(judgement.next_at)} UTC on."


def _orders(count: object) -> str:
    return "1 order" if count == 1 else f"{count} orders"


def _bought_once(count: object) -> str:
    return "one order" if count == 1 else f"{count} orders within a week, counted as one,"


def _valuable(reason: Reason) -> str:
    least = reason.thresholds.get("hero_value")
    if isinstance(least, (int, float)):
        return f"worth {reason.values.get('worth')} a year ({least:g} is the shop's top 5 %)"
    return f"at least {reason.thresholds.get('hero_orders')} of them, so high in value"


def _readable(name: str, value: object) -> object:
    if name.endswith(("_at", "_until")):
        return _day(times.parse(value)) if isinstance(value, str) else "no date on the calendar"
    if name.endswith("_day") and isinstance(value, str):
        return _day(times.parse(value))
    return value


def _number(value: object) -> object:
    return int(value) if isinstance(value, float) and value.is_integer() and value > 1 else value


def _day(moment: datetime) -> str:
    return f"{moment.day} {moment:%B %Y}"


def _minute(moment: datetime) -> str:
    return f"{_day(moment)}, {moment:%H:%M}"
