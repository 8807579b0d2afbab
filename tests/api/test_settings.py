"""The workspace's settings over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fakes.world import World

RATES = {"report": "EUR", "rates": {"USD": "0.92"}}
PATH = "/v1/settings/currencies"


def test_a_setting_has_defaults_until_it_is_put_and_versions_after(world: World) -> None:
    before = world.ask("GET", PATH).json()
    assert (before["version"], before["updated_at"], before["setting"]["report"]) == (0, None, None)
    put = world.ask("PUT", PATH, RATES).json()
    assert (put["version"], put["setting"]["rates"], put["setting"]["unnamed"]) == (1, {"USD": "0.92"}, None)
    assert world.ask("PUT", PATH, RATES).json() == put, "the same again makes no version"
    assert world.ask("PUT", PATH, {"report": "RON"}).json()["version"] == 2
    assert world.ask("GET", PATH, version=1).json()["setting"] == put["setting"]
    listed = {one["name"]: one["version"] for one in world.ask("GET", "/v1/settings").json()["settings"]}
    assert listed["currencies"] == 2
    assert listed["price_tiers"] == 0


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"rates": {"USD": 0.92}}, "rates.USD"),
        ({"report": "euro"}, "report"),
        ({"rate": {}}, "rate"),
        ([], ""),
    ],
    ids=str,
)
def test_a_wrong_setting_says_where_and_what_to_do(world: World, body: Any, path: str) -> None:
    answer = world.ask("PUT", PATH, body)
    assert (answer.status, answer.json()["code"]) == (400, "invalid_setting")
    (problem,) = answer.json()["details"]
    assert problem["path"] == path
    assert problem["problem"]
    assert problem["hint"].endswith((".", '"'))


def test_nothing_is_overwritten_unseen(world: World) -> None:
    assert world.ask("PUT", PATH, RATES, expected_version=0).status == 200
    answer = world.ask("PUT", PATH, {}, expected_version=0)
    assert (answer.status, answer.json()["details"]) == (409, {"newest_version": 1})


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_a_name_that_is_none_is_not_found(world: World, method: str) -> None:
    answer = world.ask(method, "/v1/settings/colour", {})
    assert (answer.status, answer.json()["code"]) == (404, "setting_not_found")
    assert world.ask("GET", PATH, version=1).json()["code"] == "version_not_found"
