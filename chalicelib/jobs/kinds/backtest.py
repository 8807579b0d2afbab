"""backtest: a version of a journey on the stored past, for a sample or for everybody (docs/REHEARSAL.md).

Each slice rehearses as many customers as it has time for, and adds them to the sums of the slices before it, which are
the cursor; the report is made of these. A slice that was interrupted is done again, and adds nothing twice, because
cursor and sums are saved together.
"""

from __future__ import annotations

from typing import Any

from chalicelib.jobs.job import Job, Slice
from chalicelib.jobs.kind import Kind, Tools
from chalicelib.jobs.rehearsing import Asked, draft, go_round, is_full, share
from chalicelib.rehearsal.everybody import Round
from chalicelib.rehearsal.rehearse import rehearse
from chalicelib.rehearsal.report import report
from chalicelib.rehearsal.store import Archive
from chalicelib.rehearsal.tally import Tally


class _Backtest:
    request = Asked

    def work(self, request: Asked, job: Job, tools: Tools) -> Slice:
        archive = Archive(tools.db, tools.now())
        live = draft(request, archive)
        plan = archive.plan(
            live,
            tools.around.rules(),
            request.since,
            request.until,
            exactly=request.exactly,
            alone=request.alone,
        )
        cursor: dict[str, Any] = dict(job.cursor or {})
        round = Round.from_json(cursor["round"]) if cursor else archive.round(job.id)
        tally = Tally.from_json(cursor["tally"]) if cursor else Tally(request.journey)
        before = tally.counts["customers"]
        round, failed = go_round(
            round,
            request,
            before,
            archive,
            tools,
            lambda customer: tally.add(rehearse(archive.known(customer), plan)),
        )
        had = tally.counts["customers"]
        full = is_full(request, had)
        everybody = round.population(had, full=full)
        told = report(tally, live.journey, live.version, request.since, request.until, everybody)
        over = round.over or full
        following = None if over else {"round": round.as_json(), "tally": tally.as_json()}
        return Slice(following, _counts(had - before, failed), {"share_done": share(round, request, had), **told})


def _counts(customers: int, failed: int) -> dict[str, int]:
    return {"customers": customers} | ({"failed": failed} if failed else {})


plugin: Kind[Asked] = _Backtest()
