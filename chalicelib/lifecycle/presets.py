"""Thresholds of the kinds of business, where they differ from the defaults (a shop's). Chosen by the pace of each: how
often anybody can be expected to buy, to read, to decide. A fit of the workspace's own history replaces what it knows.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from chalicelib.customers.business import Business

PRESETS: Final[Mapping[Business, Mapping[str, float]]] = MappingProxyType(
    {
        "shop": MappingProxyType({}),
        "grocer": MappingProxyType(
            {
                # a week or two between two orders: two months of silence are long
                "warm_at_most_days": 180,
                "cooling_at_most_days": 365,
                "once_occasional_days": 21,
                "once_waiting_days": 45,
                "once_at_risk_days": 120,
                "hero_orders": 12,
                "hero_active_days": 30,
                "activity_warm_days": 14,
                "activity_cooling_days": 45,
                "interest_half_life_days": 3,
            }
        ),
        "saas": MappingProxyType(
            {
                # people who use a thing use it weekly
                "hero_active_days": 30,
                "activity_warm_days": 14,
                "activity_cooling_days": 60,
                "interest_half_life_days": 10,
                "quote_idle_hours": 48,
                "lapsed_trial_days": 60,
            }
        ),
        "content": MappingProxyType(
            {
                # readers who never buy: a habit is what qualifies, and two weeks without one are a sign
                "activity_warm_days": 14,
                "activity_cooling_days": 45,
                "returning_days": 4,
                "hero_active_days": 30,
            }
        ),
        "b2b": MappingProxyType(
            {
                # decisions take months, and orders come by the quarter or the year
                "warm_at_most_days": 1095,
                "cooling_at_most_days": 1825,
                "once_occasional_days": 120,
                "once_waiting_days": 365,
                "once_at_risk_days": 730,
                "hero_orders": 6,
                "hero_active_days": 180,
                "activity_warm_days": 60,
                "activity_cooling_days": 180,
                "new_days": 14,
                "interest_half_life_days": 21,
                "returning_span_days": 30,
                "intent_idle_hours": 24,
                "quote_idle_hours": 168,
                "trial_days": 30,
            }
        ),
    }
)
"""Threshold by name, for each kind of business."""
