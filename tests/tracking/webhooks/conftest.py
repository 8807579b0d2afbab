"""A world that takes webhooks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from chalicelib.tracking import webhook
from tests.fakes import vendors
from tests.fakes.platforms import over_fakes
from tests.fakes.world import World


@pytest.fixture
def world() -> Iterator[World]:
    """Nobody in it; every webhook source has its secret."""
    with over_fakes() as made:
        for source in webhook.names():
            vendors.entrust(made, source)
        yield made
