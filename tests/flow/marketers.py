"""A corner of the flow: what marketers ask and decide, about everybody."""

from __future__ import annotations

from datetime import timedelta

from chalicelib.resources import CUSTOMERS
from tests.fakes.world import World
from tests.flow.story import orders

MINUTE = timedelta(minutes=1)


def what_marketers_ask(world: World) -> None:
    """Every question and every change of the API that the story had no use for."""
    for path in ("/v1/customers?stage=occasional", "/v1/reports/lifecycle", "/v1/journeys", "/v1/templates"):
        assert world.ask("GET", path).status == 200
    for path in ("/v1/journeys/news", "/v1/templates/news?version=1"):
        assert world.ask("GET", path).status == 200
    assert world.ask("POST", "/v1/journeys/news/pause").status == 200
    assert world.post("/v1/batch", {"batch": ["what is this", "and this"]}).status == 200


def journeys_are_rehearsed(world: World) -> None:
    """A backtest, a forecast, and one customer's way through a journey."""
    for what in ("backtest", "forecast"):
        job = world.ask("POST", f"/v1/journeys/news/{what}", {"sample": 10}).json()["id"]
        world.settle()
        assert world.ask("GET", f"/v1/jobs/{job}").json()["status"] == "done"
    walked = world.ask("POST", "/v1/journeys/news/preview", {"customer": "eve", "enter": True})
    assert walked.json()["happenings"], walked.text


def a_night_and_its_reports(world: World) -> None:
    """Figures about everybody: what a census looks at, and what stands counted."""
    world.night()
    for report in ("stages", "transitions", "rates", "risk", "cohorts", "forecast", "frames"):
        assert world.ask("GET", f"/v1/reports/{report}").status == 200
        assert world.ask("GET", f"/v1/reports/{report}", format="csv").status == 200


def an_account(world: World) -> None:
    """The shop's server puts two people into an account, which is folded a minute later, and again with an order."""
    for who in ("nia", "oto"):
        world.ask(
            "POST", "/v1/group", {"userId": who, "messageId": f"group-{who}", "groupId": "acme", "traits": {"a": 1}}
        )
    world.settle()
    world.pass_through(world.now + 2 * MINUTE)
    orders(world, "nia", "N-1", "9.00")
    world.settle()
    world.pass_through(world.now + 2 * MINUTE)
    for path in ("", "?stage=occasional", "/acme", "/acme/members"):
        status = world.ask("GET", f"/v1/accounts{path}").status
        assert status == (200 if path else 400)
    assert world.ask("GET", "/v1/reports/accounts").json()["accounts"] == 1


def the_models_are_fitted_anew(world: World) -> None:
    """Too few people for a fit of their own: it is kept, and refused."""
    world.week()
    world.settle()
    (fit,) = world.ask("GET", "/v1/lifecycle/fits").json()["fits"]
    assert [reason["objection"] for reason in fit["reasons"]] == ["too_few"]
    asked = world.ask("POST", "/v1/lifecycle/refit").json()
    world.settle()
    assert world.ask("GET", f"/v1/jobs/{asked['id']}").json()["status"] == "done"
    assert world.ask("GET", "/v1/lifecycle/parameters", version=2).json()["in_force"] is False


def a_threshold_moves_people(world: World) -> None:
    """Everybody is judged by it; whose facts are of another fold is left to the worker of the due index."""
    orders(world, "ula", "U-1", "10")
    orders(world, "una", "U-2", "10")
    world.settle()
    world.wait(timedelta(days=10))
    una = next(one for one in world.items(CUSTOMERS) if (one["pk"], one["sk"]) == ("u#una", "state"))
    world.platform.put(CUSTOMERS, una | {"fold_v": 1})
    put = world.ask("PUT", "/v1/settings/lifecycle", {"thresholds": {"once_occasional_days": 5}})
    world.settle()
    job = world.ask("GET", f"/v1/jobs/{put.json()['rescore']}").json()
    assert (job["status"], job["counts"]["to_rebuild"]) == ("done", 1), job
    assert world.customer("ula")["lifecycle"]["cause"] == "settings"
