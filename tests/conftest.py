"""What every test may ask for. Stores are tested on the fake and on moto by asking for `database`."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from chalicelib.aws.database import Database
from tests.fakes.database import MemoryDatabase
from tests.fakes.tables import moto_database

# No test may depend on, or reach, what the person who runs it has set up for AWS.
for _name in [name for name in os.environ if name.startswith("AWS_")]:
    del os.environ[_name]
os.environ |= {"AWS_DEFAULT_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true"}
os.environ |= {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}


@pytest.fixture(params=["memory", "moto"])
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """The tables, empty: once as the fake, once as DynamoDB in moto."""
    if request.param == "memory":
        yield MemoryDatabase()
        return
    with moto_database() as real:
        yield real
