"""A segment on the deployed application: an event lets somebody in, and the window that closes lets her out again,
within a minute of its moment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.cloud.asking import eventually
from tests.cloud.deployed import Deployed
from tests.cloud.website import Website

WINDOW = timedelta(days=7)
OPEN_FOR = timedelta(seconds=30)
NOTICED = timedelta(seconds=60)
LOOKED = {"title": "Looked this week", "rule": {"event": "Product Viewed", "within": "P7D"}}


def members(deployed: Deployed) -> set[str]:
    return {one["customer"] for one in deployed.api.get("/v1/segments/looked/members?limit=1000")["members"]}


def test_in_on_the_event_and_out_at_the_minute(deployed: Deployed, website: Website) -> None:
    put = deployed.api.ask("PUT", "/v1/segments/looked", LOOKED)
    assert put.status == 200, put.text
    job = f"/v1/jobs/{put.json()['job']}"
    eventually("everybody is judged by it", lambda: deployed.api.get(job)["status"] == "done", within=150)
    closes = datetime.now(UTC) + OPEN_FOR
    website.identify("lou")
    website.track("lou", "Product Viewed", closes - WINDOW, product_id="P1")
    website.arrive()
    eventually("lou is in", lambda: "u#lou" in members(deployed), within=OPEN_FOR.total_seconds())
    left = (closes + NOTICED - datetime.now(UTC)).total_seconds()
    eventually("lou is out again", lambda: "u#lou" not in members(deployed), within=left)
    assert datetime.now(UTC) >= closes
