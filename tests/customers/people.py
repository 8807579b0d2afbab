"""Claims and events of identity for tests: short to write, and arbitrary ones for properties."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from chalicelib.customers.claims import MERGED, SPLIT, Claim, Why, properties_of_merge, properties_of_split
from chalicelib.tracking.contact import address_id
from chalicelib.tracking.event import OURS, Event, subject_ids
from tests.customers.events import DAY, event

TOKEN = "c0ffee-c0ffee-c0ffee"
OTHER_TOKEN = "decaf0-decaf0-decaf0"
ANN = "ann@shop.example"
MAIL = f"a#{address_id('email', ANN)}"
PHONE = f"a#{address_id('phone', '+40721234567')}"
CART, CHECKOUT, OTHER_CART = f"a#cart:{TOKEN}", f"a#checkout:{TOKEN}", f"a#cart:{OTHER_TOKEN}"


def of(subject: str, name: str = "Product Viewed", minute: int = 0, **given: Any) -> Event:
    """An event of a subject, so many minutes after DAY, under a public key unless `unproven=False`."""
    at = DAY + timedelta(minutes=minute)
    ids: dict[str, Any] = {"user_id": None, "anonymous_id": None, **subject_ids(subject)}
    base: dict[str, Any] = {"message_id": f"{subject}-{name}-{minute}", "unproven": True, "received_at": at}
    return event(name, at, **(base | ids | given))


def identify(user: str, visitor: str | None = None, minute: int = 0, **given: Any) -> Event:
    """An identify of a user in a visitor's browser."""
    return of(f"u#{user}", "Identify", minute, anonymous_id=visitor, **given)


def alias(previous: str, user: str, minute: int = 0, **given: Any) -> Event:
    """An alias of what was called `previous` until now."""
    return of(f"u#{user}", "Alias", minute, previous_id=previous, **given)


def bought(subject: str, token: str = TOKEN, minute: int = 0, order: str = "1", **given: Any) -> Event:
    """An order that names a cart."""
    properties = {"order_id": order, "total": "10", "currency": "GBP", "cart_token": token}
    return of(subject, "Order Completed", minute, **({"properties": properties} | given))


def carried(subject: str, token: str = TOKEN, minute: int = 0, **given: Any) -> Event:
    """A visitor puts something into a cart."""
    return of(subject, "Product Added", minute, **({"properties": {"cart_token": token}} | given))


def merged(subject: str, into: str, minute: int = 0) -> Event:
    """Somebody with a secret key decides that a subject belongs to another."""
    given = {"source": OURS, "unproven": False, "context": {"active": False}}
    return of(subject, MERGED, minute, properties=properties_of_merge(into), **given)


def split(subject: str, minute: int = 0, root: str = "u#ann") -> Event:
    """Somebody with a secret key decides that a subject stands alone."""
    given = {"source": OURS, "unproven": False, "context": {"active": False}}
    return of(subject, SPLIT, minute, properties=properties_of_split(root), **given)


def mailed(user: str, email: str = ANN, minute: int = 0, **given: Any) -> Event:
    """The shop's own server says a user's address."""
    return identify(user, None, minute, **({"traits": {"email": email}, "unproven": False} | given))


_USERS = st.sampled_from(["u#1", "u#2", "u#3"])
_VISITORS = st.sampled_from(["a#x", "a#y", "a#z"])
_ADDRESSES = st.sampled_from([MAIL, PHONE])
_CARTS = st.sampled_from([CART, CHECKOUT, OTHER_CART])
_MOMENTS = st.integers(0, 12).map(lambda minute: DAY + timedelta(minutes=minute))


@st.composite
def arbitrary_claims(draw: st.DrawFn) -> Claim:
    """Any claim that an event could make, and a few that none should."""
    source = draw(_USERS | _VISITORS | _ADDRESSES | _CARTS)
    why: Why = draw(st.sampled_from(["identify", "alias", "address", "order", "token", "merge", "split"]))
    target = {
        "order": _USERS | _VISITORS | _ADDRESSES,
        "token": _CARTS,
        "merge": _USERS | _VISITORS | _ADDRESSES,
        "split": st.just(source),
    }.get(why, _USERS)
    at: datetime = draw(_MOMENTS)
    id = f"m{draw(st.integers(0, 10**6))}"
    return Claim(source, draw(target), at, id, at, why in ("merge", "split") or draw(st.booleans()), why)
