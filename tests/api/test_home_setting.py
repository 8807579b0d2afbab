"""The setting `workspace`: whose clock is read for people without a zone."""

from __future__ import annotations

from datetime import UTC

import pytest

from chalicelib.customers.home import Home
from tests.fakes.world import World

PATH = "/v1/settings/workspace"


def test_it_is_utc_until_it_is_said_otherwise(world: World) -> None:
    assert world.ask("GET", PATH).json()["setting"] == {"timezone": "UTC"}
    assert Home().zone is UTC
    assert world.ask("PUT", PATH, {"timezone": "Europe/Rome"}).json()["setting"] == {"timezone": "Europe/Rome"}


@pytest.mark.parametrize("name", ["Rome", "EST", "Mars/Phobos", "", "../etc/passwd", 3])
def test_what_is_no_zone_is_refused(world: World, name: object) -> None:
    answer = world.ask("PUT", PATH, {"timezone": name})
    assert (answer.status, answer.json()["details"][0]["path"]) == (400, "timezone")


def test_journeys_and_templates_read_it(world: World) -> None:
    world.ask("PUT", PATH, {"timezone": "Europe/Rome"})
    perennial = world.containers["walk_due"]
    assert str(perennial.zone()) == "Europe/Rome"
