"""What holds for every endpoint: who is let in, how a refusal looks, what a body or a query may do."""

from __future__ import annotations

import json
import logging
import re
from base64 import b64encode
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest
from chalice.local import LambdaContext

from app import app
from chalicelib import api, wiring
from chalicelib.api.http import Endpoint, Routes, sealed, serve
from chalicelib.api.http import Request as Received
from chalicelib.errors import Refused, Transient
from chalicelib.tracking.keys import EVERYTHING, TRACK, KeyKind
from tests.fakes.gateway import Answer
from tests.fakes.world import World

SCOPED = [endpoint for endpoint in api.endpoints() if endpoint.scope is not None]
TAKING = [endpoint for endpoint in api.endpoints() if endpoint.write_key and endpoint.method != "GET"]
TRACKING = [endpoint for endpoint in TAKING if "forbidden" not in endpoint.codes]
READING = [endpoint for endpoint in api.endpoints() if endpoint.request is not None and endpoint.scope is not None]


def named(endpoint: Endpoint) -> str:
    return f"{endpoint.method} {endpoint.path}"


def path(endpoint: Endpoint) -> str:
    """The endpoint's path about something that does not exist."""
    return re.sub(r"{\w+}", "nothing", endpoint.path)


def refusal(answer: Answer) -> tuple[int, str]:
    """Status and code of an answer that has the form of errors."""
    assert answer.headers["content-type"] == "application/json"
    body = answer.json()
    assert set(body) == {"code", "message", "details"}
    assert body["code"].replace("_", "").isalpha()
    assert body["code"].islower()
    assert body["message"].endswith((".", "?")) or ": " in body["message"]
    assert "Traceback" not in answer.text
    return answer.status, body["code"]


# --- who is let in ---


@pytest.mark.parametrize("endpoint", SCOPED, ids=named)
@pytest.mark.parametrize(
    ("authorization", "refused"),
    [
        pytest.param(None, (401, "unauthorized"), id="none"),
        pytest.param("", (401, "unauthorized"), id="empty"),
        pytest.param("Bearer", (401, "unauthorized"), id="no key"),
        pytest.param("Bearer sk_unknown", (401, "unauthorized"), id="unknown key"),
        pytest.param("Bearer not a key at all", (401, "unauthorized"), id="no key's form"),
        pytest.param("Bearer {sk}x", (401, "unauthorized"), id="a key and more"),
        pytest.param("Basic {basic}", (401, "unauthorized"), id="as a write key is sent"),
        pytest.param("Bearer {pk}", (401, "unauthorized"), id="a write key"),
        pytest.param("Bearer {powerful_pk}", (401, "unauthorized"), id="a write key with every scope"),
        pytest.param("Bearer {other}", (403, "forbidden"), id="another scope"),
    ],
)
def test_a_secret_key_with_the_scope_is_asked_for(
    world: World, endpoint: Endpoint, authorization: str | None, refused: tuple[int, str]
) -> None:
    keys, now = world.containers["api"].keys, world.now
    given = {
        "sk": world.secret_key,
        "basic": b64encode(f"{world.secret_key}:".encode()).decode(),
        "pk": world.write_key,
        "powerful_pk": keys.create(KeyKind.PUBLIC, "wrong", [EVERYTHING], now),
        "other": keys.create(KeyKind.SECRET, "other", [TRACK, f"{endpoint.scope}x"], now),
    }
    headers = {} if authorization is None else {"Authorization": authorization.format(**given)}
    assert refusal(world.http.request(endpoint.method, path(endpoint), headers=headers, body=b"{}")) == refused
    assert world.delivered == []


@pytest.mark.parametrize("endpoint", SCOPED, ids=named)
@pytest.mark.parametrize("form", ["Bearer {}", "bearer {}", "  Bearer   {} "])
def test_the_one_scope_is_enough(world: World, endpoint: Endpoint, form: str) -> None:
    assert endpoint.scope is not None
    key = world.containers["api"].keys.create(KeyKind.SECRET, "one", [endpoint.scope], world.now)
    headers = {"Authorization": form.format(key)}
    assert world.http.request(endpoint.method, path(endpoint), headers=headers, body=b"{}").status in (
        200,
        202,
        400,
        404,
    )


