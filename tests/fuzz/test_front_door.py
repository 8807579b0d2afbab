"""Whatever anybody sends to whatever is public: no failure on our side, no trace, an answer of the API's form, and no
more work than what was sent.

    make test                   1,000 of each kind, the same each time
    make fuzz                   100,000 together, others each time: what to run by night
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib import plugins, times
from chalicelib.errors import Refused
from chalicelib.tracking import envelope, pipeline
from chalicelib.tracking.reading import Arrival
from chalicelib.tracking.source import SOURCES, interpret
from chalicelib.tracking.webhook import webhook
from tests.fakes.platforms import Fakes, over_fakes
from tests.fakes.world import World
from tests.fuzz.corpus import Sent, payloads, requests

ROUTES = ["batch", "track", "x", "products/create", "app/uninstalled", "orders/create", "customers/redact"]
A_WORLD = 400  # requests until a world is made anew: what it holds must not be what takes the time
LARGEST_ANSWER = 800_000  # bytes: the page of the API is the largest
FEW = 8  # writes that one request may make beside one for each of its calls
CASES = int(os.environ.get("PERENNIAL_FUZZ_CASES", "1000"))  # of each test
ALIKE = "PERENNIAL_FUZZ_CASES" not in os.environ  # the same each time, so that a change is to blame for what it breaks
fuzz = settings(
    max_examples=CASES, derandomize=ALIKE, database=None, deadline=None, suppress_health_check=list(HealthCheck)
)


class Door:
    """Worlds, each for some requests."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._left = 0

    def world(self) -> World:
        """The world of the next request."""
        if not self._left:
            self._stack.close()
            self._world = self._stack.enter_context(over_fakes())
            self._left = A_WORLD
        self._left -= 1
        return self._world


@pytest.fixture(scope="module")
def door() -> Iterator[Door]:
    with ExitStack() as stack:
        yield Door(stack)


@fuzz
@given(sent=requests())
def test_whatever_is_public_answers_whatever_comes(door: Door, sent: Sent) -> None:
    world = door.world()
    before = _writes(world)
    answer = sent.through(world)
    assert answer.status < 500, answer.text
    assert answer.status not in (408, 410)
    assert len(answer.body) <= LARGEST_ANSWER
    for word in (b"Traceback", b"chalicelib/", b"site-packages"):
        assert word not in answer.body
    if answer.status >= 400 and "json" in answer.headers["content-type"]:
        assert set(answer.json()) == {"code", "message", "details"}
    assert _writes(world) - before <= FEW + _most_calls(sent.body)


@fuzz
@given(payload=payloads(), name=st.sampled_from(plugins.names(SOURCES)), route=st.sampled_from(ROUTES))
def test_no_payload_makes_a_source_fail_or_a_person_of_it(payload: object, name: str, route: str) -> None:
    arrival = Arrival(name, "key", times.parse("2026-11-22T03:27:00Z"), size=1_000_000)
    try:
        read = envelope.read(json.dumps(payload).encode())  # what no envelope lets through reaches no source
    except Refused:
        return
    reading = interpret(route, read, arrival)
    assert all(len(event.name) <= pipeline.LONGEST_NAME for event in reading.events)
    assert all(event.at <= arrival.received_at for event in reading.events)
    itself = [event for event in reading.events if event.of_source]
    assert all(event.type == "track" and event.subject == f"s#{name}" for event in itself)
    assert not itself or webhook(name) is not None, "only a webhook speaks of itself"


def _writes(world: World) -> int:
    assert isinstance(world.platform, Fakes)
    return len(world.platform.db.changes)


def _most_calls(body: bytes) -> int:
    """No call is shorter than its two braces; what is packed holds at most what one request may."""
    return pipeline.MOST_EVENTS if body.startswith(b"\x1f\x8b") else min(pipeline.MOST_EVENTS, len(body) // 2)


def test_the_corpus_holds_what_sources_read() -> None:
    """A fuzz over nothing would pass as well."""
    from tests.fuzz.corpus import public, recorded

    assert len(recorded()) >= 10
    assert {"/v1/batch", "/v1/identify"} <= {endpoint.path for endpoint in public()}
    assert json.dumps(recorded())
