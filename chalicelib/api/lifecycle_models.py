"""What the endpoints of the lifecycle's parameters answer."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from chalicelib.api.answers import Model, Moment, Strict
from chalicelib.lifecycle.adoption import Objection


class ParametersQuery(Strict):
    """Which fit to show."""

    version: int | None = Field(None, ge=0, le=10**8, description="A fit, adopted or not; 0 the prior. None: in force.")


class FitsQuery(Strict):
    """Which fits to list."""

    limit: int = Field(20, ge=1, le=100, description="At most this many.")
    before: int | None = Field(None, ge=1, le=10**8, description="Only versions before this one: the last of a page.")


class CalibrationTenth(Model):
    """A tenth of the customers, by the chance to buy that was foretold of them."""

    customers: int
    foretold: float = Field(description="The mean chance.")
    bought: float = Field(description="The share that did.")


class DataUsed(Model):
    """What a fit was made from."""

    as_of: Moment | None = Field(description="The moment at which the customers were looked at; null for the prior.")
    customers: int = Field(description="How many customers there were, about.")
    buyers: int = Field(description="With at least one order, in the sample of at most 50,000 customers.")
    returned: int = Field(description="Of them with two or more.")


class Drift(Model):
    """Whether what is foretold keeps to what happens."""

    state: str = Field(description="`none`, `drifted`, or `unknown` where there is no past window to look at.")
    windows: list[float] = Field(
        description="ln(buyers foretold / buyers) in past windows, the newest last: 0 is right, 0.25 is 28 % too many."
    )
    limit: float = Field(description="Beyond it in two windows running, a fit is not adopted, and an alarm goes off.")


class FitParameters(Model):
    """The figures of a fit."""

    model: dict[str, float] = Field(description="MBG/NBD, in weeks: r, alpha, a, b.")
    calibration: dict[str, float]
    regression: dict[str, Any] | None
    value: dict[str, float | None] = Field(description="Of one order: Gamma-Gamma, or the usual order and its weight.")
    rhythm: dict[str, float] = Field(description="When somebody with three orders or more orders again.")
    renewals: dict[str, float] = Field(description="sBG: who leaves at a renewal.")
    hero_value: float | None
    once_days: list[float | None] = Field(description="Median, 80 % and 95 % point of the waits of who came back.")
    horizon_days: float


class FitReason(Model):
    """Why a fit was not adopted."""

    objection: Objection
    sentence: str


class LifecycleParameters(Model):
    """By what everybody is judged, and how much it is to be trusted."""

    version: int = Field(description="Of the fit; 0 is the prior.")
    in_force: bool = Field(description="Whether everybody is judged by it now.")
    adopted_at: Moment | None = Field(description="Since when; null for the prior and for one that is not in force.")
    trust: str = Field(description="How much to trust churn risk and value, in a sentence.")
    trust_level: str = Field(description="`prior`, `little` (fewer than 200 buyers) or `shop`.")
    reasons: list[FitReason] = Field(description="Why it was not adopted; empty if it was.")
    thresholds: dict[str, Any] = Field(description="Every threshold as it stands under this fit.")
    lifecycle_version: int = Field(description="The version of the setting `lifecycle`; 0: its defaults.")
    rates_version: int = Field(description="The version of the setting `currencies`; 0: no rates.")
    fit: FitParameters
    data: DataUsed
    checks: dict[str, float] = Field(description="On the newest window, foretold without knowing it.")
    calibration_table: list[CalibrationTenth]
    drift: Drift
    next_refit: Moment


class Fit(Model):
    """One fit in the history."""

    version: int
    at: Moment
    adopted: bool
    in_force: bool
    reasons: list[FitReason]
    against: int = Field(description="The version that was in force when it was made.")
    job: str = Field(description="The job that made it.")
    trust: str
    data: DataUsed
    checks: dict[str, float]
    drifted: bool


class Fits(Model):
    """Fits, the newest first, and the version in force."""

    in_force: int
    fits: list[Fit]
    before: int | None = Field(description="Ask with this for the page after; null at the end.")
