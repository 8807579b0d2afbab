"""What stands on SES's suppression list holds here, too: of who has such an address, and of who comes with it later."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from chalicelib.aws.account import Listed
from chalicelib.resources import SENDS
from tests.fakes.platforms import Fakes, over_fakes
from tests.fakes.world import World
from tests.flow.story import joins


@pytest.fixture
def world() -> Iterator[World]:
    with over_fakes() as made:
        made.publish("welcome")
        yield made


def listed(world: World, address: str, reason: Listed, at: datetime | None = None) -> None:
    assert isinstance(world.platform, Fakes)
    world.platform.mail_account.listed[address] = (reason, at or world.now - timedelta(days=30))


def synced(world: World) -> dict[str, int]:
    id = world.ask("POST", "/v1/suppressions/sync").json()["id"]
    world.settle()
    job = world.ask("GET", f"/v1/jobs/{id}").json()
    assert job["status"] == "done", job
    return dict(job["counts"])


def why_not(world: World, who: str) -> list[str | None]:
    return [row.get("reason") for row in world.items(SENDS) if row["pk"] == f"u#{who}"]


def test_who_has_an_address_of_the_list_is_suppressed_and_shows_why(world: World) -> None:
    joins(world, "ada")
    joins(world, "bob")
    world.settle()
    listed(world, "Ada@example.com", "COMPLAINT")
    for number in range(4):
        listed(world, f"{number}@example.com", "BOUNCE")
    assert synced(world) == {"addresses": 5, "customers": 1}
    (held,) = world.customer("ada")["suppressions"]
    assert (held["channel"], held["reason"]) == ("email", "complaint")
    assert world.customer("bob")["suppressions"] == []
    before = world.items("events")
    world.wait(timedelta(minutes=2))
    assert synced(world) == {"addresses": 5, "customers": 1}  # once more changes nothing
    assert world.items("events") == before


def test_who_comes_later_with_an_address_of_the_list_is_not_written_to(world: World) -> None:
    listed(world, "eve@example.com", "BOUNCE")
    assert synced(world) == {"addresses": 1, "customers": 0}
    joins(world, "eve")
    joins(world, "fay")
    world.settle()
    assert (why_not(world, "eve"), why_not(world, "fay")) == (["suppressed_bounce"], [None])
    assert world.mails("eve@example.com") == []


def test_every_night_reads_what_came_onto_the_list_lately(world: World) -> None:
    listed(world, "old@example.com", "BOUNCE")
    listed(world, "new@example.com", "BOUNCE", world.now - timedelta(hours=3))
    world.night()
    world.settle()
    (job,) = [each for each in world.ask("GET", "/v1/jobs").json()["jobs"] if each["kind"] == "suppressions"]
    assert (job["status"], job["counts"]["addresses"]) == ("done", 1)
