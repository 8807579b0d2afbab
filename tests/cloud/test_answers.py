"""What the endpoint answers to those who ask wrongly: an error that says what to do, through the real gateway."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from tests.cloud.asking import Answer, Api, ask
from tests.cloud.deployed import Deployed

JSON = {"Content-Type": "application/json"}
ELEVEN_MEGABYTES = json.dumps({"batch": ["x" * 11 * 1024 * 1024]}).encode()
INVALID_JOURNEY = json.dumps(
    {"title": "Odd", "class": "marketing", "trigger": {"on": "full moon"}, "steps": 3}
).encode()


@dataclass(frozen=True)
class Wrong:
    """Something asked wrongly, and the answer that it must get. `who`: writes, asks (secret key) or nobody."""

    method: str
    path: str
    status: int
    code: str
    who: str = "asks"
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


WRONG = {
    "unreadable JSON": Wrong("POST", "/v1/batch", 400, "invalid_json", "writes", b'{"batch": [{"type":'),
    "not even text": Wrong("POST", "/v1/track", 400, "invalid_json", "writes", b"\xff\xfe\x00\x01"),
    "broken gzip": Wrong("POST", "/v1/batch", 400, "invalid_json", "writes", b"\x1f\x8b\x08 but no gzip"),
    "no write key": Wrong("POST", "/v1/batch", 401, "unknown_write_key", "nobody", b'{"batch": []}'),
    "a wrong write key": Wrong(
        "POST", "/v1/track", 401, "unknown_write_key", "nobody", b'{"userId": "a"}', {"X-Write-Key": "pk_nonsense"}
    ),
    "11 MB": Wrong("POST", "/v1/batch", 413, "body_too_long", "writes", ELEVEN_MEGABYTES),
    "a route that does not exist": Wrong("GET", "/v1/nowhere", 404, "not_found"),
    "another API altogether": Wrong("POST", "/wp-login.php", 404, "not_found", "nobody", b"log=admin"),
    "a method that a route does not have": Wrong("DELETE", "/v1/batch", 404, "not_found"),
    "no secret key": Wrong("GET", "/v1/customers?stage=lead", 401, "unauthorized", "nobody"),
    "a wrong secret key": Wrong(
        "GET", "/v1/reports/lifecycle", 401, "unauthorized", "nobody", None, {"Authorization": "Bearer sk_nonsense"}
    ),
    "a write key where a secret key is due": Wrong("GET", "/v1/reports/lifecycle", 401, "unauthorized", "writes"),
    "a customer that does not exist": Wrong("GET", "/v1/customers/nobody", 404, "customer_not_found"),
    "an odd customer that does not exist": Wrong("GET", "/v1/customers/u%23%F0%9F%8C%B2..", 404, "customer_not_found"),
    "no stage": Wrong("GET", "/v1/customers", 400, "invalid_parameters"),
    "a stage that does not exist": Wrong("GET", "/v1/customers?stage=king", 400, "invalid_parameters"),
    "a limit that is no number": Wrong("GET", "/v1/customers?stage=lead&limit=all", 400, "invalid_parameters"),
    "a parameter that does not exist": Wrong("GET", "/v1/customers?stage=lead&page=2", 400, "invalid_parameters"),
    "somebody else's cursor": Wrong("GET", "/v1/customers?stage=lead&cursor=eyJ9", 400, "invalid_cursor"),
    "an invalid journey": Wrong("PUT", "/v1/journeys/odd", 400, "invalid_journey", body=INVALID_JOURNEY),
    "a journey that is no JSON": Wrong("PUT", "/v1/journeys/odd", 400, "invalid_json", body=b"title: Odd"),
    "a journey that is no object": Wrong("PUT", "/v1/journeys/odd", 400, "invalid_journey", body=b"[]"),
    "an invalid template": Wrong("PUT", "/v1/templates/odd", 400, "invalid_template", body=b'{"subject": "{% if"}'),
    "a journey that was never put": Wrong(
        "POST", "/v1/journeys/unheard-of/publish", 404, "journey_not_found", body=b'{"version": 1}'
    ),
    "a version that is no number": Wrong(
        "POST", "/v1/journeys/welcome/publish", 400, "invalid_body", body=b'{"version": "one"}'
    ),
}


def asked(api: Api, wrong: Wrong) -> Answer:
    who = {"writes": api.writes, "asks": api.asks, "nobody": JSON}[wrong.who]
    return ask(wrong.method, api.endpoint + wrong.path, {**who, **wrong.headers}, wrong.body)


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG.keys())
def test_whoever_asks_wrongly_is_told_what_to_do(deployed: Deployed, wrong: Wrong) -> None:
    answer = asked(deployed.api, wrong)
    assert answer.status == wrong.status, answer.text[:500]
    assert answer.headers["content-type"].startswith("application/json")
    error = answer.json()
    assert error["code"] == wrong.code
    assert re.fullmatch("[a-z][a-z0-9_]*", error["code"])
    assert len(error["message"]) > 10
    assert error.keys() <= {"code", "message", "details"}
    assert not re.search(r"Traceback|File \"|\.py\b|botocore|pydantic", answer.text)


def test_an_invalid_definition_is_told_every_problem_and_its_place(deployed: Deployed) -> None:
    problems = asked(deployed.api, WRONG["an invalid journey"]).json()["details"]
    assert {problem["path"] for problem in problems} == {"trigger", "steps"}
    assert all(problem["problem"] and problem["hint"] for problem in problems)


def test_somebody_elses_version_is_a_conflict(deployed: Deployed) -> None:
    journey = deployed.api.get("/v1/journeys/welcome")
    changed = {**journey["definition"], "title": "Another welcome"}
    answer = deployed.api.ask("PUT", f"/v1/journeys/welcome?expected_version={journey['version'] + 7}", changed)
    assert (answer.status, answer.json()["code"]) == (409, "version_conflict")
    assert answer.json()["details"] == {"newest_version": journey["version"]}


def test_a_browser_may_post_from_any_site_and_read_every_answer(deployed: Deployed) -> None:
    api = deployed.api
    asks = {
        "Origin": "https://shop.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type,x-retry-count",
    }
    preflight = ask("OPTIONS", f"{api.endpoint}/v1/batch", asks)
    assert preflight.status == 200
    assert preflight.headers["access-control-allow-origin"] == "*"
    assert "POST" in preflight.headers["access-control-allow-methods"]
    allowed = {name.strip().lower() for name in preflight.headers["access-control-allow-headers"].split(",")}
    assert {"authorization", "content-type", "x-retry-count", "x-write-key"} <= allowed

    accepted = ask(
        "POST", f"{api.endpoint}/v1/batch", {**api.writes, "Origin": "https://shop.example"}, b'{"batch":[]}'
    )
    assert (accepted.status, accepted.json()) == (200, {"success": True})
    refused = asked(api, WRONG["unreadable JSON"])
    of_the_gateway = asked(api, WRONG["a route that does not exist"])
    for answer in (accepted, refused, of_the_gateway):
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "retry-after" in answer.headers["access-control-expose-headers"].lower()


def test_what_cannot_be_accepted_holds_up_nobody(deployed: Deployed) -> None:
    """Clients crash on anything but success: what is wrong with one call is kept aside, its neighbours are stored."""
    calls = [
        17,
        {"type": "track", "event": "No name of a person"},
        {"type": "track", "userId": "told-apart", "timestamp": "yesterday", "event": "Product Viewed"},
        {"type": "dance", "userId": "told-apart"},
        {"type": "track", "userId": "told-apart", "event": "Product Viewed", "messageId": "the-good-one"},
    ]
    answer = deployed.api.track("/v1/batch", {"batch": calls})
    assert (answer.status, answer.json()) == (200, {"success": True})
    assert deployed.stored("u#told-apart") == ["the-good-one"]


def test_nothing_of_this_is_an_error_of_ours(deployed: Deployed) -> None:
    since = datetime.now(UTC)
    for wrong in WRONG.values():
        assert asked(deployed.api, wrong).status < 500
    complaints = deployed.complaints(since)
    assert not [line for line in complaints if "-api:" in line and "WARNING" not in line]
