"""The tracking routes over HTTP, as Chalice serves them: exact answers, CORS, any content type, never a 5xx."""

from __future__ import annotations

import gzip
import json
from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta

import pytest
from chalice.test import Client, HTTPResponse
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from app import app
from chalicelib import settings, wiring
from chalicelib.aws.database import Item
from chalicelib.errors import Transient
from chalicelib.resources import EVENTS
from chalicelib.tracking.keys import TRACK, KeyKind
from chalicelib.wiring import Perennial, Ports
from tests.fakes.database import MemoryDatabase
from tests.tracking.making import NOW, call, json_values

SINGLE = ["identify", "track", "page", "screen", "group", "alias"]
Post = Callable[..., HTTPResponse]


class Database(MemoryDatabase):
    """As the fake, and throttled when a test says so."""

    trouble: Transient | None = None

    def insert_all(self, table: str, items: Sequence[Item]) -> list[bool]:
        if self.trouble:
            raise self.trouble
        return super().insert_all(table, items)


class Application(Perennial):
    """The application over the fake, with one write key."""

    def __init__(self) -> None:
        self.tables = Database()
        super().__init__(settings.read(dict.fromkeys(settings.variables(), "test")), Ports(db=self.tables))
        self.key = self.keys.create(KeyKind.PUBLIC, "shop", [TRACK], NOW)


@pytest.fixture
def application() -> Iterator[Application]:
    made = Application()
    wiring.run(made)
    yield made
    wiring.run(None)


@pytest.fixture
def post(application: Application) -> Iterator[Post]:
    authorization = f"Basic {b64encode(f'{application.key}:'.encode()).decode()}"
    with Client(app) as client:

        def send(path: str, body: object, headers: dict[str, str] | None = None) -> HTTPResponse:
            sent = body if isinstance(body, bytes) else json.dumps(body).encode()
            standard = {"Authorization": authorization, "Content-Type": "application/json"}
            return client.http.post(path, headers={**standard, **(headers or {})}, body=sent)

        yield send


@pytest.mark.parametrize("route", SINGLE)
def test_every_route_answers_exactly_200_and_success(application: Application, post: Post, route: str) -> None:
    answer = post(f"/v1/{route}", {"userId": "u-1", "event": "Signed Up", "messageId": "m-1"})
    assert (answer.status_code, answer.json_body) == (200, {"success": True})
    (item,) = application.tables.items(EVENTS)
    assert item["name"] == ("Signed Up" if route == "track" else route.capitalize())


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "application/json;charset=UTF-8",
        "text/plain",
        "text/plain; charset=UTF-8",
        "application/x-www-form-urlencoded",
        "application/octet-stream",
        "*/*",
    ],
)
@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_any_label_on_the_body_will_do(
    application: Application, post: Post, content_type: str, pack: Callable[[bytes], bytes]
) -> None:
    body = pack(json.dumps({"batch": [call()]}).encode())
    answer = post("/v1/batch", body, {"Content-Type": content_type})
    assert answer.status_code == 200, answer.body
    assert len(application.tables.items(EVENTS)) == 1


@pytest.mark.parametrize(
    ("body", "headers", "status", "code"),
    [
        pytest.param(b"{", {}, 400, "invalid_json", id="unreadable"),
        pytest.param(b"", {}, 400, "invalid_json", id="empty"),
        pytest.param(b"[" * 50_000, {}, 400, "invalid_json", id="nested"),
        pytest.param(b" " * (11 * 1024 * 1024), {}, 413, "body_too_long", id="11 MB"),
        pytest.param(gzip.compress(b" " * (11 * 1024 * 1024)), {}, 413, "body_too_long", id="11 MB unpacked"),
        pytest.param(b"{}", {"Authorization": "Basic cGtfeDo="}, 401, "unknown_write_key", id="wrong key"),
        pytest.param(b"{}", {"Authorization": ""}, 401, "unknown_write_key", id="no key"),
    ],
)
def test_an_error_says_what_was_wrong_in_lower_case(
    post: Post, body: bytes, headers: dict[str, str], status: int, code: str
) -> None:
    answer = post("/v1/batch", body, headers)
    assert (answer.status_code, answer.json_body["code"]) == (status, code)
    assert set(answer.json_body) == {"code", "message", "details"}
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize("wait", [None, timedelta(0), timedelta(seconds=2.2)])
def test_trouble_with_the_tables_is_503_with_whole_seconds(
    application: Application, post: Post, wait: timedelta | None
) -> None:
    application.tables.trouble = Transient("throttled", wait)
    answer = post("/v1/batch", {"batch": [call()]})
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) >= 1
    assert set(answer.json_body) == {"code", "message", "details"}
    application.tables.trouble = None
    assert post("/v1/batch", {"batch": [call()]}).status_code == 200


def test_parked_calls_are_counted_by_reason(post: Post, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "chalicelib.aws.telemetry")
    assert post("/v1/batch", {"batch": [call(), 7, 8, call(userId=None)]}).status_code == 200
    (counted,) = [vars(record) for record in caplog.records if record.message == "counted"]
    assert counted["counts"] == {"parked_not_an_object": 2, "parked_no_user_anon_id": 1}


def test_browsers_are_let_in_and_see_how_long_to_wait(post: Post) -> None:
    headers = post("/v1/track", call()).headers
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert "Retry-After" in headers["Access-Control-Expose-Headers"]
    allowed = {name.strip().lower() for name in headers["Access-Control-Allow-Headers"].split(",")}
    assert {"authorization", "content-type", "x-retry-count", "x-write-key", "anonymousid", "sentat"} <= allowed


@examples(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(value=json_values, raw=st.binary(max_size=60))
def test_no_body_is_answered_with_a_5xx(post: Post, value: object, raw: bytes) -> None:
    for body in (value, {"batch": value}, {"batch": [value, call()]}):
        assert post("/v1/batch", body).status_code == 200
        assert post("/v1/track", body).status_code == 200
    assert post("/v1/batch", raw).status_code in (200, 400)
