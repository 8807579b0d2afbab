"""The nine stages, and the rules that give them: what each rule shows and which thresholds it stands on."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final, NamedTuple


class Stage(StrEnum):
    """Where somebody stands. Exactly one for everybody at every moment; both directions are possible."""

    GHOST = "ghost"
    NEW = "new"
    LEAD = "lead"
    WAITING = "waiting"
    OCCASIONAL = "occasional"
    REPEAT = "repeat"
    HERO = "hero"
    AT_RISK = "at_risk"
    LOST = "lost"


class Rule(NamedTuple):
    """A rule: its stage, the names of the values it shows (ladder.py) and of the parameters it stands on."""

    stage: Stage
    values: tuple[str, ...] = ()
    thresholds: tuple[str, ...] = ()


_YEAR: Final = ("repeat_orders", "year_days")
_HERO: Final = ("hero_value", "hero_orders", "hero_active_days")
_LIFT: Final = ("activity_warm_days", "aftermath_hours")
_TOP: Final = ("contract_hero_value", "hero_value", "contract_hero_days")
_LEAD: Final = "activity_warm_days"

RULES: Final[Mapping[str, Rule]] = MappingProxyType(
    {
        "ghost.anonymous": Rule(Stage.GHOST),
        # a subscription is known: by the contract, whatever was ordered beside it
        "contract.hero": Rule(
            Stage.HERO,
            ("plan", "renewals", "yearly_value", "paying_since_at", "active_at"),
            (*_TOP, "hero_active_days"),
        ),
        "contract.renewed": Rule(Stage.REPEAT, ("plan", "renewals", "paying_since_at", "term_end_at")),
        "contract.first_term": Rule(Stage.OCCASIONAL, ("plan", "paying_since_at", "term_end_at")),
        "contract.payment_failed": Rule(Stage.AT_RISK, ("plan", "failed_at", "given_up_at"), ("payment_failed_days",)),
        "contract.ending": Rule(Stage.AT_RISK, ("plan", "ending_at")),
        "contract.trial": Rule(Stage.LEAD, ("plan", "trial_end_at"), ("trial_days",)),
        "contract.paused": Rule(Stage.WAITING, ("plan", "paused_at")),
        "contract.lapsed_trial": Rule(Stage.WAITING, ("plan", "trial_end_at"), ("lapsed_trial_days",)),
        "contract.browsing": Rule(Stage.WAITING, ("plan", "ended_at", "active_at"), _LIFT),
        "contract.ended": Rule(Stage.LOST, ("plan", "ended_at")),
        # at least two buying occasions: by warmth
        "buyer.hero": Rule(Stage.HERO, ("orders", "last_order_at", "worth", "warm_until"), ("warm", *_YEAR, *_HERO)),
        "buyer.repeat": Rule(Stage.REPEAT, ("orders", "last_order_at", "warm_until"), ("warm", *_YEAR)),
        "buyer.occasional": Rule(Stage.OCCASIONAL, ("orders", "last_order_at", "warm_until"), ("warm", *_YEAR)),
        "buyer.browsing": Rule(Stage.WAITING, ("orders", "last_order_at", "warm_until", "active_at"), ("warm", *_LIFT)),
        "buyer.cooling": Rule(
            Stage.AT_RISK, ("orders", "last_order_at", "warm_until", "cooling_until"), ("warm", "cooling")
        ),
        "buyer.cold": Rule(Stage.LOST, ("orders", "last_order_at", "cooling_until"), ("cooling", "once_at_risk_days")),
        # one buying occasion: by the waits of those who came back
        "once.fresh": Rule(Stage.OCCASIONAL, ("orders", "last_order_at"), ("once_occasional_days",)),
        "once.open": Rule(Stage.WAITING, ("orders", "last_order_at"), ("once_occasional_days", "once_waiting_days")),
        "once.browsing": Rule(Stage.WAITING, ("orders", "last_order_at", "active_at"), ("once_waiting_days", *_LIFT)),
        "once.cooling": Rule(Stage.AT_RISK, ("orders", "last_order_at"), ("once_waiting_days", "once_at_risk_days")),
        "once.cold": Rule(Stage.LOST, ("orders", "last_order_at"), ("once_at_risk_days",)),
        # no order: by intent and activity
        "lead.intent": Rule(
            Stage.LEAD, ("intent", "intent_at", "active_at"), ("intent_idle_hours", "quote_idle_hours")
        ),
        "lead.interest": Rule(
            Stage.LEAD, ("interest", "interest_day", "active_at"), ("interest", "interest_half_life_days", _LEAD)
        ),
        "lead.returning": Rule(Stage.LEAD, ("active_at",), ("returning_days", "returning_span_days", _LEAD)),
        "quiet.open_intent": Rule(
            Stage.WAITING,
            ("intent", "intent_since_at", "intent_at", "idle_since_at", "intent_until"),
            ("intent_idle_hours", "quote_idle_hours"),
        ),
        "new.identified": Rule(Stage.NEW, ("identified_at",), ("new_days", "interest")),
        "quiet.warm": Rule(Stage.WAITING, ("active_at",), ("activity_warm_days",)),
        "quiet.cooling": Rule(Stage.AT_RISK, ("active_at",), ("activity_warm_days", "activity_cooling_days")),
        "quiet.cold": Rule(Stage.LOST, ("active_at",), ("activity_cooling_days",)),
        "quiet.unknown": Rule(Stage.LOST),
    }
)
