"""Every dialect over HTTP: the requests that its SDKs make, exactly 200 with JSON, and what is stored of them."""

from __future__ import annotations

import gzip
import json
from base64 import b64encode
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from chalicelib import api
from chalicelib.api import scripts
from chalicelib.api.http import CORS
from chalicelib.api.scripts import Scripts
from chalicelib.customers.consent import CHANNELS
from chalicelib.resources import EVENTS, WORK
from chalicelib.tracking.event import from_item
from chalicelib.tracking.keys import EVERYTHING, TRACK, KeyKind
from chalicelib.tracking.sources import customerio
from tests.fakes import deployment
from tests.fakes.gateway import Answer
from tests.fakes.world import SCRIPTS, World

RECORDED = Path(__file__).parent.parent / "tracking" / "sources"
WHERE = {"jitsu": "/api/s/{route}", "dittofeed": "/api/public/apps/{route}", "rudder": "/v1/batch"}
ANSWER = b'{"success":true}'
CHALICE = {"X-Api-Key", "X-Amz-Date", "X-Amz-Security-Token"}  # what it adds by itself to what may be sent


def basic(user: str, password: str = "") -> dict[str, str]:
    return {"Authorization": f"Basic {b64encode(f'{user}:{password}'.encode()).decode()}"}


def stored(world: World) -> list[Any]:
    return [from_item(item) for item in world.platform.items(EVENTS)]


def names(world: World) -> set[tuple[str, str]]:
    return {(event.subject, event.name) for event in stored(world)}


def reasons(world: World) -> list[str]:
    return sorted(item["reason"] for item in world.platform.items(WORK) if item["pk"] == "parked")


def ask(world: World, method: str, path: str, body: object = None, key: str | None = None, **query: str) -> Answer:
    sent = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    return world.http.request(method, path, query=query, headers=basic("site", key or world.write_key), body=sent)


# --- recorded requests, as they were sent ---


def requests() -> Iterator[Any]:
    for source, where in WHERE.items():
        for path in sorted((RECORDED / source).glob("*.json")):
            case = json.loads(path.read_text())
            if path.name.endswith(".expected.json") or not case["headers"]:
                continue
            at = where.format(route=case["route"])
            if path.stem.startswith("server_"):
                at = at.replace("/s/", "/s/s2s/")
            yield pytest.param(at, case, id=f"{source} {path.stem}")


@pytest.mark.parametrize(("path", "case"), list(requests()))
def test_a_recorded_request_is_stored_whole(world: World, path: str, case: Any) -> None:
    headers = {name: value.replace("pk_test_write_key", world.write_key) for name, value in case["headers"].items()}
    if "authorization" in headers:
        headers |= basic(world.write_key)
    body = json.dumps(case["payload"]).replace("pk_test_write_key", world.write_key).encode()
    packed = gzip.compress(body) if headers.get("content-encoding") == "gzip" else body
    answer = world.http.request("POST", path, headers=headers, body=packed)
    assert (answer.status, answer.body) == (200, ANSWER)
    calls = case["payload"].get("batch", [case["payload"]])
    assert sorted(event.message_id for event in stored(world)) == sorted(call["messageId"] for call in calls)
    assert reasons(world) == []


# --- RudderStack, Jitsu, Dittofeed, analytics.js ---


@pytest.mark.parametrize("letter", [*"itpsga"])
def test_analytics_js_posts_by_letters(world: World, letter: str) -> None:
    body = {"userId": "u-1", "messageId": "m-1", "writeKey": world.write_key, "event": "Seen", "groupId": "g"}
    answer = world.http.request(
        "POST", f"/v1/{letter}", headers={"Content-Type": "text/plain"}, body=json.dumps(body).encode()
    )
    assert (answer.status, answer.body) == (200, ANSWER)
    (event,) = stored(world)
    assert event.type[0] == letter


@pytest.mark.parametrize("path", ["/v1/b", "/v1/import", "/v1/batch"])
def test_batches_have_three_names(world: World, path: str) -> None:
    calls = [{"type": "track", "event": "Seen", "userId": "u-1", "messageId": f"m-{number}"} for number in range(3)]
    assert ask(world, "POST", path, {"batch": calls}).body == ANSWER
    assert len(stored(world)) == 3


