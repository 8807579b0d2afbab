"""What a rule's `fact` may ask for, each a pure function of the customer and the time.

Numbers, texts and lists of texts. Days are exact: a day is 24 hours, and 30 hours are 1.25 days. Browsing is in
seconds. None means that it is not known (no order yet), which satisfies no comparison.

Without a new event a number stays, only rises, or only falls as time passes: that is its `trend`, by which outlook.py
finds the moment at which time alone changes an answer. Texts and lists stay.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final, Literal

from chalicelib.customers.channels import CHANNELS
from chalicelib.customers.touches import At
from chalicelib.segments.view import View

Trend = Literal["stays", "rises", "falls"]

_DAY: Final = timedelta(days=1)
_MILLISECOND: Final = timedelta(milliseconds=1)
_PER_DAY: Final = Decimal(_DAY // _MILLISECOND)
_MOST: Final = 10  # interests in a list


@dataclass(frozen=True)
class Measure:
    """A fact by name. `says`: what it is, with its unit, for docs/FACTS.md."""

    says: str
    value: Callable[[View, datetime], Decimal | None]
    trend: Trend = "stays"


@dataclass(frozen=True)
class Words:
    """A fact that is a text, or a list of texts; None if it is not known."""

    says: str
    value: Callable[[View, datetime], str | list[str] | None]


def _since(says: str, moment: Callable[[View], datetime | None]) -> Measure:
    def value(view: View, now: datetime) -> Decimal | None:
        at = moment(view)
        return None if at is None else Decimal((now - at) // _MILLISECOND) / _PER_DAY

    return Measure(f"days since {says}", value, "rises")


def _number(says: str, value: Callable[[View], int]) -> Measure:
    return Measure(says, lambda view, now: Decimal(value(view)))


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
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return Decimal(view.facts.sessions.seconds_between(midnight, now))


def _sessions(days: int) -> Callable[[View, datetime], Decimal]:
    return lambda view, now: Decimal(view.facts.sessions.count_since(now - days * _DAY, now))


def _last_session_seconds(view: View, now: datetime) -> Decimal | None:
    last = view.facts.sessions.last
    return None if last is None else Decimal(last.seconds)


def _touch_days(channel: str) -> Measure:
    says = f"days of the recent touches on which the person came by {channel}"
    return _number(says, lambda view: view.facts.touches.days_by_channel().get(channel, 0))


def _open_intents(view: View, now: datetime) -> Decimal:
    return Decimal(len(view.facts.intents.open_at(now)))


def _intent_worth(view: View, now: datetime) -> Decimal | None:
    """In the currency of reports; what no rate is known for does not count."""
    exchange, own = view.prices.exchange, view.facts.currency
    worths = [item for _, run in view.facts.intents.open_at(now) for item in run.worth.items()]
    known = [worth * rate for currency, worth in worths if (rate := exchange.rate(currency, own or currency))]
    return max(known) if known else None


def _last_intent_at(view: View) -> datetime | None:
    return max((run.last_at for run in view.facts.intents.runs.values() if run.unfinished), default=None)


MEASURES: Final[Mapping[str, Measure]] = {
    "order_count": _number("orders, without those given back in full", lambda view: view.facts.order_count),
    "revenue": Measure(
        "what orders brought, net of refunds, in the currency of reports",
        lambda view, now: view.prices.total(view.facts).amount,
    ),
    "orders_unconverted": _number(
        "orders in a currency that the table of rates does not know, which are not in `revenue`",
        lambda view: sum(held.count for held in view.prices.total(view.facts).apart.values()),
    ),
    "average_order_value": Measure("`revenue` by the orders in it", _average_order_value),
    "gift_count": _number("orders that were gifts", lambda view: view.facts.gift_count),
    "gift_share": Measure("`gift_count` by `order_count`, 0 to 1", _gift_share),
    "open_tickets": _number("tickets that are open at the help desk", lambda view: len(view.facts.tickets.unclosed)),
    "active_days_last_30": Measure("days (UTC) with activity among the last 30", _active_days_last_30, "falls"),
    "session_count": _number("sessions", lambda view: view.facts.sessions.count),
    "sessions_last_7_days": Measure("sessions that reach into the last 7 days", _sessions(7), "falls"),
    "sessions_last_30_days": Measure("sessions that reach into the last 30 days, at most 24", _sessions(30), "falls"),
    "pages_viewed": _number("pages and screens", lambda view: view.facts.sessions.pages),
    "browsing_seconds": _number("seconds in all sessions", lambda view: view.facts.sessions.seconds),
    "browsing_seconds_last_session": Measure("seconds in the last session", _last_session_seconds),
    "browsing_seconds_today": Measure("seconds in sessions since midnight (UTC)", _browsed_today, "falls"),
    "browsing_seconds_last_7_days": Measure("seconds in sessions of the last 7 days", _browsed(7), "falls"),
    "days_since_first_order": _since("the first order", lambda view: view.facts.first_order_at),
    "days_since_last_order": _since("the last order", lambda view: view.facts.last_order_at),
    "days_since_last_gift": _since("the last order that was a gift", lambda view: view.facts.last_gift_at),
    "days_since_first_activity": _since("the first activity", lambda view: view.facts.first_at),
    "days_since_last_activity": _since("the last activity", lambda view: view.facts.last_at),
    "days_since_last_session": _since("the last session began", lambda view: view.facts.sessions.last_at),
    "days_since_first_touch": _since(
        "the first touch", lambda view: view.facts.touches.first.at if view.facts.touches.first else None
    ),
    "days_since_last_touch": _since(
        "the last touch", lambda view: view.facts.touches.last.at if view.facts.touches.last else None
    ),
    "days_since_identified": _since("the person was identified", lambda view: view.facts.identified_at),
    "open_intents": Measure("carts, checkouts, trials, quotes that are open", _open_intents, "falls"),
    "open_intent_worth": Measure(
        "what the most valuable open one is worth, in the currency of reports", _intent_worth, "falls"
    ),
    "days_since_intent": _since("the last event of an intent that nothing has closed", _last_intent_at),
    "days_overdue": _since(
        "the silence became longer than the person's own usual waits; below 0 before that", lambda view: view.overdue_at
    ),
    "days_since_reactivated": _since(
        "the person last came back from At risk or Lost", lambda view: view.reactivated_at
    ),
    "days_in_stage": _since("the stage was entered", lambda view: view.stage_since),
    **{f"touch_days_{channel}": _touch_days(channel) for channel in CHANNELS},
}


def _of(touch: At | None, name: str) -> str | None:
    return getattr(touch, name) or None if touch is not None else None


def _first(says: str, name: str) -> Words:
    return Words(says, lambda view, now: _of(view.facts.touches.first, name))


def _last(says: str, name: str) -> Words:
    return Words(says, lambda view, now: _of(view.facts.touches.last, name))


def _top_category(view: View, now: datetime) -> str | None:
    return next((name for name, _ in view.facts.interests.top_categories(1)), None)


def _price_level(view: View, now: datetime) -> str | None:
    top = _top_category(view, now)
    return view.prices.level(view.facts, top) if top else None


def _plan(view: View, now: datetime) -> str | None:
    said = max((each for _, each in view.facts.subscriptions.contracts), key=lambda each: each.last_at, default=None)
    return said.plan[1] if said and said.plan else None


WORDS: Final[Mapping[str, Words]] = {
    "acquisition_channel": _first("the channel of the first touch", "channel"),
    "acquisition_source": _first("the source of the first touch: `google`, `newsletter`", "source"),
    "acquisition_campaign": _first("the campaign of the first touch", "campaign"),
    "acquisition_referrer": _first("the host of the page that led to the first touch", "referrer"),
    "acquisition_landing": _first("the path of the page of the first touch", "landing"),
    "last_touch_channel": _last("the channel of the last touch", "channel"),
    "last_touch_source": _last("the source of the last touch", "source"),
    "last_touch_campaign": _last("the campaign of the last touch", "campaign"),
    "top_category": Words("the category of most interest", _top_category),
    "top_category_price": Words("the price tier of `top_category`: low, mid or high", _price_level),
    "categories_of_interest": Words(
        "the ten categories of most interest",
        lambda view, now: [name for name, _ in view.facts.interests.top_categories(_MOST)],
    ),
    "products_of_interest": Words(
        "the ids of the ten products of most interest",
        lambda view, now: [name for name, _ in view.facts.interests.top_products(_MOST)],
    ),
    "intents": Words(
        "the kinds of intent that nothing has closed: cart, checkout, trial, quote",
        lambda view, now: [kind for kind, run in view.facts.intents.runs.items() if run.unfinished],
    ),
    "subscription": Words(
        "how it stands with the best subscription: active, failed, ending, trial, paused, ended",
        lambda view, now: view.facts.subscriptions.status,
    ),
    "plan": Words("the plan of the subscription of which something was said last", _plan),
    "stage_cause": Words(
        "why the stage was entered: event, time, model, settings, import...", lambda view, now: view.cause
    ),
    "currency": Words("the currency of the person's newest order", lambda view, now: view.facts.currency),
    "groups": Words(
        "the ids of the accounts that the person says to belong to",
        lambda view, now: list(view.facts.memberships.groups),
    ),
}
