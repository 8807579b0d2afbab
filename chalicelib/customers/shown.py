"""Facts as people and templates see them: plain values, amounts in the currency of reports. One form for both. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from chalicelib import times
from chalicelib.customers.facts import Facts
from chalicelib.customers.prices import Prices
from chalicelib.customers.sessions import Session
from chalicelib.customers.subscriptions import Subscription
from chalicelib.customers.touches import At

MOST_INTERESTS: Final = 10
_CENT: Final = Decimal("0.01")


def shown(facts: Facts, prices: Prices, now: datetime) -> dict[str, Any]:
    """What docs/FACTS.md lists, by its names there. Times are RFC 3339 text, amounts Decimal, spans seconds."""
    return {
        "orders": _orders(facts, prices),
        "sessions": _sessions(facts, now),
        "acquisition": _touch(facts.touches.first, page=True),
        "last_touch": _touch(facts.touches.last),
        "touches": [
            {
                "day": datetime.fromordinal(touch.day).date().isoformat(),
                "channel": touch.channel,
                "source": touch.source or None,
                "campaign": touch.campaign or None,
            }
            for touch in reversed(facts.touches.recent)
        ],
        "channels": dict(facts.touches.days_by_channel()),
        "interests": _interests(facts, prices),
        "groups": list(facts.memberships.groups),
        "subscriptions": [_subscription(id, each) for id, each in facts.subscriptions.contracts],
        "happenings": {
            name: {
                "count": held.total,
                "first_at": times.text(times.after_epoch(held.first)),
                "last_at": times.text(times.after_epoch(held.last)),
            }
            for name, held in facts.happenings.by_name.items()
        },
    }


def _orders(facts: Facts, prices: Prices) -> dict[str, Any]:
    total = prices.total(facts)
    return {
        "count": facts.order_count,
        "revenue": rounded(total.amount),
        "currency": total.currency,
        "by_currency": [
            {
                "currency": currency or None,
                "count": held.count,
                "revenue": rounded(held.revenue),
                "converted": currency not in total.apart,
            }
            for currency, held in sorted(facts.sums.items())
        ],
        "first_at": _text(facts.first_order_at),
        "last_at": _text(facts.last_order_at),
        "gifts": facts.gift_count,
        "gift_share": round(facts.gift_count / facts.order_count, 4) if facts.order_count else None,
        "last_gift_at": _text(facts.last_gift_at),
    }


def _sessions(facts: Facts, now: datetime) -> dict[str, Any]:
    held = facts.sessions
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return {
        "count": held.count,
        "pages": held.pages,
        "seconds": held.seconds,
        "seconds_today": held.seconds_between(midnight, now),
        "seconds_last_7_days": held.seconds_between(now - timedelta(days=7), now),
        "first_at": _text(held.first_at),
        "last": _session(held.last, held.last_at),
    }


def _session(session: Session | None, at: datetime | None) -> Mapping[str, Any] | None:
    return None if session is None else {"at": _text(at), "seconds": session.seconds, "pages": session.pages}


def _touch(touch: At | None, *, page: bool = False) -> Mapping[str, Any] | None:
    if touch is None:
        return None
    names = ("source", "campaign", "referrer", "landing") if page else ("source", "campaign")
    said = {name: getattr(touch, name) or None for name in names}
    return {"at": _text(touch.at), "channel": touch.channel, **said}


def _interests(facts: Facts, prices: Prices) -> dict[str, Any]:
    return {
        "products": [{"id": id, "interest": interest} for id, interest in facts.interests.top_products(MOST_INTERESTS)],
        "categories": [
            {
                "name": name,
                "interest": interest,
                "mean_price": rounded(prices.price(facts, name)),
                "price": prices.level(facts, name),
            }
            for name, interest in facts.interests.top_categories(MOST_INTERESTS)
        ],
    }


def _subscription(id: str, each: Subscription) -> dict[str, Any]:
    price = each.price[1] if each.price else None
    return {
        "id": id or None,
        "status": each.state,
        "plan": each.plan[1] if each.plan else None,
        "price": rounded(price.amount) if price else None,
        "currency": price.currency or None if price else None,
        "every": f"{price.count} {price.interval}" if price else None,
        "since": _text(each.first_at),
        "paying_since": _text(each.paid_since),
        "renewals": each.renewed,
        "renews_at": _text(each.renews_at[1]) if each.renews_at else None,
        "trial_end": _text(each.trial_end[1]) if each.trial_end else None,
        "failed_since": _text(each.failed_since),
        "ends_at": _text(each.ending_at),
    }


def rounded(amount: Decimal | None) -> Decimal | None:
    """To the cent, and no shorter than it was written: 10.50 stays so, 12.3456 becomes 12.35."""
    return None if amount is None else amount.quantize(_CENT)


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else times.text(moment)