def test_metrics_of_analytics_js_are_answered_and_discarded(world: World) -> None:
    answer = world.http.request("POST", "/v1/m", body=b'{"series":[{"type":"Counter"}]}')
    assert (answer.status, answer.body) == (200, ANSWER)
    assert world.platform.items(EVENTS) == world.platform.items(WORK) == []


def test_a_beacon_has_its_key_in_the_query_and_no_preflight(world: World) -> None:
    body = {"batch": [{"type": "track", "event": "Left", "anonymousId": "a-1", "messageId": "m-1"}]}
    answer = world.http.request(
        "POST",
        "/beacon/v1/batch",
        query={"writeKey": world.write_key},
        headers={"Content-Type": "text/plain;charset=UTF-8"},
        body=json.dumps(body).encode(),
    )
    assert (answer.status, answer.body) == (200, ANSWER)
    assert names(world) == {("a#a-1", "Left")}


@pytest.mark.parametrize("key", ["Basic {}", "{}", "Token {}", "Bearer {}"])
def test_dittofeed_sends_whatever_string_was_configured(world: World, key: str) -> None:
    headers = {"Authorization": key.format(world.write_key)}
    call = {"userId": "u-1", "event": "Made Purchase", "messageId": "m-1"}
    answer = world.http.request("POST", "/api/public/apps/track", headers=headers, body=json.dumps(call).encode())
    assert (answer.status, answer.body) == (200, ANSWER)
    assert names(world) == {("u#u-1", "Made Purchase")}


@pytest.mark.parametrize("type", ["dance", "batch", "%00", "..", "x" * 300, "s2s", "%F0%9F%8C%B2"])
def test_a_type_that_there_is_not_is_parked(world: World, type: str) -> None:
    for path in (f"/api/s/{type}", f"/api/s/s2s/{type}", f"/api/public/apps/{type}"):
        assert ask(world, "POST", path, {"userId": "u-1", "messageId": "m"}).body == ANSWER
    assert stored(world) == []
    assert set(reasons(world)) <= {"unknown_type"}


# --- Customer.io ---


def test_ids_in_a_path_may_be_anything(world: World) -> None:
    for number, id in enumerate(["u 1/x", "ada@example.com", "a%2Fb", "ş", "u#1", "+40 721"]):
        path = f"/api/v1/customers/{quote(id, safe='')}/events"
        assert ask(world, "POST", path, {"name": "clicked", "id": f"e-{number}"}).body == ANSWER
        assert (f"u#{id}", "clicked") in names(world)


GUARDED = [
    ("POST", "/api/v1/customers/u-1/suppress", None, "customers:write"),
    ("POST", "/api/v1/customers/u-1/unsuppress", None, "customers:write"),
    ("POST", "/api/v1/merge_customers", {"primary": {"id": "u-1"}, "secondary": {"id": "u-2"}}, "customers:write"),
    ("DELETE", "/api/v1/customers/u-1", None, "customers:erase"),
    ("POST", "/api/v2/entity", {"type": "person", "action": "delete", "identifiers": {"id": "u"}}, "customers:erase"),
]


@pytest.mark.parametrize(("method", "path", "body", "scope"), GUARDED)
def test_what_takes_something_from_somebody_needs_a_secret_key_with_its_scope(
    world: World, method: str, path: str, body: object, scope: str
) -> None:
    keys = world.containers["api"].keys
    powerful = keys.create(KeyKind.PUBLIC, "wrong", [EVERYTHING], world.now)
    other = keys.create(KeyKind.SECRET, "other", [TRACK, f"{scope}x"], world.now)
    for key in (world.write_key, powerful, other):
        answer = ask(world, method, path, body, key)
        assert (answer.status, answer.code) == (403, "forbidden")
        assert scope in answer.json()["message"]
    assert stored(world) == []
    right = keys.create(KeyKind.SECRET, "right", [TRACK, scope], world.now)
    for key in (right, world.secret_key):
        assert ask(world, method, path, body, key).body == ANSWER


