"""Onwards: enrolments whose wait is over are walked, saved with what they decided, and their sends enqueued.

The worker takes two kinds of message: one enrolment (`{"customer", "enrolment"}`), or a page of the due index
(`{"shard", "until"}`) that the tick found something in. Every delivery may come twice, late or early. An enrolment is
walked only when it is due, and its next state is written under its version: who comes second has nothing to do.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from chalicelib import resources, times
from chalicelib.aws.queues import LONGEST_DELAY
from chalicelib.errors import Transient
from chalicelib.journeys.engine import Engine
from chalicelib.journeys.enrolment import Enrolment, after, exited, postponed, sends
from chalicelib.journeys.walk import walk

PAGE: Final = 100
PAUSED: Final = timedelta(hours=1)
"""How often those who are due in a paused journey are looked at: a resumed journey goes on within that."""
UNREADABLE: Final = timedelta(hours=6)

Outcome = Literal["walked", "ended", "not_due", "over", "lost", "paused", "missing", "unreadable"]

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
    if enrolment.due_at > now:
        _later(engine, [(customer, key, enrolment.due_at)], now)
        return "not_due"
    return _walk(enrolment, engine, now)


def _walk(enrolment: Enrolment, engine: Engine, now: datetime) -> Outcome:
    if not engine.live.running(enrolment.journey):
        return _moved(engine, enrolment, postponed(enrolment, now + PAUSED, "the journey is paused"), "paused")
    journey = engine.live.version(enrolment.journey, enrolment.version)
    if journey is None:
        return _moved(engine, enrolment, postponed(enrolment, now + UNREADABLE, "the version is missing"), "missing")
    view = engine.view(enrolment.customer, enrolment.trigger)
    if view is None:
        return _moved(engine, enrolment, exited(enrolment, "the customer is gone"), "ended")
    walked = walk(journey, enrolment.position, view, now)
    decided = sends(enrolment, walked, now)
    if not engine.enrolments.move(enrolment, after(enrolment, walked), decided):
        return "lost"
    engine.announce(decided)
    return "ended" if walked.ended else "walked"


def _moved(engine: Engine, standing: Enrolment, moved: Enrolment, outcome: Outcome) -> Outcome:
    return outcome if engine.enrolments.move(standing, moved) else "lost"


def _page(body: Mapping[str, Any], engine: Engine) -> list[Outcome]:
    """Walk what is due in one shard, and send what is due a little later to this worker again, for its time."""
    page = engine.enrolments.due(body["shard"], times.parse(body["until"]), limit=PAGE, start=body.get("start"))
    if page.next is not None:  # first, so that the rest of the shard does not wait for this page
        engine.queues.send(resources.WALKS, [{**body, "start": page.next}])
    now = engine.clock()
    keys = [(key["pk"], key["sk"], times.parse(key["due_at"])) for key in page.items]
    _later(engine, [key for key in keys if key[2] > now], now)
    outcomes: list[Outcome] = []
    failed: Transient | None = None
    for customer, key, due_at in keys:
        if due_at > now:
            continue
        try:
            outcomes.append(proceed_one(customer, key, engine))
        except Transient as error:  # the others do not wait for it
            failed = error
    if failed is not None:
        raise failed
    return outcomes


def _later(engine: Engine, keys: list[tuple[str, str, datetime]], now: datetime) -> None:
    """Send these to this worker again, for their time; what is due later than a queue can hold, the tick finds."""
    by_delay: dict[int, list[dict[str, str]]] = {}
    for customer, key, due_at in keys:
        delay = math.ceil((due_at - now).total_seconds())
        by_delay.setdefault(delay, []).append({"customer": customer, "enrolment": key})
    for delay, bodies in by_delay.items():
        if delay <= LONGEST_DELAY:
            engine.queues.send(resources.WALKS, bodies, delay=delay)
