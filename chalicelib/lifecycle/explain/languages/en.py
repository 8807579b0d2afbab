"""English, with the day before the month."""

from __future__ import annotations

from chalicelib.lifecycle.explain.language import Language, one_or_other
from chalicelib.lifecycle.rules import Stage

RULES = {
    "ghost.anonymous": "Ghost: nobody has said who this is yet.",
    "contract.hero": "Hero: subscribed to {plan}, one of the best contracts, and active {hero_active_days:last}.",
    "contract.renewed": "Repeat: subscribed to {plan}, renewed {renewals} times, in good standing.",
    "contract.first_term": "Occasional: subscribed to {plan}, in the first term, in good standing.",
    "contract.payment_failed": "At risk: subscribed to {plan}; a payment failed {failed_at:on} and none came since.",
    "contract.ending": "At risk: subscribed to {plan}, which is to end {ending_at:on}.",
    "contract.trial": "Lead: tries {plan} {trial_end_at:until}.",
    "contract.paused": "Waiting: the subscription to {plan} is paused {paused_at:since}.",
    "contract.lapsed_trial": "Waiting: the trial of {plan} ended {trial_end_at:on}, unpaid.",
    "contract.browsing": "Waiting: the subscription to {plan} ended {ended_at:on}; but active {active_at:on}.",
    "contract.ended": "Lost: the subscription to {plan} ended {ended_at:on}.",
    "lead.intent": "Lead: no order yet, but an open {intent}, last touched {intent_at:on}.",
    "quiet.open_intent": "Waiting: no order yet; a {intent} was left open {intent_at:on}.",
    "buyer.hero": (
        "Hero: {orders}, the last {last_order_at:on}; still warm ({warm_until:until}), at least {repeat_orders} "
        "{year_days:last}, worth {worth} a year (from {hero_value} on one is in the shop's top 5%), and active "
        "{hero_active_days:last}."
    ),
    "buyer.hero.by_orders": (
        "Hero: {orders}, the last {last_order_at:on}; still warm ({warm_until:until}), at least {hero_orders} "
        "{year_days:last}, so high in value, and active {hero_active_days:last}."
    ),
    "buyer.repeat": (
        "Repeat: {orders}, the last {last_order_at:on}; still warm ({warm_until:until}), with at least "
        "{repeat_orders} {year_days:last}."
    ),
    "buyer.occasional": (
        "Occasional: {orders}, the last {last_order_at:on}; still warm ({warm_until:until}), with fewer than "
        "{repeat_orders} {year_days:last}."
    ),
    "buyer.browsing": (
        "Waiting: {orders}, the last {last_order_at:on}, and silent for longer than usual {warm_until:since}; but "
        "active {active_at:on}, which counts for {activity_warm_days}."
    ),
    "buyer.cooling": (
        "At risk: {orders}, the last {last_order_at:on}; cooling {warm_until:since}, when the chance of another order "
        "fell below {warm} of what it was after the last one."
    ),
    "buyer.cold": (
        "Lost: {orders}, the last {last_order_at:on}; cold {cooling_until:since}: the chance of another order is less "
        "than {cooling} of what it was after the last one, and {once_at_risk_days} have passed."
    ),
    "once.fresh": (
        "Occasional: {orders:bought_once} {last_order_at:on}, not more than {once_occasional_days:ago}; one order is "
        "fresh for that long."
    ),
    "once.open": (
        "Waiting: {orders:bought_once} {last_order_at:on}, between {once_occasional_days:n} and "
        "{once_waiting_days:ago}: many who come back take that long."
    ),
    "once.browsing": (
        "Waiting: {orders:bought_once} {last_order_at:on}, more than {once_waiting_days:ago}; but active "
        "{active_at:on}, which counts for {activity_warm_days}."
    ),
    "once.cooling": (
        "At risk: {orders:bought_once} {last_order_at:on}, between {once_waiting_days:n} and {once_at_risk_days:ago}: "
        "most who come back are back sooner."
    ),
    "once.cold": (
        "Lost: {orders:bought_once} {last_order_at:on}, more than {once_at_risk_days:ago}: hardly anybody comes back "
        "after that."
    ),
    "lead.interest": (
        "Lead: no order yet, but interest of {interest} {interest_day:on} ({threshold_interest} qualify, and half is "
        "gone after {interest_half_life_days}), last active {active_at:on}."
    ),
    "lead.returning": (
        "Lead: no order yet, but active on at least {returning_days} {returning_span_days:of_last}, "
        "most recently {active_at:on}."
    ),
    "new.identified": "New: known {identified_at:since}, for less than {new_days}, and no qualified interest.",
    "quiet.warm": "Waiting: no order yet, last active {active_at:on}, {activity_warm_days:last}.",
    "quiet.cooling": (
        "At risk: no order yet, last active {active_at:on}, between {activity_warm_days:n} and "
        "{activity_cooling_days:ago}."
    ),
    "quiet.cold": "Lost: no order, last active {active_at:on}, more than {activity_cooling_days:ago}.",
    "quiet.unknown": "Lost: known by name, but not by anything done.",
}

SAID = {
    "unknown": "unknown",
    "outlook": "If nothing happens, {next_stage} from {next_at:minute} on.",
    "for_good": "If nothing happens, it stays {stage}.",
}

plugin: Language = Language(
    name="English",
    decimal=".",
    group=",",
    share="{}%",
    months=(
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ),
    day="{day} {month} {year}",
    minute="{day}, {time} {zone}",
    dates={"on": "on {}", "before": "before {}", "since": "since {}", "until": "until {}"},
    no_dates={
        "": "no date on the calendar",
        "on": "at no known time",
        "before": "before no known date",
        "since": "since nobody knows when",
        "until": "for good",
        "minute": "no date on the calendar",
    },
    plural=one_or_other,
    counted={
        "orders": {"one": "{n} order", "other": "{n} orders"},
        "bought_once": {"one": "one order", "other": "{n} orders within a week, counted as one,"},
        "days": {"one": "{n} day", "other": "{n} days"},
        "last": {"one": "in the last day", "other": "in the last {n} days"},
        "of_last": {"one": "of the last day", "other": "of the last {n} days"},
        "ago": {"one": "{n} day ago", "other": "{n} days ago"},
        "hours": {"one": "{n} hour", "other": "{n} hours"},
    },
    stages={
        Stage.GHOST: "Ghost",
        Stage.NEW: "New",
        Stage.LEAD: "Lead",
        Stage.WAITING: "Waiting",
        Stage.OCCASIONAL: "Occasional",
        Stage.REPEAT: "Repeat",
        Stage.HERO: "Hero",
        Stage.AT_RISK: "At risk",
        Stage.LOST: "Lost",
    },
    rules=RULES,
    said=SAID,
)
