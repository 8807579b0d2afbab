"""Every threshold of the lifecycle: its unit, its range, and what it decides. parameters.py has the defaults, and where
each comes from."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple


class Threshold(NamedTuple):
    """One threshold. unit: days, hours, orders, share, views, or money (in the currency of reports)."""

    unit: str
    least: float
    most: float
    says: str
    whole: bool = False


_YEARS: Final = 3_650

THRESHOLDS: Final[Mapping[str, Threshold]] = MappingProxyType(
    {
        # scores
        "horizon_days": Threshold("days", 1, 730, "Churn risk is the probability of no order within this time."),
        "value_days": Threshold("days", 1, 1_825, "Expected value is the revenue expected within this time."),
        "margin": Threshold("share", 0.01, 1, "The share of that revenue which counts as value."),
        "yearly_discount": Threshold("share", 0, 1, "What value a year away is discounted by."),
        # buyers with two occasions or more
        "warm": Threshold("share", 0.01, 1, "Warm while the chance of an order is at least this share of what it was."),
        "cooling": Threshold("share", 0.001, 1, "Below `warm` and at least this: At risk. Below: Lost."),
        "warm_at_most_days": Threshold("days", 1, _YEARS, "Nobody silent for this long is warm."),
        "cooling_at_most_days": Threshold("days", 1, _YEARS, "Nobody silent for this long is better than Lost."),
        "year_days": Threshold("days", 28, _YEARS, "The span in which the orders of Repeat and Hero are counted."),
        "repeat_orders": Threshold("orders", 1, 12, "Orders within `year_days` that make a warm buyer Repeat.", True),
        "hero_value": Threshold("money", 0, 1e12, "What a Hero is worth a year at least; null: what the fit knows."),
        "hero_orders": Threshold("orders", 1, 12, "While no value is known: orders within `year_days`.", True),
        "hero_active_days": Threshold("days", 1, _YEARS, "A Hero was active within this time."),
        "comeback_orders": Threshold("orders", 1, 12, "Occasions since a lapse that make a Hero a Hero again.", True),
        # buyers with one occasion
        "once_occasional_days": Threshold("days", 0.5, _YEARS, "One order: Occasional for this long."),
        "once_waiting_days": Threshold("days", 0.5, _YEARS, "One order: Waiting until here."),
        "once_at_risk_days": Threshold("days", 0.5, _YEARS, "One order: At risk until here, Lost beyond."),
        # activity
        "activity_warm_days": Threshold("days", 0.5, _YEARS, "Own activity counts for this long."),
        "aftermath_hours": Threshold("hours", 0.01, 720, "Activity this soon after an order belongs to it."),
        "activity_cooling_days": Threshold("days", 0.5, _YEARS, "Without orders: At risk until here, Lost beyond."),
        # people without an order
        "new_days": Threshold("days", 0.01, 365, "New for this long after having become known."),
        "interest": Threshold("views", 0.1, 1_000, "Interest that qualifies, in product views."),
        "interest_half_life_days": Threshold("days", 0.1, 365, "Interest halves in this time."),
        "interest_day_cap": Threshold("views", 1, 10_000, "The most that one day counts.", True),
        "returning_days": Threshold("days", 1, 30, "Active days that make a returning reader a Lead.", True),
        "returning_span_days": Threshold("days", 1, 90, "The span in which they are counted.", True),
        "intent_idle_hours": Threshold("hours", 0.05, 720, "An open cart or other intent, silent so long: Waiting."),
        "quote_idle_hours": Threshold("hours", 0.05, 2_160, "The same for a quote."),
        # subscribers
        "contract_hero_value": Threshold("money", 0, 1e12, "A Hero's contract a year at least; null: `hero_value`."),
        "contract_hero_days": Threshold("days", 1, _YEARS, "While no value is known: a Hero has paid for so long."),
        "trial_days": Threshold("days", 0.5, 730, "A trial whose end nobody told lasts this long."),
        "lapsed_trial_days": Threshold("days", 0.5, _YEARS, "After a trial that ended unpaid: Waiting for this long."),
        "payment_failed_days": Threshold("days", 0.5, 365, "A payment failed, end of term unknown: At risk so long."),
    }
)
