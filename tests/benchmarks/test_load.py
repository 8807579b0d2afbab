"""What is measured is what was promised: events of up to 1 KB as sent, five of each person."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from benchmarks import load, wire

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def test_an_event_is_just_under_one_kilobyte_as_sent() -> None:
    for number in range(20):
        sizes = [len(load.compact(event)) for event in load.visit(f"known-100-{number:012d}", NOW)]
        assert len(sizes) == 5
        assert all(800 < size <= 1024 for size in sizes)


def test_batches_hold_as_many_as_asked_and_lose_none() -> None:
    events = [event for number in range(5) for event in load.visit(f"p{number}", NOW)]
    bodies = [json.loads(body)["batch"] for body in load.batches(events, 20, NOW)]
    assert [len(body) for body in bodies] == [20, 5]
    assert len({event["messageId"] for body in bodies for event in body}) == 25


def test_an_operation_that_the_meter_does_not_know_is_an_error() -> None:
    with pytest.raises(ValueError, match="BatchWriteItem"):
        wire._written("BatchWriteItem", {})
