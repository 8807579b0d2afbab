"""The parameters that stages and predictions stand on: shown, with their history, and fitted anew on request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from chalice.app import Response

from chalicelib import wiring
from chalicelib.api import lifecycle_models as models
from chalicelib.api.http import Request, Routes, respond
from chalicelib.api.jobs import JobState, caller, shown
from chalicelib.errors import Refused

if TYPE_CHECKING:
    from chalicelib.lifecycle.fitted import Fitted
    from chalicelib.lifecycle.store import Record

READ: Final = "lifecycle:read"
WRITE: Final = "lifecycle:write"
_NO_THRESHOLDS: Final = frozenset({"fitted", "version", "source"})

routes: Final = Routes("lifecycle")


@routes.endpoint(
    "GET",
    "/v1/lifecycle/parameters",
    scope=READ,
    query=models.ParametersQuery,
    response=models.LifecycleParameters,
    problems=("version_not_found",),
)
def read_parameters(request: Request) -> models.LifecycleParameters:
    """By what everybody is judged: thresholds, models, what they were made from, and how much to trust them.

    With `version`: what a fit would come to under the thresholds of now.
    """
    from chalicelib.jobs.lifecycle import next_weekly
    from chalicelib.lifecycle.explain import of_trust
    from chalicelib.lifecycle.fitted import DRIFT
    from chalicelib.lifecycle.versions import Versions

    perennial = wiring.perennial()
    asked = request.parameters(models.ParametersQuery).version
    standing = perennial.fits.standing()
    fitted, record = _fit(asked, standing.fitted)
    parameters = perennial.parameters_under(fitted)
    versions, trust = Versions.of(parameters.version), fitted.trust
    in_force = fitted.version == standing.fitted.version
    state = "drifted" if fitted.drifted else "none" if fitted.drift else "unknown"
    thresholds = {name: value for name, value in parameters.as_dict().items() if name not in _NO_THRESHOLDS}
    return models.LifecycleParameters(
        version=fitted.version,
        in_force=in_force,
        adopted_at=standing.adopted_at if in_force else None,
        trust=of_trust(trust),
        trust_level=trust.level,
        reasons=_reasons(record),
        thresholds=thresholds,
        lifecycle_version=versions.lifecycle,
        rates_version=versions.exchange,
        fit=_figures(fitted),
        data=_data(fitted),
        checks=dict(fitted.checks),
        calibration_table=[
            models.CalibrationTenth(customers=each.count, foretold=each.predicted, bought=each.actual)
            for each in fitted.calibration_table
        ],
        drift=models.Drift(state=state, windows=list(fitted.drift), limit=DRIFT),
        next_refit=next_weekly(perennial.now()),
    )


@routes.endpoint("GET", "/v1/lifecycle/fits", scope=READ, query=models.FitsQuery, response=models.Fits)
def list_fits(request: Request) -> models.Fits:
    """Every fit that was ever made, the newest first: adopted or not, and why not."""
    from chalicelib.lifecycle.explain import of_trust

    query = request.parameters(models.FitsQuery)
    perennial = wiring.perennial()
    in_force = perennial.fits.standing().fitted.version
    found = perennial.fits.history(query.limit, query.before)
    return models.Fits(
        in_force=in_force,
        fits=[
            models.Fit(
                version=one.fitted.version,
                at=one.at,
                adopted=one.verdict.adopted,
                in_force=one.fitted.version == in_force,
                reasons=_reasons(one),
                against=one.standing,
                job=one.job,
                trust=of_trust(one.fitted.trust),
                data=_data(one.fitted),
                checks=dict(one.fitted.checks),
                drifted=one.fitted.drifted,
            )
            for one in found
        ],
        before=found[-1].fitted.version if found and found[-1].fitted.version > 1 else None,
    )


@routes.endpoint("POST", "/v1/lifecycle/refit", scope=WRITE, response=JobState, later=True)
def start_refit(request: Request) -> Response:
    """Fit the models anew, now: answered with 202 and the job that does it.

    Its `report` says whether the fit was adopted, and names the job that then judges everybody by it.
    """
    from chalicelib.jobs.lifecycle import start_refit as start

    perennial = wiring.perennial()
    return respond(shown(start(perennial.jobs, caller(request), perennial.now())), 202)


def _fit(version: int | None, standing: Fitted) -> tuple[Fitted, Record | None]:
    from chalicelib.lifecycle.fitted import PRIOR
    from chalicelib.lifecycle.store import Unreadable

    if version is None or version == standing.version:
        return standing, None
    if version == 0:
        return PRIOR, None
    fits = wiring.perennial().fits
    try:
        record = fits.record(version)
    except Unreadable as newer:
        raise Refused(404, "version_not_found", "A newer release made that fit; this one cannot read it.") from newer
    if record is None:
        raise Refused(404, "version_not_found", f"There is no fit {version}; the newest is {fits.standing().latest}.")
    return record.fitted, record


def _reasons(record: Record | None) -> list[models.FitReason]:
    reasons = record.verdict.reasons if record else ()
    return [models.FitReason(objection=reason.objection, sentence=reason.sentence) for reason in reasons]


def _data(fitted: Fitted) -> models.DataUsed:
    return models.DataUsed(
        as_of=fitted.as_of, customers=fitted.customers, buyers=fitted.buyers, returned=fitted.returned
    )


def _figures(fitted: Fitted) -> models.FitParameters:
    return models.FitParameters(
        model=fitted.model._asdict(),
        calibration=fitted.calibration._asdict(),
        regression=fitted.regression._asdict() if fitted.regression else None,
        value=fitted.value._asdict(),
        rhythm=fitted.rhythm._asdict(),
        renewals=fitted.renewals._asdict(),
        hero_value=fitted.hero_value,
        once_days=list(fitted.once_days),
        horizon_days=fitted.horizon_days,
    )
