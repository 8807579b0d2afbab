"""`make down` and `make up`: nothing is lost, and whoever knew the cloud finds it again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.cloud.asking import ask, eventually
from tests.cloud.deployed import Deployed
from tests.cloud.test_events import ORDERS, a_week_of
from tests.cloud.website import Website

PEOPLE = [f"guest-{number}" for number in range(20)]


@pytest.fixture
def mailed(deployed: Deployed, website: Website) -> str:
    """The unsubscribe link in a mail from before."""
    website.track("nora", "Subscribed", channel="email")
    website.arrive()
    website.identify("nora", email="nora@people.example")
    website.arrive()
    (mail,) = eventually("nora's welcome is in the inbox", lambda: deployed.inbox("nora@people.example"))
    headers = {header["name"]: str(header["value"]) for header in mail["headers"]}
    return headers["List-Unsubscribe"].strip("<>")


def test_what_was_accepted_before_a_stop_is_counted_after_the_start(deployed: Deployed, mailed: str) -> None:
    described = dict(deployed.described)
    mails = deployed.mailbox("GET", "messages?brief=1")["count"]
    calls = [call for person in PEOPLE for call in a_week_of(person)]
    assert deployed.api.track("/v1/batch", {"batch": calls}).status == 200

    deployed.stop()  # with all of that on its way through the streams
    assert not deployed.cloud.running()
    with pytest.raises(ConnectionError):
        ask("GET", f"{described['endpoint']}/docs")
    deployed.start()

    assert {**deployed.described, "pids": 0} == {**described, "pids": 0}
    assert deployed.described["pids"].keys() == described["pids"].keys()
    subjects = [f"u#{person}" for person in PEOPLE]
    eventually("everybody is counted", lambda: not deployed.differences(*subjects))
    for person in PEOPLE:
        assert deployed.api.find(person)["orders"]["count"] == ORDERS
    assert deployed.mailbox("GET", "messages?brief=1")["count"] == mails
    assert '<form method="post">' in ask("GET", mailed).text  # links in mails outlive a restart


def test_a_second_start_starts_nothing(deployed: Deployed) -> None:
    before, began = deployed.cloud.running(), datetime.now(UTC)
    deployed.start()
    assert deployed.cloud.running() == before
    assert datetime.now(UTC) - began < timedelta(seconds=20)  # neither packaged nor deployed again
