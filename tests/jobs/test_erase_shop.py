"""A shop that has left: whom it alone has known is erased, whoever is known from elsewhere stays."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from chalicelib.resources import CUSTOMERS, WORK
from chalicelib.tracking.event import Event
from tests.fakes.platforms import over_fakes
from tests.fakes.world import World
from tests.flow.story import joins
from tests.jobs.test_erase import _request


@pytest.fixture
def world() -> Iterator[World]:
    with over_fakes() as made:
        yield made


def ordered(world: World, user: str, source: str) -> None:
    event = Event(
        message_id=f"{source}-{user}",
        type="track",
        name="Order Completed",
        user_id=user,
        timestamp=world.now,
        at=world.now,
        received_at=world.now,
        properties={"order_id": f"{source}-{user}", "total": "5"},
        source=source,
    )
    world.containers["api"].events.store([event])


def test_only_whom_the_shop_alone_knows_is_erased(world: World) -> None:
    for user in ("one", "two", "both"):
        ordered(world, user, "shopify")
    ordered(world, "both", "woocommerce")
    joins(world, "visitor")
    world.settle()
    for _ in range(2):
        world.containers["api"].privacy.start(_request("erase_shop", reference="gone"), "shopify")
        world.settle()
    assert {item["pk"] for item in world.items(CUSTOMERS) if item["sk"] == "state"} == {"u#both", "u#visitor"}
    jobs = [item for item in world.items(WORK) if item["pk"] == "job"]
    assert sorted((job["kind"], job["status"]) for job in jobs) == [
        ("erase", "done"),
        ("erase", "done"),
        ("erase_shop", "done"),
    ]
