"""What the shop's file lacks and playbooks wait for, made up and said to be so on the page.

An invoice file knows no deliveries, birthdays, telephone calls or subscriptions, and nobody before the first order. For
a part of the customers, drawn by a hash of their ids, this adds what a shop's website and its services would have told;
nothing of it changes what was bought, or when. Telephone numbers are of the range that Ofcom keeps for drama.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from chalicelib import times
from chalicelib.ids import digest, fraction
from chalicelib.tracking.event import Event

DAY: Final = timedelta(days=1)
HOUR: Final = timedelta(hours=1)
SUBSCRIBERS: Final = 40
VISITORS: Final = 60
SAID: Final = (
    "a third of the orders are delivered, some days later, and some of those reviewed; a third of the customers tell "
    "their birthday, a fifth a telephone number with consent to calls, and look at something dear; a sixth leave a "
    f"basket behind; {VISITORS} visitors look around, of whom some leave an address when the site asks; and "
    f"{SUBSCRIBERS} people try a subscription"
)
"""What is made up, for the page."""


def additions(subject: str, events: Sequence[Event]) -> list[Event]:
    """What is added to one customer of the file, in no order."""
    orders = [event for event in events if event.name == "Order Completed"]
    if not subject.startswith("u#") or not orders:
        return []
    user, first = subject.removeprefix("u#"), orders[0].at
    return [*_delivered(user, orders), *_told(user, first), *_looked(user, orders)]


def people(since: datetime) -> Iterator[tuple[str, list[Event]]]:
    """Everybody who is made up altogether, with what they do."""
    for number in range(VISITORS):
        name = f"made-up-visitor-{number}"
        yield f"a#{name}", list(_visits(name, since + 340 * DAY * fraction("visit", name)))
    for number in range(SUBSCRIBERS):
        name = f"made-up-subscriber-{number}"
        yield f"u#{name}", list(_subscribes(name, since + 250 * DAY * fraction("subscribe", name)))


def _delivered(user: str, orders: Sequence[Event]) -> Iterator[Event]:
    for order in orders:
        id = str(order.properties.get("order_id"))
        if fraction("delivered", id) < 1 / 3:
            at = order.at + DAY * (2 + 3 * fraction("days", id))
            yield _track(user, at, "Order Delivered", order_id=id)
            if fraction("reviewed", id) < 0.2:
                yield _track(user, at + DAY * (4 + 14 * fraction("review", id)), "Product Reviewed", order_id=id)


def _told(user: str, first: datetime) -> Iterator[Event]:
    if fraction("birthday", user) < 1 / 3:
        day = times.EPOCH + DAY * int(365 * fraction("born", user))
        yield _identify(user, first + HOUR, birthday=f"{day:%Y-%m-%d}")
    if fraction("phone", user) < 0.2:
        yield _identify(user, first + HOUR, phone=f"+441632960{int(1_000 * fraction('number', user)):03d}")
        yield _track(user, first + HOUR, "Subscribed", channel="phone")


def _looked(user: str, orders: Sequence[Event]) -> Iterator[Event]:
    if fraction("phone", user) < 0.2 and len(orders) > 2:
        yield _viewed(user, orders[2].at + 9 * DAY, 250)
    if fraction("basket", user) < 1 / 6:
        at = orders[0].at + DAY * (8 + 20 * fraction("left", user))
        yield _viewed(user, at, 12)
        yield _track(user, at + HOUR / 12, "Product Added", **_article(user, 12), quantity=1)
    elif fraction("looked", user) < 0.2:
        yield _viewed(user, orders[0].at + DAY * (6 + 30 * fraction("again", user)), 12)


def _visits(name: str, at: datetime) -> Iterator[Event]:
    agreed = fraction("agreed", name) < 0.5
    for visit in range(1 + int(5 * fraction("visits", name))):
        for page in range(1 + int(4 * fraction("pages", name, str(visit)))):
            moment = at + visit * 2 * DAY + page * HOUR / 30
            yield _event(name, moment, "page", "Page", True, properties={"path": "/new"})
            yield _viewed(name, moment + HOUR / 60, 12, anonymous=True)
        if agreed and visit == 0:
            yield _track(name, at + HOUR, "Subscribed", anonymous=True, channel="advertising")
        if visit == 1 and fraction("answers", name) < 0.4:
            yield from _answers(name, at + 2 * DAY + HOUR / 4)


def _answers(name: str, at: datetime) -> Iterator[Event]:
    """The form that the playbook visitor_capture puts on the site, filled in."""
    said = {"template": "visitor-capture-ask", "channel": "onsite", "email_given": True, "consent_given": True}
    yield _track(name, at, "On-site Form Submitted", anonymous=True, **said)
    yield _event(name, at, "identify", "Identify", True, traits={"email": f"{name}@visitors.example"})
    yield _track(name, at, "Subscribed", anonymous=True, channel="email", source="onsite")


def _subscribes(name: str, at: datetime) -> Iterator[Event]:
    yield _identify(name, at, email=f"{name}@visitors.example", synthetic=True)
    yield _track(name, at + HOUR, "Subscribed", channel="email")
    plan: dict[str, Any] = {
        "subscription_id": name,
        "plan": "monthly box",
        "price": 12,
        "currency": "GBP",
        "interval": "month",
    }
    yield _track(name, at + HOUR, "Trial Started", **plan, trial_ends_at=times.text(_whole(at + 14 * DAY)))
    yield _track(name, at + 14 * DAY, "Trial Ended", **plan)
    if fraction("stays", name) < 0.4:
        yield _track(name, at + (14 + 3 * fraction("after", name)) * DAY, "Subscription Started", **plan, total=12)
        if fraction("fails", name) < 0.5:
            yield _track(name, at + 48 * DAY, "Payment Failed", **plan)
            yield _track(name, at + (49 + 6 * fraction("pays", name)) * DAY, "Subscription Renewed", **plan, total=12)


def _viewed(name: str, at: datetime, price: int, *, anonymous: bool = False) -> Event:
    return _track(name, at, "Product Viewed", anonymous=anonymous, **_article(name, price))


def _article(name: str, price: int) -> dict[str, Any]:
    return {"product_id": f"MADE-UP-{price}", "name": "A MADE-UP ARTICLE", "price": price, "currency": "GBP"}


def _track(who: str, at: datetime, event: str, *, anonymous: bool = False, **properties: Any) -> Event:
    return _event(who, at, "track", event, anonymous, properties=properties)


def _identify(who: str, at: datetime, **traits: Any) -> Event:
    return _event(who, at, "identify", "Identify", False, traits=traits)


def _event(who: str, at: datetime, type: str, said: str, anonymous: bool, **body: Any) -> Event:
    moment = _whole(at)
    id = "made-up-" + digest(who, said, times.text(moment), json.dumps(body, sort_keys=True))
    ids = {"anonymous_id": who} if anonymous else {"user_id": who}
    fields: dict[str, Any] = {"message_id": id, "type": type, "name": said, "source": "segment", **ids, **body}
    return Event(timestamp=moment, at=moment, received_at=moment, **fields)


def _whole(at: datetime) -> datetime:
    return at.replace(microsecond=0)
