"""English, with the day before the month."""

from __future__ import annotations

from chalicelib.lifecycle.explain.language import Language, one_or_other
from chalicelib.lifecycle.rules import Stage

RULES = {
    "ghost.anonymous": "Ghost: nobody has said who this is yet.",
    "contract.hero": (
        "Hero: subscribed to {plan}, worth {yearly_value} a year (from {contract_hero_value} on it makes a Hero), "
        "paid up, and active {hero_active_days:last}."
    ),
    "contract.hero.by_worth": (
        "Hero: subscribed to {plan}, worth {yearly_value} a year (from {hero_value} on one is a Hero), "
        "paid up, and active {hero_active_days:last}."
    ),
    "contract.hero.by_span": (
        "Hero: subscribed to {plan}, and paying for a contract for at least {contract_hero_days}; paid up, and active "
        "{hero_active_days:last}."
    ),
    "contract.renewed": "Repeat: subscribed to {plan}, renewed {renewals}, paid {term_end_at:until}.",
    "contract.first_term": "Occasional: subscribed to {plan}, in the first term, paid {term_end_at:until}.",
    "contract.renewed.no_date": "Repeat: subscribed to {plan}, renewed {renewals}, paid up.",
    "contract.first_term.no_date": "Occasional: subscribed to {plan}, in the first term, paid up.",
    "contract.payment_failed": (
        "At risk: subscribed to {plan}; a payment failed {failed_at:on} and none has come since. Without one, it is "
        "over {given_up_at:on}."
    ),
    "contract.ending": "At risk: subscribed to {plan}, which ends {ending_at:on}.",
    "contract.trial": "Lead: trying {plan} {trial_end_at:until}.",
    "contract.paused": "Waiting: the subscription to {plan} has been paused {paused_at:since}.",
    "contract.lapsed_trial": (
        "Waiting: the trial of {plan} ended {trial_end_at:on} without a payment, less than {lapsed_trial_days:ago}."
    ),
    "contract.browsing": (
        "Waiting: the subscription to {plan} ended {ended_at:on}; but active {active_at:on}, which counts for "
        "{activity_warm_days}."
    ),
    "contract.ended": "Lost: the subscription to {plan} ended {ended_at:on}.",
    "buyer.hero": (
        "Hero: {orders}, the last {last_order_at:on}; still warm ({warm_until:until}), at least {repeat_orders} "
        "{year_days:last}, worth {worth} a year (from {hero_value} on one is a Hero), and active "
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
        "fell below the threshold ({warm} of what it was right after the last one)."
    ),
    "buyer.cold": (
        "Lost: {orders}, the last {last_order_at:on}; cold {cooling_until:since}: the chance of another order is below "
        "the threshold ({cooling} of what it was right after the last one), and {once_at_risk_days} have passed."
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
    "lead.intent": "Lead: no order yet, but {intent} in progress (last touched {intent_at:on_minute}).",
    "lead.interest": (
        "Lead: no order yet, but interest of {interest} {interest_day:on} ({threshold_interest} qualify, and half is "
        "gone after {interest_half_life_days}), last active {active_at:on}."
    ),
    "lead.returning": (
        "Lead: no order yet, but active on at least {returning_days} {returning_span_days:of_last}, "
        "most recently {active_at:on}."
    ),
    "new.identified": "New: known {identified_at:since}, for less than {new_days}, and no qualified interest.",
    "quiet.open_intent": ("Waiting: no order yet, and {intent} was left open (last touched {intent_at:on_minute})."),
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
    "no_plan": "a plan without a name",
    "outlook": "If nothing happens, {next_stage} from {next_at:minute} on.",
    "for_good": "If nothing happens, the stage stays {stage}.",
    "keeps": "{act}{deadline} prevents {prevents_stage}: the stage stays {stage}.",
    "moves": "{act}{deadline} leads to {stage}.",
    "moves_and_prevents": "{act}{deadline} leads to {stage} and prevents {prevents_stage}.",
    "prevents": "{act}{deadline} prevents {prevents_stage}.",
    "span": "{from_text} and {until_text}",
    "lasts": "Done now, {stage} lasts {until_text}, and then comes {then_stage}.",
    "churn_risk": "The chance that no order comes within {horizon_days} is {churn_risk}.",
    "warmth": "The chance of an order is {warmth} of what it was right after the last one.",
    "expected_value": "Expected value of the next {value_days}: {expected_value}.",
    "next_order": "The next order is expected {next_order_at:around}, most likely between {from_at} and {to_at}.",
    "overdue": "Silent for longer than usual {overdue_at:since}.",
    "overdue_later": "Overdue {overdue_at:from}, if no order comes.",
    "reactivated": "Came back {reactivated_at:on}, after having been At risk or Lost.",
    "open_intent": "Open {since_at:since}: {intent} (last touched {last_at:on_minute}); it lasts {intent_until:until}.",
    "open_intent_worth": (
        "Open {since_at:since}: {intent} worth {sum} (last touched {last_at:on_minute}); it lasts {intent_until:until}."
    ),
    "changed": "{from_stage} → {stage}, {since_at:on}: {cause}.",
    "began": "{stage}, {since_at:since}: {cause}.",
    "trust_prior": "The prior speaks: nothing of this shop's history is in these figures yet.",
    "trust_little": (
        "Fitted on {buyers} up to {as_of_at}, {returned} of whom came back; below {enough_buyers} the prior still "
        "weighs as much as they do."
    ),
    "trust_shop": "Fitted on {buyers} up to {as_of_at}, {returned} of whom came back.",
    "trust_unchecked": "Not yet held against a window that the fit did not know.",
    "trust_drifted": "Twice running the number of buyers foretold was more than a quarter off: handle with care.",
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
    dates={
        "on": "on {}",
        "before": "before {}",
        "since": "since {}",
        "until": "until {}",
        "from": "from {} on",
        "around": "around {}",
    },
    no_dates={
        "": "an unknown date",
        "on": "on an unknown date",
        "before": "before an unknown date",
        "since": "since an unknown date",
        "until": "until an unknown date",
        "from": "from an unknown date on",
        "around": "around an unknown date",
    },
    plural=one_or_other,
    counted={
        "orders": {"one": "{n} order", "other": "{n} orders"},
        "bought_once": {"one": "one order", "other": "{n} orders within a week, counted as one,"},
        "days": {"one": "{n} day", "other": "{n} days"},
        "last": {"one": "in the last day", "other": "in the last {n} days"},
        "of_last": {"one": "of the last day", "other": "of the last {n} days"},
        "ago": {"one": "{n} day ago", "other": "{n} days ago"},
        "weeks": {"one": "{n} week", "other": "{n} weeks"},
        "hours": {"one": "{n} hour", "other": "{n} hours"},
        "buyers": {"one": "{n} buyer", "other": "{n} buyers"},
        "renewals": {"one": "once", "other": "{n} times"},
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
    labels={
        "active_at": "last active",
        "cooling_until": "cold from",
        "ended_at": "subscription ended",
        "ending_at": "subscription ends",
        "failed_at": "payment failed",
        "given_up_at": "given up without a payment",
        "identified_at": "known since",
        "idle_since_at": "idle since",
        "intent": "open intent",
        "intent_at": "intent last touched",
        "intent_since_at": "intent begun",
        "intent_until": "intent open until",
        "interest": "interest shown, in product views",
        "interest_day": "day of the interest",
        "last_order_at": "last order",
        "orders": "orders",
        "paused_at": "paused since",
        "paying_since_at": "paying since",
        "plan": "plan",
        "renewals": "renewals",
        "term_end_at": "paid until",
        "trial_end_at": "end of the trial",
        "warm_until": "warm until",
        "worth": "worth a year, seen from the last order",
        "yearly_value": "worth of the contract a year",
        "activity_cooling_days": "At risk this long after the last activity, without orders",
        "activity_warm_days": "activity counts for",
        "aftermath_hours": "activity that belongs to the last order",
        "contract_hero_days": "a Hero has paid for at least",
        "contract_hero_value": "a Hero's contract is worth at least, a year",
        "cooling": "cold below, as a share of the chance after the last order",
        "hero_active_days": "a Hero was active within",
        "hero_orders": "orders of a Hero, while no value is known",
        "hero_value": "a Hero is worth at least, a year",
        "intent_idle_hours": "an intent is idle after",
        "threshold_interest": "qualified interest, in product views",
        "interest_half_life_days": "interest halves within",
        "lapsed_trial_days": "Waiting after an unpaid trial",
        "new_days": "New for",
        "once_at_risk_days": "At risk until, after the only order",
        "once_occasional_days": "Occasional until, after the only order",
        "once_waiting_days": "Waiting until, after the only order",
        "payment_failed_days": "At risk after a failed payment",
        "quote_idle_hours": "a quote is idle after",
        "repeat_orders": "orders of a Repeat customer",
        "returning_days": "active days of a returning reader",
        "returning_span_days": "within",
        "trial_days": "length of a trial whose end is not told",
        "warm": "warm from, as a share of the chance after the last order",
        "year_days": "orders are counted within",
        "repeats": "repeat purchases (x)",
        "first_to_last_weeks": "first order to last (t_x)",
        "first_to_now_weeks": "first order to now (T)",
        "silent_weeks": "silence since the last order",
        "horizon_days": "looked ahead",
        "value_days": "value is counted over",
        "margin": "share of revenue that counts as value",
        "yearly_discount": "discount of value a year away",
        "model_r": "model: r",
        "model_alpha_weeks": "model: alpha",
        "model_a": "model: a",
        "model_b": "model: b",
        "alive_chance": "chance of still being a customer",
        "model_chance": "chance of an order, by the model alone",
        "calibrated_chance": "the same, calibrated on the last windows",
        "averaged_chance": "the same, averaged with the regression",
        "regression_share_chance": "weight of the regression in the average",
        "last_chance": "chance of an order right after the last one",
        "expected_orders": "expected orders",
        "each_worth": "expected value of one order",
        "mean_worth": "own mean order value",
        "typical_worth": "typical order of the shop",
        "typical_weight": "orders that the typical one counts for",
        "contract_worth": "of it by contract",
        "renewals_alpha": "renewals: alpha",
        "renewals_beta": "renewals: beta",
        "churn_risk": "churn risk",
        "warmth": "warmth",
        "expected_value": "expected value",
    },
    intents={"cart": "a cart", "checkout": "a checkout", "trial": "a trial", "quote": "a quote"},
    causes={
        "first": "the first stage of all",
        "event": "by what was done",
        "time": "by time alone",
        "import": "by imported data",
        "settings": "by changed settings",
        "model": "by a new fit of the model",
        "merge": "by joining what belongs to one person",
        "rebuild": "by reading all events anew",
    },
    acts={
        "order": "An order",
        "visit": "A visit",
        "cart": "Something put into the cart",
        "identify": "Signing up or signing in",
        "pay": "A payment",
        "subscribe": "Subscribing",
        "resume": "Resuming the subscription",
        "stay": "Withdrawing the cancellation",
        "cancel": "Cancelling the subscription",
        "refund": "Giving the last order back in full",
    },
    frames={
        "nine_stages": "The nine stages",
        "race": "RACE",
        "retention": "Acquisition, development, loyalty, churn",
        "attract_sell_wow": "Attract, sell, wow",
        "five_steps": "Sterne and Cutler's five steps",
        "decision_journey": "The decision journey",
    },
    phases={
        "race": {"reach": "Reach", "act": "Act", "convert": "Convert", "engage": "Engage"},
        "retention": {
            "acquisition": "Acquisition",
            "development": "Development",
            "loyalty": "Loyalty",
            "churn": "Churn",
        },
        "attract_sell_wow": {"attract": "Attract", "sell": "Sell", "wow": "Wow"},
        "five_steps": {
            "reach": "Reach",
            "acquisition": "Acquisition",
            "conversion": "Conversion",
            "retention": "Retention",
            "loyalty": "Loyalty",
        },
        "decision_journey": {
            "consider": "Consider",
            "evaluate": "Evaluate",
            "buy": "Buy",
            "enjoy": "Enjoy",
            "advocate": "Advocate",
            "bond": "Bond",
        },
    },
)
