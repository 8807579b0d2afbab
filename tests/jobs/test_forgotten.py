"""What is left of forgotten events belongs to the person: exported, erased, and a sign of whom else she is known to."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from chalicelib.customers.base import PREFIX
from chalicelib.resources import CUSTOMERS, EVENTS
from tests.fakes.platforms import over_fakes
from tests.fakes.world import World
from tests.flow.story import says
from tests.jobs.test_erase import _request, erases
from tests.jobs.test_erase_shop import ordered

AGES = timedelta(days=91)


@pytest.fixture
def world() -> Iterator[World]:
    """Somebody who looked around, on the site and at a shop, long ago."""
    with over_fakes() as made:
        assert made.ask("PUT", "/v1/settings/retention", {"events": 90}).status == 200
        made.wait(timedelta(seconds=31))
        for number in range(3):
            says(made, "page", "canary-user", messageId=f"p{number}", name="Home")
        ordered(made, "canary-user", "shopify")
        made.settle()
        made.wait(AGES)
        made.tick()
        made.settle()
        assert {item["name"] for item in made.items(EVENTS)} <= {"Order Completed", "Stage Changed"}
        yield made


def bases(world: World) -> list[str]:
    return [item["sk"] for item in world.items(CUSTOMERS) if item["sk"].startswith(PREFIX)]


def test_what_is_left_is_exported(world: World) -> None:
    records = world.ask("GET", "/v1/customers/canary-user/export").json()["records"]
    (forgotten,) = [record for record in records if record["kind"] == "forgotten"]
    assert (forgotten["events"], forgotten["subject"], forgotten["sources"]) == (3, "u#canary-user", ["segment"])
    assert forgotten["facts"]["sessions"]["recent"]
    assert forgotten["received_before"] <= world.now.date().isoformat()


def test_what_is_left_is_erased(world: World) -> None:
    assert len(bases(world)) == 1
    erases(world)
    world.settle()
    assert bases(world) == []
    assert [item["pk"] for item in world.items(CUSTOMERS) if "canary" in item["pk"]] == []


def test_a_shop_that_leaves_takes_nobody_along_who_is_known_from_what_is_forgotten(world: World) -> None:
    ordered(world, "theirs", "shopify")
    world.settle()
    world.containers["api"].privacy.start(_request("erase_shop", reference="gone"), "shopify")
    world.settle()
    assert {item["pk"] for item in world.items(CUSTOMERS) if item["sk"] == "state"} == {"u#canary-user"}
