"""Definitions over HTTP, as Chalice serves them: versions, publication, and clear answers to everything else."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from chalice.test import Client, HTTPResponse
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from app import app
from chalicelib import plugins, settings, wiring
from chalicelib.journeys.step import PACKAGE
from chalicelib.review.store import WatchList
from chalicelib.tracking.keys import KeyKind
from chalicelib.wiring import Perennial, Ports
from tests.fakes.database import MemoryDatabase
from tests.journeys.definitions import leave, raw, send
from tests.journeys.test_journey import json_values
from tests.segments.people import NOW

Call = Callable[..., HTTPResponse]
MAIL = {
    "class": "marketing",
    "subject": "Hello",
    "text": "Hello. Unsubscribe: {{ links.unsubscribe }} {{ postal_address }}",
}
PLAN = {name: value for name, value in raw(send("hello")).items() if name != "name"}


@pytest.fixture
def perennial() -> Iterator[Perennial]:
    made = Perennial(settings.read(dict.fromkeys(settings.variables(), "test")), Ports(db=MemoryDatabase()))
    wiring.run(made)
    yield made
    wiring.run(None)


@pytest.fixture
def call(perennial: Perennial) -> Iterator[Call]:
    key = perennial.keys.create(KeyKind.SECRET, "test", ["definitions:read", "definitions:write"], NOW)
    with Client(app) as client:

        def send(method: str, path: str, body: object = None, key: str = key) -> HTTPResponse:
            headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
            sent = body if isinstance(body, bytes) else json.dumps(body).encode() if body is not None else b""
            return client.http.request(method, path, headers=headers, body=sent)

        yield send


def refused(answer: HTTPResponse) -> tuple[int, str]:
    """Status and code of an error that keeps the conventions."""
    assert set(answer.json_body) <= {"code", "message", "details"}
    return answer.status_code, answer.json_body["code"]


def test_a_journey_is_put_read_published_paused_and_listed(call: Call) -> None:
    put = call("PUT", "/v1/journeys/trial", PLAN)
    assert put.status_code == 200
    assert put.json_body["version"] == 1
    assert put.json_body["state"]["live"] is False
    assert put.json_body["definition"]["re_entry"] == "once"
    assert call("PUT", "/v1/templates/hello-mail", MAIL).json_body["state"]["version"] == 1
    published = call("POST", "/v1/journeys/trial/publish", {"version": 1})
    assert (published.json_body["version"], published.json_body["live"]) == (1, True)
    again = call("POST", "/v1/journeys/trial/publish", {"version": 1})
    assert again.json_body == published.json_body
    assert call("GET", "/v1/journeys/trial").json_body["state"] == published.json_body
    paused = call("POST", "/v1/journeys/trial/pause")
    assert (paused.json_body["version"], paused.json_body["live"]) == (1, False)
    assert call("POST", "/v1/journeys/trial/pause").json_body == paused.json_body
    assert call("GET", "/v1/journeys").json_body == {"definitions": [paused.json_body], "cursor": None}


def test_the_same_content_is_the_same_version(call: Call) -> None:
    first = call("PUT", "/v1/journeys/trial", PLAN).json_body
    assert call("PUT", "/v1/journeys/trial", {**PLAN, "name": "trial", "max_age": "PT1H"}).json_body == first
    second = call("PUT", "/v1/journeys/trial?expected_version=1", {**PLAN, "title": "Other"})
    assert second.json_body["version"] == 2
    assert call("GET", "/v1/journeys/trial?version=1").json_body["definition"]["title"] == "Trial"
    conflict = call("PUT", "/v1/journeys/trial?expected_version=1", {**PLAN, "title": "Third"})
    assert refused(conflict) == (409, "version_conflict")
    assert conflict.json_body["details"] == {"newest_version": 2}
    assert refused(call("PUT", "/v1/journeys/new?expected_version=1", PLAN)) == (409, "version_conflict")


def test_lists_come_in_pages(call: Call) -> None:
    for name in ("a", "b", "c"):
        call("PUT", f"/v1/templates/{name}", MAIL)
    first = call("GET", "/v1/templates?limit=2").json_body
    assert ([one["name"] for one in first["definitions"]], first["cursor"]) == (["a", "b"], "b")
    last = call("GET", f"/v1/templates?limit=2&cursor={first['cursor']}").json_body
    assert ([one["name"] for one in last["definitions"]], last["cursor"]) == (["c"], None)
    assert refused(call("GET", "/v1/templates?limit=0")) == (400, "invalid_parameters")


def test_a_wrong_journey_is_answered_with_every_problem(call: Call) -> None:
    answer = call("PUT", "/v1/journeys/trial", {**PLAN, "title": "", "steps": [{"id": "a", "do": "fly"}]})
    assert refused(answer) == (400, "invalid_journey")
    assert answer.json_body["details"] == [
        {"path": "title", "problem": "This text is empty", "hint": "Write something here."},
        {
            "path": "steps[0]",
            "problem": "There is no step of this kind",
            "hint": "Use one of: " + ", ".join(plugins.names(PACKAGE)) + ".",
        },
    ]


@pytest.mark.parametrize(
    ("method", "path", "body", "expected"),
    [
        ("PUT", "/v1/journeys/trial", b"{", (400, "invalid_json")),
        ("PUT", "/v1/journeys/trial", b"", (400, "invalid_json")),
        ("PUT", "/v1/journeys/trial", b'{"title": "\xff"}', (400, "invalid_json")),
        ("PUT", "/v1/journeys/trial", [], (400, "invalid_journey")),
        ("PUT", "/v1/journeys/Trial", PLAN, (400, "invalid_journey")),
        ("PUT", "/v1/journeys/trial", {**PLAN, "name": "other"}, (400, "invalid_journey")),
        ("PUT", "/v1/journeys/trial?expected_version=x", PLAN, (400, "invalid_parameters")),
        ("GET", "/v1/journeys/none", None, (404, "journey_not_found")),
        ("GET", "/v1/journeys/No%20name", None, (404, "journey_not_found")),
        ("GET", "/v1/journeys/trial?version=2", None, (404, "version_not_found")),
        ("POST", "/v1/journeys/none/publish", {"version": 1}, (404, "journey_not_found")),
        ("POST", "/v1/journeys/trial/publish", {"version": 9}, (404, "version_not_found")),
        ("POST", "/v1/journeys/trial/publish", {}, (400, "invalid_body")),
        ("POST", "/v1/journeys/trial/publish", {"version": 1}, (400, "not_publishable")),
        ("POST", f"/v1/journeys/{'x' * 3000}/publish", {"version": 1}, (404, "journey_not_found")),
        ("POST", "/v1/journeys/none/pause", None, (404, "journey_not_found")),
        ("GET", "/v1/templates/none", None, (404, "template_not_found")),
        ("PUT", "/v1/templates/mail", {}, (400, "invalid_template")),
        ("PUT", "/v1/templates/mail", {**MAIL, "version": 3}, (400, "invalid_template")),
        ("PUT", "/v1/templates/mail", {**MAIL, "text": "no way out"}, (400, "invalid_template")),
        ("PUT", "/v1/templates/mail", {**MAIL, "html": "x" * 300_000}, (400, "invalid_template")),
        ("PUT", "/v1/templates/mail", {**MAIL, "text": "{% if %}"}, (400, "invalid_template")),
    ],
)
def test_errors_keep_the_conventions(
    call: Call, method: str, path: str, body: object, expected: tuple[int, str]
) -> None:
    call("PUT", "/v1/journeys/trial", PLAN)
    assert refused(call(method, path, body)) == expected


def test_a_journey_is_published_only_with_its_templates_and_of_its_class(call: Call) -> None:
    call("PUT", "/v1/journeys/trial", PLAN)
    missing = call("POST", "/v1/journeys/trial/publish", {"version": 1}).json_body
    assert missing["details"][0]["problem"] == "There is no template hello-mail"
    call("PUT", "/v1/templates/hello-mail", {**MAIL, "class": "transactional"})
    wrong = call("POST", "/v1/journeys/trial/publish", {"version": 1}).json_body
    assert wrong["details"][0]["problem"] == "The template hello-mail is transactional, the journey marketing"


def test_the_events_of_a_published_journey_are_watched_before_it_is_live(call: Call, perennial: Perennial) -> None:
    plan = {**PLAN, "steps": [leave("end")], "trigger": {"on": "event", "name": "Order Completed"}}
    call("PUT", "/v1/journeys/trial", plan)
    assert WatchList(perennial.db, perennial.now).names() == frozenset()
    call("POST", "/v1/journeys/trial/publish", {"version": 1})
    assert WatchList(perennial.db, perennial.now).names() == {"Order Completed"}


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_a_key_without_the_scope_is_refused(perennial: Perennial, method: str) -> None:
    key = perennial.keys.create(KeyKind.SECRET, "test", ["customers:read"], NOW)
    with Client(app) as client:
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        answer = client.http.request(method, "/v1/journeys/trial", headers=headers, body=b"{}")
        assert refused(answer) == (403, "forbidden")
        anonymous = client.http.request(method, "/v1/journeys/trial", body=b"{}")
        assert refused(anonymous) == (401, "unauthorized")


@examples(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(body=json_values, kind=st.sampled_from(["journeys", "templates"]))
def test_no_body_is_too_strange(call: Call, body: Any, kind: str) -> None:
    answer = call("PUT", f"/v1/{kind}/trial", json.dumps(body).encode())
    assert answer.status_code in (200, 400)
