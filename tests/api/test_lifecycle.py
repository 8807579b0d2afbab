"""By what everybody is judged, shown; and a refit asked for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.lifecycle.adoption import Objection, Reason, Verdict
from chalicelib.lifecycle.figures import Bin
from chalicelib.lifecycle.fitted import Fitted
from chalicelib.lifecycle.store import FitStore
from tests.fakes.platforms import over_fakes
from tests.fakes.world import NOW, World

FIT = Fitted(
    source="fit",
    buyers=900,
    returned=300,
    customers=2_000,
    once_occasional_days=30,
    once_waiting_days=90,
    once_at_risk_days=200,
    drift=(0.1, -0.05),
    checks={"log_loss": 0.41, "auc": 0.8},
    calibration_table=(Bin(90, 0.1, 0.12),),
    as_of=NOW,
    fitted_at=NOW,
)
WORSE = Verdict((Reason(Objection.WORSE, "It is worse."),))


@pytest.fixture
def world() -> Iterator[World]:
    with over_fakes() as made:
        yield made


def keep(world: World, fitted: Fitted, verdict: Verdict, job: str) -> None:
    fits = FitStore(world.containers["api"].db)
    fits.keep(fitted, verdict, fits.standing(), job, world.now)


def test_without_a_fit_the_prior_says_that_it_speaks(world: World) -> None:
    shown = world.ask("GET", "/v1/lifecycle/parameters").json()
    assert (shown["version"], shown["in_force"], shown["trust_level"], shown["adopted_at"]) == (0, True, "prior", None)
    assert shown["trust"] == "The prior speaks: nothing of this shop's history is in these figures yet."
    assert shown["thresholds"]["once_occasional_days"] == 60
    assert shown["fit"]["model"] == {"r": 0.6, "alpha": 6.0, "a": 0.8, "b": 1.6}
    assert (shown["drift"]["state"], shown["next_refit"]) == ("unknown", "2026-11-23T03:17:00.000Z")
    assert world.ask("GET", "/v1/lifecycle/fits").json() == {"in_force": 0, "fits": [], "before": None}


def test_a_fit_in_force_and_one_that_was_refused(world: World) -> None:
    keep(world, FIT, Verdict(), "job-1")
    keep(world, replace(FIT, once_occasional_days=20), WORSE, "job-2")
    shown = world.ask("GET", "/v1/lifecycle/parameters").json()
    assert (shown["version"], shown["in_force"], shown["adopted_at"]) == (1, True, "2026-11-22T10:00:00.000Z")
    assert shown["thresholds"]["once_occasional_days"] == 30, "the shop's own"
    assert shown["data"] == {"as_of": "2026-11-22T10:00:00.000Z", "customers": 2000, "buyers": 900, "returned": 300}
    assert shown["calibration_table"] == [{"customers": 90, "foretold": 0.1, "bought": 0.12}]
    assert shown["drift"] == {"state": "none", "windows": [0.1, -0.05], "limit": 0.25}
    assert shown["trust"].startswith("Fitted on 900 buyers up to 22 November 2026, 300 of whom came back")
    refused = world.ask("GET", "/v1/lifecycle/parameters", version=2).json()
    assert (refused["in_force"], refused["thresholds"]["once_occasional_days"]) == (False, 20)
    assert refused["reasons"] == [{"objection": "worse", "sentence": "It is worse."}]
    prior = world.ask("GET", "/v1/lifecycle/parameters", version=0).json()
    assert (prior["trust_level"], prior["in_force"]) == ("prior", False)


def test_the_history_of_fits_in_pages(world: World) -> None:
    for number in range(1, 6):
        keep(world, FIT, WORSE if number % 2 else Verdict(), f"job-{number}")
    page = world.ask("GET", "/v1/lifecycle/fits", limit=3).json()
    assert [(one["version"], one["adopted"], one["in_force"], one["against"]) for one in page["fits"]] == [
        (5, False, False, 4),
        (4, True, True, 2),
        (3, False, False, 2),
    ]
    rest = world.ask("GET", "/v1/lifecycle/fits", limit=3, before=page["before"]).json()
    assert [one["version"] for one in rest["fits"]] == [2, 1]
    assert rest["before"] is None


def test_a_fit_that_there_is_not(world: World) -> None:
    keep(world, FIT, Verdict(), "job-1")
    answer = world.ask("GET", "/v1/lifecycle/parameters", version=7)
    assert (answer.status, answer.json()["code"]) == (404, "version_not_found")
    assert "the newest is 1" in answer.json()["message"]


def test_a_refit_is_a_job_and_impatience_is_one(world: World) -> None:
    started = world.ask("POST", "/v1/lifecycle/refit")
    again = world.ask("POST", "/v1/lifecycle/refit")
    assert (started.status, started.json()["kind"], again.json()["id"]) == (202, "refit", started.json()["id"])
    world.settle()
    done = world.ask("GET", f"/v1/jobs/{started.json()['id']}").json()
    assert (done["status"], done["report"]["adopted"]) == ("done", False)
    assert done["report"]["reasons"][0]["objection"] == "too_few"
    (fit,) = world.ask("GET", "/v1/lifecycle/fits").json()["fits"]
    assert (fit["version"], fit["job"]) == (1, started.json()["id"])


def test_the_schedule_does_the_same_once_a_week(world: World) -> None:
    for _ in range(2):
        world.week()
        world.settle()
    world.wait(timedelta(days=7))
    world.week()
    world.settle()
    assert [one["version"] for one in world.ask("GET", "/v1/lifecycle/fits").json()["fits"]] == [2, 1]


def test_a_setting_on_which_stages_stand_moves_everybody_silently_and_names_the_job(world: World) -> None:
    order = {"order_id": "1", "total": "10", "currency": "GBP"}
    days_ago = (world.now - timedelta(days=40)).isoformat()
    call = {"type": "track", "userId": "ann", "event": "Order Completed", "properties": order, "timestamp": days_ago}
    world.post("/v1/batch", {"batch": [call]})
    world.settle()
    assert world.customer("ann")["lifecycle"]["stage"] == "occasional"
    put = world.ask("PUT", "/v1/settings/lifecycle", {"thresholds": {"once_occasional_days": 30}}).json()
    again = world.ask("PUT", "/v1/settings/lifecycle", {"thresholds": {"once_occasional_days": 30}}).json()
    assert put["rescore"] == again["rescore"], "the same version, the same job"
    world.settle()
    job = world.ask("GET", f"/v1/jobs/{put['rescore']}").json()
    assert (job["status"], job["counts"]["moved"], job["report"]["share_done"]) == ("done", 1, 1.0)
    shown = world.customer("ann")["lifecycle"]
    assert (shown["stage"], shown["cause"]) == ("waiting", "settings")
    assert world.ask("GET", "/v1/lifecycle/parameters").json()["lifecycle_version"] == 1
    assert world.ask("PUT", "/v1/settings/price_tiers", {}).json()["rescore"] is None, "stages do not stand on it"
