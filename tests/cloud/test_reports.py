"""A change of stage is an event, stands in the timeline and is counted; reports answer from what stands there."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib import times
from tests.cloud.asking import ask, entries, eventually
from tests.cloud.deployed import Deployed
from tests.cloud.people import Waiting

LATEST = timedelta(seconds=90)
"""After the moment: who became due after the last tick looked ahead is found by the next one, a minute later."""


@pytest.fixture(scope="module")
def moved(deployed: Deployed, waiting: Waiting) -> Any:
    """Somebody who has become At risk by time alone: the entry of the timeline."""
    within = (waiting.announced["once"] + LATEST - datetime.now(UTC)).total_seconds()

    def change() -> Any:
        told = entries(deployed.api.find("once"), "stage")
        return told[-1] if told and told[-1]["details"]["cause"] == "time" else None

    return eventually("once becomes At risk", change, within=max(within, 1.0))


def test_the_change_is_an_event_with_its_reason(deployed: Deployed, moved: Any) -> None:
    listed = deployed.api.get("/v1/events?customer=once&name=Stage%20Changed")["events"]
    (event,) = [one for one in listed if one["properties"]["cause"] == "time" and one["at"] == moved["at"]]
    assert (event["source"], event["type"], event["customer"]) == ("perennial", "track", "u#once")
    assert (event["properties"]["from"], event["properties"]["to"]) == ("waiting", "at_risk")
    assert event["properties"]["reason"] == moved["details"]["reason"]
    assert event["properties"]["reason"]["rule"] == "once.cooling"


def test_the_timeline_has_it_once(deployed: Deployed, moved: Any) -> None:
    timeline = deployed.api.get("/v1/customers/once?timeline=200")["timeline"]
    assert [entry["kind"] for entry in timeline if entry["at"] == moved["at"]] == ["stage"]
    assert "Stage Changed" not in [entry["title"] for entry in timeline]


def test_the_matrix_counts_it_and_facts_do_not(deployed: Deployed, moved: Any) -> None:
    day = moved["at"][:10]
    found = deployed.api.get(f"/v1/reports/transitions?from={day}&to={day}&cause=time")
    (waiting,) = [one for one in found["moves"] if (one["from"], one["to"]) == ("waiting", "at_risk")]
    assert waiting["customers"] >= 1
    assert found["matrix"]["waiting"]["at_risk"] == waiting["customers"]
    assert deployed.differences("u#once") == []


def test_the_forecast_names_the_stored_next_change(deployed: Deployed, waiting: Waiting) -> None:
    lifecycle = deployed.api.get("/v1/customers/early-bird")["lifecycle"]
    change = lifecycle["next_change"]
    assert times.parse(change["at"]) < datetime.now(UTC) + timedelta(days=90)
    found = deployed.api.get("/v1/reports/forecast?fresh=true")
    named = {(one["day"], one["from"], one["to"]): one["count"]["customers"] for one in found["forecast"]}
    assert named[change["at"][:10], lifecycle["stage"], change["stage"]] >= 1
    assert found["complete"] is True


def test_the_night_takes_a_census(deployed: Deployed, waiting: Waiting) -> None:
    assert deployed.scheduled("census")["customers"] >= 4
    today = datetime.now(UTC).date().isoformat()
    points = deployed.api.get(f"/v1/reports/stages?from={today}")["points"]
    assert [point["counted"] for point in points] == [True, True]


def test_a_report_is_a_file_for_spreadsheets(deployed: Deployed, waiting: Waiting) -> None:
    answer = ask("GET", f"{deployed.api.endpoint}/v1/reports/frames", {**deployed.api.asks, "Accept": "text/csv"})
    assert (answer.status, answer.headers["content-type"]) == (200, "text/csv; charset=utf-8; header=present")
    assert answer.headers["content-disposition"].startswith('attachment; filename="frames-')
    rows = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    assert sum(int(row["customers"]) for row in rows if row["frame"] == "stages") >= 4
