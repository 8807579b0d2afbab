"""Reports over HTTP: what they say of a small shop, as JSON and as CSV, and what they do not take."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any

import pytest

from chalicelib import times
from chalicelib.api.sheets import safe, sheet
from chalicelib.lifecycle.reports.store import CensusDesk
from chalicelib.resources import WORK
from tests.api.conftest import *  # noqa: F403 the world
from tests.fakes.gateway import Answer
from tests.fakes.world import World
from tests.flow.story import joins, orders

DAY = timedelta(days=1)
CENSUSES = ("rates", "risk", "cohorts", "forecast", "frames")
EVERY = ("lifecycle", "stages", "transitions", *CENSUSES)


@pytest.fixture
def traded(world: World) -> World:
    """Ada orders twice, bob once; both by the lifecycle's own dates, 200 days long; cyd only comes by."""
    for person in ("ada", "bob"):
        joins(world, person)
        orders(world, person, f"{person}-1", "40.00")
    world.settle()
    for days in (60, 61):  # fresh no more
        world.pass_through(world.now + days * DAY)
    orders(world, "ada", "ada-2", "20.00")
    joins(world, "cyd")
    world.settle()
    return world


def get(world: World, report: str, **query: object) -> Any:
    answer = world.ask("GET", f"/v1/reports/{report}", **query)
    assert answer.status == 200, answer.text
    assert answer.headers["content-type"] == "application/json"
    return answer.json()


def table(answer: Answer) -> list[dict[str, str]]:
    assert answer.status == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.text, newline="")))


def test_stages_now(traded: World) -> None:
    found = get(traded, "lifecycle")
    assert found["customers"] == 3
    assert sum(each["customers"] for each in found["stages"]) == 3


def test_transitions_are_those_of_the_timelines(traded: World) -> None:
    told: dict[tuple[str, str, str], int] = {}
    for person in ("ada", "bob", "cyd"):
        for entry in traded.customer(person, timeline=200)["timeline"]:
            if entry["kind"] == "stage" and entry["details"]["from"]:
                key = entry["details"]["from"], entry["details"]["to"], entry["details"]["cause"]
                told[key] = told.get(key, 0) + 1
    since = traded.now - 300 * DAY
    found = get(traded, "transitions", **{"from": times.text(since)})
    assert {(each["from"], each["to"], each["cause"]): each["customers"] for each in found["moves"]} == told
    assert found["changes"] == sum(told.values()) >= 3
    assert sum(n for row in found["matrix"].values() for n in row.values()) == found["changes"]
    assert {"occasional", "waiting"} <= {stage for pair in told for stage in pair[:2]}


def test_a_period_and_a_cause_are_kept_to(traded: World) -> None:
    today = traded.now.date().isoformat()
    assert [each["cause"] for each in get(traded, "transitions", **{"from": today})["moves"]] == ["event"]
    assert get(traded, "transitions", **{"from": today, "cause": "time"})["moves"] == []
    usual = get(traded, "transitions")
    assert (usual["from"], usual["to"]) == ((traded.now - 29 * DAY).date().isoformat(), today)


def test_stages_over_time_end_with_those_of_now_and_begin_with_the_night(traded: World) -> None:
    traded.night()
    traded.wait(3 * DAY)
    found = get(traded, "stages", **{"from": times.text(traded.now - 4 * DAY)})
    assert [(each["at"][:10], each["counted"]) for each in found["points"]] == [
        *(((traded.now - back * DAY).date().isoformat(), back == 3) for back in (4, 3, 2, 1, 0)),
        (traded.now.date().isoformat(), True),
    ]
    now = {each["stage"]: each["customers"] for each in get(traded, "lifecycle")["stages"]}
    assert found["points"][-1]["stages"] == now


def test_rates(traded: World) -> None:
    found = get(traded, "rates")
    assert (found["customers"], found["sampled"], found["complete"]) == (3, 3, True)
    assert found["as_of"] == times.text(traded.now)
    assert found["buyers"] == {"customers": 2, "margin": 0}
    assert found["repeat"] == {"share": 0.5, "margin": 0.0, "of": 2}
    assert found["churn"] == {"share": 0.5, "margin": 0.0, "of": 2}
    assert found["second_order"]["median"] == pytest.approx(121, abs=0.1)


def test_the_forecast_names_the_stored_next_change(traded: World) -> None:
    found = get(traded, "forecast")
    told = []
    for person in ("ada", "bob", "cyd"):
        lifecycle = traded.customer(person)["lifecycle"]
        change = lifecycle["next_change"]
        if change and times.parse(change["at"]) < traded.now + 90 * DAY:
            told.append((change["at"][:10], lifecycle["stage"], change["stage"]))
    assert [(each["day"], each["from"], each["to"]) for each in found["forecast"]] == sorted(told)
    assert found["changes"] == len(told) > 0


def test_risk_cohorts_and_frames(traded: World) -> None:
    risk = get(traded, "risk")
    assert (risk["horizon_days"], risk["foretold"], len(risk["tenths"])) == (91, True, 2)
    cohorts = get(traded, "cohorts")["cohorts"]
    assert [(each["month"], each["buyers"]["customers"]) for each in cohorts] == [("2026-11", 2)]
    frames = get(traded, "frames")
    assert "race" in frames["frames"]
    for phases in (frames["stages"], *frames["frames"].values()):
        assert sum(each["count"]["customers"] for each in phases) == 3


