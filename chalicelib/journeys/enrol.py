"""Into a journey: what left a customer's item by its outbox is compared with the triggers of the live journeys.

Deciding is pure (`decide`). The effect is one transaction: the enrolment, after its first walk, and the sends which
that walk decided. The enrolment's key is made from the trigger's id, so an effect that is delivered again, to this
worker or to another, finds the door closed. The queue messages come after the transaction: they are the fast path.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from chalicelib import ids
from chalicelib.errors import Transient
from chalicelib.journeys.engine import Engine
from chalicelib.journeys.enrolment import Enrolment, after, entered, sends
from chalicelib.journeys.journey import Journey
from chalicelib.journeys.live import Live
from chalicelib.journeys.send import Send
from chalicelib.journeys.trigger import AUDIBLE, Effect
from chalicelib.journeys.walk import walk
from chalicelib.segments.match import match
from chalicelib.segments.view import View

Refused = Literal["silent", "stale", "entry_rule", "too_soon"]
Outcome = Literal["entered", "already_entered", "customer_missing", Refused]
_ATTEMPTS: Final = 3
_ONCE: Final = "once"


@dataclass(frozen=True)
class Entry:
    """The decision to enrol: the enrolment after its first walk, and what that walk decided to send."""

    enrolment: Enrolment
    sends: tuple[Send, ...]


@dataclass(frozen=True)
class Started:
    """What one effect came to in one journey that listens to it."""

    journey: str
    outcome: Outcome


def decide(effect: Effect, live: Live, view: View, last: datetime | None, now: datetime) -> Entry | Refused:
    """Whether the customer enters `live` because of `effect`, which it listens to; if not, why not. Pure.

    `last` is the last entry into this journey, for those that count entries (`re_entry` after a duration).
    """
    journey = live.journey
    refused = unheard(effect, journey, now)
    if refused is not None:
        return refused
    again = journey.re_entry.after
    if again is not None and last is not None and now - last < again:
        return "too_soon"
    if journey.entry is not None and not match(journey.entry, view, now).matched:
        return "entry_rule"
    trigger = {**effect.data, "id": effect.id}
    entrant = entered(view.customer, journey.name, live.version, _entry(effect, journey), trigger, now)
    walked = walk(journey, entrant.position, view, now)
    return Entry(after(entrant, walked), sends(entrant, walked, now))


def unheard(effect: Effect, journey: Journey, now: datetime) -> Refused | None:
    """Why the effect starts nothing whoever the customer is: its cause is silent, or its moment is long ago."""
    if effect.kind == "stage" and effect.data.get("cause") not in AUDIBLE:
        return "silent"
    return "stale" if now - effect.at > journey.max_age else None


def start(customer: str, effects: Sequence[Effect], engine: Engine) -> list[Started]:
    """Enrol a customer for the effects of one item, and enqueue what is to be sent. Safe to repeat."""
    live = engine.live.all()
    heard = [(effect, one) for effect in effects for one in live if one.journey.trigger.hears(effect)]
    return [Started(one.journey.name, _start(customer, effect, one, engine)) for effect, one in heard]


def _start(customer: str, effect: Effect, live: Live, engine: Engine) -> Outcome:
    now = engine.clock()
    refused = unheard(effect, live.journey, now)
    if refused is not None:  # asked before anything is read: most effects of a replayed history end here
        return refused
    for _ in range(_ATTEMPTS):
        gated = live.journey.re_entry.after is not None
        last = engine.enrolments.last_entry(customer, live.journey.name) if gated else None
        view = engine.views.view(customer, effect.data)
        if view is None:
            return "customer_missing"
        decided = decide(effect, live, view, last, now)
        if not isinstance(decided, Entry):
            return decided
        if engine.enrolments.enter(decided.enrolment, decided.sends, last, gated):
            engine.announce(decided.sends)
            return "entered"
        if not gated or engine.enrolments.get(customer, decided.enrolment.key) is not None:
            return "already_entered"
    raise Transient(f"others kept entering {live.journey.name} at the same moment")


def _entry(effect: Effect, journey: Journey) -> str:
    """What makes the enrolment's key: the trigger, or nothing at all where everybody enters once."""
    return _ONCE if journey.re_entry.allowed == "once" else ids.digest(effect.id)
