"""forecast: entries and messages of a version of a journey for each of the next 30 days (docs/REHEARSAL.md).

Each customer of the sample is lived through twice from five weeks ago (with what really was done since, and without),
and once from now on; rehearsal/forecast.py makes of it what each adds. The sums of all draws are the cursor.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from chalicelib import times
from chalicelib.jobs.job import Job, Slice
from chalicelib.jobs.kind import Kind, Tools
from chalicelib.jobs.rehearsing import Asked, draft, go_round, is_full, share
from chalicelib.journeys.journey import Live
from chalicelib.rehearsal.everybody import Round
from chalicelib.rehearsal.forecast import DAYS, WHAT, Draws, interval
from chalicelib.rehearsal.foretelling import Lives, Periods
from chalicelib.rehearsal.prices import cost
from chalicelib.rehearsal.store import Archive


@dataclass
class _Sums:
    """What was added so far."""

    draws: dict[str, Draws]
    customers: int = 0


class _Forecast:
    request = Asked

    def work(self, request: Asked, job: Job, tools: Tools) -> Slice:
        archive = Archive(tools.db, tools.now())
        live = draft(request, archive)
        plan = archive.plan(live, tools.around.rules(), request.since, request.until, alone=request.alone)
        periods = Periods.of(plan, request.since)
        cursor: dict[str, Any] = dict(job.cursor or {})
        round = Round.from_json(cursor["round"]) if cursor else archive.round(job.id)
        sums = _sums(cursor)
        before = sums.customers

        def one(customer: str) -> None:
            known = archive.known(customer)
            lives = Lives.of(known, archive.as_it_stands(known), periods)
            for what, part in lives.add(request.journey).items():
                sums.draws[what].add(customer, part)
            sums.customers += 1

        round, failed = go_round(round, request, before, archive, tools, one)
        full = is_full(request, sums.customers)
        told = _report(request, live, sums, round.population(sums.customers, full=full))
        over = round.over or full
        kept = {what: draws.as_json() for what, draws in sums.draws.items()}
        following = None if over else {"round": round.as_json(), "customers": sums.customers, "draws": kept}
        progress = {"share_done": share(round, request, sums.customers)}
        return Slice(following, {"customers": sums.customers - before, "failed": failed}, progress | told)


def _sums(cursor: dict[str, Any]) -> _Sums:
    if not cursor:
        return _Sums({what: Draws() for what in WHAT})
    return _Sums({what: Draws.from_json(cursor["draws"][what]) for what in WHAT}, cursor["customers"])


def _report(request: Asked, live: Live, sums: _Sums, customers: int) -> dict[str, Any]:
    scale = max(1.0, customers / sums.customers) if sums.customers else 1.0
    whole = {what: interval(sums.draws[what], scale) for what in WHAT}
    days = [
        {
            "from": times.text(request.since + timedelta(days=day)),
            **{what: interval(sums.draws[what], scale, slice(day, day + 1)) for what in WHAT},
        }
        for day in range(DAYS)
    ]
    return {
        "journey": live.journey.name,
        "version": live.version,
        "from": times.text(request.since),
        "until": times.text(request.until),
        "customers": {"rehearsed": sums.customers, "of_about": max(customers, sums.customers)},
        "whole": whole,
        "days": days,
        "cost": cost(live.journey, whole["entered"]["likely"], {"email": whole["sent"]["likely"]}),
        "kept": _digits(sums.draws["sent"].kept()),
        "interval": "8 of 10 such intervals hold what comes, if people go on as in the last five weeks",
    }


def _digits(value: float) -> float:
    """To two digits."""
    return float(f"{value:.2f}")


plugin: Kind[Asked] = _Forecast()