@pytest.mark.parametrize("endpoint", api.endpoints(), ids=named)
def test_no_browser_guesses_what_an_answer_is(world: World, endpoint: Endpoint) -> None:
    answer = world.http.request(endpoint.method, path(endpoint), body=b"")
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_revoked_key_is_refused_within_a_minute(world: World) -> None:
    keys = world.containers["api"].keys
    assert world.ask("GET", "/v1/journeys").status == 200
    keys.revoke(next(key.id for key in keys.all() if key.kind is KeyKind.SECRET))
    world.wait(timedelta(minutes=1))
    assert refusal(world.ask("GET", "/v1/journeys")) == (401, "unauthorized")


@pytest.mark.parametrize("endpoint", TRACKING, ids=named)
def test_a_secret_key_may_track_if_it_was_given_that_scope(world: World, endpoint: Endpoint) -> None:
    keys = world.containers["api"].keys
    for scopes, status in (([TRACK], 200), (["customers:read"], 401)):
        key = keys.create(KeyKind.SECRET, "server", scopes, world.now)
        headers = {"Authorization": f"Bearer {key}"}
        assert world.http.request(endpoint.method, path(endpoint), headers=headers, body=b"{}").status == status


# --- how refusals look ---


@pytest.mark.parametrize(
    ("method", "path", "refused"),
    [
        ("GET", "/", (404, "not_found")),
        ("GET", "/v1", (404, "not_found")),
        ("GET", "/v1/batch", (404, "not_found")),
        ("POST", "/v1/customers", (404, "not_found")),
        ("DELETE", "/v1/journeys/welcome", (404, "not_found")),
        ("HEAD", "/docs", (404, "not_found")),
        ("GET", "/v2/customers", (404, "not_found")),
        ("GET", "/v1/customers/nobody", (404, "customer_not_found")),
        ("GET", "/v1/customers/u%23", (404, "customer_not_found")),
        ("GET", "/v1/customers/%00", (404, "customer_not_found")),
        ("GET", "/v1/customers/%ED%A0%80", (404, "customer_not_found")),
        ("GET", "/v1/customers/%F0%9F%92%A9", (404, "customer_not_found")),
        ("GET", f"/v1/customers/{'x' * 3_000}", (404, "customer_not_found")),
        ("GET", "/v1/journeys/nothing", (404, "journey_not_found")),
        ("GET", "/v1/journeys/%00", (404, "journey_not_found")),
        ("GET", f"/v1/journeys/{'x' * 3_000}", (404, "journey_not_found")),
        ("GET", "/v1/journeys/welcome?version=7", (404, "version_not_found")),
        ("GET", "/v1/templates/nothing", (404, "template_not_found")),
        ("GET", "/v1/customers", (400, "invalid_parameters")),
        ("GET", "/v1/customers?stage=hungry", (400, "invalid_parameters")),
        ("GET", "/v1/customers?stage=lead&limit=0", (400, "invalid_parameters")),
        ("GET", "/v1/customers?stage=lead&limit=501", (400, "invalid_parameters")),
        ("GET", "/v1/customers?stage=lead&limit=1e9", (400, "invalid_parameters")),
        ("GET", f"/v1/customers?stage=lead&limit={'9' * 5_000}", (400, "invalid_parameters")),
        ("GET", "/v1/customers?stage=lead&colour=red", (400, "invalid_parameters")),
        ("GET", "/v1/customers?stage=lead&cursor=", (200, "")),
        ("GET", "/v1/customers?stage=lead&cursor=8", (400, "invalid_cursor")),
        ("GET", "/v1/customers?stage=lead&cursor=1|2", (400, "invalid_cursor")),
        *(
            ("GET", f"/v1/customers?stage=lead&cursor={sealed(forged)}", (400, "invalid_cursor"))
            for forged in (
                "8",
                "-1",
                "1|2",
                "1||u#ada",
                "1|2026-11-22T10:00:00.000Z|",
                f"1|2026-11-22T10:00:00.000Z|u#{'x' * 3_000}",
            )
        ),
        ("GET", "/v1/customers/ada?timeline=201", (400, "invalid_parameters")),
        ("GET", "/v1/customers/ada?timeline=-1", (400, "invalid_parameters")),
        ("GET", "/v1/journeys?limit=many", (400, "invalid_parameters")),
        ("GET", f"/v1/journeys?cursor={'x' * 101}", (400, "invalid_parameters")),
        ("GET", "/v1/journeys/welcome?version=0", (400, "invalid_parameters")),
        ("POST", "/v1/journeys/nothing/pause", (404, "journey_not_found")),
        ("POST", "/v1/journeys/welcome/publish", (400, "invalid_json")),
    ],
)
def test_a_refusal_has_its_code(shop: World, method: str, path: str, refused: tuple[int, str]) -> None:
    answer = shop.ask(method, path)
    assert answer.status == 200 if refused == (200, "") else refusal(answer) == refused


