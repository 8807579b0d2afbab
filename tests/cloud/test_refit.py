"""A refit on the deployed cloud: asked for, worked in a function of its own, adopted, and everybody rescored."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from chalicelib import times
from chalicelib.ids import fraction
from tests.cloud.asking import eventually
from tests.cloud.deployed import Deployed

BUYERS = 300
LONG = 400.0  # seconds: the emulator's functions are cold, and a rescore waits for a minute


def orders(number: int) -> list[dict[str, Any]]:
    """Two years of one buyer's orders: at a pace of his own, until he has enough of it."""
    now, day = times.utcnow(), 700 * fraction("first", str(number))
    pace, leaves = 20 + 100 * fraction("pace", str(number)), 0.1 + 0.5 * fraction("leaves", str(number))
    calls: list[dict[str, Any]] = []
    while day < 720:
        place = len(calls)
        properties = {"order_id": f"R-{number}-{place}", "total": f"{20 + number % 50}", "currency": "GBP"}
        call = {"type": "track", "event": "Order Completed", "userId": f"regular-{number}", "properties": properties}
        calls.append(
            {**call, "messageId": f"refit-{number}-{place}", "timestamp": times.text(now - timedelta(days=720 - day))}
        )
        if fraction("gone", str(number), str(place)) < leaves:
            break
        day += pace * (0.3 + 1.4 * fraction("wait", str(number), str(place)))
    return calls


def test_a_refit_is_adopted_and_everybody_is_rescored(deployed: Deployed) -> None:
    calls = [call for number in range(BUYERS) for call in orders(number)]
    for start in range(0, len(calls), 100):
        answer = deployed.api.track("/v1/batch", {"batch": calls[start : start + 100]})
        assert answer.status == 200, answer.text
    last = f"regular-{BUYERS - 1}"
    eventually("the history is counted", lambda: deployed.api.find(last), within=LONG)
    started = deployed.api.ask("POST", "/v1/lifecycle/refit")
    assert started.status == 202, started.text
    refit = over(deployed, started.json()["id"])
    assert refit["status"] == "done", refit
    assert refit["report"]["adopted"], refit["report"]
    shown = deployed.api.get("/v1/lifecycle/parameters")
    assert (shown["version"], shown["in_force"]) == (refit["report"]["version"], True)
    assert shown["data"]["buyers"] >= BUYERS
    assert shown["trust"].startswith("Fitted on ")
    rescore = over(deployed, refit["report"]["rescore"])
    assert (rescore["status"], rescore["report"]["share_done"]) == ("done", 1.0), rescore
    assert rescore["counts"]["moved"] + rescore["counts"].get("redated", 0) > 0
    fits = deployed.api.get("/v1/lifecycle/fits")
    assert [one["version"] for one in fits["fits"] if one["in_force"]] == [shown["version"]]


def over(deployed: Deployed, job: str) -> Any:
    """A job when it is over."""

    def finished() -> Any:
        found = deployed.api.get(f"/v1/jobs/{job}")
        return found if found["finished_at"] else None

    return eventually(f"job {job} is over", finished, within=LONG)
