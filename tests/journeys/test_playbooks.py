"""Playbooks walked to each of their ends, and installed over HTTP."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from chalice.test import Client, HTTPResponse

from app import app
from chalicelib import settings, wiring
from chalicelib.journeys.journey import parse
from chalicelib.journeys.walk import Position, Walked, walk
from chalicelib.lifecycle.stage import Stage
from chalicelib.segments.view import View
from chalicelib.tracking.keys import KeyKind
from chalicelib.wiring import Perennial, Ports
from tests.fakes.database import MemoryDatabase
from tests.fakes.playbooks import playbook
from tests.journeys.playbooks.shelf import NAMES, said
from tests.segments.people import DAY, NOW, customer

Call = Callable[..., HTTPResponse]


def steps(walked: Walked) -> list[str]:
    """The steps that decided on something."""
    return [decision.step for decision in walked.decisions]


@pytest.mark.parametrize(
    ("later", "second", "ended", "why"),
    [
        (customer(), ["nudge"], "done", "completed"),
        (customer(orders=((1, "9"),)), [], "exited", "has ordered"),
    ],
)
def test_welcome_greets_and_nudges_only_those_who_did_not_order(
    later: View, second: list[str], ended: str, why: str
) -> None:
    plan = parse(playbook("welcome")["journey"])
    first = walk(plan, Position(None, NOW), customer(), NOW, origin="e1")
    assert (steps(first), first.due_at) == (["hello"], NOW + 3 * DAY)
    last = walk(plan, first.position, later, NOW + 3 * DAY, origin="e1")
    assert (steps(last), last.ended, last.why) == (second, ended, why)


@pytest.mark.parametrize(
    ("stage", "second", "ended"),
    [(Stage.AT_RISK, ["reason"], "done"), (Stage.OCCASIONAL, [], "exited"), (Stage.LOST, [], "exited")],
)
def test_win_back_writes_again_only_to_those_still_at_risk(stage: Stage, second: list[str], ended: str) -> None:
    plan = parse(playbook("win_back")["journey"])
    first = walk(plan, Position(None, NOW), customer(stage=Stage.AT_RISK), NOW, origin="e1")
    assert (steps(first), first.due_at) == (["miss-you"], NOW + 7 * DAY)
    last = walk(plan, first.position, customer(stage=stage), NOW + 7 * DAY, origin="e1")
    assert (steps(last), last.ended) == (second, ended)


@pytest.fixture
def call() -> Iterator[Call]:
    """An empty deployment that is asked with a secret key."""
    made = Perennial(settings.read(dict.fromkeys(settings.variables(), "test")), Ports(db=MemoryDatabase()))
    wiring.run(made)
    key = made.keys.create(KeyKind.SECRET, "test", ["definitions:read", "definitions:write", "settings:write"], NOW)
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    with Client(app) as client:

        def asked(method: str, path: str, body: Any = None) -> HTTPResponse:
            sent = b"" if body is None else json.dumps(body).encode()
            return client.http.request(method, path, headers=headers, body=sent)

        yield asked
    wiring.run(None)


@pytest.mark.parametrize("name", NAMES)
def test_each_is_installed_by_one_call_as_a_draft_or_published(call: Call, name: str) -> None:
    asked = {"settings": {each: value for each, value in said(name).items() if each not in ("coupon", "category")}}
    draft = call("POST", f"/v1/playbooks/{name}/install", asked)
    assert draft.status_code == 200, draft.body
    made = draft.json_body["made"]
    assert {(one["new"], one["version"]) for one in made} == {(True, 1)}
    assert not any(one["live"] for one in made if one["kind"] == "journey")
    again = call("POST", f"/v1/playbooks/{name}/install", {**asked, "publish": True}).json_body["made"]
    assert {(one["new"], one["version"]) for one in again} == {(False, 1)}
    assert all(one["live"] for one in again if one["kind"] == "journey")


def test_other_settings_make_other_versions_of_what_they_change(call: Call) -> None:
    call("POST", "/v1/playbooks/welcome/install", {})
    changed = call("POST", "/v1/playbooks/welcome/install", {"settings": {"nudge_after": "P5D"}}).json_body
    assert {one["name"]: one["version"] for one in changed["made"]} == {
        "welcome": 2,
        "welcome-hello": 1,
        "welcome-nudge": 1,
    }
    assert changed["settings"] == {"nudge_after": "P5D", "coupon": None}


def test_a_coupon_that_there_is_not_is_told(call: Call) -> None:
    made = call("POST", "/v1/playbooks/welcome/install", {"settings": {"coupon": "ten"}}).json_body
    assert [one["what"] for one in made["missing"]] == ["brand.url", "products", "coupon"]


def test_what_is_missing_is_said_and_a_brand_fills_it(call: Call) -> None:
    before = call("GET", "/v1/playbooks/welcome").json_body
    assert [one["what"] for one in before["missing"]] == ["brand.url", "products"]
    brand = {"called": "Linden & Co", "url": "https://shop.example"}
    assert call("PUT", "/v1/settings/brand", brand).status_code == 200
    after = call("GET", "/v1/playbooks/welcome").json_body
    assert [one["what"] for one in after["missing"]] == ["products"]
    assert "https://shop.example" in after["templates"]["welcome-hello"]["mjml"]


def test_the_list_says_whom_each_serves_and_what_may_be_set(call: Call) -> None:
    listed = {one["name"]: one for one in call("GET", "/v1/playbooks").json_body["playbooks"]}
    assert tuple(listed) == NAMES
    assert listed["win_back"]["stages"] == ["at_risk"]
    launch = {each["name"]: each for each in listed["product_launch"]["settings"]}
    assert [name for name, each in launch.items() if each["required"]] == ["product", "at"]


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("nothing", {}, 404, "playbook_not_found"),
        ("welcome", {"settings": {"nudge_after": "soon"}}, 400, "invalid_playbook"),
        ("product_launch", {}, 400, "invalid_playbook"),
        ("welcome", {"colour": "red"}, 400, "invalid_body"),
    ],
)
def test_what_cannot_be_installed_says_why(call: Call, path: str, body: Any, status: int, code: str) -> None:
    answer = call("POST", f"/v1/playbooks/{path}/install", body)
    assert (answer.status_code, answer.json_body["code"]) == (status, code)