@pytest.mark.parametrize("endpoint", READING, ids=named)
@pytest.mark.parametrize(
    ("body", "codes"),
    [
        pytest.param(b"", {"invalid_json"}, id="nothing"),
        pytest.param(b"{", {"invalid_json"}, id="half"),
        pytest.param(b"\x00", {"invalid_json"}, id="NUL"),
        pytest.param(b"\xff\xfe", {"invalid_json"}, id="no UTF-8"),
        pytest.param(rb'{"title": "\ud83d"}', {"invalid_json"}, id="half of a pair"),
        pytest.param(b"[" * 100_000, {"invalid_json"}, id="deep"),
        pytest.param(b'{"a":' * 150 + b"1" + b"}" * 150, {"invalid_body", "invalid_{kind}"}, id="nested"),
        pytest.param(b'{"version": 1e400}', {"invalid_body", "invalid_{kind}"}, id="infinite"),
        pytest.param(b'{"version": ' + b"9" * 4_000 + b"}", {"invalid_body", "invalid_{kind}"}, id="huge"),
        pytest.param(b'{"version": NaN}', {"invalid_body", "invalid_{kind}"}, id="not a number"),
        pytest.param(b"null", {"invalid_body", "invalid_{kind}"}, id="null"),
        pytest.param(b"[]", {"invalid_body", "invalid_{kind}"}, id="a list"),
        pytest.param(b'"\\u0000"', {"invalid_body", "invalid_{kind}"}, id="NUL as text"),
        pytest.param(b'{"steps": ' + b"[" * 150 + b"]" * 150 + b"}", {"invalid_body", "invalid_{kind}"}, id="steps"),
    ],
)
def test_no_body_does_harm(shop: World, endpoint: Endpoint, body: bytes, codes: set[str]) -> None:
    headers = {"Authorization": f"Bearer {shop.secret_key}"}
    where = endpoint.path.replace("{name}", "currencies" if "settings" in endpoint.path else "welcome")
    where = where.replace("{customer}", "ada")
    kind = where.split("/")[2].removesuffix("s")  # /v1/templates/welcome
    status, code = refusal(shop.http.request(endpoint.method, where, headers=headers, body=body))
    assert (status, code) in {(400, each.format(kind=kind)) for each in codes}


