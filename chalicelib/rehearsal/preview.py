"""One customer in a journey, step by step: what the stored past would have come to, and what will come if nothing is
done, or if what is supposed comes. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from chalicelib.journeys.effect import Effect
from chalicelib.journeys.journey import Live
from chalicelib.rehearsal.diary import Diary
from chalicelib.rehearsal.known import Known
from chalicelib.rehearsal.plan import Plan
from chalicelib.rehearsal.rehearse import Life, rehearse
from chalicelib.rehearsal.standin import StandIn
from chalicelib.tracking.event import Event, sound, subject_ids

ASKED: Final = "asked"
"""Why somebody enters whom the caller lets in."""
SUPPOSED: Final = "supposed"


def past(known: Known, supposed: Sequence[Event], plan: Plan) -> Diary:
    """From `plan.since`, which is past, until `plan.until`, which may lie ahead."""
    return rehearse(replace(known, events=(*known.events, *supposed)), plan)


def ahead(double: StandIn, supposed: Sequence[Event], plan: Plan) -> Diary:
    """From how somebody stands now until `plan.until`."""
    return Life.of(Known(double.customer, supposed, account=double.account), plan, double).on(plan)


def inside(double: StandIn, live: Live, properties: Mapping[str, Any], supposed: Sequence[Event], plan: Plan) -> Diary:
    """The same, let into the journey now, whatever its trigger waits for."""
    life = Life.of(Known(double.customer, supposed, account=double.account), plan, double)
    data = {"id": ASKED, "kind": ASKED, "properties": dict(properties)}
    entered = life.enter(Effect(ASKED, ASKED, plan.since, data), live, plan, plan.since)
    return [*entered, *life.on(plan)]


def supposed(customer: str, said: Sequence[tuple[str, datetime, Mapping[str, Any]]]) -> list[Event]:
    """Events that might come: (name, when, properties). ValueError for a customer that is none."""
    return [_event(customer, f"{SUPPOSED}-{place}", *one) for place, one in enumerate(said)]


def _event(customer: str, id: str, name: str, at: datetime, properties: Mapping[str, Any]) -> Event:
    whole = at.replace(microsecond=at.microsecond // 1000 * 1000)
    made = Event(
        message_id=id,
        type="track",
        name=name,
        timestamp=whole,
        at=whole,
        received_at=whole,
        source=SUPPOSED,
        **subject_ids(customer),
    )
    return sound(**{**vars(made), "properties": dict(properties)})
