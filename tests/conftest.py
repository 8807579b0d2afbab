"""What every test may ask for. Stores are tested on the fake and on moto by asking for `database`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from chalicelib.aws.database import Database
from tests.fakes.database import MemoryDatabase
from tests.fakes.tables import moto_database


@pytest.fixture(params=["memory", "moto"])
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """The tables, empty: once as the fake, once as DynamoDB in moto."""
    if request.param == "memory":
        yield MemoryDatabase()
        return
    with moto_database() as real:
        yield real
