"""The whole flow, from a post to a mail and back, over the fakes and over moto: a few months of a small shop."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from chalicelib import resources, times
from chalicelib.resources import CATALOG, CUSTOMERS, EVENTS, SENDS, WORK
from chalicelib.tracking.keys import KIND
from tests.fakes.world import NOW
from tests.flow.story import DAY
from tests.flow.told import Told, told

MINUTES = timedelta(minutes=1)


@pytest.fixture(params=["fakes", "moto"])
def story(request: pytest.FixtureRequest) -> Told:
    return told(request.param)


def test_everybody_gets_exactly_the_mails_that_are_meant_for_them(story: Told) -> None:
    at_risk = NOW + 180 * DAY
    assert [(mail.at, *mail.recipients, mail.subject) for mail in story.mails] == [
        (NOW, "ada@example.com", "Your order A-1"),
        (NOW, "ada@example.com", "Welcome, Ada"),
        (NOW + 5 * MINUTES, "bob@example.com", "Welcome, Bob"),
        (NOW + 10 * MINUTES, "cyd@example.com", "Welcome, Cyd"),
        (at_risk, "ada@example.com", "It has been a while, Ada"),
        (at_risk + 7 * DAY, "ada@example.com", "Why we are writing, and what you can do about it"),
        (at_risk + 7 * DAY, "ada@example.com", "Your order A-2"),
    ]


def test_marketing_can_be_ended_by_one_click_and_a_receipt_has_nothing_to_end(story: Told) -> None:
    receipt, welcome, *_ = story.mails
    assert receipt.header("List-Unsubscribe") is None
    assert welcome.header("List-Unsubscribe-Post") == "List-Unsubscribe=One-Click"
    link = (welcome.header("List-Unsubscribe") or "").strip("<>")
    assert link.startswith("https://shop.example/api/u/")
    assert link in (welcome.html or "")
    assert link in (welcome.text or "")
    assert "1 High Street, Bath" in (welcome.html or "")


@pytest.mark.parametrize(
    ("who", "rows"),
    [
        (
            "u#ada",
            [
                ("receipt", "sent", None),
                ("welcome-hello", "sent", None),
                ("win-back-miss-you", "sent", None),
                ("receipt", "sent", None),
                ("win-back-reason", "sent", None),
            ],
        ),
        ("u#bob", [("welcome-hello", "sent", None), ("welcome-nudge", "skipped", "unsubscribed")]),
        ("u#cyd", [("welcome-hello", "sent", None), ("welcome-nudge", "skipped", "suppressed_bounce")]),
        ("a#visitor", []),
    ],
)
def test_the_ledger_says_what_became_of_every_message(story: Told, who: str, rows: list[Any]) -> None:
    assert story.sends(who) == rows


def test_what_ses_reports_settles_the_row_and_is_an_event_of_the_customer(story: Told) -> None:
    (welcome,) = [row for row in story.tables[SENDS] if row["template"] == "welcome-hello" and row["pk"] == "u#ada"]
    assert welcome["provider_id"] == "mail-2"
    told_at = times.text(NOW + 5 * MINUTES)
    outcomes = {"sent_at": times.text(NOW), **dict.fromkeys(("delivered_at", "opened_at", "clicked_at"), told_at)}
    assert welcome["outcomes"] == outcomes
    stored = [item["name"] for item in story.tables[EVENTS] if item["pk"] == "u#ada"]
    for name in ("Email Sent", "Email Delivered", "Email Opened", "Email Link Clicked"):
        assert stored.count(name) == 2, "one for each of the two mails of that day"


def test_consent_and_suppression_are_as_last_said(story: Told) -> None:
    consents = {who: [(said["to"], said["granted"]) for said in found["consents"]] for who, found in _people(story)}
    assert consents == {
        "ada": [("email", True)],
        "bob": [("email", False)],
        "cyd": [("email", True)],
        "a%23visitor": [],
    }
    suppressed = {who: [held["reason"] for held in found["suppressions"]] for who, found in _people(story)}
    assert suppressed == {"ada": [], "bob": [], "cyd": ["bounce"], "a%23visitor": []}


def test_the_stage_changed_exactly_when_it_was_said_to(story: Told) -> None:
    stages = [entry for entry in story.customers["ada"]["timeline"] if entry["kind"] == "stage"]
    told = ("from", "to", "cause")
    assert [(entry["at"], {name: entry["details"][name] for name in told}) for entry in stages] == [
        (times.text(NOW + 187 * DAY), {"from": "at_risk", "to": "occasional", "cause": "event"}),
        (times.text(NOW + 180 * DAY), {"from": "waiting", "to": "at_risk", "cause": "time"}),
        (times.text(NOW + 60 * DAY), {"from": "occasional", "to": "waiting", "cause": "time"}),
        (times.text(NOW), {"from": None, "to": "occasional", "cause": "first"}),
    ]
    assert story.customers["ada"]["lifecycle"]["stage"] == "occasional"
    assert story.customers["a%23visitor"]["lifecycle"]["stage"] == "ghost"


def test_nothing_was_parked_and_nothing_waits_for_a_rebuild(story: Told) -> None:
    assert not [item for item in story.tables[WORK] if str(item["pk"]).startswith("parked")]
    assert not [item for item in story.tables[CUSTOMERS] if "rebuild" in item]


def test_the_fakes_and_moto_come_to_the_same_item_by_item() -> None:
    fakes, moto = told("fakes"), told("moto")
    assert fakes.steps == moto.steps
    assert fakes.customers == moto.customers
    for table in resources.TABLES:
        assert _comparable(fakes, table) == _comparable(moto, table)


def _people(story: Told) -> list[tuple[str, Any]]:
    return list(story.customers.items())


def _comparable(story: Told, table: str) -> list[dict[str, Any]]:
    """A table without what is drawn by lot (keys, and the owners of claims), and without approximate counts."""
    kept = [item for item in story.tables[table] if table != CATALOG or item["pk"] != KIND]
    kept = [item for item in kept if not str(item["pk"]).startswith("activity#")]
    return [{name: value for name, value in item.items() if name != "owner"} for item in kept]
