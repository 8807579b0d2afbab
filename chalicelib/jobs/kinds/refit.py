"""refit: the models are fitted anew to a sample of the customers, and adopted or refused. Every week, and on request.

One slice, in a function of its own: reading 50,000 customers and fitting takes a minute or two and a few hundred
megabytes. It keeps nothing on its way; whoever does it again after it was interrupted finds the fit that was kept, or
makes the same one. An adopted fit starts the job that rescores everybody; a refused one, unless the shop is merely
small, has somebody paged.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel, ConfigDict

from chalicelib.errors import Permanent
from chalicelib.jobs.job import Job, Slice
from chalicelib.jobs.kind import Kind, Tools
from chalicelib.jobs.lifecycle import start_rescore
from chalicelib.jobs.store import JobStore
from chalicelib.lifecycle.explain import of_trust
from chalicelib.lifecycle.fit import fit
from chalicelib.lifecycle.refit import Fit, refit, seen
from chalicelib.lifecycle.sample.store import MOST, Sampler
from chalicelib.lifecycle.store import FitStore, Record

BAD_REFIT: Final = "BadRefit"
"""The matter somebody is paged about (infra/alarms.py)."""


class Request(BaseModel):
    """Nothing is asked but that it be done."""

    model_config = ConfigDict(extra="ignore")


@dataclass(frozen=True)
class _Refit:
    request = Request
    how: Fit = fit
    most: int = MOST

    def work(self, request: Request, job: Job, tools: Tools) -> Slice:
        fits, counts = FitStore(tools.db), dict[str, int]()
        record = fits.made_by(job.id)
        if record is None:
            record, counts = self._made(fits, job, tools)
        report = _report(record)
        if record.verdict.adopted:
            started = start_rescore(JobStore(tools.db), "model", job.requested_by, record.at, job.id)
            report["rescore"] = started.id
        elif record.verdict.alarming:
            tools.around.alarm(BAD_REFIT)
        return Slice(None, counts, report)

    def _made(self, fits: FitStore, job: Job, tools: Tools) -> tuple[Record, dict[str, int]]:
        standing, parameters, now = fits.standing(), tools.around.rules().parameters, tools.now()
        sample = Sampler(tools.db).sample(self.most, seen(parameters.exchange))
        try:
            made = refit(sample.states, sample.customers, standing.fitted, parameters, now, self.how)
        except (ValueError, ArithmeticError) as failed:
            tools.around.alarm(BAD_REFIT)
            raise Permanent(f"no fit could be made of this sample, so the one in force stands: {failed}") from failed
        counts = {"sampled": len(sample.states), "buyers": made.fitted.buyers, "customers_about": sample.customers}
        return fits.keep(made.fitted, made.verdict, standing, job.id, now), counts


def _report(record: Record) -> dict[str, Any]:
    return {
        "version": record.fitted.version,
        "adopted": record.verdict.adopted,
        "reasons": [reason.as_dict() for reason in record.verdict.reasons],
        "in_force_before": record.standing,
        "trust": of_trust(record.fitted.trust),
    }


plugin: Kind[Request] = _Refit()
