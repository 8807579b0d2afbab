"""The API's description of itself: valid, complete, and true."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import jsonschema_rs
import pytest
from pydantic import BaseModel, Field
from schemathesis.specs.openapi import definitions

from app import app
from chalicelib import api
from chalicelib.api import description, openapi
from chalicelib.api.http import Endpoint, Request, Routes
from tests.api.asked import asked, names
from tests.fakes import vendors
from tests.fakes.deployment import ROOT
from tests.fakes.world import World

METHODS = {"get", "put", "post", "delete", "patch", "head", "options", "trace"}
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
MENTIONED = re.compile(r"(?<![\w/}])(?:(GET|PUT|POST|DELETE|PATCH) )?(/(?:v1|u|docs)(?:/[\w{}.:<>-]+)*)")
HOSTILE = "</summary><script>alert('x')</script>\"'&"


@pytest.fixture
def document(world: World) -> Any:
    answer = world.http.request("GET", "/v1/openapi.json")
    assert answer.status == 200
    assert answer.headers["access-control-allow-origin"] == "*"
    return answer.json()


def operations(document: Any) -> Iterator[tuple[str, str, Any]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def test_it_is_valid(document: Any) -> None:
    assert document["openapi"] == "3.1.0"
    assert list(definitions.OPENAPI_31_VALIDATOR.iter_errors(document)) == []
    for schema in document["components"]["schemas"].values():
        jsonschema_rs.meta.validate({**schema, "$schema": "https://json-schema.org/draft/2020-12/schema"})


def test_every_route_is_in_it_and_nothing_else(document: Any) -> None:
    served = {(method, path) for path, methods in app.routes.items() for method in methods}
    assert {(method, path) for method, path, _ in operations(document)} == served


def test_every_reference_leads_somewhere(document: Any) -> None:
    found = set(_references(document))
    assert found
    assert {reference.removeprefix("#/components/schemas/") for reference in found} <= set(
        document["components"]["schemas"]
    )


def test_every_operation_has_a_name_of_its_own_a_summary_and_an_error(document: Any) -> None:
    names = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(set(names)) == len(names)
    for method, path, operation in operations(document):
        assert operation["summary"].endswith("."), f"{method} {path}"
        assert operation["tags"]
        refused = operation["responses"]["default"]
        assert refused["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Error"}
        assert "`try_again`" in refused["description"]
        in_path = [field["name"] for field in operation["parameters"] if field["in"] == "path"]
        assert in_path == re.findall(r"{(\w+)}", path)


def test_who_may_call_is_said_of_every_operation(document: Any) -> None:
    for endpoint in api.endpoints():
        operation = document["paths"][endpoint.path][endpoint.method.lower()]
        scheme = "writeKey" if endpoint.write_key else "secretKey" if endpoint.scope else None
        assert operation.get("security") == ([{scheme: []}] if scheme else None)
        assert (f"Scope: `{endpoint.scope}`." in operation["description"]) is (endpoint.scope is not None)


@pytest.mark.parametrize("endpoint", api.endpoints(), ids=lambda endpoint: f"{endpoint.method} {endpoint.path}")
def test_an_answer_is_what_was_promised(shop: World, document: Any, endpoint: Endpoint) -> None:
    """Good answers against their schema, and what a stranger is told against that of errors."""
    wanted = asked(endpoint, shop)
    path = endpoint.path.format(**{**names(shop), **wanted.names})
    answer = shop.ask(endpoint.method, path, None if endpoint.method == "GET" else wanted.body, **wanted.query)
    if endpoint.write_key and endpoint.method == "GET":
        answer = shop.http.request("GET", path, headers={"X-Write-Key": shop.write_key})
    if endpoint.tag == "webhooks":
        vendors.entrust(shop, "shopify")
        answer = vendors.signed("shopify", "carts/create", {}, shop.now).to(shop)
    if endpoint.response is None:
        assert answer.headers["content-type"].partition(";")[0] == endpoint.content_type.partition(";")[0]
    else:
        assert answer.status == (202 if endpoint.later and endpoint.method != "GET" else 200), answer.text
        promised = document["paths"][endpoint.path][endpoint.method.lower()]["responses"]["200"]["content"]
        _valid(document, promised["application/json"]["schema"], answer.json())
    if endpoint.scope or endpoint.write_key:
        stranger = shop.http.request(endpoint.method, path, body=b"{}")
        assert stranger.status == 401
        _valid(document, {"$ref": "#/components/schemas/Error"}, stranger.json())


def test_everything_is_described_on_the_page(world: World, document: Any) -> None:
    answer = world.http.request("GET", "/docs")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    page = _Page(answer.text)
    for method, path, operation in operations(document):
        assert operation["operationId"] in page.ids
        for text in (method, path, operation["summary"], *(field["name"] for field in operation["parameters"])):
            assert text in page.text
    assert set(document["components"]["schemas"]) <= page.ids
    inner = {link.removeprefix("#") for link in page.links if link.startswith("#")}
    assert inner <= page.ids, "a link leads nowhere"
    assert not page.loaded, "the page loads nothing"


def test_hostile_words_are_only_words_on_the_page() -> None:
    class Hostile(BaseModel):
        word: str = Field(HOSTILE, description=HOSTILE)

    class Asked(BaseModel):
        colour: str = Field(HOSTILE, description=HOSTILE)

    def run(request: Request) -> Hostile:
        return Hostile(word="")

    run.__doc__ = f"{HOSTILE}\n\n    {HOSTILE}\n\n{HOSTILE}"
    routes = Routes("hostile")
    routes.endpoint("GET", f"/v1/{HOSTILE}", query=Asked, response=Hostile, request=Hostile, problems=(HOSTILE,))(run)
    page = _Page(description._page(openapi.document(routes.endpoints)))
    assert page.text.count("alert('x')") >= 6
    assert "script" not in page.tags
    assert page.attributes <= {"lang", "charset", "name", "content", "href", "id", "class"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_words_name_only_routes_that_exist(page: Any) -> None:
    served = {
        (method, re.escape(_shape(path)).replace(r"\*", "[^/]+"))
        for path, methods in app.routes.items()
        for method in methods
    }
    for method, path in MENTIONED.findall(page.read_text()):
        shape = _shape(path.rstrip("."))
        if shape in ("/v1", "/u"):  # the beginning of all of them
            continue
        found = {verb for verb, pattern in served if re.fullmatch(pattern, shape)}
        assert found, f"{path} is not served"
        assert not method or method in found, f"{method} {path} is not served"


def test_mentions_are_found_where_they_stand() -> None:
    text = "`POST /v1/batch`, GET /v1/customers?stage=x; https://x.example/v1/track and /v1/customers/{id}."
    assert MENTIONED.findall(text) == [
        ("POST", "/v1/batch"),
        ("GET", "/v1/customers"),
        ("", "/v1/customers/{id}."),
    ]


def _shape(path: str) -> str:
    """A path with whatever stands for a value made equal."""
    return re.sub(r"{[^}]*}|<[^>]*>", "*", path)


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for inner in node.values():
            yield from _references(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from _references(inner)


def _valid(document: Any, schema: Any, value: Any) -> None:
    whole = {**schema, "components": document["components"]}
    errors = [str(error) for error in jsonschema_rs.Draft202012Validator(whole).iter_errors(value)]
    assert errors == []


class _Page(HTMLParser):
    """What a browser would make of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text = ""
        self.tags: set[str] = set()
        self.ids: set[str] = set()
        self.links: list[str] = []
        self.attributes: set[str] = set()
        self.loaded: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.tags.add(tag)
        self.attributes |= set(given)
        self.ids |= {given["id"]} if "id" in given else set()
        self.links += [given["href"]] if "href" in given else []
        self.loaded += [tag] if tag in ("script", "link", "img", "iframe") else []

    def handle_data(self, data: str) -> None:
        self.text += data
