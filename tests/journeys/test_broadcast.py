"""A broadcast comes to a journey with a schedule and one step; docs/BROADCASTS.md says all that it may say."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from chalicelib.journeys.broadcast import Broadcast, is_broadcast, parse
from chalicelib.journeys.journey import parse as journey
from chalicelib.journeys.triggers.happened import OnSchedule
from chalicelib.tracking.problems import Invalid

PAGE = (Path(__file__).parents[2] / "docs" / "BROADCASTS.md").read_text(encoding="utf-8")
NEWS: dict[str, Any] = {
    "name": "news",
    "title": "News",
    "segment": "readers",
    "template": "december-news",
    "at": "2026-12-01T09:00",
}


def test_it_is_a_journey_of_one_step_for_a_segment_at_a_time() -> None:
    made = parse({**NEWS, "zone": "local", "per_minute": 600, "rrule": "FREQ=MONTHLY"}).journey()
    assert isinstance(made.trigger, OnSchedule)
    assert (made.trigger.segment, made.trigger.zone, made.trigger.per_minute) == ("readers", "local", 600)
    assert made.trigger.approve_above == 10_000
    assert made.templates == ("december-news",)
    assert made.max_age == timedelta(minutes=30)
    assert made.re_entry.allowed == "per_key"
    assert is_broadcast(made)
    assert is_broadcast(journey(made.body()))


def test_nobody_need_approve_if_that_is_what_it_says() -> None:
    made = parse({**NEWS, "approve_above": None}).journey()
    assert isinstance(made.trigger, OnSchedule)
    assert made.trigger.approve_above is None


@pytest.mark.parametrize(
    ("said", "path"),
    [
        ({"at": "2026-12-01T09:00Z"}, "trigger"),
        ({"at": "soon"}, "trigger"),
        ({"zone": "CET"}, "trigger.zone"),
        ({"rrule": "FREQ=HOURLY"}, "trigger.rrule"),
        ({"segment": "My readers"}, "segment"),
        ({"per_minute": 0}, "per_minute"),
        ({"steps": []}, "steps"),
    ],
)
def test_a_mistake_is_named_with_its_place(said: dict[str, Any], path: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse({**NEWS, **said})
    assert path in {problem.path for problem in refused.value.problems}


def test_another_journey_is_no_broadcast() -> None:
    raw = parse(NEWS).journey().body()
    assert not is_broadcast(journey({**raw, "trigger": {"on": "identified"}, "re_entry": "once"}))
    two = [*raw["steps"], {"id": "bye", "do": "exit"}]
    assert not is_broadcast(journey({**raw, "steps": two}))


@pytest.mark.parametrize(
    "field", sorted({field.alias or name for name, field in Broadcast.model_fields.items()} - {"name"})
)
def test_every_field_is_documented(field: str) -> None:
    assert f"`{field}`" in PAGE


def test_the_example_is_a_broadcast() -> None:
    example = re.search(r"```json\n(.*?)```", PAGE, re.DOTALL)
    assert example is not None
    assert parse({"name": "december", **json.loads(example.group(1))}).per_minute == 3_000
