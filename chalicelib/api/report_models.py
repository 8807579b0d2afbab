"""What reports on the lifecycle answer. docs/REPORTS.md defines each figure."""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict, Field

from chalicelib.api.answers import Model, Moment
from chalicelib.api.sheets import Asked
from chalicelib.lifecycle.rules import Stage

Cause = Literal["event", "time", "import", "model", "settings", "merge", "rebuild"]
DAY = "`2026-11-01`, in UTC; of a time with its zone, the day in which it lies."


class PeriodQuery(Asked):
    """Which days."""

    model_config = ConfigDict(defer_build=True, extra="forbid", populate_by_name=True)

    first: str | None = Field(None, alias="from", max_length=40, description=f"{DAY} Left out: 30 days up to `to`.")
    last: str | None = Field(None, alias="to", max_length=40, description=f"{DAY} Left out: today.")


class MovesQuery(PeriodQuery):
    """Which days, and why."""

    cause: Cause | None = Field(None, description="Only changes of this cause.")


class CensusQuery(Asked):
    """Which census."""

    fresh: bool = Field(False, description="Of this moment, from at most 2,000 customers, instead of last night's.")


class Named(Model):
    """`from` is a word of Python."""

    model_config = ConfigDict(populate_by_name=True, serialize_by_alias=True)


class StageCount(Model):
    """How many customers stand in one stage."""

    stage: Stage
    customers: int
    share: float = Field(description="Of all customers, 0 to 1; 0 when there are none.")


class LifecycleReport(Model):
    """Everybody by stage. Counted from an index at `as_of`; behind by moments."""

    as_of: Moment
    customers: int
    stages: list[StageCount] = Field(description="All nine, from Ghost to Lost.")


class StagesAt(Model):
    """How many customers stood in each stage at one moment."""

    at: Moment
    counted: bool = Field(description="Counted then; else walked to from the next counted day: an estimate.")
    stages: dict[Stage, int]


class StagesReport(Named):
    """Stages over time: when each day began, and at this moment last."""

    first: str = Field(alias="from")
    last: str = Field(alias="to")
    points: list[StagesAt]


class Moved(Named):
    """How many customers moved from one stage to another, by cause."""

    stage_from: Stage = Field(alias="from")
    stage_to: Stage = Field(alias="to")
    cause: str
    customers: int = Field(description="Changes, not people: somebody may move there twice.")


class MovesReport(Named):
    """Who moved from where to where. Counted exactly, by the day of the cause; first stages are no moves."""

    first: str = Field(alias="from")
    last: str = Field(alias="to")
    changes: int
    matrix: dict[Stage, dict[Stage, int]] = Field(description="From each stage to each, whatever the cause.")
    moves: list[Moved]


class Count(Model):
    """So many customers, give or take `margin` in 19 of 20 samples; 0 where everybody was looked at."""

    customers: int
    margin: int


class Share(Model):
    """A share of `of` customers, 0 to 1, give or take `margin`; null of nobody."""

    share: float | None
    margin: float | None
    of: int


class Amount(Model):
    """A sum of money, give or take `margin`."""

    amount: float
    margin: float


class Taken(Model):
    """Of a census: of whom, and when."""

    as_of: Moment
    customers: int = Field(description="All of them; estimated, unless complete.")
    sampled: int = Field(description="How many were looked at.")
    complete: bool = Field(description="All were looked at, and every figure is exact.")


class Within(Model):
    """Of those whose first order lies at least so many days back, who came back within them."""

    days: int
    came_back: Share


class SecondOrder(Model):
    """Time from the first order to the second occasion, of those who had one; quartiles in days."""

    came_back: Count
    lower_quartile: float | None
    median: float | None
    upper_quartile: float | None
    within: list[Within]
    untold: Count = Field(description="Came back, but nobody knows any more when.")


class RatesReport(Taken):
    """Churn, repeat and win-back rate, and the time to the second order."""

    period_days: int
    buyers: Count
    churn: Share = Field(description="Of the active when the period began, who did not order in it.")
    win_back: Share = Field(description="Of the lapsed when the period began, who ordered in it.")
    repeat: Share = Field(description="Of all buyers, who bought on two occasions or more.")
    second_order: SecondOrder


class Tenth(Model):
    """One tenth of the buyers, 1 the least at risk."""

    tenth: int
    predicted: float = Field(description="Mean churn risk.")
    actual: Share = Field(description="Who did not order.")


class Checked(Model):
    """One tenth in the window that the fit in force was held against when it was made, which it did not know."""

    tenth: int
    predicted: float
    actual: float
    of: int


class AtRisk(Model):
    """Buyers At risk, and what they are expected to bring in the next year."""

    currency: str = Field(description="Empty where their orders named none.")
    buyers: Count
    expected_value: Amount


class RiskReport(Taken):
    """Risk as it was against what happened, and the value at risk."""

    since: Moment = Field(description="When they stood so.")
    horizon_days: float
    foretold: bool = Field(description="The models knew nothing of what came after `since`.")
    parameters: int = Field(description="Version of the lifecycle's parameters.")
    tenths: list[Tenth]
    checked: list[Checked]
    value_at_risk: list[AtRisk]


class Month(Model):
    """One month after the first order's. ordered: in it. still: in it or later."""

    month: int
    ordered: Share
    still: Share


class Cohort(Model):
    """Who first ordered in one month, `2026-11`."""

    month: str
    buyers: Count
    months: list[Month] = Field(description="Those that have ended.")


class CohortReport(Taken):
    """Retention by the month of the first order, of the last 24 months."""

    cohorts: list[Cohort]


class Expected(Named):
    """How many change on one day, `2026-11-22`, in UTC, if nobody does anything."""

    day: str
    stage_from: Stage = Field(alias="from")
    stage_to: Stage = Field(alias="to")
    count: Count


class ForecastReport(Taken):
    """The next change of everybody whose stage changes within 90 days by time alone."""

    changes: int
    forecast: list[Expected]


class Phase(Model):
    """How many are in one phase of a frame."""

    name: str
    count: Count
    share: Share


class FramesReport(Taken):
    """Everybody as each frame sees them."""

    frames: dict[str, list[Phase]]
    stages: list[Phase] = Field(description="The nine stages, of the same census.")
