"""The whole application over fakes, behind API Gateway."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fakes.platforms import over_fakes
from tests.fakes.world import World
from tests.flow.story import joins, orders


@pytest.fixture
def world() -> Iterator[World]:
    """Nobody and nothing in it."""
    with over_fakes() as made:
        yield made


@pytest.fixture
def shop(world: World) -> World:
    """With published playbooks; with ada, who joined and ordered, and bob, who joined."""
    world.publish("welcome", "win_back")
    joins(world, "ada")
    orders(world, "ada", "A-1", "40.00")
    joins(world, "bob")
    world.settle()
    return world