def test_deleting_erases_and_asking_twice_is_asking_once(world: World) -> None:
    ask(world, "PUT", "/api/v1/customers/u%201", {"email": "ada@example.com"})
    ask(world, "PUT", "/api/v1/customers/u%202", {"email": "bob@example.com"})
    world.settle()
    for _ in range(2):
        assert ask(world, "DELETE", "/api/v1/customers/u%201", key=world.secret_key).body == ANSWER
    jobs = [item for item in world.platform.items(WORK) if item["pk"] == "job"]
    assert [job["kind"] for job in jobs] == ["erase"]
    assert reasons(world) == []
    world.settle()
    assert {event.subject for event in stored(world)} == {"u#u 2"}


def test_suppressing_unsubscribes_from_every_channel(world: World) -> None:
    assert customerio.CHANNELS == CHANNELS
    assert ask(world, "POST", "/api/v1/customers/u-1/suppress", key=world.secret_key).status == 200
    said = {(event.name, event.properties["channel"]) for event in stored(world)}
    assert said == {("Unsubscribed", channel) for channel in CHANNELS}


def test_of_a_batch_the_rest_is_stored_and_what_the_key_may_not_do_is_parked(world: World) -> None:
    person = {"type": "person", "identifiers": {"id": "u-1"}}
    operations = [{**person, "action": action, "name": "seen"} for action in ("event", "delete", "identify", "merge")]
    assert ask(world, "POST", "/api/v2/batch", {"batch": operations}).body == ANSWER
    assert names(world) == {("u#u-1", "seen"), ("u#u-1", "Identify")}
    assert reasons(world) == ["not_allowed", "not_allowed"]


def test_what_was_clicked_twice_within_a_minute_without_an_id_is_a_retry_and_later_it_is_news(world: World) -> None:
    path = "/api/v1/customers/u-1/events"
    for seconds in (0, 1, 70):
        world.wait(timedelta(seconds=seconds))
        ask(world, "POST", path, {"name": "clicked", "data": {}})
    assert len({event.message_id for event in stored(world)}) == 2


def test_attributes_that_change_back_are_the_last_ones(world: World) -> None:
    for plan in ("pro", "free", "pro"):
        ask(world, "PUT", "/api/v1/customers/u-1", {"plan": plan})
        world.wait(timedelta(seconds=1))
    world.settle()
    assert world.customer("u-1")["traits"]["plan"] == "pro"


@pytest.mark.parametrize("body", [b"[]", b"7", b'{"batch": 7}', b'{"batch": [7, null, {}, {"type": "object"}]}'])
def test_what_is_no_operation_is_parked(world: World, body: bytes) -> None:
    for path in ("/api/v2/batch", "/api/v2/entity", "/api/v1/push/events", "/api/v1/events"):
        assert ask(world, "POST", path, body).body == ANSWER
    assert stored(world) == []


# --- what browsers ask for first ---


def test_settings_tell_analytics_js_where_to_post(world: World) -> None:
    answer = world.http.request("GET", f"/v1/projects/{world.write_key}/settings")
    assert answer.status == 200
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["cache-control"] == "public, max-age=300"
    where = {"apiHost": "shop.example/api/v1"}
    assert answer.json() == {
        "integrations": {"Segment.io": {"apiKey": world.write_key, **where}},
        "metrics": {"host": "shop.example/api/v1", "sampleRate": 0},
    }


@pytest.mark.parametrize("key", ["pk_unknown", "nonsense", "{secret}", "%00", "x" * 3_000])
def test_settings_of_no_write_key_are_404_and_a_secret_key_is_none(world: World, key: str) -> None:
    answer = world.http.request("GET", f"/v1/projects/{key.format(secret=world.secret_key)}/settings")
    assert (answer.status, answer.code) == (404, "unknown_write_key")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert world.secret_key not in answer.text


