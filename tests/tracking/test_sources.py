"""The contract of every source: recorded payloads beside what must come of them.

A new source brings tests/tracking/sources/<name>/<case>.json (`route`, `received_at`, `payload`, and the `headers`
that matter) with <case>.expected.json, and is tested by being there. `scopes`: what the key may do, if it is a secret
one. `again_at`: how long the same words, without an id and without a time, are taken for the same call.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from chalicelib import plugins, times
from chalicelib.tracking.reading import Arrival, Reading
from chalicelib.tracking.source import SOURCES, interpret

HERE = Path(__file__).parent / "sources"
CASES = sorted(path for path in HERE.glob("*/*.json") if not path.name.endswith(".expected.json"))


def read(case: dict[str, Any], source: str) -> Reading:
    received, scopes = times.parse(case["received_at"]), frozenset(case.get("scopes", ()))
    arrival = Arrival(source, "key", received, size=len(json.dumps(case["payload"])), scopes=scopes)
    return interpret(case["route"], case["payload"], arrival)


def shown(reading: Reading) -> dict[str, Any]:
    """A reading as the expectation files have it: events without what is empty."""
    events = [event.model_dump(mode="json", exclude_defaults=True, exclude={"key_id"}) for event in reading.events]
    refusals = [{"reason": refusal.reason, "details": refusal.details} for refusal in reading.refusals]
    requests = [{"kind": request.kind, "user_id": request.user_id} for request in reading.requests]
    return {"events": events, "refusals": refusals, **({"requests": requests} if requests else {})}


@pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_recorded_payload_gives_what_is_expected(path: Path) -> None:
    expected = json.loads(path.with_suffix(".expected.json").read_text())
    assert shown(read(json.loads(path.read_text()), path.parent.name)) == expected


@pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_the_same_payload_a_moment_later_gives_the_same_events(path: Path) -> None:
    case = json.loads(path.read_text())
    later = {
        **case,
        "received_at": case.get("again_at", times.text(times.parse(case["received_at"]).replace(second=59))),
    }
    first, again = (read(one, path.parent.name).events for one in (case, later))
    dated = [before for before in first if before.timestamp != before.received_at]
    assert [event.message_id for event in first] == [event.message_id for event in again]
    assert {(event.subject, event.key) for event in dated} <= {(event.subject, event.key) for event in again}


@pytest.mark.parametrize("name", plugins.names(SOURCES))
def test_every_source_brings_payloads(name: str) -> None:
    assert [path for path in CASES if path.parent.name == name]


@pytest.mark.parametrize("name", plugins.names(SOURCES))
@pytest.mark.parametrize("payload", [None, 7, "text", [], {}, [[]], {"batch": {}}, {"Message": "{"}, {"mail": 1}])
def test_no_payload_makes_a_source_raise_or_somebody_appear(name: str, payload: object) -> None:
    case = {"route": "batch", "received_at": "2026-11-22T03:27:00Z", "payload": payload}
    assert all(event.of_source for event in read(case, name).events)
