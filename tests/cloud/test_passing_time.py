"""Time alone moves people on: at the exact moment that was announced, seen by the minute's tick, with what follows.

Their histories are posted when the cloud has just started (`waiting` below), so that other tests run meanwhile.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib import times
from tests.cloud.asking import entries, eventually
from tests.cloud.deployed import Deployed
from tests.cloud.people import Waiting

LATEST = timedelta(seconds=90)
"""After its moment: who became due after the last tick looked ahead is found by the next one, a minute later."""


@dataclass(frozen=True)
class Moved:
    """A customer after the moment: what was announced, and what the API says now."""

    announced: datetime
    customer: Any


@pytest.fixture(params=["once", "often"])
def moved(request: pytest.FixtureRequest, deployed: Deployed, waiting: Waiting) -> Moved:
    """Somebody who has bought once, and somebody who has bought often: both become At risk."""
    announced = waiting.announced[request.param]
    left = (announced + LATEST - datetime.now(UTC)).total_seconds()
    customer = eventually(
        f"{request.param} becomes At risk at {announced}",
        lambda: at_risk(deployed, request.param),
        within=max(left, 1.0),
    )
    return Moved(announced, customer)


def at_risk(deployed: Deployed, person: str) -> Any:
    """The customer, once the change of stage is written down."""
    customer = deployed.api.find(person)
    causes = [entry["details"]["cause"] for entry in entries(customer, "stage")]
    return customer if causes[-1:] == ["time"] else None


def test_the_stage_changes_at_the_moment_that_was_announced(deployed: Deployed, moved: Moved) -> None:
    change = entries(moved.customer, "stage")[-1]
    assert (change["details"]["to"], change["details"]["cause"]) == ("at_risk", "time")
    assert times.parse(change["at"]) == moved.announced
    assert moved.customer["lifecycle"]["stage"] == "at_risk"
    assert times.parse(moved.customer["lifecycle"]["since"]) == moved.announced
    assert deployed.stage(moved.customer["id"]) == "at_risk"


def test_the_mail_that_wins_back_leaves_after_it_and_soon(deployed: Deployed, moved: Moved) -> None:
    address = moved.customer["traits"]["email"]
    (mail,) = eventually("the mail is in the inbox", lambda: deployed.inbox(address))
    assert mail["tags"]["journey"] == "win_back"
    assert mail["subject"].startswith("It has been a while")
    assert moved.announced <= times.parse(mail["at"]) < moved.announced + LATEST


def test_without_permission_the_stage_changes_all_the_same_and_no_mail_leaves(
    deployed: Deployed, waiting: Waiting
) -> None:
    within = (waiting.announced["silent"] + LATEST - datetime.now(UTC)).total_seconds()
    (row,) = eventually("a message is decided", lambda: deployed.sends("u#silent"), within=max(within, 1.0))
    eventually("it is skipped", lambda: deployed.sends("u#silent")[0].status == "skipped")
    assert deployed.sends("u#silent")[0].reason == "no_consent"
    assert row.journey == "win_back"
    assert deployed.inbox("silent@people.example") == []


def test_who_orders_a_moment_before_stays(deployed: Deployed, waiting: Waiting) -> None:
    """The date in the index is not moved by an order; the review that it asks for finds nothing to do."""
    time.sleep(max(0.0, (waiting.announced["rescued"] - datetime.now(UTC)).total_seconds() + 5))
    assert deployed.stage("u#rescued") == "occasional"
    customer = deployed.api.find("rescued")
    assert "at_risk" not in [entry["details"]["to"] for entry in entries(customer, "stage")]
    assert deployed.sends("u#rescued") == []
