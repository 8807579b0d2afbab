"""Each playbook passes its own backtest: on some of the demonstration's shop, somebody enters, and every letter leaves.

What the shop's file does not say is made up beside it (infra/rehearse), so that all twenty have something to do. Each
is alone in force, decided about by the code that decides live.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from chalicelib.rehearsal.rehearse import rehearse
from chalicelib.rehearsal.report import report
from chalicelib.rehearsal.tally import Tally
from infra.rehearse import playbooks
from tests.journeys.playbooks.cast import cast, period
from tests.journeys.playbooks.shelf import NAMES

DECIDE = ("send", "task")


@cache
def backtest(name: str) -> dict[str, dict[str, Any]]:
    """What every journey of a playbook would have done, by its name."""
    installed, (since, until) = playbooks.installed(name), period()
    plan = playbooks.plan([installed], since, until)
    tallies = {live.journey.name: Tally(live.journey.name) for live in installed.journeys}
    people = cast(name)
    for known in people:
        diary = rehearse(known, plan)
        for tally in tallies.values():
            tally.add(diary)
    return {
        live.journey.name: report(tallies[live.journey.name], live.journey, 1, since, until, len(people))
        for live in installed.journeys
    }


@pytest.mark.parametrize("name", NAMES)
def test_somebody_enters_and_everybody_comes_to_an_end_or_is_still_inside(name: str) -> None:
    for told in backtest(name).values():
        assert told["entered"] > 0
        goals = told["goal"]["reached"] if told["goal"] else 0
        ended = told["completed"] + sum(told["left"].values()) + told["inside_at_the_end"]
        assert ended <= told["entered"] <= ended + goals


@pytest.mark.parametrize("name", NAMES)
def test_every_letter_leaves_and_every_call_is_asked_for(name: str) -> None:
    for told in backtest(name).values():
        assert [step["id"] for step in told["steps"] if step["do"] in DECIDE and not step["sent"]] == []


@pytest.mark.parametrize("name", NAMES)
def test_no_step_fails(name: str) -> None:
    for told in backtest(name).values():
        assert [step["id"] for step in told["steps"] if "failed" in step.get("outcomes", {})] == []


@pytest.mark.parametrize("name", NAMES)
def test_whom_it_is_for_is_whom_it_is_let_in_for(name: str) -> None:
    for told in backtest(name).values():
        assert set(told["not_let_in"]) <= {
            "already_entered",
            "too_soon",
            "entry_rule",
            "goal_reached",
            "group",
            "silent",
        }
