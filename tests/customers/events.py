"""Events for tests: short to write by hand, and arbitrary ones for properties."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from chalicelib.tracking.event import Event

DAY = datetime(2026, 11, 20, 12, tzinfo=UTC)


def event(name: str = "Product Viewed", at: datetime = DAY, **given: Any) -> Event:
    """A track call of `u#ann` (or an identify, if the name says so), received when it was sent."""
    kind = name.lower() if name in ("Identify", "Page", "Screen", "Group", "Alias") else "track"
    base: dict[str, Any] = {
        "message_id": f"{name}-{at.isoformat()}",
        "type": kind,
        "name": name,
        "user_id": "ann",
        "timestamp": at,
        "at": at,
        "received_at": max(at, DAY),
        "source": "segment",
    }
    return Event(**(base | given))


def order(id: str, at: datetime = DAY, total: Any = "10", **given: Any) -> Event:
    """An Order Completed."""
    return event("Order Completed", at, message_id=f"order-{id}-{at}-{total}", **given).model_copy(
        update={"properties": {"order_id": id, "total": total, "currency": "GBP"}}
    )


def refund(id: str, at: datetime = DAY, **properties: Any) -> Event:
    """An Order Refunded; without a total it gives everything back."""
    return event("Order Refunded", at, message_id=f"refund-{id}-{at}-{properties}").model_copy(
        update={"properties": {"order_id": id, **properties}}
    )


_MOMENTS = st.integers(0, 400).map(lambda half: DAY - timedelta(days=half / 2)) | st.integers(0, 20_000).map(
    lambda days: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=days)
)
_MONEY = (
    st.decimals(-50, 500, places=2).map(str)
    | st.floats(allow_nan=True)
    | st.integers(-10, 10**15)
    | st.none()
    | st.text(max_size=4)
    | st.booleans()
)
_ORDER_IDS = st.integers(0, 30).map(str) | st.integers(0, 30) | st.sampled_from([None, "", 3.5, "x" * 200, [1]])
_NAMES = st.sampled_from(
    ["Product Viewed", "Product Added", "Email Opened", "Email Delivered", "Email Link Clicked", "Something Else"]
)
_MONEY_NAMES = st.sampled_from(["Order Completed", "Completed Order", "Order Refunded", "Order Cancelled"])
_TOPICS = st.sampled_from([None, "newsletter", 7, {"a": 1}, "y" * 200])


GROUPS = ["acme", "b", *"defghijklmnop", " ", "x" * 101]
_PAGES = st.fixed_dictionaries(
    {"url": st.sampled_from(["https://shop.example/a", "https://shop.example/b?gclid=1", ""])},
    optional={"referrer": st.sampled_from(["https://www.google.com/", "https://t.co/x", "https://shop.example/", 5])},
)
_CAMPAIGNS = st.fixed_dictionaries(
    {"source": st.sampled_from(["news", "google", "Ä" * 80]), "medium": st.sampled_from(["email", "cpc", "", None])},
    optional={"name": st.sampled_from(["spring", "z" * 90])},
)
_PRODUCTS = st.fixed_dictionaries(
    {
        "product_id": st.sampled_from(["p1", "p2", 7, None, "y" * 70]),
        "category": st.sampled_from(["Home", "a:b", "", 3]),
    },
    optional={"price": _MONEY, "currency": st.sampled_from(["GBP", "EUR", "pounds"])},
)


@st.composite
def visits(draw: st.DrawFn, at: datetime, given: dict[str, Any]) -> Event:
    """A page, or a product looked at, added or bought."""
    context: dict[str, Any] = {"page": draw(_PAGES)}
    if draw(st.booleans()):
        context["campaign"] = draw(_CAMPAIGNS)
    name = draw(st.sampled_from(["Page", "Page", "Product Viewed", "Product Added", "Order Completed"]))
    properties: dict[str, Any] = draw(_PRODUCTS) if name != "Page" else {}
    if name == "Order Completed":
        properties = {"order_id": draw(_ORDER_IDS), "total": 1, "products": draw(st.lists(_PRODUCTS, max_size=3))}
    return event(name, at, properties=properties, context=context, **given)


_MEANT = st.sampled_from(
    [
        *("Product Added", "Product Removed", "Cart Viewed", "Cart Updated", "Cart Cleared", "Checkout Started"),
        *("Quote Requested", "Quote Declined", "Trial Started", "Trial Ending", "Trial Ended", "Subscription Created"),
        *("Subscription Started", "Subscription Renewed", "Subscription Updated", "Subscription Paused"),
        *("Subscription Resumed", "Subscription Cancelled", "Subscription Cancellation Scheduled", "Payment Failed"),
    ]
)
_STATUSES = st.sampled_from(["active", "trialing", "past_due", "canceled", "incomplete", "ACTIVE ", "odd", None, 5])
_TERMS = st.fixed_dictionaries(
    {},
    optional={
        "subscription_id": st.sampled_from(["s1", "s2", 3, "", "ä", "x" * 90, *(f"many{n}" for n in range(9))]),
        "status": _STATUSES,
        "plan": st.sampled_from(["pro", "", 7, "Ä" * 80]),
        "price": _MONEY,
        "currency": st.sampled_from(["GBP", "EUR", "pounds"]),
        "interval": st.sampled_from(["month", "annual", "eon"]),
        "renews_at": st.sampled_from(["2026-12-20T12:00:00Z", "2020-02-30", "soon", 5, "0001-01-01"]),
        "cancel_at_period_end": st.sampled_from([True, False, "yes"]),
        "ended_at": st.sampled_from(["2026-11-25T00:00:00Z", None]),
        "trial_end_date": st.sampled_from(["2026-11-21", "9999-12-31T00:00:00+14:00"]),
        "products": st.lists(_PRODUCTS, max_size=3),
        "product_id": st.sampled_from(["p1", "p2", "p3"]),
        "quantity": st.sampled_from([0, 1, 2, "3", None]),
        "value": _MONEY,
        "converted": st.booleans(),
    },
)


@st.composite
def wanted(draw: st.DrawFn, at: datetime, given: dict[str, Any]) -> Event:
    """Something of an intent or of a subscription."""
    return event(draw(_MEANT), at, properties=draw(_TERMS), **given)


_ADDRESSES = st.sampled_from([None, *(f"{name}@shop.example" for name in "abcdefg")])


@st.composite
def events(draw: st.DrawFn) -> Event:
    """Any event of one customer: sensible, odd and broken ones."""
    at = draw(_MOMENTS)
    kind = draw(
        st.sampled_from(
            ["plain", "money", "money", "money", "consent", "bounce", "lift", "identify", "visit", "group", "wanted"]
        )
    )
    given: dict[str, Any] = {"message_id": draw(st.uuids().map(str)), "user_id": None, "anonymous_id": "b1"}
    if kind == "money":
        properties = {
            "order_id": draw(_ORDER_IDS),
            "total": draw(_MONEY),
            "currency": draw(st.sampled_from(["GBP", "eur", 1])),
            "gift": draw(st.sampled_from([True, False, "yes", 3])),
        }
        return event(draw(_MONEY_NAMES), at, properties=properties, **given)
    if kind == "consent":
        properties = {"channel": draw(st.sampled_from([None, "email", "sms"])), "topic": draw(_TOPICS)}
        return event(draw(st.sampled_from(["Subscribed", "Unsubscribed"])), at, properties=properties, **given)
    if kind == "lift":
        said = {"agreed_at": draw(st.sampled_from([None, "2026-11-20T10:00:00Z", "2026-12-01T10:00:00Z", "soon"]))}
        properties = {"channel": draw(st.sampled_from(["email", "post"])), "email": draw(_ADDRESSES), **said}
        return event("Suppression Lifted", at, source="perennial", properties=properties, **given)
    if kind == "bounce":
        given |= {"source": draw(st.sampled_from(["ses", "segment"]))}
        properties = {
            "bounce_type": draw(st.sampled_from(["Permanent", "Permanent", "Transient", None])),
            "email": draw(_ADDRESSES),
        }
        return event(
            draw(st.sampled_from(["Email Bounced", "Email Marked as Spam"])), at, properties=properties, **given
        )
    if kind in ("visit", "group"):
        given |= {"unproven": draw(st.booleans()), "group_id": draw(st.sampled_from(GROUPS))}
        return draw(visits(at, given)) if kind == "visit" else event("Group", at, **given)
    if kind == "wanted":
        return draw(wanted(at, given))
    if kind == "identify":
        traits = draw(st.fixed_dictionaries({}, optional={"email": st.sampled_from(["a@shop.example", "", 5])}))
        context = draw(st.sampled_from([{}, {"active": True}, {"active": False}, {"userAgent": "x"}]))
        return event("Identify", at, traits=traits, context=context, **given)
    return event(draw(_NAMES), at, context=draw(st.sampled_from([{}, {"active": False}])), **given)


def histories(max_size: int = 60) -> st.SearchStrategy[list[Event]]:
    """Events of one customer, each once."""
    return st.lists(events(), max_size=max_size, unique_by=lambda each: each.message_id)
