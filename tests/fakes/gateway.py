"""API Gateway's REST API in front of the application: what it does to a request before a Lambda sees it, and what it
answers by itself, as infra/resources.yaml has it say. For tests, in process, and as WSGI for tools that want a server.
"""

from __future__ import annotations

import gzip
import json
from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from chalice.app import Chalice
from chalice.local import LambdaContext

from tests.fakes import deployment

LONGEST_BODY = 10 * 1024 * 1024
Parameters = Mapping[str, str]
Invoke = Callable[[dict[str, Any], Any], dict[str, Any]]


@dataclass(frozen=True)
class Answer:
    """What a client gets. `headers` by lower-case name."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        """The body, which must be JSON."""
        return json.loads(self.body)

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode()

    @property
    def code(self) -> Any:
        """The code of an error."""
        return self.json()["code"]


class Gateway:
    """The routes of `app`; `invoke` is how its Lambda is called, if not directly."""

    def __init__(self, app: Chalice, invoke: Invoke | None = None) -> None:
        self._app = app
        self._invoke: Invoke = invoke or app
        self._numbers = count(1)

    def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        headers: Parameters | None = None,
        body: bytes = b"",
    ) -> Answer:
        """One request. `path` is encoded as on the wire and may bring a query of its own."""
        split = urlsplit(path)
        queries = "&".join(part for part in (split.query, urlencode(query or {})) if part)
        sent = {name.lower(): value for name, value in (headers or {}).items()}
        found = self._route(split.path)
        if found is None or (method != "OPTIONS" and method not in self._app.routes[found[0]]):
            return _refused("MISSING_AUTHENTICATION_TOKEN", "Missing Authentication Token", 403)
        route, parameters = found
        if method == "OPTIONS":
            return self._preflight(route)
        if len(body) > LONGEST_BODY:
            return _refused("REQUEST_TOO_LARGE", "Request Too Long", 413)
        if sent.get("content-encoding", "").lower() == "gzip":  # API Gateway unpacks before anybody looks
            try:
                body = gzip.decompress(body)
            except (OSError, EOFError):
                return _refused("UNSUPPORTED_MEDIA_TYPE", "Unsupported Media Type", 415)
        event = self._event(method, route, split.path, parameters, queries, sent, body)
        context = LambdaContext("perennial-test-api", 512, 29_000)
        return _answer(self._invoke(json.loads(json.dumps(event)), context))

    def __call__(self, environ: Mapping[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """The same as a WSGI application."""
        headers = {name[5:].replace("_", "-"): value for name, value in environ.items() if name.startswith("HTTP_")}
        if environ.get("CONTENT_TYPE"):
            headers["content-type"] = environ["CONTENT_TYPE"]
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        path = environ["REQUEST_URI"].partition("?")[0] + f"?{environ.get('QUERY_STRING', '')}"
        answer = self.request(environ["REQUEST_METHOD"], path, headers=headers, body=body)
        start_response(f"{answer.status} {'OK' if answer.status < 400 else 'Refused'}", list(answer.headers.items()))
        return [answer.body]

    def _route(self, path: str) -> tuple[str, dict[str, str]] | None:
        """The resource that serves a path, and what its parameters are, still encoded; words win over parameters."""
        parts = path.strip("/").split("/")
        matching = [
            (route, found) for route in self._app.routes if (found := _matched(route.strip("/").split("/"), parts))
        ]
        if not matching:
            return None
        route, found = min(matching, key=lambda one: len(one[1]))
        return route, {name: value for name, value in found.items() if name}

    def _preflight(self, route: str) -> Answer:
        """The mock that Chalice's template makes for OPTIONS where a route has CORS."""
        served = self._app.routes[route]
        cors = next((entry.cors for entry in served.values() if entry.cors), None)
        if cors is None:
            return _refused("MISSING_AUTHENTICATION_TOKEN", "Missing Authentication Token", 403)
        headers = {**cors.get_access_control_headers(), "Access-Control-Allow-Methods": ",".join([*served, "OPTIONS"])}
        return Answer(200, {name.lower(): value for name, value in headers.items()}, b"")

    def _event(
        self,
        method: str,
        route: str,
        path: str,
        parameters: Parameters,
        query: str,
        headers: Parameters,
        body: bytes,
    ) -> dict[str, Any]:
        """A Lambda proxy event of payload format 1.0: the query decoded, the path's parameters not."""
        queries = parse_qs(query, keep_blank_values=True)
        binary = headers.get("content-type", "").partition(";")[0].strip() in self._app.api.binary_types
        text = b64encode(body).decode() if binary else body.decode("utf-8", "replace")
        return {
            "resource": route,
            "path": path,
            "httpMethod": method,
            "headers": dict(headers),
            "multiValueHeaders": {name: [value] for name, value in headers.items()},
            "queryStringParameters": {name: values[-1] for name, values in queries.items()} or None,
            "multiValueQueryStringParameters": queries or None,
            "pathParameters": dict(parameters) or None,
            "stageVariables": None,
            "requestContext": {
                "resourcePath": route,
                "httpMethod": method,
                "path": f"/api{path}",
                "stage": "api",
                "requestId": f"request-{next(self._numbers)}",
                "protocol": "HTTP/1.1",
                "identity": {"sourceIp": "203.0.113.7", "userAgent": headers.get("user-agent")},
            },
            "body": text if body else None,
            "isBase64Encoded": binary and bool(body),
        }


def _matched(route: list[str], parts: list[str]) -> dict[str, str] | None:
    """Parameter to part; a word that matches stands under the empty name, so that even no parameter is a match."""
    if len(route) != len(parts):
        return None
    found = {"": ""}
    for wanted, part in zip(route, parts, strict=True):
        if wanted.startswith("{") and part:
            found[wanted.strip("{}")] = part
        elif wanted != part:
            return None
    return found


def _refused(kind: str, message: str, own_status: int) -> Answer:
    status, headers, template = deployment.gateway_response(kind)
    body = template.replace("$context.error.messageString", json.dumps(message)).encode()
    named = {name.lower(): value for name, value in headers.items()}
    return Answer(status or own_status, {"content-type": "application/json", **named}, body)


def _answer(answered: Mapping[str, Any]) -> Answer:
    assert not answered.get("isBase64Encoded"), "nothing here answers with bytes"
    headers = {name.lower(): str(value) for name, value in answered["headers"].items()}
    headers |= {name.lower(): ", ".join(values) for name, values in answered.get("multiValueHeaders", {}).items()}
    return Answer(answered["statusCode"], headers, answered["body"].encode())
