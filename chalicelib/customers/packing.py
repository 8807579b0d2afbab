"""Facts as bytes, the largest part of a customer's `state` item: its bytes are what tracking costs.

One byte says how the rest is to be read: compact JSON, deflated with names and figures as its dictionary (2: those of
events among them; 1: without), which makes a third of it in some 12 microseconds.

    {"first": ms, "last": ms, "identified": ms,
     "orders": [[id, ms, "total", "refunded", marks, total at ms, currency]...],
     "earlier": {...}, "refunds": {id: ["amount", all]}, "lost": 1, "currency": "GBP", "days": [newest, "hex of bits"],
     "intent": [newest, [days before it, weight]...], "consent": {subject: [granted, ms, message id, confirmed, of]},
     "asked": {subject: [ms, message id]}, "suppressed": {channel: [reason, ms, address...]}, "lifted": {key: ms},
     "known": ms, "claimed": ms, "faulty": n, "ses", "tou", "int", "mem", "tic", "ope", "sub", "hap", "lis": as
     their modules say}

What is empty is left out, also at the end of an order. Times are milliseconds since 1970, money is text. Marks: 1 for a
cancelled order, 2 for a gift. An order says its currency only if it is another than the person's ("currency").
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from pydantic_core import from_json, to_json

from chalicelib.customers import (
    happenings,
    intents,
    interests,
    lists,
    memberships,
    sessions,
    short,
    subscriptions,
    tickets,
    touches,
)
from chalicelib.customers.facts import Asked, Consent, Earlier, Facts, Order, Refund, Sum, Suppression
from chalicelib.times import after_epoch, milliseconds

_PARTS: Final[Mapping[str, tuple[str, Any]]] = {
    "ses": ("sessions", sessions),
    "tou": ("touches", touches),
    "int": ("interests", interests),
    "mem": ("memberships", memberships),
    "tic": ("tickets", tickets),
    "ope": ("intents", intents),
    "sub": ("subscriptions", subscriptions),
    "hap": ("happenings", happenings),
    "lis": ("lists", lists),
}
_NO_EARLIER: Final = Earlier()
_FIRST: Final = (
    b'{"first":1794563700000,"last":1795341380000,"identified":17945,"orders":[["1000",1794563780000,"9.9"],["","",0,0]],'
    b'"earlier":{"first_at":,"last_at":,"episode_at":,"until":,"sums":{"GBP":[1,"]},"episodes":1,"ids":""},"refunds":{},'
    b'"currency":"EUR","days":[739942,""],"intent":[739942,[0,26],[1,],[],"consent":{"email":[1,1795341600000,""]},'
    b'"asked":{},"suppressed":{"email":["bounce",]},"known":1795341600000,"claimed":1795341600000,"faulty":1,"ses":"",'
    b'"tou":[[[5,"newsletter"],[1,"google"],[0]],"",[1794563700000,0,"www.google.com","/"],[1795341380000,0]],'
    b'"int":[105706,{},{},"EUR"],"mem":[{}]}'
)
_EVENTS: Final = (
    b'"Email Bounced","Ticket Closed","Ticket Opened","Lead Captured","Demo Requested","Quote Requested","Call Ended"'
    b',"Order Cancelled","Order Refunded","Order Delivered","Order Shipped","Order Fulfilled","Payment Failed"'
    b',"Subscription Created","Subscription Renewed","Subscription Started","Trial Started","Form Submitted","Group"'
    b',"Coupon Used","Product Reviewed","Product Shared","Product Removed","Product Clicked","Checkout Step Completed"'
    b',"Product Added to Wishlist","Products Searched","Product List Viewed","Cart Updated","Cart Viewed","Signed In"'
    b',"Signed Up","Unsubscribed","Subscribed","Payment Info Entered","Checkout Updated","Checkout Started","Screen"'
    b',"hap":[1795341380000,"",{"Email Link Clicked":"","Identify":"","Order Completed":"","Page":"","Product Added":""'
    b',"Product Viewed":"BAA"}]'
)
_DICTIONARIES: Final = {b"\x01": _FIRST, b"\x02": _EVENTS + _FIRST}
"""Each is part of its form: changing a byte of it needs another form, and the old ones to be read for ever."""
_FORM: Final = b"\x02"
_CANCELLED: Final = 1
_GIFT: Final = 2
_UNNAMED: Final = "-"


def pack(facts: Facts) -> bytes:
    """The facts as bytes; equal facts give equal bytes."""
    deflate = zlib.compressobj(6, zlib.DEFLATED, -12, 8, zlib.Z_DEFAULT_STRATEGY, _DICTIONARIES[_FORM])
    return _FORM + deflate.compress(json_of(facts)) + deflate.flush()


def json_of(facts: Facts) -> bytes:
    """The facts as compact JSON."""
    currency = facts.currency
    packed = {
        "first": _ms(facts.first_at),
        "last": _ms(facts.last_at),
        "identified": _ms(facts.identified_at),
        "orders": [_order(order, currency or "") for order in facts.orders],
        "earlier": _earlier(facts.earlier) if facts.earlier != _NO_EARLIER else None,
        "refunds": {id: [short.money(r.amount), int(r.all)] for id, r in sorted(facts.refunds.items())},
        "lost": int(facts.refunds_lost),
        "currency": currency if facts.orders else None,
        "days": _days(facts.active_days),
        "intent": _intent(facts.intent),
        "consent": {key: _consent(said) for key, said in sorted(facts.consent.items())},
        "asked": {key: [_ms(a.at), a.message_id] for key, a in sorted(facts.asked.items())},
        "suppressed": {key: [s.reason, _ms(s.at), *sorted(s.of)] for key, s in sorted(facts.suppressed.items())},
        "lifted": {key: _ms(until) for key, until in sorted(facts.lifted.items())},
        "known": _ms(facts.known_at),
        "claimed": _ms(facts.claimed_at),
        "faulty": facts.faulty,
        **{key: part.pack(getattr(facts, name)) for key, (name, part) in _PARTS.items()},
    }
    return to_json({name: held for name, held in packed.items() if held})


def unpack(packed: bytes | str) -> Facts:
    """The facts that `pack` wrote. ValueError, KeyError, TypeError or zlib.error on anything else.

    Text is what the first version of the fold wrote: the JSON itself.
    """
    held: Mapping[str, Any] = from_json(packed if isinstance(packed, str) else _inflated(packed))
    currency = held.get("currency") or ""
    if not isinstance(currency, str):  # as facts of the first fold had it: with the time of the report
        currency = str(currency[1])
    return Facts(
        first_at=_time(held.get("first")),
        last_at=_time(held.get("last")),
        identified_at=_time(held.get("identified")),
        orders=tuple(_unpacked_order(currency, *order) for order in held.get("orders", ())),
        earlier=_unpacked_earlier(held["earlier"]) if "earlier" in held else _NO_EARLIER,
        refunds={id: Refund(Decimal(money or 0), bool(all)) for id, (money, all) in held.get("refunds", {}).items()},
        refunds_lost=bool(held.get("lost")),
        active_days=_unpacked_days(*held["days"]) if "days" in held else (),
        intent=_unpacked_intent(*held["intent"]) if "intent" in held else (),
        consent={key: _unpacked_consent(*said) for key, said in held.get("consent", {}).items()},
        asked={key: Asked(after_epoch(ms), id) for key, (ms, id) in held.get("asked", {}).items()},
        suppressed={
            key: Suppression(why, after_epoch(ms), frozenset(of))
            for key, (why, ms, *of) in held.get("suppressed", {}).items()
        },
        lifted={key: after_epoch(ms) for key, ms in held.get("lifted", {}).items()},
        known_at=_time(held.get("known")),
        claimed_at=_time(held.get("claimed")),
        faulty=held.get("faulty", 0),
        **{name: part.unpack(held[key]) for key, (name, part) in _PARTS.items() if key in held},
    )


def _inflated(packed: bytes) -> bytes:
    known = _DICTIONARIES.get(packed[:1])
    if known is None:
        raise ValueError("facts in a form that this code does not know")
    inflate = zlib.decompressobj(-15, known)
    return inflate.decompress(packed[1:]) + inflate.flush()


def _consent(said: Consent) -> list[Any]:
    more = [1, *([said.of] if said.of else [])] if said.confirmed else []
    return [int(said.granted), _ms(said.at), said.message_id, *more]


def _unpacked_consent(granted: int, ms: int, id: str, confirmed: int = 0, of: str | None = None) -> Consent:
    return Consent(bool(granted), after_epoch(ms), id, bool(confirmed), of)


def _order(order: Order, own: str) -> list[Any]:
    return short.trimmed(
        [
            order.id,
            _ms(order.at),
            short.money(order.total),
            short.money(order.refunded),
            _CANCELLED * order.cancelled + _GIFT * order.gift,
            _ms(order.total_at) or 0,
            "" if order.currency == own else order.currency or _UNNAMED,
        ]
    )


def _unpacked_order(
    own: str, id: str, ms: int, total: str = "", refunded: str = "", marks: int = 0, total_ms: int = 0, other: str = ""
) -> Order:
    return Order(
        id,
        after_epoch(ms),
        Decimal(total or 0),
        Decimal(refunded or 0),
        bool(marks & _CANCELLED),
        _time(total_ms or None),
        "" if other == _UNNAMED else other or own,
        bool(marks & _GIFT),
    )


_MOMENTS: Final = ("first_at", "last_at", "episode_at", "until", "gift_at")


def _earlier(earlier: Earlier) -> dict[str, Any]:
    packed: dict[str, Any] = {name: _ms(getattr(earlier, name)) for name in _MOMENTS}
    packed |= {"sums": {name: [held.count, short.money(held.revenue)] for name, held in sorted(earlier.sums.items())}}
    packed |= {"episodes": earlier.episodes, "gifts": earlier.gifts}
    return {name: held for name, held in (packed | {"ids": earlier.ids}).items() if held}


def _unpacked_earlier(held: Mapping[str, Any]) -> Earlier:
    moments = {name: _time(held.get(name)) for name in _MOMENTS}
    sums = {name: Sum(count, Decimal(money or 0)) for name, (count, money) in held.get("sums", {}).items()}
    if "count" in held:  # of the first fold, which did not tell currencies apart
        sums = {"": Sum(held["count"], Decimal(held.get("revenue", 0)))}
    return Earlier(sums=sums, episodes=held.get("episodes", 0), ids=held["ids"], gifts=held.get("gifts", 0), **moments)


def _days(days: tuple[int, ...]) -> list[Any]:
    """[newest, hex]: bit n is set when the day n days before the newest was active."""
    if not days:
        return []
    return [days[-1], f"{sum(1 << (days[-1] - day) for day in days):x}"]


def _unpacked_days(newest: int, bits: str) -> tuple[int, ...]:
    held = int(bits, 16)
    return tuple(newest - before for before in range(held.bit_length() - 1, -1, -1) if held >> before & 1)


def _intent(intent: tuple[tuple[int, int], ...]) -> list[Any]:
    return [intent[-1][0], *([intent[-1][0] - day, weight] for day, weight in intent)] if intent else []


def _unpacked_intent(newest: int, *pairs: tuple[int, int]) -> tuple[tuple[int, int], ...]:
    return tuple((newest - before, weight) for before, weight in pairs)


def _ms(moment: datetime | None) -> int | None:
    return None if moment is None else milliseconds(moment)


def _time(ms: int | None) -> datetime | None:
    return None if ms is None else after_epoch(ms)
