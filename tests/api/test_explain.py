"""Why somebody stands where she stands: the whole answer, its languages, its zones, and what it refuses."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from chalicelib import times
from tests.fakes.world import NOW, World
from tests.flow.story import DAY, orders, says


def explained(world: World, path: str = "/v1/customers/ada/explain", **headers: str) -> Any:
    answer = world.http.request("GET", path, headers={"Authorization": f"Bearer {world.secret_key}", **headers})
    assert answer.status == 200, answer.json()
    return answer.json()


def test_the_whole_of_it(shop: World) -> None:
    told = explained(shop)
    assert (told["id"], told["language"], told["zone"]) == ("u#ada", "en", "UTC")
    assert (told["stage"], told["title"], told["cause"]) == ("occasional", "Occasional", "first")
    assert told["next_change"] == {"at": times.text(NOW + 60 * DAY), "stage": "waiting"}
    (reason,) = told["reasons"]
    assert reason["values"][0] == {
        "name": "orders",
        "label": "orders",
        "value": 1,
        "unit": "orders",
        "text": "1 order",
    }
    assert reason["thresholds"] == [
        {
            "name": "once_occasional_days",
            "label": "Occasional until, after the only order",
            "value": 60,
            "unit": "days",
            "text": "60 days",
        }
    ]
    assert [one["name"] for one in told["scores"]] == ["churn_risk", "warmth", "expected_value"]
    risk, _, value = told["scores"]
    assert {"repeats", "first_to_last_weeks", "silent_weeks", "model_r", "model_chance"} <= {
        one["name"] for one in risk["inputs"]
    }
    assert value["unit"] == "GBP"
    assert risk["value"] == pytest.approx(
        1 - next(o["value"] for o in risk["inputs"] if o["name"] == "model_chance"), abs=1e-5
    )
    assert told["trust"].startswith("The prior speaks")
    assert {one["act"] for one in told["what_if"]} >= {"order", "refund"}
    assert [one["name"] for one in told["frames"]] == [
        "attract_sell_wow",
        "decision_journey",
        "five_steps",
        "nine_stages",
        "race",
        "retention",
    ]
    (first,) = told["history"]
    assert (first["stage_from"], first["stage"], first["cause"]) == (None, "occasional", "first")
    assert first["reason"].startswith("Occasional: one order")
    assert first["sentence"] == "Occasional, since 22 November 2026: the first stage of all."


def test_an_order_before_the_date_keeps_her_out_of_waiting(shop: World) -> None:
    """What is said comes true: she orders a day before the date that was told, and is not Waiting on it."""
    shop.wait(timedelta(days=10))
    order = next(one for one in explained(shop)["what_if"] if one["act"] == "order")
    assert order["prevents"] == "waiting"
    assert order["sentence"].startswith("An order before 21 January 2027 prevents Waiting: the stage stays Occasional.")
    date = times.parse(order["prevents_before"])
    assert date == NOW + 60 * DAY
    shop.wait(date - DAY - shop.now)
    orders(shop, "ada", "A-2", "30.00")
    shop.settle()
    shop.wait(2 * DAY)
    told = explained(shop)
    assert told["stage"] == "occasional"
    assert [one["stage"] for one in told["history"]] == ["occasional"]


def test_without_the_order_she_is(shop: World) -> None:
    shop.pass_through(NOW + 61 * DAY)
    told = explained(shop)
    assert told["stage"] == "waiting"
    assert told["history"][0]["sentence"] == "Occasional → Waiting, on 21 January 2027: by time alone."


@pytest.mark.parametrize(
    ("asked", "accepted", "language", "title"),
    [
        ("", "", "en", "Occasional"),
        ("?language=it", "", "it", "Occasionale"),
        ("?language=es-MX", "", "es", "Ocasional"),
        ("?language=ro_RO", "en", "ro", "Ocazional"),
        ("", "it-CH, it;q=0.9, en;q=0.8", "it", "Occasionale"),
        ("", "de, ro;q=0.5, en;q=0.4", "ro", "Ocazional"),
        ("", "en;q=0.4, es;q=0.9", "es", "Ocasional"),
        ("", "de, fr", "en", "Occasional"),
        ("", "it;q=0, ;q=x, es;q=nan", "en", "Occasional"),
    ],
)
def test_in_the_readers_language(shop: World, asked: str, accepted: str, language: str, title: str) -> None:
    told = explained(shop, f"/v1/customers/ada/explain{asked}", **{"Accept-Language": accepted} if accepted else {})
    assert (told["language"], told["title"]) == (language, title)


def test_dates_are_told_in_the_zone_that_was_asked_for(shop: World) -> None:
    shop.wait(timedelta(minutes=1))
    told = explained(shop, "/v1/customers/ada/explain?zone=Pacific/Auckland")
    assert told["outlook"] == "If nothing happens, Waiting from 21 January 2027, 23:00 Pacific/Auckland on."
    assert told["next_change"]["at"] == times.text(NOW + 60 * DAY), "times of the answer are UTC"


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/v1/customers/ada/explain?language=tlh", 400, "unknown_language"),
        ("/v1/customers/ada/explain?zone=Mars/Olympus", 400, "unknown_zone"),
        ("/v1/customers/ada/explain?zone=../../etc/passwd", 400, "unknown_zone"),
        ("/v1/customers/ada/explain?zone=America", 400, "unknown_zone"),
        ("/v1/customers/ada/explain?history=101", 400, "invalid_parameters"),
        ("/v1/customers/nobody/explain", 404, "customer_not_found"),
        ("/v1/accounts/nothing/explain", 404, "account_not_found"),
    ],
)
def test_what_is_refused(shop: World, path: str, status: int, code: str) -> None:
    answer = shop.http.request("GET", path, headers={"Authorization": f"Bearer {shop.secret_key}"})
    assert (answer.status, answer.json()["code"]) == (status, code)


def test_a_cart_is_told_beside_the_stage(shop: World) -> None:
    shop.wait(timedelta(hours=1))
    says(
        shop,
        "track",
        "ada",
        event="Product Added",
        messageId="c1",
        properties={"product_id": "p", "price": 20, "currency": "GBP"},
    )
    shop.settle()
    told = explained(shop)
    assert told["stage"] == "occasional"
    (cart,) = told["open_intents"]
    assert (cart["kind"], cart["worth"]) == ("cart", [{"amount": "20", "currency": "GBP"}])
    assert cart["sentence"].startswith("Open since 22 November 2026: a cart worth 20 GBP (last touched on")


def test_who_comes_back_is_told(shop: World) -> None:
    for days in (60, 180):
        shop.pass_through(NOW + days * DAY)
    assert explained(shop)["stage"] == "at_risk"
    assert explained(shop)["reactivated"] is None
    shop.wait(DAY)
    orders(shop, "ada", "A-2", "30.00")
    shop.settle()
    told = explained(shop)
    assert (told["stage"], told["cause"]) == ("occasional", "event")
    assert told["reactivated"]["sentence"] == "Came back on 22 May 2027, after having been At risk or Lost."
    assert [one["cause"] for one in told["history"]] == ["event", "time", "time", "first"]
    assert told["history"][1]["sentence"] == "Waiting → At risk, on 21 May 2027: by time alone."


def test_an_account_is_explained_likewise(shop: World) -> None:
    says(shop, "group", "ada", groupId="acme", messageId="g1")
    shop.settle()
    shop.pass_through(NOW + timedelta(minutes=3))
    told = explained(shop, "/v1/accounts/acme/explain?language=it")
    assert (told["id"], told["stage"], told["cause"]) == ("acme", "occasional", "first")
    assert told["outlook"].startswith("Se non succede nulla, lo stadio diventa In attesa il 21 gennaio 2027")
    assert told["history"][0]["cause"] == "first"


def test_own_frames_are_shown_beside_the_others(shop: World) -> None:
    club = {
        "name": "club",
        "title": {"en": "The club", "it": "Il club"},
        "phases": [
            {"name": "guest", "title": {"en": "Guest"}},
            {"name": "member", "title": {"en": "Member", "it": "Socio"}},
        ],
        "rows": [{"phase": "member", "customer": True}, {"phase": "guest"}],
    }
    put = shop.ask("PUT", "/v1/settings/frames", {"frames": [club]})
    assert put.status == 200, put.json()
    shop.wait(timedelta(minutes=1))
    (own,) = [
        one for one in explained(shop, "/v1/customers/ada/explain?language=it")["frames"] if one["name"] == "club"
    ]
    assert (own["title"], own["phase"], own["phase_title"]) == ("Il club", "member", "Socio")
    assert own["phases"] == [{"name": "guest", "title": "Guest"}, {"name": "member", "title": "Socio"}]
    assert shop.customer("ada")["lifecycle"]["frames"]["club"] == "member"
