"""Where fits are kept: on the fake and on moto."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.aws.database import Database
from chalicelib.errors import Transient
from chalicelib.lifecycle.adoption import Objection, Reason, Verdict
from chalicelib.lifecycle.fitted import PRIOR, Fitted
from chalicelib.lifecycle.risk import Model
from chalicelib.lifecycle.store import CurrentFit, FitStore, Standing
from chalicelib.resources import WORK
from tests.review.faults import counting

NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)
WEEK = timedelta(weeks=1)
FIT = Fitted(source="fit", model=Model(0.5, 5, 0.7, 1.5), buyers=900, customers=2_000, drift=(0.1,), fitted_at=NOW)
OTHER = replace(FIT, model=Model(0.4, 4, 0.6, 1.4))
ADOPTED = Verdict()
REFUSED = Verdict((Reason(Objection.WORSE, "It is worse."),))


def test_without_a_fit_the_prior_is_in_force(database: Database) -> None:
    assert FitStore(database).standing() == Standing(PRIOR)
    assert FitStore(database).history(10) == []


def test_an_adopted_fit_is_in_force_and_has_the_next_version(database: Database) -> None:
    fits = FitStore(database)
    record = fits.keep(FIT, ADOPTED, fits.standing(), "job-1", NOW)
    assert record.fitted == replace(FIT, version=1)
    assert fits.standing() == Standing(record.fitted, latest=1, v=1, adopted_at=NOW)
    assert fits.record(1) == record


def test_a_refused_fit_is_kept_with_its_reasons_and_changes_nothing(database: Database) -> None:
    fits = FitStore(database)
    refused = fits.keep(FIT, REFUSED, fits.standing(), "job-1", NOW)
    assert (fits.standing().fitted, fits.standing().latest) == (PRIOR, 1)
    adopted = fits.keep(FIT, ADOPTED, fits.standing(), "job-2", NOW + WEEK)
    again = fits.keep(OTHER, REFUSED, fits.standing(), "job-3", NOW + 2 * WEEK)
    assert fits.standing() == Standing(adopted.fitted, latest=3, v=3, adopted_at=NOW + WEEK)
    assert fits.history(10) == [again, adopted, refused]
    assert fits.history(10, before=2) == [refused]
    assert [one.standing for one in fits.history(10)] == [2, 0, 0]


def test_a_job_knows_what_it_has_kept(database: Database) -> None:
    fits = FitStore(database)
    assert fits.made_by("job-1") is None
    first = fits.keep(FIT, REFUSED, fits.standing(), "job-1", NOW)
    assert fits.made_by("job-1") == first
    assert fits.made_by("job-2") is None


def test_of_two_fits_that_knew_the_same_one_in_force_the_second_is_decided_anew(database: Database) -> None:
    fits = FitStore(database)
    knew = fits.standing()
    fits.keep(FIT, ADOPTED, knew, "job-1", NOW)
    with pytest.raises(Transient):
        fits.keep(OTHER, ADOPTED, knew, "job-2", NOW)
    assert fits.standing().fitted.model == FIT.model


def test_a_container_reads_the_fit_in_force_every_half_minute(database: Database) -> None:
    fits, now = FitStore(database), [NOW]
    counted, calls = counting(database)
    current = CurrentFit(FitStore(counted), lambda: now[0])
    assert current.get() == current.get() == PRIOR
    fits.keep(FIT, ADOPTED, fits.standing(), "job-1", NOW)
    now[0] += timedelta(seconds=29)
    assert current.get() == PRIOR
    assert calls() == 1
    now[0] += timedelta(seconds=1)
    assert current.get().version == 1


def test_what_a_newer_release_wrote_is_passed_over_for_the_last_that_can_be_read(database: Database) -> None:
    fits = FitStore(database)
    readable = fits.keep(FIT, ADOPTED, fits.standing(), "job-1", NOW)
    fits.keep(OTHER, ADOPTED, fits.standing(), "job-2", NOW)
    for sk in ("current", "version#000002"):
        database.update(WORK, "fit", sk, set={"body": '{"a_new_figure": 1}'})
    assert fits.standing().fitted == readable.fitted
    assert fits.standing().latest == 2, "the next fit is version 3"
    assert fits.history(10) == [readable]
    kept = fits.keep(FIT, REFUSED, fits.standing(), "job-3", NOW)
    assert kept.fitted.version == 3
    assert database.get(WORK, "fit", "current", consistent=True)["body"] == '{"a_new_figure": 1}'  # type: ignore[index]
