"""The whole application over fakes, behind API Gateway."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fakes.platforms import over_fakes
from tests.fakes.world import World


@pytest.fixture
def world() -> Iterator[World]:
    """Nobody and nothing in it."""
    with over_fakes() as made:
        yield made
