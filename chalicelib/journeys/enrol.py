"""Into a journey: what left a customer's item by its outbox is compared with what journeys wait for.

Deciding is pure (entry.py). The effect is one transaction: the enrolment, after its first walk, and all that this walk
decided. The enrolment's key is made from the trigger's id, so an effect that is delivered again, to this worker or to
another, finds the door closed. The queue messages come after the transaction: they are the fast path.

Those who are inside hear an effect before anybody enters because of it (wake.py): who leaves a journey by it may enter
another of the same group.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from chalicelib.aws.streams import Record
from chalicelib.aws.values import Item
from chalicelib.customers.accounts.store import SOON
from chalicelib.customers.state import effects
from chalicelib.errors import Transient
from chalicelib.journeys import confirm
from chalicelib.journeys.effect import AUDIBLE, Effect, effect
from chalicelib.journeys.engine import Engine
from chalicelib.journeys.entry import Entry, Refused, Rival, decide, unheard
from chalicelib.journeys.live import Live
from chalicelib.journeys.wake import Woken, wake
from chalicelib.review.changes import Move, as_event, moves
from chalicelib.review.effects import ACCOUNT

__all__ = ["Entry", "Started", "decide", "follow", "start", "start_journeys", "unheard"]

Outcome = Literal["entered", "already_entered", "customer_missing"] | Refused | Woken
_ATTEMPTS: Final = 3

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Started:
    """What one effect came to in one journey that listens to it."""

    journey: str
    outcome: Outcome


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
    """Wake whom some effects wake, enrol the customer for them, and enqueue what is to be sent. Safe to repeat."""
    live = engine.live.all()
    heard = [(one, journey) for one in said for journey in live if journey.journey.trigger.hears(one, journey.place)]
    concerned = [(one, places) for one in said if (places := engine.live.concerned(one))]
    if concerned or any(unheard(one, journey.journey, engine.clock()) is None for one, journey in heard):
        customer = engine.take_over(customer)  # whoever it turned out to be since
    started = [
        Started(journey, outcome)
        for one, places in concerned
        for journey, outcome in wake(customer, one, places, engine)
    ]
    return started + [Started(journey.journey.name, _start(customer, one, journey, engine)) for one, journey in heard]


def _start(customer: str, cause: Effect, live: Live, engine: Engine) -> Outcome:
    now, journey = engine.clock(), live.journey
    refused = unheard(cause, journey, now)
    if refused is not None:  # asked before anything is read: most effects of a replayed history end here
        return refused
    gated = journey.re_entry.after is not None
    for _ in range(_ATTEMPTS):
        door = engine.enrolments.door(customer, journey.name, journey.group, gated=gated)
        rivals = _rivals(customer, live, engine) if journey.group else ()
        view = engine.view(customer, cause.data, journey.rules())
        if view is None:
            return "customer_missing"
        decided = decide(cause, live, view, door.last, now, rivals, engine.winners(live.journey, live.version))
        if not isinstance(decided, Entry):
            return decided
        if engine.enrolments.enter(decided, door):
            engine.announce(decided.sends)
            return "entered"
        if engine.enrolments.get(customer, decided.enrolment.key) is not None:
            return "already_entered"
    raise Transient(f"others kept entering {journey.name} at the same moment")


def _rivals(customer: str, live: Live, engine: Engine) -> tuple[Rival, ...]:
    """What the customer is in of the journey's group; but for the very entry that is being made again."""
    found = []
    for standing in engine.enrolments.of(customer, consistent=True):
        row = engine.live.settled(standing, engine.clock()).row
        journey = engine.live.version(row.journey, row.version) if row.active else None
        if journey is not None and journey.group == live.journey.group:
            found.append(Rival(standing, journey.priority))
    return tuple(found)
