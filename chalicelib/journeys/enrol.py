"""Into a journey: what left a customer's item by its outbox is compared with the triggers of the live journeys.

Deciding is pure (`decide`). The effect is one transaction: the enrolment, after its first walk, and the sends which
that walk decided. The enrolment's key is made from the trigger's id, so an effect that is delivered again, to this
worker or to another, finds the door closed. The queue messages come after the transaction: they are the fast path.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from chalicelib import ids
from chalicelib.aws.streams import Record
from chalicelib.aws.values import Item
from chalicelib.customers.accounts.store import SOON
from chalicelib.customers.state import effects
from chalicelib.errors import Transient
from chalicelib.journeys import confirm
from chalicelib.journeys.engine import Engine
from chalicelib.journeys.enrolment import Enrolment, after, entered, sends
from chalicelib.journeys.joined import ONCE
from chalicelib.journeys.journey import Journey
from chalicelib.journeys.live import Live
from chalicelib.journeys.send import Send
from chalicelib.journeys.trigger import AUDIBLE, Effect, effect
from chalicelib.journeys.walk import walk
from chalicelib.review.changes import Move, as_event, moves
from chalicelib.review.effects import ACCOUNT
from chalicelib.segments.match import match
from chalicelib.segments.view import View

Refused = Literal["silent", "stale", "entry_rule", "too_soon"]
Outcome = Literal["entered", "already_entered", "customer_missing", Refused]
_ATTEMPTS: Final = 3

logger = logging.getLogger(__name__)


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


def decide(cause: Effect, live: Live, view: View, last: datetime | None, now: datetime) -> Entry | Refused:
    """Whether the customer enters `live` because of `cause`, which it listens to; if not, why not. Pure.

    `last` is the last entry into this journey, for those that count entries (`re_entry` after a duration).
    """
    journey = live.journey
    refused = unheard(cause, journey, now)
    if refused is not None:
        return refused
    again = journey.re_entry.after
    if again is not None and last is not None and now - last < again:
        return "too_soon"
    if journey.entry is not None and not match(journey.entry, view, now).matched:
        return "entry_rule"
    trigger = {**cause.data, "id": cause.id}
    entrant = entered(view.customer, journey.name, live.version, _entry(cause, journey), trigger, now)
    walked = walk(journey, entrant.position, view, now, origin=entrant.origin)
    return Entry(after(entrant, walked), sends(entrant, walked, now))


def unheard(cause: Effect, journey: Journey, now: datetime) -> Refused | None:
    """Why the effect starts nothing whoever the customer is: its cause is silent, or its moment is long ago."""
    if not journey.trigger.audible(cause):
        return "silent"
    return "stale" if now - cause.at > journey.max_age else None


def start_journeys(records: Sequence[Record], engine: Engine) -> list[str]:
    """Follow what a batch of the customers table's stream carries; the sequence numbers of the records that failed.

    A failed record holds up no other: it is delivered again, with those behind it, for which that changes nothing.
    """
    failed: list[str] = []
    outcomes: Counter[Started] = Counter()
    unkept = _keep([record.item for record in records], engine)
    for record in records:
        if record.item["pk"] in unkept:
            failed.append(record.sequence)
            continue
        try:
            outcomes.update(_follow(record.item, engine))
        except Exception:
            logger.exception("the effects of a customer could not be followed")
            failed.append(record.sequence)
    for started, count in sorted(outcomes.items(), key=str):
        logger.info("journey %s: %s %d", started.journey, started.outcome, count)
    return failed


def follow(item: Item, engine: Engine) -> list[Started]:
    """What follows from one write of a customer's state: the history of its stages, its accounts, and journeys. Safe
    to repeat. Transient if a change of stage could not be kept."""
    if _keep([item], engine):
        raise Transient("a change of stage could not be kept")
    return _follow(item, engine)


def _keep(items: Sequence[Item], engine: Engine) -> set[str]:
    """Keep the changes of stage that some writes made, several at once; the customers of whom not all were kept."""
    found: list[Move] = []
    for item in items:
        try:
            found += moves(item)
        except (ValueError, KeyError, TypeError):
            continue  # an outbox that cannot be read fails where it is followed
    return {one.customer for one in engine.changes.keep(found, engine.clock())}


def _follow(item: Item, engine: Engine) -> list[Started]:
    said = [effect(entry) for entry in effects(item)]
    for one in said:
        if one.kind == ACCOUNT:
            engine.customers.accounts.mark(one.data["account"], engine.clock() + SOON)
    _ask(item["pk"], said, engine)
    told = [as_event(one) for one in moves(item) if one.change.cause in AUDIBLE]
    return start(item["pk"], [*said, *map(effect, told)], engine)


def _ask(customer: str, said: Sequence[Effect], engine: Engine) -> None:
    """Plan the mails that ask for a confirmation. One that was planned before is announced again, and left alone."""
    rows = [
        confirm.asking(customer, one, engine.consent(), engine.clock()) for one in said if one.kind == confirm.ASKED
    ]
    planned = [row for row in rows if row is not None]
    for row in planned:
        engine.enrolments.plan(row)
    engine.announce(planned)


def start(customer: str, said: Sequence[Effect], engine: Engine) -> list[Started]:
    """Enrol a customer for some effects, and enqueue what is to be sent. Safe to repeat."""
    live = engine.live.all()
    heard = [(one, journey) for one in said for journey in live if journey.journey.trigger.hears(one, journey.place)]
    if any(unheard(one, journey.journey, engine.clock()) is None for one, journey in heard):
        customer = engine.take_over(customer)  # whoever it turned out to be since
    return [Started(journey.journey.name, _start(customer, one, journey, engine)) for one, journey in heard]


def _start(customer: str, cause: Effect, live: Live, engine: Engine) -> Outcome:
    now = engine.clock()
    refused = unheard(cause, live.journey, now)
    if refused is not None:  # asked before anything is read: most effects of a replayed history end here
        return refused
    for _ in range(_ATTEMPTS):
        gated = live.journey.re_entry.after is not None
        last = engine.enrolments.last_entry(customer, live.journey.name) if gated else None
        view = engine.view(customer, cause.data)
        if view is None:
            return "customer_missing"
        decided = decide(cause, live, view, last, now)
        if not isinstance(decided, Entry):
            return decided
        if engine.enrolments.enter(decided.enrolment, decided.sends, last, gated):
            engine.announce(decided.sends)
            return "entered"
        if not gated or engine.enrolments.get(customer, decided.enrolment.key) is not None:
            return "already_entered"
    raise Transient(f"others kept entering {live.journey.name} at the same moment")


def _entry(cause: Effect, journey: Journey) -> str:
    """What makes the enrolment's key: the trigger, or nothing at all where everybody enters once."""
    return ONCE if journey.re_entry.allowed == "once" else ids.digest(cause.id)
