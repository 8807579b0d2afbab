"""Onwards: enrolments whose wait is over are walked, saved with what they decided, and their sends enqueued.

The worker takes two kinds of message: one enrolment (`{"customer", "enrolment"}`), or a page of the due index
(`{"shard", "until"}`) in which the tick found something. Every delivery may come twice, late or early. An enrolment is
walked only when it is due, and its next state is written under its version: who comes second has nothing to do.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from chalicelib import resources, times
from chalicelib.aws.queues import LONGEST_DELAY
from chalicelib.errors import Transient
from chalicelib.journeys.engine import Engine
from chalicelib.journeys.enrolment import Enrolment, exited, postponed
from chalicelib.journeys.listening import heard_again
from chalicelib.journeys.progress import Progress, progressed

WITHIN: Final = timedelta(seconds=20)
"""How long one message may take; what is left of its shard then gets a message of its own."""
PAUSED: Final = timedelta(hours=1)
"""How often those who are due in a paused journey are looked at: a resumed journey goes on within that."""
UNREADABLE: Final = timedelta(hours=6)

Outcome = Literal["walked", "ended", "not_due", "over", "lost", "paused", "replanned", "missing", "unreadable"]

logger = logging.getLogger(__name__)


def proceed(body: Mapping[str, Any], engine: Engine) -> list[Outcome]:
    """Do what one message asks. Raises Transient if any of it must be tried again; what was done stays done."""
    if "enrolment" in body:
        return [proceed_one(body["customer"], body["enrolment"], engine)]
    return _page(body, engine)


def proceed_one(customer: str, key: str, engine: Engine) -> Outcome:
    """Walk one enrolment if it is due. Only Transient leaves; anything else sets the enrolment aside for hours."""
    try:
        return _proceed_one(customer, key, engine)
    except Transient:
        raise
    except Exception:
        logger.exception("an enrolment in %s cannot be walked; set aside", key.partition("#")[0])
        now = engine.clock()
        engine.enrolments.set_aside(customer, key, now, now + UNREADABLE, "unreadable")
        return "unreadable"


def _proceed_one(customer: str, key: str, engine: Engine) -> Outcome:
    enrolment = engine.enrolments.get(customer, key)
    if enrolment is None:
        return "missing"
    if enrolment.status != "active" or enrolment.due_at is None:
        return "over"
    now = engine.clock()
    if enrolment.due_at > now:  # the index was behind, or somebody was faster
        return "not_due"
    return _walk(enrolment, engine, now)


def _walk(standing: Enrolment, engine: Engine, now: datetime) -> Outcome:
    settled = engine.live.settled(standing, now)
    row = settled.row
    if not row.active:
        return _moved(engine, standing, row, "ended")
    if not engine.live.running(row.journey):
        fell_due = row.fell_due or row.due_at
        held = replace(postponed(row, now + PAUSED, "the journey is paused"), fell_due=fell_due)
        return _moved(engine, standing, held, "paused")
    if row.due_at is not None and row.due_at > now:
        return _moved(engine, standing, row, "replanned")
    journey = engine.live.version(row.journey, row.version)
    if journey is None:
        return _moved(engine, standing, postponed(row, now + UNREADABLE, "the version is missing"), "missing")
    view = engine.view(row.customer, row.trigger, journey.rules(row.position.step))
    if view is not None and view.customer != row.customer:
        return _follow(standing, engine)
    if view is None:
        return _moved(engine, standing, exited(row, "the customer is gone"), "ended")
    heard = heard_again(row.waking) if row.waking is not None else None
    won = engine.winners(journey, row.version)
    progress = progressed(journey, row, view, now, heard, mute=settled.mute, winners=won)
    if not engine.enrolments.move(standing, progress):
        return "lost"
    engine.announce(progress.sends)
    return "walked" if progress.row.active else "ended"


def _follow(enrolment: Enrolment, engine: Engine) -> Outcome:
    """Walk on as whoever the customer turned out to be."""
    customer = engine.take_over(enrolment.customer)
    left = engine.enrolments.get(enrolment.customer, enrolment.key)
    if left is None or left.status == "active":
        return "lost"  # joined again to somebody else meanwhile: it stays due
    return _proceed_one(customer, left.became, engine) if left.became else "ended"


def _moved(engine: Engine, standing: Enrolment, moved: Enrolment, outcome: Outcome) -> Outcome:
    return outcome if engine.enrolments.move(standing, Progress(moved)) else "lost"


def _page(body: Mapping[str, Any], engine: Engine) -> list[Outcome]:
    """Walk what is due in one shard; what is due a little later gets a message for its moment."""
    message = {"shard": str(body["shard"]), "until": str(body["until"])}
    started = engine.clock()
    outcomes: list[Outcome] = []
    failed: Transient | None = None
    for customer, key, due_at in engine.enrolments.due(message["shard"], times.parse(message["until"])):
        now = engine.clock()
        if due_at > now or now - started >= WITHIN:
            wait = max(0, math.ceil((due_at - now).total_seconds()))
            engine.queues.send(resources.WALKS, [message], delay=min(wait, LONGEST_DELAY))
            break
        try:
            outcomes.append(proceed_one(customer, key, engine))
        except Transient as error:  # the others do not wait for it
            failed = error
    if failed is not None:
        raise failed
    return outcomes
