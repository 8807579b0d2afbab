"""Everything that is kept about a person, in an answer or in files."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from chalicelib.jobs.kinds import export as kind
from tests.fakes.platforms import Fakes, over_fakes
from tests.fakes.world import World
from tests.flow.story import orders, says
from tests.jobs.test_erase import CANARIES, EMAIL, erases, left, lives

KINDS = {"customer", "traits", "event", "enrolment", "message", "parked_call", "stage", "permit", "linked", "link"}


@pytest.fixture
def world() -> Iterator[World]:
    with over_fakes() as made:
        yield made


def test_what_fits_is_answered_whole(world: World) -> None:
    lives(world)
    answer = world.ask("GET", "/v1/customers/canary-user/export")
    assert answer.status == 200, answer.text
    records = answer.json()["records"]
    assert {record["kind"] for record in records} == KINDS
    assert all(canary in answer.text.lower() for canary in CANARIES)
    (traits,) = [record for record in records if record["kind"] == "traits"]
    assert traits["traits"]["email"]["value"] == EMAIL
    events = [record for record in records if record["kind"] == "event"]
    assert {"Page", "Identify", "Subscribed", "Order Completed", "Email Opened"} <= {each["name"] for each in events}
    assert {each["subject"] for each in events} == {"u#canary-user", "a#canary-device"}
    (customer,) = [r for r in records if r["kind"] == "customer" and r["subject"] == "u#canary-user"]
    assert customer["facts"]["consent"]["email"]["granted"] is True
    assert len([record for record in records if record["kind"] == "parked_call"]) == 2
    assert "friend" not in answer.text


def test_what_is_kept_in_accounts_is_part_of_it(world: World) -> None:
    says(world, "group", "ada", groupId="acme", traits={"role": "canary-role"})
    world.settle()
    records = world.ask("GET", "/v1/customers/ada/export").json()["records"]
    (share,) = [record for record in records if record["kind"] == "account_member"]
    assert share["account"] == "acme"
    assert "canary-role" in json.dumps(share)


def test_what_does_not_fit_is_written_into_files(world: World) -> None:
    for number in range(130):
        says(world, "track", "big", event="Seen", messageId=f"m{number}", properties={"words": "x" * 20_000})
    orders(world, "big", "canary-order", "10")
    world.settle()
    answer = world.ask("GET", "/v1/customers/big/export")
    assert (answer.status, answer.json()["records"]) == (202, None)
    job = answer.json()["job"]["id"]
    assert world.ask("GET", "/v1/customers/big/export", job=job).status == 200
    world.settle()
    done = world.ask("GET", "/v1/customers/big/export", job=job).json()
    assert done["job"]["status"] == "done"
    assert isinstance(world.platform, Fakes)
    lines = [line for body in world.platform.files.held.values() for line in body.splitlines()]
    names = [record.get("name") for record in map(json.loads, lines) if record["kind"] == "event"]
    assert (names.count("Seen"), names.count("Order Completed"), names.count("Stage Changed")) == (130, 1, 1)
    assert done["job"]["counts"]["event"] == 132
    (file,) = done["files"]
    assert file["link"].startswith("https://files.example/exports/")
    assert world.ask("GET", "/v1/customers/other/export", job=job).status == 404
    erases(world, "big")
    world.settle()
    assert left(world) == []
    assert world.platform.files.held == {}


def test_an_export_names_nobody_in_its_job(world: World) -> None:
    lives(world)
    world.containers["api"].privacy.start_for("export", "u#canary-user", "key")
    world.settle()
    assert "canary" not in world.ask("GET", "/v1/jobs").text
    assert [place for place in left(world) if place.startswith(("work: job", "work: person"))] == []


def test_nobody_is_exported_who_is_not_known(world: World) -> None:
    for path in ("/v1/customers/nobody/export", "/v1/customers/u%23/export"):
        assert world.ask("GET", path).json()["code"] == "customer_not_found"


def test_files_are_of_a_size_that_a_small_function_can_hold() -> None:
    assert kind.LARGEST <= 16_000_000
