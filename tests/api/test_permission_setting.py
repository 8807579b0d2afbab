"""The setting `permission`: how much marketing people get, when, and who gets none."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.messages.permission import Policy
from chalicelib.messages.permission.setting import Permission
from tests.fakes.world import World

PATH = "/v1/settings/permission"
DAYTIME = [{"weekdays": None, "from": "08:00", "to": "21:00"}]


def test_the_defaults_are_safe_without_a_decision(world: World) -> None:
    said = world.ask("GET", PATH).json()["setting"]
    caps = [(cap["count"], cap["within"], cap["channels"], cap["class"]) for cap in said["caps"]]
    assert caps == [
        (1, "P1D", None, "marketing"),
        (3, "P7D", None, "marketing"),
        (2, "P7D", ["sms"], "marketing"),
    ]
    assert said["hours"] == {"sms": DAYTIME, "push": DAYTIME}, "no text message at night"
    assert said["repeat_after"] == "P7D"
    assert said["holdout"] == {"share": 0.0, "topics": []}, "nobody is left alone but on purpose"
    assert said["stages"] == {}
    assert said["preferred"] == ["email", "push", "sms"], "what costs least first"


def test_the_defaults_are_those_of_the_rules() -> None:
    assert Permission().policy() == Policy()


def test_a_channel_that_is_not_named_keeps_its_hours(world: World) -> None:
    office = {"weekdays": ["mon", "fri"], "from": "09:00", "to": "18:00"}
    put = world.ask("PUT", PATH, {"hours": {"email": [office], "push": []}}).json()["setting"]
    assert put["hours"] == {"sms": DAYTIME, "push": [], "email": [office]}


def test_what_is_put_is_what_is_asked_by(world: World) -> None:
    body = {
        "caps": [{"count": 2, "within": "P1D", "channels": ["push", "email"]}],
        "repeat_after": None,
        "holdout": {"share": 0.05, "topics": ["email/newsletter"]},
        "stages": {"lost": {"channels": ["email"], "caps": [{"count": 1, "within": "P30D"}]}, "new": {"channels": []}},
    }
    put = world.ask("PUT", PATH, body).json()
    assert put["version"] == 1
    assert put["setting"]["caps"] == [
        {"count": 2, "within": "P1D", "channels": ["email", "push"], "class": "marketing"}
    ]
    policy = Permission.model_validate(put["setting"]).policy()
    assert policy.repeat_after is None
    assert (policy.holdout.share, set(policy.holdout.topics)) == (0.05, {"email/newsletter"})
    assert {name: stage.channels for name, stage in policy.stages.items()} == {
        "lost": frozenset({"email"}),
        "new": frozenset(),
    }
    assert policy.stages["lost"].caps[0].count == 1


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"caps": [{"count": -1, "within": "P1D"}]}, "caps[0].count"),
        ({"caps": [{"count": 1, "within": "P90D"}]}, "caps[0].within"),
        ({"caps": [{"count": 1, "within": "tomorrow"}]}, "caps[0].within"),
        ({"caps": [{"count": 1, "within": "P1D", "channels": []}]}, "caps[0].channels"),
        ({"caps": [{"count": 1, "within": "P1D", "channels": ["fax"]}]}, "caps[0].channels[0]"),
        ({"caps": [{"count": 1, "within": "P1D", "class": "spam"}]}, "caps[0].class"),
        ({"hours": {"sms": [{"from": "25:00"}]}}, "hours.sms[0].from"),
        ({"hours": {"fax": []}}, "hours.fax"),
        ({"hours": []}, "hours"),
        ({"holdout": {"share": 0.9}}, "holdout.share"),
        ({"holdout": {"topics": ["newsletter"]}}, "holdout.topics[0]"),
        ({"stages": {"champion": {}}}, "stages.champion"),
        ({"repeat_after": "P1Y"}, "repeat_after"),
        ({"preferred": []}, "preferred"),
        ({"preferred": ["fax"]}, "preferred[0]"),
        ({"quiet_hours": {}}, "quiet_hours"),
    ],
)
def test_a_wrong_one_says_where_and_what_to_do(world: World, body: dict[str, Any], path: str) -> None:
    answer = world.ask("PUT", PATH, body)
    assert (answer.status, answer.json()["code"]) == (400, "invalid_setting")
    (problem,) = answer.json()["details"]
    assert problem["path"].removesuffix(".[key]") == path
    assert problem["problem"]
    assert problem["hint"]
