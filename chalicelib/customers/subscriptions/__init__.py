"""Subscriptions: what is known of each contract, by what its source said last of each thing.

A renewal is no order: the money comes by itself. What counts is the last word, by the time of the event and, at one
moment, by what was said (the graver status), so that the facts do not depend on the order of arrival. Names are those
of our Stripe source, of Segment's B2B events, and whatever else calls itself so; case does not matter:

    Subscription Created, Updated            status, plan, price, period: as far as they are told
    Subscription Started, Renewed            a term was paid: active, and no payment is owed
    Subscription Paused, Resumed
    Subscription Cancellation Scheduled, Withdrawn       it will end with its term, or not after all
    Subscription Cancelled (or Ended, Expired)           ended; at the end of the term, if the event says so
    Trial Started, Ending, Ended             Ended with `converted: true` leaves it to the payment
    Payment Failed                           of a `subscription_id`; others are no contract's

An event without a `subscription_id` speaks of the one subscription that has none. The 8 of which something was said
last are kept; once others were left out, only a rebuild can tell what a further id comes to.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

from chalicelib.customers.moments import DAWN
from chalicelib.customers.rebuilding import NeedsRebuild
from chalicelib.customers.subscriptions.contract import (
    GRAVITY,
    MOST,
    MOST_FAILURES,
    Price,
    Subscription,
    Subscriptions,
    united,
)
from chalicelib.customers.subscriptions.packed import pack, unpack
from chalicelib.customers.subscriptions.word import NAMES, Word
from chalicelib.tracking.event import Event

__all__ = ["MOST", "Draft", "Price", "Subscription", "Subscriptions", "pack", "united", "unpack"]

S = TypeVar("S")


class Draft:
    """Subscriptions that are being added to."""

    def __init__(self, known: Subscriptions) -> None:
        self._known = known
        self._held: dict[str, Subscription] | None = None

    def add(self, event: Event, own: bool) -> None:
        """Add what an event says of a subscription; it need not be activity of one's own."""
        name = event.name.casefold() if event.type == "track" else ""
        if name not in NAMES or event.at < DAWN:
            return
        word = Word(event.at, name, event.properties)
        id = word.id
        if not id and word.fails:
            return
        if self._held is None:
            self._held = dict(self._known.held)
        known = self._held.get(id)
        if known is None and self._known.lost:
            raise NeedsRebuild("a subscription may be one of those that were left out")
        self._held[id] = _said(known or Subscription(event.at, event.at), word)

    def finished(self) -> Subscriptions:
        """NeedsRebuild, from `add`, for an id that may have been left out."""
        if self._held is None:
            return self._known
        latest = sorted(self._held.items(), key=lambda one: (one[1].last_at, one[0]))[-MOST:]
        return Subscriptions(dict(sorted(latest)), self._known.lost or len(latest) < len(self._held))


def _said(known: Subscription, word: Word) -> Subscription:
    """The subscription with what one event says."""
    at, standing = word.at, word.standing
    settled = max(known.settled_at or at, at) if word.settles else known.settled_at
    failures = {*known.failures, at} if word.owes else set(known.failures)
    return replace(
        known,
        first_at=min(known.first_at, at),
        last_at=max(known.last_at, at),
        status=_last(known.status, at, None if standing is None else GRAVITY.index(standing)),
        plan=_last(known.plan, at, word.plan),
        price=_last(known.price, at, word.price),
        renews_at=_last(known.renews_at, at, word.renews_at),
        trial_end=_last(known.trial_end, at, word.trial_end),
        trial_at=min(known.trial_at or at, at) if word.tries else known.trial_at,
        leaving=_last(known.leaving, at, word.leaves),
        ends_at=_last(known.ends_at, at, word.ends_at),
        starts=known.starts + word.starts,
        renewals=known.renewals + word.renews,
        paid_since=min(known.paid_since or at, at) if word.paid else known.paid_since,
        paid_at=max(known.paid_at or at, at) if word.paid else known.paid_at,
        settled_at=settled,
        failures=tuple(sorted(one for one in failures if settled is None or one > settled)[-MOST_FAILURES:]),
    )


def _last(known: tuple[datetime, S] | None, at: datetime, new: S | None) -> tuple[datetime, S] | None:
    """The last word; at one moment the greater, whichever came first."""
    if new is None:
        return known
    said: tuple[datetime, Any] = (at, new)
    return said if known is None or said > known else known
