"""What the endpoints of rehearsals do: the words of HTTP on one side, the rehearsal room on the other.

Imported by the handlers when one of them runs: it brings the journeys, which no other Lambda's start should pay for.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from chalicelib import times, wiring
from chalicelib.api.rehearsal_models import Happening, Walkthrough
from chalicelib.customers.identity import customer_id
from chalicelib.errors import Refused
from chalicelib.jobs.job import Job
from chalicelib.journeys.journey import Live
from chalicelib.journeys.publish import Missing
from chalicelib.rehearsal import preview as previews
from chalicelib.rehearsal.diary import Line
from chalicelib.rehearsal.request import AskedBacktest, AskedForecast, AskedPreview
from chalicelib.rehearsal.store import Archive
from chalicelib.rehearsal.words import sentence
from chalicelib.tracking.problems import Invalid

MOST: Final = 1_000


def backtest(name: str, asked: AskedBacktest, who: str) -> Job:
    """Start the job."""
    now = wiring.perennial().now()
    live = _draft(Archive(wiring.perennial().db, now), name, asked.version)
    since, until = asked.period(now)
    period = {"since": times.text(since), "until": times.text(until)}
    kept = {"sample": asked.sample, "alone": asked.alone, "exactly": asked.exactly}
    return _start("backtest", live, {**period, **kept}, who, now)


def forecast(name: str, asked: AskedForecast, who: str) -> Job:
    """Start the job."""
    now = wiring.perennial().now()
    live = _draft(Archive(wiring.perennial().db, now), name, asked.version)
    period = {"since": times.text(now), "until": times.text(now + timedelta(days=30))}
    return _start("forecast", live, {**period, "sample": asked.sample, "alone": asked.alone}, who, now)


def preview(name: str, asked: AskedPreview) -> Walkthrough:
    """Walk one customer."""
    perennial = wiring.perennial()
    now = perennial.now()
    since, until = asked.period(now)
    archive = Archive(perennial.db, now)
    live = _draft(archive, name, asked.version)
    customer = perennial.customers.find(customer_id(asked.customer)).customer
    if not perennial.is_known(customer):
        raise Refused(404, "customer_not_found", "Nothing is known of a customer of this id.")
    plan = archive.plan(live, perennial.rules(), since, until, alone=asked.alone)
    supposed = previews.supposed(customer, [(one.event, one.at, one.properties) for one in asked.suppose])
    known = archive.known(customer)
    if asked.since is not None:
        diary = previews.past(known, supposed, plan)
    else:
        double = archive.as_it_stands(known)
        entered = previews.inside(double, live, asked.event, supposed, plan) if asked.enter else None
        diary = entered if entered is not None else previews.ahead(double, supposed, plan)
    ours = [line for line in diary if line.journey == name]
    return Walkthrough(
        customer=customer,
        journey=name,
        version=live.version,
        now=now,
        until=until,
        supposes="The events that were supposed come, and nothing else." if supposed else "Nothing is done any more.",
        happenings=_told(ours, now),
        more=len(ours) > MOST,
    )


def _told(lines: Sequence[Line], now: datetime) -> list[Happening]:
    return [
        Happening(
            at=line.at,
            what=line.what,
            journey=line.journey,
            step=line.step or None,
            why=line.why,
            said=sentence(line),
            until=line.until,
            ahead=line.at > now,
        )
        for line in lines[:MOST]
    ]


def _draft(archive: Archive, name: str, version: int | None) -> Live:
    try:
        return archive.draft(name, version)
    except Missing as missing:
        raise Refused(404, f"{missing.what}_not_found", str(missing)) from missing
    except Invalid as unreadable:
        raise Refused(404, "version_not_found", f"This release cannot read that version: {unreadable}") from unreadable


def _start(kind: str, live: Live, kept: dict[str, Any], who: str, now: datetime) -> Job:
    request = {"journey": live.journey.name, "version": live.version, **kept}
    job = Job.new(kind, request, who, now, live.journey.name, str(request))
    return wiring.perennial().jobs.start(job)
