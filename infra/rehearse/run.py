"""The rehearsal itself: every customer lives through the year once, with all playbooks in force."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from chalicelib.rehearsal.known import Known
from chalicelib.rehearsal.plan import Plan
from chalicelib.rehearsal.rehearse import rehearse
from chalicelib.rehearsal.report import report
from chalicelib.rehearsal.tally import Tally
from infra.rehearse import playbooks, shop
from infra.rehearse.playbooks import Installed

LANES = 4


@dataclass(frozen=True)
class Rehearsal:
    """What it came to. reports: by journey. events: names of all events in the year, with how many there were."""

    since: datetime
    until: datetime
    installed: list[Installed]
    reports: dict[str, dict[str, Any]]
    events: dict[str, int]
    customers: int
    seconds: float


def run(lanes: int = LANES, every: int = 1, tell: Callable[[str], object] = print) -> Rehearsal:
    """Rehearse everybody, or every so many, in so many processes at a time."""
    known, plan = _known()[::every], _plan()
    tell(f"  {len(known)} customers, {sum(len(one.events) for one in known)} events, {len(plan.journeys)} journeys")
    started = time.monotonic()
    parts = [range(lane * every, len(known) * every, lanes * every) for lane in range(lanes)]
    if lanes == 1:
        tallies = [_lane(part) for part in parts]
    else:
        with ProcessPoolExecutor(lanes) as pool:
            tallies = list(pool.map(_lane, parts))
    seconds = time.monotonic() - started
    tell(f"  {len(known) / seconds:.0f} customers a second, in {lanes} processes")
    reports = {}
    for live in plan.journeys:
        name = live.journey.name
        tally = Tally.united(lane[name] for lane in tallies)
        reports[name] = report(tally, live.journey, live.version, plan.since, plan.until, len(known))
    events: dict[str, int] = {}
    for one in known:
        for event in one.events:
            events[event.name] = events.get(event.name, 0) + 1
    return Rehearsal(plan.since, plan.until, playbooks.everything(), reports, events, len(known), seconds)


def _lane(part: Iterable[int]) -> dict[str, Tally]:
    known, plan = _known(), _plan()
    tallies = {live.journey.name: Tally(live.journey.name) for live in plan.journeys}
    for place in part:
        diary = rehearse(known[place], plan)
        for tally in tallies.values():
            tally.add(diary)
    return tallies


@cache
def _known() -> list[Known]:
    return shop.customers()


@cache
def _plan() -> Plan:
    return playbooks.plan(playbooks.everything(), *shop.period(_known()))
