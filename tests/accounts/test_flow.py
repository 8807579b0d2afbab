"""Accounts from end to end: group calls, the members' facts together, a stage of its own, rules and reports."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.segments.match import match
from chalicelib.segments.rule import parse
from tests.api.conftest import *  # noqa: F403 the world
from tests.fakes.world import World
from tests.flow.story import says


@pytest.fixture
def acme(world: World) -> World:
    """An account with two members: ada, who ordered, and bob."""
    secret(world, "group", "ada", groupId="acme", traits={"name": "Acme", "plan": "pro"})
    secret(world, "group", "bob", groupId="acme", traits={"seats": 2})
    buys(world, "ada", "1", "40")
    passes(world)
    return world


def secret(world: World, kind: str, who: str, **body: Any) -> None:
    """A call from the shop's server."""
    headers = {"Authorization": f"Bearer {world.secret_key}"}
    sent = json.dumps({"userId": who, "messageId": f"{kind}-{who}-{body}"[:90], **body}).encode()
    assert world.http.request("POST", f"/v1/{kind}", headers=headers, body=sent).status == 200


def buys(world: World, who: str, order: str, total: str) -> None:
    properties = {"order_id": order, "total": total, "currency": "EUR"}
    says(world, "track", who, event="Order Completed", messageId=f"{who}-{order}", properties=properties)


def passes(world: World) -> None:
    """Until accounts are folded."""
    world.settle()
    world.pass_through(world.now + timedelta(minutes=3))
    world.settle()


def account(world: World) -> Any:
    answer = world.ask("GET", "/v1/accounts/acme")
    assert answer.status == 200, answer.text
    return answer.json()


def members(world: World, id: str) -> list[tuple[str, bool]]:
    listed = world.ask("GET", f"/v1/accounts/{id}/members").json()["members"]
    return [(one["id"], one["counts"]) for one in listed]


def test_an_account_has_members_traits_facts_and_a_stage(acme: World) -> None:
    found = account(acme)
    assert (found["id"], found["members"], found["partial"]) == ("acme", 2, False)
    assert found["traits"] == {"name": "Acme", "plan": "pro", "seats": 2}
    assert (found["orders"]["count"], found["orders"]["revenue"], found["orders"]["currency"]) == (1, "40.00", "EUR")
    assert found["lifecycle"]["stage"] == "occasional"
    assert found["lifecycle"]["reasons"][0]["sentence"]
    assert members(acme, "acme") == [("u#ada", True), ("u#bob", True)]


def test_it_follows_its_members_and_counts_an_order_once(acme: World) -> None:
    buys(acme, "bob", "1", "40")
    buys(acme, "bob", "2", "10")
    passes(acme)
    assert account(acme)["orders"]["revenue"] == "50.00"


def test_each_change_of_its_stage_is_kept_with_cause_and_reason(acme: World) -> None:
    due = account(acme)["lifecycle"]["next_change"]["at"]
    acme.pass_through(acme.now + timedelta(days=61))
    acme.settle()
    buys(acme, "bob", "9", "10")
    passes(acme)
    told = account(acme)["timeline"]
    assert [(one["details"]["from"], one["title"], one["details"]["cause"]) for one in told] == [
        ("waiting", "occasional", "event"),
        ("occasional", "waiting", "time"),
        (None, "occasional", "first"),
    ]
    assert told[1]["at"] == due
    assert told[1]["details"]["reason"]["rule"] == "once.open"
    assert account(acme)["lifecycle"]["since"] == told[0]["at"]
    assert acme.ask("GET", "/v1/accounts/acme", timeline=1).json()["timeline"] == told[:1]


def test_its_stage_changes_with_time_alone(acme: World) -> None:
    change = account(acme)["lifecycle"]["next_change"]
    assert change["stage"] == "waiting"
    acme.pass_through(acme.now + timedelta(days=61))
    acme.settle()
    listed = acme.ask("GET", "/v1/accounts", stage="waiting").json()["accounts"]
    assert [one["id"] for one in listed] == ["acme"]


