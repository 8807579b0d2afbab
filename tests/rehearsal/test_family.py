"""A visitor who turns out to be somebody: one person from then on, in a rehearsal as live."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from chalicelib import resources
from tests.fakes.platforms import over_fakes
from tests.fakes.world import NOW, World
from tests.flow.homecoming import somebody_comes_home
from tests.rehearsal.shop import TEXT
from tests.rehearsal.stored import Remains, messages_of, trail_of

NEWS = {
    "name": "news",
    "title": "News",
    "class": "marketing",
    "trigger": {"on": "event", "name": "News Asked For"},
    "steps": [
        {"id": "wait", "do": "wait", "for": "PT11M"},
        {"id": "news", "do": "send", "template": "news"},
    ],
}
BROWSER = "a#noas-browser"


@pytest.fixture(scope="module")
def home() -> Iterator[World]:
    with over_fakes() as world:
        world.define(NEWS, {"news": TEXT})
        somebody_comes_home(world)
        yield world


def test_what_began_as_a_visitors_goes_on_as_the_customers(home: World) -> None:
    story = Remains({table: home.items(table) for table in resources.TABLES}, NOW + timedelta(days=1))
    diary = story.rehearsed("u#noa", NOW)
    assert trail_of(diary) == story.trail("u#noa")
    assert messages_of(diary) == story.messages("u#noa")
    assert [line.what for line in diary if line.what == "refused"] == ["refused"], "once for all, whoever she was"
    assert story.trail(BROWSER)[0] in story.trail("u#noa"), "she entered before anybody knew her"
