"""Which playbooks the demonstration installs, and how their runs are counted."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.journeys.playbooks import store
from infra.demo import playbooks
from tests.demo.sample import calls


@pytest.mark.parametrize("name", playbooks.INSTALLED)
def test_what_it_begins_with_is_in_the_shops_data(name: str) -> None:
    happened = {call.name for call in calls()}
    for journey in store.standard(name).journeys.values():
        trigger = journey["trigger"]
        assert trigger["on"] in ("identified", "stage", "intent", "reactivated") or trigger["name"] in happened


class _Api:
    """Answers what a deployment answers, and keeps what was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []

    def send(self, method: str, path: str, document: object) -> Any:
        self.asked.append((method, path))
        assert document == {"publish": True}

    def get(self, path: str) -> Any:
        entered = (3, 4) if path.endswith("/welcome") else (0,)
        return {"statistics": {"versions": [{"entered": number} for number in entered]}}


def test_each_is_installed_by_one_call_and_its_runs_are_those_of_all_versions() -> None:
    api: Any = _Api()
    playbooks.install(api, lambda line: None)
    assert api.asked == [("POST", f"/v1/playbooks/{name}/install") for name in playbooks.INSTALLED]
    runs = playbooks.runs(api)
    assert tuple(runs) == playbooks.INSTALLED
    assert (runs["welcome"], runs["win_back"]) == (7, 0)
