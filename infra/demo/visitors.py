"""Synthetic visitors, made up and labelled as such, because an invoice file knows nobody before the first
order.

The UCI history has buyers and guests. These few people fill the stages in front of the first order (Ghost,
New, Lead, Waiting) and those that a person who never bought falls into. Every id begins with `synthetic-`,
every address is at `visitors.example`, every identify carries the trait `synthetic: true`.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Final, Literal

from infra.demo.shop import CURRENCY, Body, Call

Deed = Literal["identify", "subscribe", "page", "view", "cart"]

UNSUBSCRIBER: Final = "synthetic-unsubscriber"
"""Welcomed today; the replay's last check withdraws this person's permission through the link in the mail."""
NO_PERMISSION: Final = "synthetic-no-permission"
"""Identified today without a tick in the newsletter's box: the welcome must not go out, and must say why."""

_SIGN_UP: Final[tuple[Deed, ...]] = ("page", "subscribe", "identify")  # one form: ticked, then submitted
_INTEREST: Final[tuple[Deed, ...]] = ("page", "identify", "view", "view", "cart")

# id: days before the history's last day, and what happened, a second apart
_KNOWN: Final[dict[str, dict[int, tuple[Deed, ...]]]] = {
    UNSUBSCRIBER: {0: _SIGN_UP},
    NO_PERMISSION: {0: ("page", "identify")},
    "synthetic-newcomer-1": {0: _SIGN_UP},
    "synthetic-newcomer-2": {0: _SIGN_UP},
    "synthetic-newcomer-3": {2: _SIGN_UP},
    "synthetic-lead-1": {0: ("page", "view", "view", "cart", "subscribe", "identify")},
    "synthetic-lead-2": {1: _SIGN_UP, 0: ("page", "view", "view", "cart")},
    "synthetic-lead-3": {9: _SIGN_UP, 3: ("page", "view"), 0: ("page", "view", "view", "cart")},
    "synthetic-quiet-1": {24: _INTEREST},
    "synthetic-quiet-2": {30: _SIGN_UP, 28: ("page", "view", "cart")},
    "synthetic-gone-1": {75: _INTEREST},
    "synthetic-gone-2": {210: _INTEREST},
}
# Who looked in one evening a month ago and never again: with the thresholds as they come, they become At risk on the
# evening of the last day, seconds after customer 13656 does.
_EVENING: Final[dict[str, time]] = {
    "synthetic-lapsing-1": time(19, 54, 44),
    "synthetic-lapsing-2": time(19, 54, 51),
    "synthetic-lapsing-3": time(19, 54, 57),
}
_MONTH: Final = 30
_ANONYMOUS: Final[dict[str, dict[int, tuple[Deed, ...]]]] = {
    "synthetic-visitor-1": {0: ("page", "view")},
    "synthetic-visitor-2": {0: ("page", "view", "view", "cart")},
    "synthetic-visitor-3": {6: ("page",), 0: ("page", "view")},
    "synthetic-visitor-4": {40: ("page", "view")},
}
# Three articles that the shop really sold: stock code, name, price
_WINDOW: Final = (
    ("85123A", "WHITE HANGING HEART T-LIGHT HOLDER", 2.95),
    ("22423", "REGENCY CAKESTAND 3 TIER", 12.75),
    ("47566", "PARTY BUNTING", 4.95),
)
_OPENING: Final = time(9, 5)


def calls(last_day: date) -> list[Call]:
    """What the synthetic visitors do, in order of time; `last_day` is the last day of the history."""
    made: list[Call] = []
    for people, known in ((_KNOWN, True), (_ANONYMOUS, False)):
        for number, (person, days) in enumerate(people.items()):
            for ago, deeds in days.items():
                opening = datetime.combine(last_day - timedelta(days=ago), _OPENING, tzinfo=UTC)
                made += _visit(person, known, opening + timedelta(minutes=11 * number), deeds)
    for person, at in _EVENING.items():
        evening = datetime.combine(last_day - timedelta(days=_MONTH), at, tzinfo=UTC)
        made += _visit(person, True, evening - timedelta(days=2), _SIGN_UP)
        made += _visit(person, True, evening, ("page",))
    return sorted(made, key=lambda call: call.at)


def _visit(person: str, known: bool, start: datetime, deeds: tuple[Deed, ...]) -> list[Call]:
    return [
        _call(person, known, start + timedelta(seconds=step), deed, f"{start.date()}/{step}")
        for step, deed in enumerate(deeds)
    ]


def _call(person: str, known: bool, at: datetime, deed: Deed, occasion: str) -> Call:
    key = f"{person}/{occasion}/{deed}"
    user, anonymous = (person, None) if known else (None, person)
    if deed == "identify":
        traits = {"email": f"{person}@visitors.example", "synthetic": True}
        return Call(key, "identify", at, "", user, anonymous, traits)
    if deed == "page":
        return Call(key, "page", at, "Home", user, anonymous, {"path": "/", "title": "Gifts for all occasions"})
    name, body = _deed(deed, len(occasion + person))
    return Call(key, "track", at, name, user, anonymous, body)


def _deed(deed: Deed, pick: int) -> tuple[str, Body]:
    if deed == "subscribe":
        return "Subscribed", {"channel": "email", "source": "sign-up form"}
    code, name, price = _WINDOW[pick % len(_WINDOW)]
    product: Body = {"product_id": code, "name": name, "price": price, "currency": CURRENCY}
    return ("Product Added", product | {"quantity": 2}) if deed == "cart" else ("Product Viewed", product)
