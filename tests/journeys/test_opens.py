"""An open alone moves no journey; beside what people do, it may stand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.journeys.journey import Journey
from chalicelib.journeys.opens import by_open_alone, moved_by_opens
from chalicelib.segments.rule import parse as rule
from tests.fakes.platforms import over_fakes
from tests.fakes.world import World
from tests.journeys.definitions import journey, raw, send


@pytest.fixture
def world() -> Iterator[World]:
    with over_fakes() as made:
        yield made


OPENED = {"message": "opened"}
CLICKED = {"message": "clicked"}


@pytest.mark.parametrize(
    ("asked", "alone"),
    [
        (OPENED, True),
        ({"message": "opened", "channel": "onsite", "count": {"at_least": 3}}, True),
        ({"event": "Email Opened", "within": "P7D"}, True),
        (CLICKED, False),
        ({"event": "Order Completed"}, False),
        ({"any": [OPENED, CLICKED]}, True),
        ({"all": [OPENED, {"event": "On-site Message Viewed"}]}, True),
        ({"all": [OPENED, CLICKED]}, False),
        ({"all": [OPENED, {"stage": ["hero"]}]}, False),
        ({"not": OPENED}, False),
        ({"any": [{"not": OPENED}, CLICKED]}, False),
    ],
)
def test_whether_an_open_is_all_that_a_rule_needs(asked: dict[str, Any], alone: bool) -> None:
    assert by_open_alone(rule(asked)) is alone


@pytest.mark.parametrize(
    ("definition", "places"),
    [
        (journey(send("hello")), []),
        (journey(send("hello"), trigger={"on": "event", "name": "Email Opened"}), ["trigger"]),
        (journey(send("hello"), goal={"when": {"event": "Email Opened"}}), ["goal"]),
        (journey(send("hello"), goal={"when": OPENED}), ["goal"]),
        (journey(send("hello"), exit_when={"any": [CLICKED, OPENED]}), ["exit_when"]),
        (
            journey({"id": "w", "do": "wait_until", "event": "On-site Message Viewed", "within": "P1D"}, send("hello")),
            ["steps: w"],
        ),
        (journey({"id": "w", "do": "wait_until", "rule": OPENED, "within": "P1D"}, send("hello")), ["steps: w"]),
        (journey({"id": "w", "do": "wait_until", "rule": CLICKED, "within": "P1D"}, send("hello")), []),
    ],
)
def test_no_journey_is_published_that_an_open_alone_would_move(definition: Journey, places: list[str]) -> None:
    assert [problem.path for problem in moved_by_opens(definition)] == places


def test_a_segment_that_an_open_alone_brings_somebody_into_moves_no_journey_either() -> None:
    live = {
        "segment/readers": OPENED,
        "segment/both": {"all": [OPENED, CLICKED]},
        "segment/more": {"segment": "readers"},
    }
    for name, places in (("readers", ["trigger"]), ("more", ["trigger"]), ("both", []), ("list", [])):
        entered = journey(send("hello"), trigger={"on": "segment", "entered": name})
        assert [problem.path for problem in moved_by_opens(entered, live)] == places
        left = journey(send("hello"), trigger={"on": "segment", "left": name})
        assert moved_by_opens(left, live) == ()
    assert by_open_alone(rule({"any": [CLICKED, {"segment": "more"}]}), live)


def test_publishing_says_where_and_what_to_do(world: World) -> None:
    body = raw(send("hello"), name="weak", goal={"when": OPENED})
    template = {"class": "marketing", "subject": "Hi", "text": "{{ links.unsubscribe }} {{ postal_address }}"}
    assert world.ask("PUT", "/v1/templates/hello-mail", template).status == 200
    assert world.ask("PUT", "/v1/journeys/weak", body).status == 200
    refused = world.ask("POST", "/v1/journeys/weak/publish", {"version": 1})
    (problem,) = refused.json()["details"]
    assert (refused.status, problem["path"]) == (400, "goal")
    assert problem["problem"].startswith("An open alone moves no journey")
