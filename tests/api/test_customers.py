"""Questions about customers, and the report on everybody."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest

from chalicelib import times
from chalicelib.lifecycle.rules import Stage
from tests.fakes.world import NOW, World
from tests.flow.story import DAY, joins, orders, says, unsubscribes
from tests.flow.unreadable import unreadable_event


def test_one_customer_with_everything_that_is_known(shop: World) -> None:
    shop.wait(timedelta(minutes=5))
    (welcome,) = shop.mails("ada@example.com")
    shop.report(welcome, "Delivery")
    shop.settle()
    found = shop.customer("ada")
    lifecycle = found.pop("lifecycle")
    timeline = found.pop("timeline")
    now = times.text(NOW)
    assert found == {
        "id": "u#ada",
        "orders": {
            "count": 1,
            "revenue": "40.00",
            "currency": "GBP",
            "by_currency": [{"currency": "GBP", "count": 1, "revenue": "40.00", "converted": True}],
            "first_at": now,
            "last_at": now,
            "gifts": 0,
            "gift_share": 0,
            "last_gift_at": None,
        },
        "sessions": {
            "count": 1,
            "pages": 0,
            "seconds": 0,
            "seconds_today": 0,
            "seconds_last_7_days": 0,
            "first_at": now,
            "last": {"at": now, "seconds": 0, "pages": 0},
        },
        "acquisition": None,
        "last_touch": None,
        "touches": [],
        "channels": {},
        "interests": {"products": [], "categories": []},
        "groups": [],
        "subscriptions": [],
        "happenings": {
            name: {"count": 1, "first_at": now, "last_at": now}
            for name in ("Identify", "Order Completed", "Subscribed")
        },
        "first_active_at": now,
        "last_active_at": now,
        "traits": {"email": "ada@example.com", "firstName": "Ada"},
        "segments": [],
        "consents": [{"to": "email", "granted": True, "status": "granted", "at": now}],
        "suppressions": [],
        "messaging": {
            "preferred_channel": "email",
            "channels": [
                {"channel": "email", "weight": 0, "last_at": None, "reachable": True},
                {"channel": "push", "weight": 0, "last_at": None, "reachable": False},
                {"channel": "sms", "weight": 0, "last_at": None, "reachable": False},
            ],
            "held_out": False,
        },
        "uncounted": [],
    }
    (reason,) = lifecycle.pop("reasons")
    assert (reason["rule"], reason["values"]) == ("once.fresh", {"orders": 1, "last_order_at": now})
    assert reason["thresholds"] == {"once_occasional_days": 60}
    assert reason["sentence"].startswith("Occasional: one order on 22 November 2026")
    assert 0 < lifecycle.pop("churn_risk") < 1
    assert 0.99 < lifecycle.pop("warmth") < 1
    assert lifecycle.pop("expected_value") > 0
    assert lifecycle == {
        "stage": "occasional",
        "since": now,
        "cause": "first",
        "next_change": {"at": times.text(NOW + 60 * DAY), "stage": "waiting"},
        "outlook": "If nothing happens, Waiting from 21 January 2027, 10:00 UTC on.",
        "prediction": "The prior speaks: nothing of this shop's history is in these figures yet.",
        "open_intents": [],
        "next_order": None,
        "overdue_at": None,
        "reactivated_at": None,
        "frames": {
            "nine_stages": "occasional",
            "race": "convert",
            "retention": "development",
            "attract_sell_wow": "wow",
            "five_steps": "conversion",
            "decision_journey": "buy",
        },
    }
    assert [(entry["kind"], entry["title"]) for entry in timeline] == [
        ("event", "Email Delivered"),
        ("event", "Subscribed"),
        ("event", "Identify"),
        ("event", "Order Completed"),
        ("stage", "occasional"),
        ("message", "welcome-hello"),
    ]
    message = timeline[-1]["details"]
    assert (message["journey"], message["step"], message["status"]) == ("welcome", "hello", "sent")
    assert message["outcomes"] == {"delivered_at": times.text(shop.now)}


@pytest.mark.parametrize("length", [0, 1, 3])
def test_the_timeline_is_as_long_as_asked(shop: World, length: int) -> None:
    whole = shop.customer("ada")["timeline"]
    assert shop.customer("ada", timeline=length)["timeline"] == whole[:length]


@pytest.mark.parametrize(
    ("user", "spoken"),
    [
        ("ada", "ada"),
        ("ada", "u%23ada"),
        ("a/b", "a%2Fb"),
        ("a b", "a%20b"),
        ("a+b", "a+b"),
        ("a+b", "a%2Bb"),
        ("100%25", "100%2525"),
        ("ada@example.com", "ada%40example.com"),
        ("ada@example.com", "ada@example.com"),
        ("Žofie", quote("Žofie")),
        ("💩", quote("💩")),
        ("u#twice", "u%23u%23twice"),
        ("a#like", "u%23a%23like"),
        ("x" * 190, "x" * 190),
    ],
)
def test_an_id_is_spoken_as_urls_speak(world: World, user: str, spoken: str) -> None:
    says(world, "page", user, name="Home", messageId="m")
    world.settle()
    assert world.customer(spoken)["id"] == f"u#{user}"


def test_somebody_anonymous_is_a_ghost_under_an_id_of_its_own(world: World) -> None:
    says(world, "page", "", anonymousId="b1c2", name="Home")
    world.settle()
    found = world.customer("a%23b1c2")
    assert (found["id"], found["lifecycle"]["stage"]) == ("a#b1c2", "ghost")
    assert found["lifecycle"]["churn_risk"] is None
    assert world.ask("GET", "/v1/customers/b1c2").status == 404, "a plain id is a user's"


def test_a_stage_that_has_just_ended_by_time_is_not_shown_any_more(shop: World) -> None:
    due = times.parse(shop.customer("ada")["lifecycle"]["next_change"]["at"])
    shop.now = due - timedelta(milliseconds=1)
    assert shop.customer("ada")["lifecycle"]["stage"] == "occasional"
    shop.now = due
    lifecycle = shop.customer("ada")["lifecycle"]
    assert (lifecycle["stage"], lifecycle["since"], lifecycle["cause"]) == ("waiting", times.text(due), "time")
    shop.tick()
    shop.settle()
    assert shop.customer("ada")["lifecycle"] == lifecycle


@pytest.mark.parametrize("limit", [1, 3, 7, 500])
def test_a_list_goes_on_by_its_cursor_and_names_everybody_once(world: World, limit: int) -> None:
    everybody = [f"user-{number}" for number in range(20)] + ["with|bars|in it", "with#hash"]
    for user in everybody:
        joins(world, user)
        world.wait(timedelta(seconds=1))
    world.settle()
    found: list[Any] = []
    cursor = None
    while True:
        more: dict[str, str] = {} if cursor is None else {"cursor": cursor}
        page = world.ask("GET", "/v1/customers", stage="new", limit=limit, **more).json()
        assert len(page["customers"]) <= limit
        found += page["customers"]
        cursor = page["cursor"]
        if cursor is None:
            break
    assert sorted(one["id"] for one in found) == sorted(f"u#{user}" for user in everybody)
    assert {one["stage"] for one in found} == {"new"}
    assert world.ask("GET", "/v1/customers", stage="hero").json() == {"customers": [], "cursor": None}


def test_the_report_counts_everybody_in_one_of_nine_stages(shop: World) -> None:
    says(shop, "page", "", anonymousId="b1c2", name="Home")
    orders(shop, "cyd", "C-1", "9.00")
    shop.settle()
    report = shop.ask("GET", "/v1/reports/lifecycle").json()
    assert (report["as_of"], report["customers"]) == (times.text(shop.now), 4)
    assert [row["stage"] for row in report["stages"]] == [str(stage) for stage in Stage]
    counts = {row["stage"]: row["customers"] for row in report["stages"] if row["customers"]}
    assert counts == {"ghost": 1, "new": 1, "occasional": 2}
    assert {row["stage"]: row["share"] for row in report["stages"] if row["customers"]} == {
        "ghost": 0.25,
        "new": 0.25,
        "occasional": 0.5,
    }


def test_a_report_on_nobody_has_no_shares(world: World) -> None:
    report = world.ask("GET", "/v1/reports/lifecycle").json()
    assert report["customers"] == 0
    assert {row["share"] for row in report["stages"]} == {0}


def test_what_somebody_wrote_comes_back_as_json_whatever_it_was(world: World) -> None:
    traits = {"email": "<script>alert(1)</script>", "née": '"', "deep": {"a": [1, None, {"b": 1e308}]}, "big": 2**70}
    says(world, "identify", "eve", traits=traits)
    world.settle()
    assert world.customer("eve")["traits"] == traits
    assert world.ask("GET", "/v1/customers/eve").headers["content-type"] == "application/json"


def test_one_event_that_cannot_be_read_hides_nothing_else(world: World) -> None:
    unreadable_event(world)
    first, second = world.customer("hal")["timeline"][:2]
    assert (first["title"], first["details"]["unread"].startswith("error in chalicelib/")) == ("Article Read", True)
    assert second["details"] == {"properties": {}}


def test_consent_that_was_withdrawn_shows(shop: World) -> None:
    shop.wait(timedelta(minutes=1))
    unsubscribes(shop, "bob")
    shop.settle()
    assert shop.customer("bob")["consents"] == [
        {"to": "email", "granted": False, "status": "withdrawn", "at": times.text(shop.now)}
    ]