def test_accounts_are_counted_by_stage_and_are_no_customers(acme: World) -> None:
    report = acme.ask("GET", "/v1/reports/accounts").json()
    assert report["accounts"] == 1
    assert {"stage": "occasional", "accounts": 1} in report["stages"]
    assert acme.ask("GET", "/v1/reports/lifecycle").json()["customers"] == 2


def test_a_public_key_joins_nobody_to_an_account_that_is_known(acme: World) -> None:
    acme.wait(timedelta(minutes=15))
    says(acme, "group", "eve", groupId="acme", traits={"plan": "free"})
    passes(acme)
    found = account(acme)
    assert (found["members"], found["traits"]["plan"]) == (2, "pro")
    assert ("u#eve", False) in members(acme, "acme")
    assert not asked(acme, "eve", {"account": "id", "exists": True})


def test_who_is_erased_leaves_nothing_in_the_account(acme: World) -> None:
    assert acme.ask("DELETE", "/v1/customers/ada").status == 202
    passes(acme)
    found = account(acme)
    assert (found["members"], found["traits"], found["orders"]["count"]) == (1, {"seats": 2}, 0)
    items = [str(item) for item in acme.platform.items("customers") if str(item["pk"]).startswith("g#")]
    assert not [text for text in items if "ada" in text or "Acme" in text]


def test_a_visitor_brings_her_account_along(acme: World) -> None:
    says(acme, "group", "", anonymousId="device", groupId="new", messageId="g", traits={"name": "New"})
    says(acme, "identify", "zoe", anonymousId="device", messageId="i")
    passes(acme)
    assert members(acme, "new") == [("u#zoe", True)]
    assert acme.ask("GET", "/v1/accounts/new").json()["members"] == 1


def test_who_is_split_off_takes_it_along(acme: World) -> None:
    says(acme, "identify", "zoe", anonymousId="device", messageId="i")
    acme.settle()
    says(acme, "group", "", anonymousId="device", groupId="new", messageId="g")
    passes(acme)
    assert members(acme, "new") == [("u#zoe", True)]
    answer = acme.ask("POST", "/v1/customers/zoe/split", {"subject": "a#device"})
    assert answer.status == 200, answer.text
    passes(acme)
    assert members(acme, "new") == [("a#device", True)]
    assert acme.ask("GET", "/v1/accounts/new").json()["members"] == 1


def test_an_account_that_cannot_be_folded_is_looked_at_again_in_an_hour(acme: World) -> None:
    (share,) = [item for item in acme.platform.items("customers") if item["sk"] == "member#u#bob"]
    acme.platform.put("customers", share | {"traits": "no JSON"})
    buys(acme, "ada", "2", "10")
    passes(acme)
    assert account(acme)["orders"]["count"] == 1
    acme.platform.put("customers", share)
    acme.pass_through(acme.now + timedelta(hours=1))
    acme.settle()
    assert account(acme)["orders"]["count"] == 2


def test_rules_ask_for_the_account(acme: World) -> None:
    assert asked(acme, "bob", {"account": "stage", "in": ["occasional"]})
    assert asked(acme, "bob", {"account": "revenue", "at_least": 40})
    assert asked(acme, "bob", {"account": "traits.plan", "equals": "pro"})
    assert not asked(acme, "bob", {"account": "members", "above": 2})


def test_what_is_no_account_is_not_found(acme: World) -> None:
    for path in ("/v1/accounts/nothing", "/v1/accounts/nothing/members", f"/v1/accounts/{'x' * 300}"):
        answer = acme.ask("GET", path)
        assert (answer.status, answer.json()["code"]) == (404, "account_not_found")
    for path, query in (
        ("/v1/accounts", {"stage": "new", "cursor": "eHg"}),
        ("/v1/accounts/acme/members", {"cursor": "gICA"}),
    ):
        answer = acme.ask("GET", path, **query)
        assert (answer.status, answer.json()["code"]) == (400, "invalid_cursor")


def asked(world: World, who: str, rule: Any) -> bool:
    """Whether a rule holds for somebody, as journeys ask it."""
    view = world.containers["start_journeys"].engine.view(f"u#{who}", {})
    assert view is not None
    return match(parse(rule), view, world.now).matched
