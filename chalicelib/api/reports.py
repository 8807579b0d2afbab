"""Reports: where everybody stands, where they stood, and who moved; counted, not sampled."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import TYPE_CHECKING, Final

from chalicelib import times, wiring
from chalicelib.api.http import Answer, Request, Routes
from chalicelib.api.periods import Period, period
from chalicelib.api.report_models import (
    LifecycleReport,
    Moved,
    MovesQuery,
    MovesReport,
    PeriodQuery,
    StageCount,
    StagesAt,
    StagesReport,
)
from chalicelib.api.sheets import Asked, Cell, sheet, wants_sheet
from chalicelib.aws.at_once import at_once
from chalicelib.lifecycle.rules import Stage

if TYPE_CHECKING:
    from chalicelib.lifecycle.reports.over_time import Standing
    from chalicelib.review.changes import Place

READ: Final = "reports:read"

routes: Final = Routes("reports")


@routes.endpoint("GET", "/v1/reports/lifecycle", scope=READ, query=Asked, response=LifecycleReport, sheet=True)
def read_lifecycle_report(request: Request) -> Answer:
    """How many customers stand in each of the nine stages."""
    asked = request.parameters(Asked)
    perennial = wiring.perennial()
    counts = _counts_now()
    total = sum(counts.values())
    report = LifecycleReport(
        as_of=perennial.now(),
        customers=total,
        stages=[
            StageCount(stage=stage, customers=count, share=round(count / total, 4) if total else 0.0)
            for stage, count in counts.items()
        ],
    )
    if not wants_sheet(request, asked):
        return report
    rows = [[each.stage.value, each.customers, each.share] for each in report.stages]
    return sheet(f"stages-{report.as_of.date()}", ["stage", "customers", "share"], rows)


@routes.endpoint(
    "GET",
    "/v1/reports/stages",
    scope=READ,
    query=PeriodQuery,
    response=StagesReport,
    problems=("invalid_period",),
    sheet=True,
)
def read_stages_over_time(request: Request) -> Answer:
    """How many customers stood in each stage when each day began, and now.

    Counted every night; a day that was not is walked to from the next one that was, by the moves in between. Those who
    first came on such a day, or were erased, are not undone by that: `counted` is then false.
    """
    from chalicelib.lifecycle.reports import over_time
    from chalicelib.lifecycle.reports.store import KEPT_FOR

    query = request.parameters(PeriodQuery)
    perennial = wiring.perennial()
    now = perennial.now()
    asked = period(query.first, query.last, now, KEPT_FOR)
    moves = perennial.changes.counts(asked.first, now.date())
    known = perennial.censuses.kept.counts(asked.first, now.date())
    points = over_time.over_time(
        now,
        _counts_now(),
        {day: over_time.Standing(each.as_of, True, each.stages) for day, each in known.items()},
        _by_day(moves),
        asked.first,
    )
    wanted = [each for each in points if each.at.date() <= asked.last]
    if wants_sheet(request, query):
        rows = [_point(each) for each in wanted]
        return sheet(_name("stages", asked), ["at", "counted", *(stage.value for stage in Stage)], rows)
    return StagesReport(
        first=asked.first.isoformat(),
        last=asked.last.isoformat(),
        points=[
            StagesAt(at=each.at, counted=each.counted, stages={stage: each.stages.get(stage, 0) for stage in Stage})
            for each in wanted
        ],
    )


@routes.endpoint(
    "GET",
    "/v1/reports/transitions",
    scope=READ,
    query=MovesQuery,
    response=MovesReport,
    problems=("invalid_period",),
    sheet=True,
)
def read_transitions(request: Request) -> Answer:
    """Who moved from which stage to which: exact counts of changes, by the day (UTC) of their cause.

    The first stage of somebody is no move. `cause`: event, time, import, model (a refit), settings, merge, rebuild.
    """
    from chalicelib.review.changes import KEPT_FOR

    query = request.parameters(MovesQuery)
    perennial = wiring.perennial()
    asked = period(query.first, query.last, perennial.now(), KEPT_FOR)
    found: Counter[tuple[str, str, str]] = Counter()
    for place, number in perennial.changes.counts(asked.first, asked.last).items():
        if query.cause in (None, place.cause):
            found[place.stage_from, place.stage_to, place.cause] += number
    order = list(Stage)
    moves = [
        Moved(stage_from=Stage(stage_from), stage_to=Stage(stage_to), cause=cause, customers=number)
        for (stage_from, stage_to, cause), number in found.items()
    ]
    moves.sort(key=lambda each: (order.index(each.stage_from), order.index(each.stage_to), each.cause))
    if wants_sheet(request, query):
        rows = [[each.stage_from.value, each.stage_to.value, each.cause, each.customers] for each in moves]
        return sheet(_name("transitions", asked), ["from", "to", "cause", "customers"], rows)
    matrix = {stage_from: dict.fromkeys(Stage, 0) for stage_from in Stage}
    for each in moves:
        matrix[each.stage_from][each.stage_to] += each.customers
    return MovesReport(
        first=asked.first.isoformat(),
        last=asked.last.isoformat(),
        changes=sum(each.customers for each in moves),
        matrix=matrix,
        moves=moves,
    )


def _counts_now() -> dict[Stage, int]:
    return dict(zip(Stage, at_once(wiring.perennial().customers.count_in_stage, Stage), strict=True))


def _by_day(counts: Counter[Place]) -> Counter[tuple[date, Stage, Stage]]:
    found: Counter[tuple[date, Stage, Stage]] = Counter()
    for place, number in counts.items():
        found[date.fromisoformat(place.day), Stage(place.stage_from), Stage(place.stage_to)] += number
    return found


def _point(each: Standing) -> list[Cell]:
    return [times.text(each.at), each.counted, *(each.stages.get(stage, 0) for stage in Stage)]


def _name(report: str, asked: Period) -> str:
    return f"{report}-{asked.first}-to-{asked.last}"