@pytest.mark.parametrize("report", EVERY)
def test_each_as_csv(traded: World, report: str) -> None:
    answer = traded.ask("GET", f"/v1/reports/{report}", format="csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8; header=present"
    disposition = answer.headers["content-disposition"]
    assert disposition.startswith('attachment; filename="')
    assert disposition.endswith('.csv"')
    assert answer.text.count("\r\n") == answer.text.count("\n") >= 1
    rows = table(answer)
    assert rows or report == "cohorts"
    if report in CENSUSES:
        assert all((row["base"], row["complete"]) == ("3", "true") for row in rows)


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("text/csv", "text/csv"),
        ("text/csv, application/json;q=0.9", "text/csv"),
        ("application/json;q=0.2, TEXT/CSV;q=0.7", "text/csv"),
        ("application/json, text/csv", "application/json"),
        ("*/*", "application/json"),
        ("text/csv;q=0", "application/json"),
        ("text/csv;q=x", "application/json"),
        ("text/html", "application/json"),
        (";;,,=", "application/json"),
    ],
)
def test_accept_chooses(world: World, accept: str, kind: str) -> None:
    headers = {"Authorization": f"Bearer {world.secret_key}", "Accept": accept}
    answer = world.http.request("GET", "/v1/reports/transitions", headers=headers)
    assert answer.headers["content-type"].partition(";")[0] == kind
    asked = world.http.request("GET", "/v1/reports/transitions", headers=headers, query={"format": "json"})
    assert asked.headers["content-type"] == "application/json"


@pytest.mark.parametrize("report", ["stages", "transitions"])
@pytest.mark.parametrize(
    ("query", "path", "says"),
    [
        ({"from": "2026-11-02", "to": "2026-11-01"}, "from", "is after"),
        ({"from": "2024-01-01"}, "from", "too long ago: counts are kept for 400 days"),
        ({"to": "2030-01-01"}, "to", "lies in the future"),
        ({"from": "2026-11-01T10:00:00"}, "from", "no zone"),
        ({"to": "yesterday"}, "to", "no day"),
        ({"to": "0001-01-01T00:00:00+23:00"}, "to", "no day"),
        ({"to": "0001-01-01"}, "to", "too long ago"),
        ({"to": ""}, "to", "no day"),
    ],
)
def test_a_period_that_is_none_is_refused_clearly(
    world: World, report: str, query: dict[str, str], path: str, says: str
) -> None:
    answer = world.ask("GET", f"/v1/reports/{report}", **query)
    assert (answer.status, answer.json()["code"]) == (400, "invalid_period")
    assert says in answer.json()["message"]
    assert [each["path"] for each in answer.json()["details"]] == [path]


def test_a_time_with_a_zone_is_the_day_in_which_it_lies(world: World) -> None:
    query = {"from": "2026-11-02T01:00:00+02:00", "to": "2026-11-02"}
    assert get(world, "transitions", **query)["from"] == "2026-11-01"


def test_of_an_empty_base_there_is_nothing_and_no_error(world: World) -> None:
    assert get(world, "rates")["churn"] == {"share": None, "margin": None, "of": 0}
    assert get(world, "forecast")["forecast"] == []
    assert get(world, "transitions")["changes"] == 0
    assert {point["stages"]["hero"] for point in get(world, "stages")["points"]} == {0}


def test_a_large_base_is_answered_from_the_night_until_something_fresh_is_asked_for(traded: World) -> None:
    traded.night()
    taken = traded.now
    traded.wait(DAY)
    assert get(traded, "rates")["as_of"] == times.text(traded.now), "three customers are looked at at once"
    api = traded.containers["api"]
    api.censuses = CensusDesk(api.db, api.customers, lambda: api.parameters, api.frames, api.now, at_once=2)
    assert get(traded, "rates")["as_of"] == times.text(taken)
    traded.wait(DAY)
    fresh = get(traded, "rates", fresh="true")
    assert (fresh["as_of"], fresh["sampled"], fresh["complete"]) == (times.text(traded.now), 2, False)


def test_the_night_leaves_one_census_a_day(traded: World) -> None:
    for _ in range(2):
        traded.night()
    kept = [item["pk"] for item in traded.items(WORK) if item["pk"] in ("census", "stage-counts")]
    assert kept == ["census", "stage-counts"]


# --- cells that no spreadsheet runs ---


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t'=1"),
        ("\r=1", "'\r'=1"),
        ("\uff1d1", "'\uff1d1"),
        ("a=1", "a=1"),
        ("", ""),
        (-1, -1),
        (-0.5, -0.5),
        (None, ""),
        (True, "true"),
    ],
)
def test_a_cell_is_never_a_formula(cell: Any, written: Any) -> None:
    assert safe(cell) == written


def test_a_sheet_is_rfc_4180() -> None:
    answer = sheet("x", ["a", "b"], [['say "hi"', "one, two"], ["line\nbreak", "è"]])
    assert answer.body == 'a,b\r\n"say ""hi""","one, two"\r\n"line\nbreak",è\r\n'
