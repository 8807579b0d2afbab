"""Running journeys over HTTP: calls, publications that are counted before, pauses, ends, and what was counted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from chalice.test import HTTPResponse

from chalicelib import resources, settings, times, wiring
from chalicelib.customers.store import CustomerStore
from chalicelib.journeys.effect import effect
from chalicelib.journeys.enrol import start
from chalicelib.tracking.keys import KeyKind
from chalicelib.wiring import Perennial, Ports
from tests.fakes.database import MemoryDatabase
from tests.fakes.queues import MemoryQueues
from tests.journeys import test_definitions_api
from tests.journeys.definitions import raw, send, wait
from tests.journeys.test_definitions_api import MAIL, Call, refused
from tests.journeys.world import World

call = test_definitions_api.call  # the fixture
STEPS = (send("hello"), wait("days", "P3D"), send("nudge"))
CALLED = {name: value for name, value in raw(*STEPS, trigger={"on": "call"}).items() if name != "name"}


@pytest.fixture
def perennial() -> Iterator[Perennial]:
    ports = Ports(db=MemoryDatabase(), queues=MemoryQueues())
    made = Perennial(settings.read(dict.fromkeys(settings.variables(), "test")), ports)
    wiring.run(made)
    yield made
    wiring.run(None)


def _published(call: Call, version: int = 1, **asked: Any) -> HTTPResponse:
    return call("POST", "/v1/journeys/trial/publish", {"version": version, **asked})


def _ready(call: Call, perennial: Perennial) -> None:
    key = perennial.keys.create(KeyKind.SECRET, "people", ["customers:read", "customers:write"], perennial.now())
    call.people = lambda *asked: call(*asked, key=key)  # type: ignore[attr-defined]
    for name in ("hello-mail", "nudge-mail"):
        call("PUT", f"/v1/templates/{name}", MAIL)
    call("PUT", "/v1/journeys/trial", CALLED)
    World(perennial.db).customer()


def _hear(perennial: Perennial) -> list[str]:
    """What the journeys' worker makes of the events that are stored."""
    items = perennial.db.query(resources.EVENTS, "u#1").items
    said = {
        "kind": "event",
        "at": times.text(perennial.now()),
        "source": "perennial",
        "properties": {"journey": "trial"},
    }
    by_id = {one["sk"].partition("#")[2]: one["name"] for one in items}  # the projector counts each message id once
    told = [effect({**said, "id": f"event#{id}", "name": name}) for id, name in by_id.items()]
    return [one.outcome for one in start("u#1", told, perennial.engine)]


def test_a_journey_is_called_and_its_figures_are_shown(call: Call, perennial: Perennial) -> None:
    _ready(call, perennial)
    path = "/v1/journeys/trial/enrolments"
    assert refused(call.people("POST", path, {"customer": "1"})) == (409, "not_called")  # type: ignore[attr-defined]
    assert _published(call).status_code == 200
    first = call.people("POST", path, {"customer": "1", "id": "order-7", "data": {"total": 5}})  # type: ignore[attr-defined]
    again = call.people("POST", path, {"customer": "1", "id": "order-7"})  # type: ignore[attr-defined]
    assert first.json_body == again.json_body
    assert refused(call.people("POST", path, {"customer": "nobody"})) == (404, "customer_not_found")  # type: ignore[attr-defined]
    assert _hear(perennial) == ["entered"]
    shown = call("GET", "/v1/journeys/trial").json_body
    assert shown["status"] == "live"
    (version,) = shown["statistics"]["versions"]
    assert (version["entered"], version["inside"], version["done"]) == (1, 1, 0)
    assert [(step["step"], step["do"], step["entered"], step["waiting"]) for step in version["steps"]] == [
        ("hello", "send", 1, 0),
        ("days", "wait", 1, 1),
        ("nudge", "send", 0, 0),
    ]
    (row,) = call.people("GET", "/v1/customers/1/enrolments").json_body["enrolments"]  # type: ignore[attr-defined]
    assert (row["journey"], row["status"], row["step"]) == ("trial", "active", "days")
    assert [step["step"] for step in row["steps"]] == ["hello", "days"]


def test_a_publication_is_counted_before_and_settled_after(call: Call, perennial: Perennial) -> None:
    _ready(call, perennial)
    _published(call)
    call.people("POST", "/v1/journeys/trial/enrolments", {"customer": "1"})  # type: ignore[attr-defined]
    _hear(perennial)
    call("PUT", "/v1/journeys/trial", {**CALLED, "steps": [send("hello"), wait("week", "P7D")]})
    assert call("GET", "/v1/journeys/trial/publication?version=2").json_body == {
        "version": 2,
        "others": [{"version": 1, "inside": 1, "would_leave": 1, "missing": {"days": 1}}],
    }
    assert refused(call("GET", "/v1/journeys/trial/publication?version=9")) == (404, "version_not_found")
    assert _published(call, 2, inside="leave").json_body["version"] == 2
    (job,) = perennial.db.query(resources.WORK, "job").items
    assert job["kind"] == "settle"
    assert refused(_published(call, 2, inside="vanish")) == (400, "invalid_body")


def test_a_journey_is_resumed_and_stopped(call: Call, perennial: Perennial) -> None:
    _ready(call, perennial)
    path = "/v1/journeys/trial"
    assert refused(call("POST", f"{path}/resume", {"meanwhile": "send"})) == (400, "not_publishable")
    _published(call)
    call("POST", f"{path}/pause")
    assert call("GET", path).json_body["status"] == "paused"
    assert refused(call("POST", f"{path}/resume", {"meanwhile": "later"})) == (400, "invalid_body")
    assert call("POST", f"{path}/resume", {"meanwhile": "replan"}).json_body["live"] is True
    assert call("POST", f"{path}/stop").json_body["live"] is False
    assert call("GET", path).json_body["status"] == "stopped"
    assert refused(call("POST", "/v1/journeys/none/stop")) == (404, "journey_not_found")
    assert CustomerStore(perennial.db).load("u#1").v
