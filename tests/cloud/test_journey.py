"""From an unmodified SDK to the inbox and back: one customer's first minutes, and what becomes of the mail."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib import times
from chalicelib.journeys.send import Send
from tests.cloud.asking import ask, entries, eventually
from tests.cloud.deployed import Deployed, Mail
from tests.cloud.website import Website

IDA, IDAS_ADDRESS = "ida", "ida@people.example"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True)
class Welcomed:
    """A customer who was just welcomed: the mail, and the address in it that unsubscribes."""

    mail: Mail
    headers: dict[str, str]

    @property
    def link(self) -> str:
        return self.headers["list-unsubscribe"].strip("<>")


@pytest.fixture(scope="module")
def welcomed(deployed: Deployed) -> Iterator[Welcomed]:
    """Ida ticks the box, makes an account and orders; all she gets is one mail."""
    website = Website(deployed.api)
    website.track(IDA, "Subscribed", channel="email", source="checkout")
    website.arrive()
    website.identify(IDA, email=IDAS_ADDRESS, firstName="Ida <b>&co")
    website.track(IDA, "Order Completed", order_id="I-1", total=42.5, currency="EUR")
    website.arrive()
    (mail,) = eventually("Ida's welcome is in the inbox", lambda: deployed.inbox(IDAS_ADDRESS))
    yield Welcomed(mail, {header["name"].lower(): header["value"] for header in mail["headers"]})
    website.close()


def test_the_mail_is_personal_and_lets_itself_be_answered_by_one_click(welcomed: Welcomed) -> None:
    mail, headers = welcomed.mail, welcomed.headers
    assert mail["subject"] == "Welcome, Ida <b>&co"
    assert "Hello Ida &lt;b&gt;&amp;co" in mail["html"]
    assert headers["auto-submitted"] == "auto-generated"
    assert headers["list-unsubscribe-post"] == "List-Unsubscribe=One-Click"
    assert re.fullmatch(r"https?://\S+/u/[A-Za-z0-9_.-]+", welcomed.link)
    assert welcomed.link in mail["html"]
    assert welcomed.link in mail["text"]
    assert "1 Example Street" in mail["text"]  # who sends marketing says where he lives


def test_the_mail_carries_what_ties_its_fate_to_the_ledger(deployed: Deployed, welcomed: Welcomed) -> None:
    (row,) = eventually("the ledger knows that it left", lambda: decided(deployed, f"u#{IDA}"))
    tags = welcomed.mail["tags"]
    assert (tags["send"], tags["journey"]) == (row.id, "welcome")
    assert welcomed.mail["configuration_set"] == "perennial-local"
    assert row.provider_id == welcomed.mail["id"]


def test_the_delivery_comes_back_as_an_event_and_as_the_outcome_of_the_message(
    deployed: Deployed, welcomed: Welcomed
) -> None:
    row = eventually(
        "the ledger knows of the delivery",
        lambda: next((one for one in deployed.sends(f"u#{IDA}") if "delivered_at" in one.outcomes), None),
    )
    assert row.status == "sent"
    customer = eventually("the customer has the event", lambda: heard_of(deployed, IDA, "Email Delivered"))
    (delivered,) = [entry for entry in entries(customer, "event") if entry["title"] == "Email Delivered"]
    assert delivered["details"]["properties"]["send_id"] == row.id


def heard_of(deployed: Deployed, person: str, name: str) -> Any:
    """The customer, once an event of that name stands in the timeline."""
    customer = deployed.api.find(person)
    return customer if any(entry["title"] == name for entry in entries(customer, "event")) else None


def test_opens_and_clicks_come_back_too(deployed: Deployed, welcomed: Welcomed) -> None:
    """A person takes a moment: what follows a mail within a second and a half was a machine."""
    sent = times.parse(welcomed.mail["at"])
    time.sleep(max(0.0, (sent + timedelta(seconds=2) - datetime.now(UTC)).total_seconds()))
    path = f"messages/{welcomed.mail['id']}/events"
    deployed.mailbox("POST", path, {"kind": "Open"})
    deployed.mailbox("POST", path, {"kind": "Click", "link": welcomed.link})
    row = eventually(
        "the ledger knows of the click",
        lambda: next((one for one in deployed.sends(f"u#{IDA}") if "clicked_at" in one.outcomes), None),
    )
    assert {"delivered_at", "opened_at", "clicked_at"} <= row.outcomes.keys()


def test_opening_the_link_changes_nothing_and_pressing_the_button_unsubscribes(
    deployed: Deployed, welcomed: Welcomed
) -> None:
    granted = [{**consent, "at": "then"} for consent in deployed.api.find(IDA)["consents"]]
    for method in ("GET", "GET", "HEAD"):
        opened = ask(method, welcomed.link)
        assert opened.status < 500
    assert '<form method="post">' in ask("GET", welcomed.link).text
    assert [{**consent, "at": "then"} for consent in deployed.api.find(IDA)["consents"]] == granted
    assert "Unsubscribed" not in [entry["title"] for entry in entries(deployed.api.find(IDA), "event")]

    for _ in range(2):  # mail programs press twice
        pressed = ask("POST", welcomed.link, FORM, b"List-Unsubscribe=One-Click")
        assert (pressed.status, "unsubscribed" in pressed.text) == (200, True)
    customer = eventually("the permission is withdrawn", lambda: withdrawn(deployed, IDA))
    said = [entry for entry in entries(customer, "event") if entry["title"] == "Unsubscribed"]
    assert 1 <= len(said) <= 2  # clicks within a minute are one; the minute may have ended between them


def withdrawn(deployed: Deployed, person: str) -> Any:
    """The customer, once mail is no longer permitted."""
    customer = deployed.api.find(person)
    consents = {consent["to"]: consent["granted"] for consent in customer["consents"]}
    return customer if consents.get("email") is False else None


def test_a_cut_link_is_refused_without_a_word_about_why(deployed: Deployed, welcomed: Welcomed) -> None:
    for link in (welcomed.link[:-3], welcomed.link + "A", f"{deployed.api.endpoint}/u/nonsense"):
        for method in ("GET", "POST"):
            answer = ask(method, link, FORM)
            assert (answer.status, "This link does not work" in answer.text) == (404, True)


def test_the_timeline_tells_all_of_it_newest_first(deployed: Deployed, welcomed: Welcomed) -> None:
    customer = eventually("the order is counted", lambda: deployed.api.find(IDA))
    moments = [times.parse(entry["at"]) for entry in customer["timeline"]]
    assert moments == sorted(moments, reverse=True)
    titles = [entry["title"] for entry in entries(customer, "event")]
    assert {"Subscribed", "Identify", "Order Completed", "Email Sent", "Email Delivered"} <= set(titles)
    (message,) = entries(customer, "message")
    assert (message["details"]["journey"], message["details"]["status"]) == ("welcome", "sent")
    assert customer["lifecycle"]["stage"] == "occasional"
    assert customer["lifecycle"]["reasons"][0]["sentence"]
    after = times.parse(customer["lifecycle"]["next_change"]["at"]) - times.parse(customer["orders"]["last_at"])
    assert timedelta(days=59) < after < timedelta(days=61)
    listed = deployed.api.get("/v1/customers?stage=occasional&limit=500")["customers"]
    assert f"u#{IDA}" in [one["id"] for one in listed]
    stages = {one["stage"]: one["customers"] for one in deployed.api.get("/v1/reports/lifecycle")["stages"]}
    assert len(stages) == 9
    assert stages["occasional"] >= 1


def test_a_bounce_suppresses_the_address(deployed: Deployed, website: Website) -> None:
    address = "bounce+jan@simulator.amazonses.com"
    website.track("jan", "Subscribed", channel="email")
    website.arrive()
    website.identify("jan", email=address)
    website.arrive()
    customer = eventually("the bounce is known", lambda: suppressed(deployed, "jan"))
    assert [(one["channel"], one["reason"]) for one in customer["suppressions"]] == [("email", "bounce")]
    (row,) = deployed.sends("u#jan")
    assert "bounced_at" in row.outcomes
    assert "delivered_at" not in row.outcomes


def suppressed(deployed: Deployed, person: str) -> Any:
    """The customer, once a channel is suppressed."""
    customer = deployed.api.find(person)
    return customer if customer and customer["suppressions"] else None


def test_a_complaint_suppresses_too(deployed: Deployed, website: Website) -> None:
    website.track("kim", "Subscribed", channel="email")
    website.arrive()
    website.identify("kim", email="complaint+kim@simulator.amazonses.com")
    website.arrive()
    customer = eventually("the complaint is known", lambda: suppressed(deployed, "kim"))
    assert [(one["channel"], one["reason"]) for one in customer["suppressions"]] == [("email", "complaint")]


def test_without_permission_nothing_leaves_and_the_ledger_says_why(deployed: Deployed, website: Website) -> None:
    website.identify("lea", email="lea@people.example")
    website.arrive()
    (row,) = eventually("lea's message is decided", lambda: decided(deployed, "u#lea"))
    assert (row.status, row.reason) == ("skipped", "no_consent")
    assert deployed.inbox("lea@people.example") == []


def decided(deployed: Deployed, customer: str) -> list[Send]:
    """The customer's messages, once none of them waits."""
    rows = deployed.sends(customer)
    return [] if any(row.due_at for row in rows) else rows
