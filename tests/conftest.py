"""What every test may ask for. Stores are tested on the fake and on moto by asking for `database`."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from chalicelib.aws.database import Database
from tests.fakes.database import MemoryDatabase
from tests.fakes.tables import moto_database

# No test may depend on, or reach, what the person who runs it has set up for AWS.
for _name in [name for name in os.environ if name.startswith("AWS_")]:
    del os.environ[_name]
os.environ |= {"AWS_DEFAULT_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true"}
os.environ |= {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}

# A busy machine is no counterexample.
settings.register_profile("perennial", deadline=None)
settings.load_profile("perennial")

# What tries much of the system at once, and takes its time; the order is that of running.
WHOLE = (
    "tests/review/test_merge.py",
    "tests/review/test_seal",
    "tests/jobs",
    "tests/demo",
    "tests/benchmarks",
    "tests/flow",
    "tests/proof",
    "tests/test_policies.py",
    "tests/api/test_fuzz.py",
    "tests/fuzz",
    "tests/local",
    "tests/infra",
    "tests/cloud",
)


# Where tests share what is dear to make: one process runs them all. Elsewhere that is one file.
TOGETHER = ("tests/cloud", "tests/infra", "tests/journeys/playbooks", "tests/rehearsal")


class Grouped(LoadScopeScheduling):  # type: ignore[misc]  # it comes without types
    """Gives each process a group of tests at a time."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return next((place for place in TOGETHER if file.startswith(f"{place}/")), file)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Grouped:
    """How tests are shared among processes (`-n`)."""
    return Grouped(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The fast ones first. `make unit` runs them alone: whatever is not marked `whole`. Of several processes one begins
    with the local cloud, which takes longest and mostly waits."""
    first = "tests/cloud/" if hasattr(config, "workerinput") else None
    places = {item: 0 if first and item.nodeid.startswith(first) else 1 + _place(item.nodeid) for item in items}
    items.sort(key=lambda item: places[item])
    for item in items:
        if _place(item.nodeid):
            item.add_marker("whole")


def _place(test: str) -> int:
    if "[moto" in test or "-moto" in test:
        return 1  # the same on the fake is among the fast ones
    return next((place for place, start in enumerate(WHOLE, 1) if test.startswith(start)), 0)


@pytest.fixture(params=["memory", "moto"])
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """The tables, empty: once as the fake, once as DynamoDB in moto."""
    if request.param == "memory":
        yield MemoryDatabase()
        return
    with moto_database() as real:
        yield real
