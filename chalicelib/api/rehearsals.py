"""Rehearsals: a version of a journey on the stored past, over the next 30 days, and for one customer. None sends."""

from __future__ import annotations

from typing import Final

from chalicelib.api.http import Request, Routes
from chalicelib.api.jobs import JobState, caller, shown
from chalicelib.api.rehearsal_models import Walkthrough
from chalicelib.rehearsal.request import AskedBacktest, AskedForecast, AskedPreview

RUN: Final = "rehearsals:run"

routes: Final = Routes("rehearsals")


@routes.endpoint(
    "POST",
    "/v1/journeys/{name}/backtest",
    scope=RUN,
    request=AskedBacktest,
    response=JobState,
    problems=("journey_not_found", "version_not_found", "invalid_period"),
)
def backtest_journey(request: Request) -> JobState:
    """What a version would have done over a period of the stored past: a job, whose report says it.

    Who would have entered and who would not, each step, what would have been held back and why, how it meets the
    journeys that are live, goals reached, cost. `GET /v1/jobs/{job}` has the report so far. The same question at the
    same moment is one job.
    """
    from chalicelib.api import rehearsal_work

    asked = request.json(AskedBacktest)
    return shown(rehearsal_work.backtest(request.path["name"], asked, caller(request)))


@routes.endpoint(
    "POST",
    "/v1/journeys/{name}/forecast",
    scope=RUN,
    request=AskedForecast,
    response=JobState,
    problems=("journey_not_found", "version_not_found"),
)
def forecast_journey(request: Request) -> JobState:
    """Entries, messages and cost of a version for each of the next 30 days, with an interval: a job.

    Made of the customers' own dates and of what was done in the last five weeks; docs/REHEARSAL.md says how, and what
    it cannot know.
    """
    from chalicelib.api import rehearsal_work

    asked = request.json(AskedForecast)
    return shown(rehearsal_work.forecast(request.path["name"], asked, caller(request)))


@routes.endpoint(
    "POST",
    "/v1/journeys/{name}/preview",
    scope=RUN,
    request=AskedPreview,
    response=Walkthrough,
    problems=("journey_not_found", "version_not_found", "customer_not_found", "invalid_period"),
)
def preview_journey(request: Request) -> Walkthrough:
    """One customer in a version, step by step: the past, and what will come if nothing is done.

    `enter` lets the customer in now, to see the way through; `suppose` adds events that might come.
    """
    from chalicelib.api import rehearsal_work

    return rehearsal_work.preview(request.path["name"], request.json(AskedPreview))