def test_rudderstack_starts_with_the_key_in_the_query_or_in_the_header(world: World) -> None:
    for path in ("/sourceConfig", "/sourceConfig/"):
        for headers, query in ((basic(world.write_key), {}), ({}, {"writeKey": world.write_key, "p": "npm"})):
            answer = world.http.request("GET", path, headers=headers, query=query)
            assert answer.status == 200
            source = answer.json()["source"]
            assert (source["writeKey"], source["enabled"], source["destinations"]) == (world.write_key, True, [])
            assert source["config"]["statsCollection"]["errors"] == {"enabled": False}
            assert answer.headers["access-control-allow-origin"] == "*"
    for key in ("pk_unknown", world.secret_key, ""):
        answer = world.http.request("GET", "/sourceConfig", query={"writeKey": key})
        assert (answer.status, answer.code) == (401, "unknown_write_key")


FILES = {
    "/analytics.js/v1/pk_any/analytics.min.js": ("analytics-next/standalone.js", "public, max-age=3600"),
    "/analytics-next/bundles/part.bundle.0a1b.js": (
        "analytics-next/part.bundle.0a1b.js",
        "public, max-age=31536000, immutable",
    ),
    "/p.js": ("jitsu/p.js", "public, max-age=3600"),
}


@pytest.mark.parametrize("path", FILES)
def test_the_files_of_browser_sdks_are_served(world: World, path: str) -> None:
    file, cached = FILES[path]
    answer = world.http.request("GET", path)
    assert answer.status == 200
    assert answer.text == (SCRIPTS / file).read_text()
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.headers["cache-control"] == cached
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "file",
    ["none.js", "..%2Fjitsu%2Fp.js", "..", "%2e%2e%2f%2e%2e%2fhttp.py", "%2Fetc%2Fpasswd", "%00", "LICENSE.MD", "p.js"],
)
def test_no_name_leads_to_another_file(world: World, file: str) -> None:
    answer = world.http.request("GET", f"/analytics-next/bundles/{file}")
    assert (answer.status, answer.code) == (404, "file_not_found")


@pytest.mark.parametrize("path", FILES)
def test_a_deployment_without_the_files_says_so(world: World, tmp_path: Path, path: str) -> None:
    assert not scripts.FOLDER.exists(), "they belong in the package, not among the sources"
    world.containers["api"].scripts = Scripts(tmp_path / "none")
    answer = world.http.request("GET", path)
    assert (answer.status, answer.code) == (404, "not_in_this_deployment")
    assert "npm" in answer.json()["message"]


# --- CORS ---


def test_every_answer_of_the_gateway_itself_lets_browsers_read_it() -> None:
    ours = CORS.get_access_control_headers()
    for kind in deployment.resources()["RestAPI"]["Properties"]["GatewayResponses"]:
        status, headers, template = deployment.gateway_response(kind)
        assert headers["Access-Control-Allow-Origin"] == "*"
        for name in ("Access-Control-Allow-Headers", "Access-Control-Expose-Headers"):
            assert set(headers[name].split(",")) >= set(ours[name].split(",")) - CHALICE, kind
        assert status not in (408, 410), "browsers and SDKs repeat what was answered so"
        assert int(headers.get("Retry-After", 1)) >= 1
        assert '"code"' in template


def test_whatever_a_browser_may_ask_has_a_preflight_that_lists_what_sdks_send(world: World) -> None:
    asked = {
        *("authorization", "content-type", "x-retry-count", "x-write-key", "anonymousid", "sentat"),
        *("rsa-retry-attempt", "rsa-retry-reason", "rsa-since-first-attempt", "rsa-since-last-attempt"),
        *("x-enable-debug", "x-ip-policy"),
    }
    open_ones = [endpoint for endpoint in api.endpoints() if endpoint.write_key or endpoint.tag == "browsers"]
    assert len(open_ones) > 30
    for endpoint in open_ones:
        answer = world.http.request("OPTIONS", endpoint.path.format_map(Anything()))
        assert answer.status == 200, endpoint.path
        assert endpoint.method in answer.headers["access-control-allow-methods"].split(",")
        allowed = {name.strip().lower() for name in answer.headers["access-control-allow-headers"].split(",")}
        assert asked <= allowed
        assert answer.headers["access-control-expose-headers"] == "Retry-After"


class Anything(dict[str, str]):
    """A value for every parameter."""

    def __missing__(self, key: str) -> str:
        return "any"
