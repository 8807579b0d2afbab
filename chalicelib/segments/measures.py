"""The numbers that a rule's `fact` may ask for, each a pure function of the customer and the time.

Days are exact: a day is 24 hours, and 30 hours are 1.25 days. None means that it is not known (no order yet), which
satisfies no comparison.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from chalicelib.segments.view import View

Measure = Callable[[View, datetime], Decimal | None]

_DAY: Final = timedelta(days=1)
_MILLISECOND: Final = timedelta(milliseconds=1)
_PER_DAY: Final = Decimal(_DAY // _MILLISECOND)


def _since(moment: datetime | None, now: datetime) -> Decimal | None:
    return None if moment is None else Decimal((now - moment) // _MILLISECOND) / _PER_DAY


def _average_order_value(view: View, now: datetime) -> Decimal | None:
    count = view.facts.order_count
    return view.facts.revenue / count if count else None


def _active_days_last_30(view: View, now: datetime) -> Decimal:
    first = (now - 30 * _DAY).toordinal()
    return Decimal(sum(1 for day in view.facts.active_days if first < day <= now.toordinal()))


MEASURES: Final[Mapping[str, Measure]] = {
    "order_count": lambda view, now: Decimal(view.facts.order_count),
    "revenue": lambda view, now: view.facts.revenue,
    "average_order_value": _average_order_value,
    "active_days_last_30": _active_days_last_30,
    "days_since_first_order": lambda view, now: _since(view.facts.first_order_at, now),
    "days_since_last_order": lambda view, now: _since(view.facts.last_order_at, now),
    "days_since_first_activity": lambda view, now: _since(view.facts.first_at, now),
    "days_since_last_activity": lambda view, now: _since(view.facts.last_at, now),
    "days_since_identified": lambda view, now: _since(view.facts.identified_at, now),
    "days_in_stage": lambda view, now: _since(view.stage_since, now),
}
