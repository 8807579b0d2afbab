"""What holds for every webhook source, whoever writes the next one: its recorded payloads, signed, are tried here."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from chalicelib import resources
from chalicelib.tracking import webhook
from tests.fakes import vendors
from tests.fakes.world import World
from tests.tracking.making import json_values
from tests.tracking.test_sources import HERE

NAMES = webhook.names()
TIMED = ("stripe", "standard")  # whose signatures say a time
CASES = [path for name in NAMES for path in sorted((HERE / name).glob("*.json")) if ".expected." not in path.name]
OTHER = "whsec_b3RoZXIgc2VjcmV0IGVudGlyZWx5"


def case(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def a_good_one(name: str) -> dict[str, Any]:
    """A recording of which events come."""
    paths = [path for path in CASES if path.parent.name == name]
    return next(case(path) for path in paths if json.loads(path.with_suffix(".expected.json").read_text())["events"])


def everything(world: World) -> dict[str, Any]:
    return {table: world.items(table) for table in resources.TABLES}


@pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_signed_recording_is_stored_and_answered_with_exactly_200(world: World, path: Path) -> None:
    recorded, name = case(path), path.parent.name
    answer = vendors.signed(name, recorded["route"], recorded["payload"], world.now).to(world)
    assert (answer.status, answer.json()) == (200, {"success": True})
    expected = json.loads(path.with_suffix(".expected.json").read_text())["events"]
    stored = world.items(resources.EVENTS)
    if not recorded.get("mode"):
        assert {item["name"] for item in stored} >= {event["name"] for event in expected}
    assert all(item["sk"].partition("#")[2].startswith(f"{name}-") for item in stored)


@pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_the_same_again_stores_and_counts_nothing_more(world: World, path: Path) -> None:
    recorded, name = case(path), path.parent.name
    for _ in range(2):
        assert vendors.signed(name, recorded["route"], recorded["payload"], world.now).to(world).status == 200
    world.settle()
    before = everything(world)
    world.wait(timedelta(minutes=2))
    assert vendors.signed(name, recorded["route"], recorded["payload"], world.now).to(world).status == 200
    world.settle()
    after = everything(world)
    assert [item["pk"] for item in after[resources.EVENTS]] == [item["pk"] for item in before[resources.EVENTS]]
    assert facts(after) == facts(before)


def facts(tables: dict[str, Any]) -> dict[str, str]:
    return {item["pk"]: item["facts"] for item in tables[resources.CUSTOMERS] if item["sk"] == "state"}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("wrong", ["other secret", "no signature", "broken signature", "other body", "half a body"])
def test_what_is_not_signed_so_is_refused_and_nothing_is_stored(world: World, name: str, wrong: str) -> None:
    recorded = a_good_one(name)
    good = vendors.signed(name, recorded["route"], recorded["payload"], world.now)
    other = vendors.signed(name, recorded["route"], recorded["payload"], world.now, OTHER)
    bad = {
        "other secret": other,
        "no signature": vendors.Signed(name, {}, good.body),
        "broken signature": vendors.Signed(name, {key: value[:-3] for key, value in good.headers.items()}, good.body),
        "other body": vendors.Signed(name, good.headers, good.body + b" "),
        "half a body": vendors.Signed(name, good.headers, good.body[: len(good.body) // 2]),
    }[wrong]
    before = everything(world)
    answer = bad.to(world)
    assert (answer.status, answer.code) == (401, "invalid_signature")
    assert everything(world) == before


@pytest.mark.parametrize("name", NAMES)
def test_a_source_without_a_secret_believes_nothing(world: World, name: str) -> None:
    world.containers["api"].secrets.keep_source(name, ())
    recorded, before = a_good_one(name), everything(world)
    for secret in (None, ""):
        answer = vendors.signed(name, recorded["route"], recorded["payload"], world.now, secret).to(world)
        assert (answer.status, answer.code) == (401, "invalid_signature")
        assert "no secret yet" in answer.json()["message"]
    assert everything(world) == before


@pytest.mark.parametrize("name", NAMES)
def test_two_secrets_live_and_no_third(world: World, name: str) -> None:
    secrets = [f"whsec_{letter * 32}" for letter in "ABC"]
    for secret in secrets:
        known = world.containers["api"].secrets.of_source(name)
        vendors.entrust(world, name, secret, *known)
    recorded = a_good_one(name)
    statuses = [
        vendors.signed(name, recorded["route"], recorded["payload"], world.now, secret).to(world).status
        for secret in secrets
    ]
    assert statuses == [401, 200, 200]


@pytest.mark.parametrize("name", [name for name in NAMES if name in TIMED])
@pytest.mark.parametrize("away", [timedelta(minutes=-6), timedelta(minutes=6)])
def test_a_delivery_that_is_brought_again_later_is_refused(world: World, name: str, away: timedelta) -> None:
    recorded, before = a_good_one(name), everything(world)
    answer = vendors.signed(name, recorded["route"], recorded["payload"], world.now + away).to(world)
    assert (answer.status, answer.code) == (401, "invalid_signature")
    assert everything(world) == before


@pytest.mark.parametrize("name", ["nothing", "segment", "ses", "perennial", "..", "%00", "Shopify", "x" * 300, "a b"])
def test_an_unknown_source_is_404_and_nothing_is_stored(world: World, name: str) -> None:
    before = everything(world)
    answer = world.http.request("POST", f"/webhooks/{name.replace(' ', '%20')}", body=b"{}")
    assert (answer.status, answer.code) == (404, "unknown_source")
    assert everything(world) == before


@pytest.mark.parametrize("name", NAMES)
def test_a_body_has_its_limit(world: World, name: str) -> None:
    answer = vendors.signed(name, "orders/create", b" " * (4 * 1024 * 1024 + 1), world.now).to(world)
    assert (answer.status, answer.code) == (413, "body_too_long")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("body", [b"", b"{", b"[" * 60_000, b"null", b"7", b'"text"', b"[]"])
def test_what_is_genuine_and_useless_is_parked(world: World, name: str, body: bytes) -> None:
    answer = vendors.signed(name, "orders/create", body, world.now).to(world)
    assert answer.status == 200, answer.text
    assert world.items(resources.EVENTS) == []
    assert len([item for item in world.items(resources.WORK) if item["pk"] == "parked"]) == 1


def bent(value: Any, draw: st.DataObject, left: int = 3) -> Any:
    """A recording in which some places hold anything."""
    if left and isinstance(value, dict) and value:
        name = draw.draw(st.sampled_from(sorted(value)))
        return {**value, name: bent(value[name], draw, left - 1)}
    if left and isinstance(value, list) and value:
        return [bent(value[0], draw, left - 1), *value[1:]]
    return draw.draw(json_values)


@examples(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150, deadline=None)
@given(path=st.sampled_from(CASES), draw=st.data())
def test_no_body_of_any_shape_fails_on_our_side(world: World, path: Path, draw: st.DataObject) -> None:
    recorded, name = case(path), path.parent.name
    payload = bent(recorded["payload"], draw)
    answer = vendors.signed(name, recorded["route"], payload, world.now).to(world)
    assert answer.status == 200, (name, recorded["route"], payload, answer.text)
