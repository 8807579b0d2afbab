"""The numbers that a rule's `fact` may ask for, each a pure function of the customer and the time. Texts: texts.py.

Days are exact: a day is 24 hours, and 30 hours are 1.25 days. Browsing is in seconds. None means that it is not known
(no order yet), which satisfies no comparison.

Without a new event a number stays, or it falls step by step as time passes; or it counts the days since a moment, or
until one; or it is a score of the lifecycle, which is that of the beginning of the day (UTC), so that it changes at
midnight and at no other time. By that numbers.py finds the moment at which time alone changes an answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final, Literal

from chalicelib import times
from chalicelib.customers.channels import CHANNELS
from chalicelib.segments.view import View

Trend = Literal["stays", "rises", "falls", "by the day"]

_DAY: Final = timedelta(days=1)
_MILLISECOND: Final = timedelta(milliseconds=1)
PER_DAY: Final = Decimal(_DAY // _MILLISECOND)


@dataclass(frozen=True)
class Measure:
    """A fact by name.

    says:   what it is, with its unit, for docs/FACTS.md. parts: the fields of Facts that it is made of.
    moment: of what counts days: since when, or (falling) until when.
    """

    says: str
    value: Callable[[View, datetime], Decimal | None]
    trend: Trend = "stays"
    parts: frozenset[str] = frozenset()
    moment: Callable[[View], datetime | None] | None = None


def _of(*parts: str) -> frozenset[str]:
    return frozenset(parts)


def _since(says: str, moment: Callable[[View], datetime | None], *parts: str) -> Measure:
    def value(view: View, now: datetime) -> Decimal | None:
        at = moment(view)
        return None if at is None else Decimal((now - at) // _MILLISECOND) / PER_DAY

    return Measure(f"days since {says}", value, "rises", _of(*parts), moment)


def _number(says: str, value: Callable[[View], int], *parts: str) -> Measure:
    return Measure(says, lambda view, now: Decimal(value(view)), parts=_of(*parts))


def _average_order_value(view: View, now: datetime) -> Decimal | None:
    total = view.prices.total(view.facts)
    return total.amount / total.orders if total.orders else None


def _active_days_last_30(view: View, now: datetime) -> Decimal:
    first = (now - 30 * _DAY).toordinal()
    return Decimal(sum(1 for day in view.facts.active_days if first < day <= now.toordinal()))


def _gift_share(view: View, now: datetime) -> Decimal | None:
    count = view.facts.order_count
    return Decimal(view.facts.gift_count) / count if count else None


def _browsed(days: int) -> Callable[[View, datetime], Decimal]:
    return lambda view, now: Decimal(view.facts.sessions.seconds_between(now - days * _DAY, now))


def _browsed_today(view: View, now: datetime) -> Decimal:
    return Decimal(view.facts.sessions.seconds_between(_midnight(now), now))


def _sessions(days: int) -> Callable[[View, datetime], Decimal]:
    return lambda view, now: Decimal(view.facts.sessions.count_since(now - days * _DAY, now))


def _last_session_seconds(view: View, now: datetime) -> Decimal | None:
    last = view.facts.sessions.last
    return None if last is None else Decimal(last.seconds)


def _touch_days(channel: str) -> Measure:
    says = f"days of the recent touches on which the person came by {channel}"
    return _number(says, lambda view: view.facts.touches.days_by_channel().get(channel, 0), "touches")


def _open_intents(view: View, now: datetime) -> Decimal:
    return Decimal(len(view.facts.intents.open_at(now)))


def _intent_worth(view: View, now: datetime) -> Decimal | None:
    """In the currency of reports; what no rate is known for does not count."""
    exchange, own = view.prices.exchange, view.facts.currency
    worths = [item for _, run in view.facts.intents.open_at(now) for item in run.worth.items()]
    known = [worth * rate for currency, worth in worths if (rate := exchange.rate(currency, own or currency))]
    return max(known) if known else None


def _midnight(now: datetime) -> datetime:
    return now.replace(hour=0, minute=0, second=0, microsecond=0)


def _score(says: str, name: str) -> Measure:
    def value(view: View, now: datetime) -> Decimal | None:
        score = getattr(view.judged(_midnight(now)), name)
        return None if score is None else Decimal(repr(round(score, 6)))

    return Measure(says, value, "by the day", _SCORED)


def _next_order_at(view: View) -> datetime | None:
    order = view.judged(view.facts.last_order_at or times.EPOCH).next_order
    return None if order is None else order.at


def _days_until_next_order(view: View, now: datetime) -> Decimal | None:
    at = _next_order_at(view)
    return None if at is None else Decimal((at - now) // _MILLISECOND) / PER_DAY


def _last_intent_at(view: View) -> datetime | None:
    return max((run.last_at for run in view.facts.intents.runs.values() if run.unfinished), default=None)


_ORDERS: Final = ("orders", "earlier")
_SESSIONS: Final = _of("sessions")
_SCORED: Final = _of(*_ORDERS, "subscriptions", "identified_at", "first_at", "consent")

MEASURES: Final[Mapping[str, Measure]] = {
    "order_count": _number("orders, without those given back in full", lambda view: view.facts.order_count, *_ORDERS),
    "revenue": Measure(
        "what orders brought, net of refunds, in the currency of reports",
        lambda view, now: view.prices.total(view.facts).amount,
        parts=_of(*_ORDERS),
    ),
    "orders_unconverted": _number(
        "orders in a currency that the table of rates does not know, which are not in `revenue`",
        lambda view: sum(held.count for held in view.prices.total(view.facts).apart.values()),
        *_ORDERS,
    ),
    "average_order_value": Measure("`revenue` by the orders in it", _average_order_value, parts=_of(*_ORDERS)),
    "gift_count": _number("orders that were gifts", lambda view: view.facts.gift_count, *_ORDERS),
    "gift_share": Measure("`gift_count` by `order_count`, 0 to 1", _gift_share, parts=_of(*_ORDERS)),
    "churn_risk": _score(
        "the chance, 0 to 1, that no order comes within the horizon (docs/LIFECYCLE.md), as of the day's beginning",
        "churn_risk",
    ),
    "expected_value": _score(
        "what the next year is expected to bring, in the currency of reports, as of the day's beginning",
        "expected_value",
    ),
    "days_until_next_order": Measure(
        "days until the next order is expected; below 0 after that; not known before the third buying occasion",
        _days_until_next_order,
        "falls",
        _SCORED,
        _next_order_at,
    ),
    "open_tickets": _number(
        "tickets that are open at the help desk", lambda view: len(view.facts.tickets.unclosed), "tickets"
    ),
    "active_days_last_30": Measure(
        "days (UTC) with activity among the last 30", _active_days_last_30, "falls", _of("active_days")
    ),
    "session_count": _number("sessions", lambda view: view.facts.sessions.count, "sessions"),
    "sessions_last_7_days": Measure("sessions that reach into the last 7 days", _sessions(7), "falls", _SESSIONS),
    "sessions_last_30_days": Measure(
        "sessions that reach into the last 30 days, at most 24", _sessions(30), "falls", _SESSIONS
    ),
    "pages_viewed": _number("pages and screens", lambda view: view.facts.sessions.pages, "sessions"),
    "browsing_seconds": _number("seconds in all sessions", lambda view: view.facts.sessions.seconds, "sessions"),
    "browsing_seconds_last_session": Measure("seconds in the last session", _last_session_seconds, parts=_SESSIONS),
    "browsing_seconds_today": Measure("seconds in sessions since midnight (UTC)", _browsed_today, "falls", _SESSIONS),
    "browsing_seconds_last_7_days": Measure("seconds in sessions of the last 7 days", _browsed(7), "falls", _SESSIONS),
    "days_since_first_order": _since("the first order", lambda view: view.facts.first_order_at, *_ORDERS),
    "days_since_last_order": _since("the last order", lambda view: view.facts.last_order_at, *_ORDERS),
    "days_since_last_gift": _since("the last order that was a gift", lambda view: view.facts.last_gift_at, *_ORDERS),
    "days_since_first_activity": _since("the first activity", lambda view: view.facts.first_at, "first_at"),
    "days_since_last_activity": _since("the last activity", lambda view: view.facts.last_at, "last_at"),
    "days_since_last_session": _since("the last session began", lambda view: view.facts.sessions.last_at, "sessions"),
    "days_since_first_touch": _since(
        "the first touch",
        lambda view: view.facts.touches.first.at if view.facts.touches.first else None,
        "touches",
    ),
    "days_since_last_touch": _since(
        "the last touch", lambda view: view.facts.touches.last.at if view.facts.touches.last else None, "touches"
    ),
    "days_since_identified": _since(
        "the person was identified", lambda view: view.facts.identified_at, "identified_at"
    ),
    "open_intents": Measure("carts, checkouts, trials, quotes that are open", _open_intents, "falls", _of("intents")),
    "open_intent_worth": Measure(
        "what the most valuable open one is worth, in the currency of reports",
        _intent_worth,
        "falls",
        _of("intents", *_ORDERS),
    ),
    "days_since_intent": _since("the last event of an intent that nothing has closed", _last_intent_at, "intents"),
    "days_overdue": _since(
        "the silence became longer than the person's own usual waits; below 0 before that",
        lambda view: view.overdue_at,
        *_ORDERS,
    ),
    "days_since_reactivated": _since(
        "the person last came back from At risk or Lost", lambda view: view.reactivated_at
    ),
    "days_in_stage": _since("the stage was entered", lambda view: view.stage_since),
    **{f"touch_days_{channel}": _touch_days(channel) for channel in CHANNELS},
}
STANDING: Final = frozenset({"days_overdue", "days_since_reactivated", "days_in_stage"})
"""What comes with the stage: it changes when that is judged anew."""
SCORES: Final = frozenset({"churn_risk", "expected_value", "days_until_next_order"})
"""What the lifecycle's models say: other parameters or another fit change it for everybody."""
