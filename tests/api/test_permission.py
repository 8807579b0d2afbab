"""What permission would answer for somebody now, over HTTP; and what she answers to."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from chalicelib import times
from tests.fakes.world import NOW, World
from tests.flow.story import says, unsubscribes

PATH = "/v1/customers/ada/permission"


def answers(world: World, **query: Any) -> dict[str, tuple[str, str | None, str | None]]:
    said = world.ask("GET", PATH, **query).json()
    assert said["customer"] == "u#ada"
    return {one["channel"]: (one["answer"], one["reason"], one["until"]) for one in said["channels"]}


def test_every_channel_has_its_answer(shop: World) -> None:
    """Ada agreed to mail, which she got a moment ago; nothing is known of the rest."""
    tomorrow = times.text(NOW + timedelta(days=1))
    assert answers(shop) == {
        "email": ("later", "capped", tomorrow),
        "sms": ("skipped", "no_address", None),
        "push": ("skipped", "no_address", None),
        "onsite": ("allowed", None, None),
        "phone": ("skipped", "no_address", None),
        "post": ("skipped", "no_consent", None),
    }


def test_a_receipt_is_another_matter(shop: World) -> None:
    assert answers(shop, **{"class": "transactional"})["email"] == ("allowed", None, None)


def test_a_no_is_heard_at_once(shop: World) -> None:
    unsubscribes(shop, "ada")
    shop.settle()
    assert answers(shop)["email"] == ("skipped", "unsubscribed", None)


def test_the_setting_counts_at_once(shop: World) -> None:
    body = {"caps": [], "hours": {"email": [{"from": "12:00", "to": "14:00"}]}, "stages": {"ghost": {}}}
    assert shop.ask("PUT", "/v1/settings/permission", body).status == 200
    shop.wait(timedelta(minutes=1))
    answer, reason, until = answers(shop)["email"]
    assert (answer, reason) == ("later", "quiet_hours")
    assert until is not None
    assert until.endswith("T12:00:00.000Z")
    assert shop.ask("PUT", "/v1/settings/permission", {"holdout": {"share": 0.5}}).status == 200
    shop.wait(timedelta(minutes=1))
    held = shop.customer("ada")["messaging"]["held_out"]
    assert (answers(shop)["onsite"] == ("skipped", "holdout", None)) is held


def test_a_bad_zone_is_told(shop: World) -> None:
    shop.ask("PUT", "/v1/settings/permission", {"hours": {"email": [{"from": "12:00", "to": "14:00"}]}})
    says(shop, "identify", "ada", traits={"timezone": "Mars/Olympus"}, messageId="ada-abroad")
    shop.settle()
    (mail,) = [one for one in shop.ask("GET", PATH).json()["channels"] if one["channel"] == "email"]
    assert (mail["time_zones"], mail["bad_time_zone"]) == (["UTC"], True)


def test_what_she_answers_to_is_on_her_page(shop: World) -> None:
    found = shop.customer("ada")["messaging"]
    assert found["preferred_channel"] == "email"
    assert [(one["channel"], one["weight"], one["reachable"]) for one in found["channels"]] == [
        ("email", 0.0, True),
        ("push", 0.0, False),
        ("sms", 0.0, False),
    ]
    unsubscribes(shop, "ada")
    shop.settle()
    assert shop.customer("ada")["messaging"]["preferred_channel"] is None


@pytest.mark.parametrize(("query", "path"), [({"class": "spam"}, "class"), ({"chanel": "sms"}, "chanel")])
def test_a_question_that_is_none(shop: World, query: dict[str, str], path: str) -> None:
    answer = shop.ask("GET", PATH, **query)
    assert answer.status == 400
    assert path in str(answer.json())


def test_nobody_is_known_by_this_name(shop: World) -> None:
    assert shop.ask("GET", "/v1/customers/nobody/permission").json()["code"] == "customer_not_found"
