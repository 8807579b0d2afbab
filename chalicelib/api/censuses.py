"""Reports from a census: rates, risk, cohorts, forecast, frames. Each says of whom it speaks, and how sure it is.

A base of up to 2,000 customers is looked at when it is asked about; a larger one every night, or when a `fresh` census
is asked for, which looks at 2,000.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from chalicelib import times, wiring
from chalicelib.api.http import Answer, Request
from chalicelib.api.report_models import (
    CensusQuery,
    CohortReport,
    ForecastReport,
    FramesReport,
    RatesReport,
    RiskReport,
    Share,
    Taken,
)
from chalicelib.api.reports import READ, routes
from chalicelib.api.sheets import Cell, sheet, wants_sheet

_SHARE: Final = ["share", "margin", "of"]


@routes.endpoint("GET", "/v1/reports/rates", scope=READ, query=CensusQuery, response=RatesReport, sheet=True)
def read_rates(request: Request) -> Answer:
    """Churn rate, win-back rate, repeat rate, and the time to the second order."""
    asked, taken = _asked(request)
    report = RatesReport.model_validate({**_of(taken), **taken["rates"]})
    if not wants_sheet(request, asked):
        return report
    second = report.second_order
    shares = {"churn": report.churn, "win_back": report.win_back, "repeat": report.repeat}
    shares |= {f"second_order_within_{each.days}_days": each.came_back for each in second.within}
    quartiles = {
        "second_order_lower_quartile_days": second.lower_quartile,
        "second_order_median_days": second.median,
        "second_order_upper_quartile_days": second.upper_quartile,
    }
    rows: list[list[Cell]] = [[name, *_cells(share)] for name, share in shares.items()]
    rows += [[name, days, None, second.came_back.customers] for name, days in quartiles.items()]
    return _sheet("rates", report, ["figure", "value", "margin", "of"], rows)


@routes.endpoint("GET", "/v1/reports/risk", scope=READ, query=CensusQuery, response=RiskReport, sheet=True)
def read_risk(request: Request) -> Answer:
    """Churn risk as it was 91 days ago against what happened since, by tenths of the buyers; and the value at risk.

    As CSV: the tenths.
    """
    asked, taken = _asked(request)
    report = RiskReport.model_validate({**_of(taken), **taken["risk"]})
    if not wants_sheet(request, asked):
        return report
    rows = [[each.tenth, each.predicted, *_cells(each.actual)] for each in report.tenths]
    return _sheet("risk", report, ["tenth", "predicted", *_SHARE], rows)


@routes.endpoint("GET", "/v1/reports/cohorts", scope=READ, query=CensusQuery, response=CohortReport, sheet=True)
def read_cohorts(request: Request) -> Answer:
    """Retention by the month of the first order: who ordered in each month after it, and who in it or later."""
    asked, taken = _asked(request)
    report = CohortReport.model_validate({**_of(taken), "cohorts": taken["cohorts"]})
    if not wants_sheet(request, asked):
        return report
    columns = ["cohort", "buyers", "month", *(f"{figure}_{each}" for figure in ("ordered", "still") for each in _SHARE)]
    rows = [
        [cohort.month, cohort.buyers.customers, each.month, *_cells(each.ordered), *_cells(each.still)]
        for cohort in report.cohorts
        for each in cohort.months
    ]
    return _sheet("cohorts", report, columns, rows)


@routes.endpoint("GET", "/v1/reports/forecast", scope=READ, query=CensusQuery, response=ForecastReport, sheet=True)
def read_forecast(request: Request) -> Answer:
    """Who changes to what on each of the next 90 days if nobody does anything: everybody's next change, and no more."""
    asked, taken = _asked(request)
    told = [{**each, "from": each["stage_from"], "to": each["stage_to"]} for each in taken["forecast"]]
    changes = sum(each["count"]["customers"] for each in told)
    report = ForecastReport.model_validate({**_of(taken), "changes": changes, "forecast": told})
    if not wants_sheet(request, asked):
        return report
    rows = [
        [each.day, each.stage_from.value, each.stage_to.value, each.count.customers, each.count.margin]
        for each in report.forecast
    ]
    return _sheet("forecast", report, ["day", "from", "to", "customers", "margin"], rows)


@routes.endpoint("GET", "/v1/reports/frames", scope=READ, query=CensusQuery, response=FramesReport, sheet=True)
def read_frames(request: Request) -> Answer:
    """How many customers are in each phase of each frame, and in each stage."""
    asked, taken = _asked(request)
    report = FramesReport.model_validate({**_of(taken), "frames": taken["frames"], "stages": taken["stages"]})
    if not wants_sheet(request, asked):
        return report
    rows = [
        [frame, each.name, each.count.customers, each.count.margin, each.share.share, each.share.margin]
        for frame, phases in {"stages": report.stages, **report.frames}.items()
        for each in phases
    ]
    return _sheet("frames", report, ["frame", "phase", "customers", "customers_margin", "share", "share_margin"], rows)


def _asked(request: Request) -> tuple[CensusQuery, Mapping[str, Any]]:
    query = request.parameters(CensusQuery)
    return query, wiring.perennial().censuses.standing(fresh=query.fresh)


def _of(taken: Mapping[str, Any]) -> dict[str, Any]:
    return {name: taken[name] for name in Taken.model_fields}


def _cells(share: Share) -> list[Cell]:
    return [share.share, share.margin, share.of]


def _sheet(name: str, report: Taken, columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Answer:
    """Every row says of whom it speaks: a file is passed on without its answer."""
    of: list[Cell] = [times.text(report.as_of), report.customers, report.sampled, report.complete]
    columns = [*columns, "as_of", "base", "sampled", "complete"]
    return sheet(f"{name}-{report.as_of.date()}", columns, ([*row, *of] for row in rows))
