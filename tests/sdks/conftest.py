"""The deployed local cloud, and every run of an SDK against it, several at a time: they mostly wait."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.cloud.deployed import Deployed, past_proxies
from tests.sdks import certificate, running
from tests.sdks.cases import Case
from tests.sdks.running import Run

_AT_ONCE = max(2, os.cpu_count() or 2)

Result = Callable[[], Run]


@pytest.fixture(scope="session")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    """The real package, deployed by the real template."""
    with pytest.MonkeyPatch.context() as patch:
        past_proxies(patch)
        made = Deployed(tmp_path_factory.mktemp("cloud"))
        try:
            made.start()
            yield made
        finally:
            made.close()


@pytest.fixture(scope="session")
def runs(
    request: pytest.FixtureRequest, deployed: Deployed, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Result]]:
    """The runs of all cases that were asked for, by their names; ask one for its result and it waits."""
    home = tmp_path_factory.mktemp("sdks")
    trusted = certificate.make(home)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        yield {
            str(case): pool.submit(
                running.run, case, deployed.api.endpoint, deployed.api.write_key, trusted, home
            ).result
            for case in _wanted(request.session.items)
        }
        pool.shutdown(cancel_futures=True)


def _wanted(items: list[pytest.Item]) -> list[Case]:
    specs = (getattr(item, "callspec", None) for item in items)
    wanted = [spec.params["case"] for spec in specs if spec and "case" in spec.params]
    return list({str(case): case for case in wanted}.values())