@pytest.mark.parametrize("depth", [50, 100, 190])
@pytest.mark.parametrize("shape", ["rule", "branch"])
def test_a_definition_may_nest_without_doing_harm(shop: World, shape: str, depth: int) -> None:
    rule: dict[str, Any] = {"fact": "order_count", "above": 0}
    steps: list[dict[str, Any]] = [{"id": "bye", "do": "exit", "reason": "bye"}]
    for level in range(depth // (1 if shape == "rule" else 5)):
        rule = {"not": rule}
        branch = {"when": {"fact": "order_count", "above": 0}, "steps": steps}
        steps = [{"id": f"b{level}", "do": "branch", "branches": [branch]}]
    journey: dict[str, Any] = {"title": "Deep", "class": "marketing", "trigger": {"on": "identified"}}
    journey |= {"steps": steps if shape == "branch" else [{"id": "x", "do": "exit", "reason": "x"}]}
    journey |= {"entry": rule} if shape == "rule" else {}
    answer = shop.ask("PUT", "/v1/journeys/deep", journey)
    assert answer.status == 200 or refusal(answer) in ((400, "invalid_json"), (400, "invalid_journey"))
    if answer.status == 200:
        assert shop.ask("GET", "/v1/journeys/deep").status == 200


def test_more_than_ten_megabytes_are_refused_before_a_lambda_sees_them(world: World) -> None:
    for endpoint in (*TAKING, *READING):
        answer = world.http.request(endpoint.method, path(endpoint), body=b" " * (11 * 1024 * 1024))
        assert refusal(answer) == (413, "too_large")


def test_a_body_that_is_no_text_is_refused_even_without_a_gateway(world: World) -> None:
    for broken in ({"body": "\ud800"}, {"body": "not base64", "isBase64Encoded": True}):
        event = {
            "multiValueQueryStringParameters": None,
            "headers": {},
            "pathParameters": None,
            "stageVariables": None,
            "requestContext": {"resourcePath": "/v1/batch", "httpMethod": "POST"},
            **broken,
        }
        wiring.run(world.containers["api"])
        answer = app(event, LambdaContext("api", 512))
        assert (answer["statusCode"], json.loads(answer["body"])["code"]) == (400, "invalid_body")


# --- CORS ---


@pytest.mark.parametrize("endpoint", TRACKING, ids=named)
def test_browsers_may_post_from_anywhere_and_read_every_answer(world: World, endpoint: Endpoint) -> None:
    write = {"X-Write-Key": world.write_key}
    for headers, body, status in (
        (write, b'{"batch": []}', 200),
        (write, b"{", 400),
        ({}, b"{}", 401),
        (write, b" " * (11 * 1024 * 1024), 413),
    ):
        answer = world.http.request(endpoint.method, path(endpoint), headers=headers, body=body)
        assert answer.status == status
        assert answer.headers["access-control-allow-origin"] == "*"
        assert answer.headers["access-control-expose-headers"] == "Retry-After"
    preflight = world.http.request("OPTIONS", path(endpoint))
    assert preflight.status == 200
    assert {endpoint.method, "OPTIONS"} <= set(preflight.headers["access-control-allow-methods"].split(","))
    allowed = preflight.headers["access-control-allow-headers"].lower().split(",")
    assert {"authorization", "content-type", "x-retry-count", "x-write-key"} <= set(allowed)


def test_a_browser_cannot_read_what_only_secret_keys_may(world: World) -> None:
    for endpoint in SCOPED:
        assert "access-control-allow-origin" not in world.ask(endpoint.method, path(endpoint)).headers
    assert world.http.request("OPTIONS", "/v1/customers").status == 404


# --- what fails on our side ---


@pytest.mark.parametrize(
    ("failure", "status", "code", "retry_after"),
    [
        (Transient("throttled"), 503, "try_again", "1"),
        (Transient("throttled", timedelta(seconds=0)), 503, "try_again", "1"),
        (Transient("throttled", timedelta(seconds=2.2)), 503, "try_again", "3"),
        (RuntimeError("a secret of ours"), 500, "internal_error", None),
        (KeyError("pk"), 500, "internal_error", None),
        (Refused(418, "teapot", "It is one.", [1]), 418, "teapot", None),
    ],
)
def test_a_failure_is_logged_and_answered_without_its_trace(
    caplog: pytest.LogCaptureFixture, failure: Exception, status: int, code: str, retry_after: str | None
) -> None:
    def fails(request: Received) -> Any:
        """Fail."""
        raise failure

    answer = serve(_declared(fails), Received({}, {}, {}, b""))
    body = json.loads(answer.body)
    assert (answer.status_code, body["code"], answer.headers.get("Retry-After")) == (status, code, retry_after)
    assert set(body) == {"code", "message", "details"}
    assert "secret" not in answer.body
    if status == 500:
        (record,) = [record for record in caplog.records if record.levelno == logging.ERROR]
        assert record.exc_info is not None


def _declared(run: Callable[[Received], Any], **more: Any) -> Endpoint:
    routes = Routes("test")
    routes.endpoint("GET", "/test", **more)(run)
    return routes.endpoints[0]


APART = {
    "customers:erase",  # what cannot be undone is not given with what can
    "audiences:export",  # what leaves with hashes of addresses is not given with what reads or writes definitions
    "rehearsals:run",  # what is dear and shows what was stored of people is not given with what reads definitions
    "webhooks:secret",
}


def test_every_scope_is_read_or_write_of_a_subject() -> None:
    for endpoint in SCOPED:
        if endpoint.scope in APART:
            continue
        assert re.fullmatch("[a-z]+:(read|write)", str(endpoint.scope)), named(endpoint)
        if not endpoint.path.endswith("/preview"):  # of what is written, or of what is read
            assert (endpoint.method == "GET") == str(endpoint.scope).endswith(":read"), named(endpoint)


def test_headers_are_found_in_any_case(world: World) -> None:
    for name in ("authorization", "AUTHORIZATION", "Authorization"):
        headers: Mapping[str, str] = {name: f"Bearer {world.secret_key}"}
        assert world.http.request("GET", "/v1/reports/lifecycle", headers=headers).status == 200
