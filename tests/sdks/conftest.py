"""The deployed local cloud, and every run of an SDK against it, several at a time: they mostly wait."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

import pytest
from _pytest.runner import CallInfo

from tests.cloud.deployed import Deployed, past_proxies
from tests.sdks import certificate, running, visiting
from tests.sdks.cases import Case
from tests.sdks.chromium import Chromium
from tests.sdks.running import Run

_AT_ONCE = max(2, os.cpu_count() or 2)
NOBODYS = f"pk_{'0' * 43}"
_SHOWN = 20  # lines of complaints

Result = Callable[[], Run]

_cloud = pytest.StashKey[Deployed]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Function, call: CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.failed and (deployed := item.session.stash.get(_cloud, None)):
        complaints = deployed.complaints(datetime.now(UTC) - timedelta(hours=1))
        report.sections.append(("What the functions complained of", "\n".join(complaints[-_SHOWN:]) or "nothing"))
    return report


@pytest.fixture(scope="session")
def deployed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    """The real package, deployed by the real template."""
    with pytest.MonkeyPatch.context() as patch:
        past_proxies(patch)
        made = Deployed(tmp_path_factory.mktemp("cloud"))
        try:
            made.start()
            request.session.stash[_cloud] = made
            yield made
            del request.session.stash[_cloud]
        finally:
            made.close()


@pytest.fixture(scope="session")
def runs(
    request: pytest.FixtureRequest, deployed: Deployed, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Result]]:
    """The runs of all cases that were asked for, by their names; ask one for its result and it waits."""
    home = tmp_path_factory.mktemp("sdks")
    trusted = certificate.make(home)
    endpoint = deployed.api.endpoint
    wanted = _wanted(request.session.items)
    with ExitStack() as stack:
        browsers = any(case.sdk.where == "browser" for case in wanted)
        browser = stack.enter_context(Chromium(home, trusted.pin)) if browsers else None
        pool = stack.enter_context(ThreadPoolExecutor(_AT_ONCE))

        def begin(case: Case) -> Result:
            key = NOBODYS if case.wrong_key else deployed.api.write_key
            if case.sdk.where == "browser" and browser:
                return pool.submit(visiting.visit, case, endpoint, key, trusted, browser).result
            return pool.submit(running.run, case, endpoint, key, trusted, home).result

        yield {str(case): begin(case) for case in wanted}
        pool.shutdown(cancel_futures=True)


def _wanted(items: list[pytest.Item]) -> list[Case]:
    specs = (getattr(item, "callspec", None) for item in items)
    wanted = [spec.params["case"] for spec in specs if spec and "case" in spec.params]
    return list({str(case): case for case in wanted}.values())
