"""What a page view and what was done cost: docs/ONSITE.md has the table."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.fivemails import Metered
from chalicelib import resources
from chalicelib.api import onsite
from tests.api.test_onsite import JOURNEY, ask, says, tell
from tests.fakes.platforms import Fakes, over_fakes
from tests.fakes.world import World
from tests.messages.onsite.samples import asking

PAGE = (Path(__file__).parent.parent.parent / "docs" / "ONSITE.md").read_text(encoding="utf-8")
ROWS = {
    what.strip(): (float(requests), float(reads), float(writes))
    for what, requests, reads, writes in re.findall(r"^\| ([^|`]+) \| (\d) \| ([\d.]+) \| (\d) \|$", PAGE, re.MULTILINE)
}


def nothing(world: World) -> None:
    """Somebody who was never here."""


def a_visitor(world: World) -> None:
    """Somebody who looked around."""
    says(world, "page", messageId="m0")


def somebody(world: World) -> None:
    """A visitor who turned out to be Ada."""
    a_visitor(world)
    says(world, "identify", userId="ada", messageId="m2")


def a_message(world: World) -> None:
    """A visitor for whom a form waits. A container reads what is in force now and then, for all visitors."""
    world.define(JOURNEY, {"ask": asking()})
    says(world, "track", event="Product Viewed", messageId="m1")
    ask(world)


CASES: dict[str, Callable[[World], None]] = {
    "of a visitor of whom nothing is known": nothing,
    "of one for whom nothing waits": a_visitor,
    "of one who turned out to be somebody, for whom nothing waits": somebody,
    "with a message": a_message,
}


def metered(world: World) -> Metered:
    """The API's tables, with a meter that runs from now on. The key is known: a container asks once a minute for it."""
    assert isinstance(world.platform, Fakes)
    ask(world, anonymousId="somebody else")
    meter = Metered()
    counters = {name: vars(meter)[name] for name in ("writes", "reads", "requests")}
    meter.__dict__ |= {**vars(world.platform.db), **counters}
    container = world.containers["api"]
    container.db = meter
    container.customers._db = meter
    container.waiting._db = meter
    container.sends._db = meter
    container.events._db = meter
    meter.on = True
    return meter


@pytest.mark.parametrize("case", CASES)
def test_a_page_view_costs_what_the_table_says(case: str) -> None:
    with over_fakes() as world:
        CASES[case](world)
        meter = metered(world)
        answer = ask(world)
        assert answer.status == 200
        assert len(answer.json()["messages"]) == (case == "with a message")
        assert (1, sum(meter.reads.values()) / 2, sum(meter.writes.values())) == ROWS[case]


def test_within_a_minute_the_browser_asks_nobody() -> None:
    assert ROWS["within a minute of the one before"] == (0, 0, 0)
    assert onsite.TRUSTED == 60
    assert set(ROWS) == {*CASES, "within a minute of the one before"}


def test_what_was_done_costs_its_row_and_an_event() -> None:
    with over_fakes() as world:
        a_message(world)
        meter = metered(world)
        assert tell(world, "viewed").status == 200
        assert set(meter.writes) == {resources.SENDS, resources.EVENTS}
        assert meter.writes[resources.EVENTS] == 1
        assert meter.writes[resources.SENDS] <= 3
        meter.writes.clear()
        assert tell(world, "viewed").status == 200
        assert meter.writes[resources.SENDS] == 0, "what is known already writes nothing"
