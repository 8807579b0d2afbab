"""Subscriptions as they are kept among the facts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from chalicelib.customers import short
from chalicelib.customers.subscriptions.contract import Price, Subscription, Subscriptions
from chalicelib.times import after_epoch, milliseconds

_WORDS: Final = ("status", "plan", "price", "renews_at", "trial_end", "leaving", "ends_at")
_TIMES: Final = ("trial_at", "paid_since", "paid_at", "settled_at")


def pack(subscriptions: Subscriptions) -> Any:
    """`[{id: [first ms, last, [said, value]... or 0 for each word, time or 0 for each time, starts, renewals,
    failures]}, lost]`. Times after the first are counted from one before it; what is 0 at the end is left out."""
    if not subscriptions.held:
        return None
    held = {id: _packed(each) for id, each in subscriptions.held.items()}
    return [held, 1] if subscriptions.lost else [held]


def _packed(each: Subscription) -> list[Any]:
    start = milliseconds(each.first_at) - 1

    def value(said: object) -> Any:
        if isinstance(said, datetime):
            return milliseconds(said) - start
        if isinstance(said, Price):
            return [format(said.amount.normalize(), "f"), said.currency, said.interval, said.count]
        return int(said) if isinstance(said, bool) else said

    held: list[Any] = [start + 1, milliseconds(each.last_at) - start]
    words = [getattr(each, name) for name in _WORDS]
    held += [[milliseconds(word[0]) - start, value(word[1])] if word else 0 for word in words]
    held += [milliseconds(at) - start if (at := getattr(each, name)) else 0 for name in _TIMES]
    held += [each.starts, each.renewals, [milliseconds(at) - start for at in each.failures]]
    return short.trimmed(held)


def unpack(held: Any) -> Subscriptions:
    """What `pack` wrote."""
    return Subscriptions({id: _unpacked(each) for id, each in held[0].items()}, len(held) > 1)


def _unpacked(held: list[Any]) -> Subscription:
    start = held[0] - 1
    held = held + [0] * (5 + len(_WORDS) + len(_TIMES) - len(held))
    words, times = held[2 : 2 + len(_WORDS)], held[2 + len(_WORDS) : 2 + len(_WORDS) + len(_TIMES)]
    starts, renewals, failures = held[-3:]
    read: dict[str, Any] = {}
    for name, word in zip(_WORDS, words, strict=True):
        read[name] = (after_epoch(start + word[0]), _VALUES[name](start, word[1])) if word else None
    for name, at in zip(_TIMES, times, strict=True):
        read[name] = after_epoch(start + at) if at else None
    return Subscription(
        after_epoch(start + 1),
        after_epoch(start + held[1]),
        **read,
        starts=starts,
        renewals=renewals,
        failures=tuple(after_epoch(start + at) for at in failures or ()),
    )


_VALUES: Final[Mapping[str, Any]] = {
    "status": lambda start, value: value,
    "plan": lambda start, value: value,
    "price": lambda start, value: Price(Decimal(value[0]), *value[1:]),
    "renews_at": lambda start, value: after_epoch(start + value),
    "trial_end": lambda start, value: after_epoch(start + value),
    "leaving": lambda start, value: bool(value),
    "ends_at": lambda start, value: after_epoch(start + value),
}
