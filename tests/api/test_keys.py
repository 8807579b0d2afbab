"""Keys by the API: shown once, given no more than the giver has, changed, rotated beside the old one, ended."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from chalicelib import times
from chalicelib.api.keys import scopes
from chalicelib.tracking.keys import EVERYTHING, KeyKind, hashed
from chalicelib.tracking.proof import user_hash
from tests.fakes.gateway import Answer
from tests.fakes.world import World

DAY = timedelta(days=1)


def make(world: World, **asked: Any) -> dict[str, Any]:
    answer = world.ask("POST", "/v1/keys", {"kind": "public", "label": "web", **asked})
    assert answer.status == 200, answer.text
    made: dict[str, Any] = answer.json()
    return made


def tracks(world: World, key: str, **headers: str) -> Answer:
    body = b'{"userId": "ada", "event": "Seen"}'
    return world.http.request("POST", "/v1/track", headers={"X-Write-Key": key, **headers}, body=body)


def listed(world: World) -> dict[str, Any]:
    return {key["id"]: key for key in world.ask("GET", "/v1/keys").json()["keys"]}


def test_a_key_is_shown_once_and_works_at_once(world: World) -> None:
    made = make(world, origins=["https://Shop.example/"], rate=10, protected=["plan"])
    assert made["details"]["origins"] == ["https://shop.example"]
    assert tracks(world, made["key"]).status == 200
    assert made["key"] not in world.ask("GET", "/v1/keys").text
    assert made["identity_secret"] not in world.ask("GET", "/v1/keys").text
    assert listed(world)[hashed(made["key"])]["last_used_at"] == times.text(world.now)


def test_a_wrong_origin_is_told_to_the_page(world: World) -> None:
    made = make(world, origins=["https://shop.example"])
    answer = tracks(world, made["key"], Origin="https://other.example")
    assert (answer.status, answer.code) == (403, "origin_not_allowed")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert tracks(world, made["key"], Origin="https://shop.example").status == 200


def test_too_many_calls_are_told_when_to_come_back(world: World) -> None:
    made = make(world, rate=1)
    answers = [tracks(world, made["key"]) for _ in range(61)]
    assert [answer.status for answer in answers] == [200] * 60 + [429]
    assert answers[-1].code == "too_many_calls"
    assert answers[-1].headers["retry-after"] == "60"
    assert answers[-1].headers["access-control-allow-origin"] == "*"


def test_what_is_left_out_of_a_change_stays(world: World) -> None:
    made = make(world, rate=10, origins=["https://shop.example"])
    id = made["details"]["id"]
    changed = world.ask("PATCH", f"/v1/keys/{id}", {"rate": None, "label": "shop"}).json()
    assert (changed["rate"], changed["label"], changed["origins"]) == (None, "shop", ["https://shop.example"])
    ends = times.text(world.now + DAY)
    assert world.ask("PATCH", f"/v1/keys/{id}", {"expires_at": ends}).json()["expires_at"] == ends
    world.wait(DAY)
    assert tracks(world, made["key"]).status == 401


def test_a_rotation_gives_everybody_time_and_keeps_user_hashes_right(world: World) -> None:
    old = make(world, require_user_hash=True)
    ends = world.now + 2 * DAY
    new = world.ask("POST", f"/v1/keys/{old['details']['id'][:12]}/rotate", {"ends_at": times.text(ends)}).json()
    assert new["identity_secret"] == old["identity_secret"]
    assert new["details"]["require_user_hash"] is True
    proof = user_hash(old["identity_secret"], "ada")
    for made in (old, new):
        call = {"userId": "ada", "event": "Seen", "context": {"userHash": proof}, "writeKey": made["key"]}
        assert world.http.request("POST", "/v1/track", body=json.dumps(call).encode()).status == 200
    assert world.parked() == []
    world.wait(2 * DAY)
    assert [tracks(world, made["key"]).status for made in (old, new)] == [401, 200]


def test_a_revoked_key_is_gone(world: World) -> None:
    made = make(world)
    assert world.ask("DELETE", f"/v1/keys/{made['details']['id']}").status == 200
    assert tracks(world, made["key"]).status == 401
    assert made["details"]["id"] not in listed(world)


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"kind": "secret"}, "invalid_key"),
        ({"kind": "secret", "scopes": ["customers:everything"]}, "invalid_key"),
        ({"scopes": ["customers:read"]}, "invalid_key"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, "invalid_key"),
        ({"origins": ["shop.example"]}, "invalid_body"),
        ({"rate": 0}, "invalid_body"),
        ({"label": ""}, "invalid_body"),
        ({"colour": "red"}, "invalid_body"),
    ],
)
def test_a_key_that_means_nothing_is_refused(world: World, asked: dict[str, Any], code: str) -> None:
    answer = world.ask("POST", "/v1/keys", {"kind": "public", "label": "web", **asked})
    assert (answer.status, answer.code) == (400, code)


def test_nobody_gives_away_what_she_has_not_got(world: World) -> None:
    keys = world.containers["api"].keys
    world.secret_key = keys.create(KeyKind.SECRET, "clerk", ["keys:write", "reports:read"], world.now)
    for scopes_asked, status in ((["reports:read"], 200), (["customers:read"], 400), ([EVERYTHING], 400)):
        asked = {"kind": "secret", "label": "x", "scopes": scopes_asked}
        assert world.ask("POST", "/v1/keys", asked).status == status


@pytest.mark.parametrize("id", ["0" * 64, "0" * 8, "zz", "A" * 64, "..%2F", "x" * 2_000])
@pytest.mark.parametrize(("method", "more"), [("PATCH", ""), ("POST", "/rotate"), ("DELETE", "")])
def test_an_unknown_key_is_not_found(world: World, method: str, more: str, id: str) -> None:
    answer = world.ask(method, f"/v1/keys/{id}{more}", {})
    assert (answer.status, answer.code) == (404, "key_not_found")


def test_every_scope_is_known() -> None:
    assert {"track", "keys:read", "keys:write", "events:read", "events:write", "customers:erase"} <= scopes()
