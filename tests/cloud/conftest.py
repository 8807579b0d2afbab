"""One local cloud for all of these tests: deployed when the first asks for it, stopped after the last.

State, ports and processes are its own, so that a cloud which somebody works with is not touched. What functions
complained of while a test ran is shown with its failure.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from _pytest.runner import CallInfo

from infra.aws import explained
from tests.cloud.deployed import Deployed, past_proxies
from tests.cloud.faults import throttle_some
from tests.cloud.people import Waiting, wait_for_their_moment
from tests.cloud.website import Website

STARTERS = ("welcome", "win_back")
AHEAD = timedelta(seconds=25)
_SHOWN = 40  # lines of complaints

_began = pytest.StashKey[datetime]()
_broken = pytest.StashKey[bool]()
_cloud = pytest.StashKey[Deployed]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.cloud)
    # a fit that is adopted moves people: after it nobody stands where the other tests' parameters put them
    items.sort(key=lambda item: item.path == Path(__file__).parent / "test_refit.py")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    item.stash[_began] = datetime.now(UTC)
    if item.session.stash.get(_broken, False):
        pytest.skip("there is no cloud to try it on: see the first error")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Function, call: CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.failed and report.when == "setup" and "throttled" not in item.funcargs:
        item.session.stash[_broken] = True  # what every test needs could not be made
    if report.failed and (deployed := item.session.stash.get(_cloud, None)):
        report.sections.append(("What the functions complained of", _complaints(deployed, item.stash[_began])))
    return report


@pytest.fixture(scope="session")
def deployed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    """The real package, deployed by the real template, with the starter journeys published."""
    with pytest.MonkeyPatch.context() as patch, explained():
        past_proxies(patch)
        made = Deployed(tmp_path_factory.mktemp("cloud"))
        try:
            made.start()
            request.session.stash[_cloud] = made
            for starter in STARTERS:
                install(made, starter)
            yield made
        finally:
            made.close()


@pytest.fixture(scope="session", autouse=True)
def waiting(deployed: Deployed) -> Waiting:
    """People whose moment comes while the first tests run (test_passing_time.py)."""
    return wait_for_their_moment(deployed.api, AHEAD)


@pytest.fixture(scope="session", autouse=True)
def throttled(deployed: Deployed, waiting: Waiting) -> list[str]:
    """People whose mails are tried again while the first tests run (test_ses_faults.py): SES refused some of them."""
    return throttle_some(deployed)


@pytest.fixture
def website(deployed: Deployed) -> Iterator[Website]:
    """A website of the shop."""
    made = Website(deployed.api)
    yield made
    made.close()


def install(deployed: Deployed, playbook: str) -> None:
    """Put a playbook in force, as anybody would."""
    answer = deployed.api.ask("POST", f"/v1/playbooks/{playbook}/install", {"publish": True})
    assert answer.status == 200, f"installing {playbook} was answered {answer.status}: {answer.text[:1000]}"


def _complaints(deployed: Deployed, since: datetime) -> str:
    if len(deployed.cloud.running()) < 2:
        return f"the cloud does not run; its log is {deployed.cloud.places.log('ministack')}"
    lines = deployed.complaints(since)
    return "\n".join(lines[-_SHOWN:]) or "nothing"
