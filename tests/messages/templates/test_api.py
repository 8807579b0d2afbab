"""Templates and blocks over HTTP, as Chalice serves them: put, compiled, checked, previewed, tried."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from chalice.test import Client, HTTPResponse

from app import app
from chalicelib import resources, settings, wiring
from chalicelib.customers.profile import Profile, Trait
from chalicelib.customers.state import State
from chalicelib.messages import trial
from chalicelib.messages.store import SendStore
from chalicelib.tracking.keys import KeyKind
from chalicelib.wiring import Perennial, Ports
from tests.fakes.database import MemoryDatabase
from tests.fakes.queues import MemoryQueues
from tests.messages.samples import HTML, NOW

Call = Callable[..., HTTPResponse]
MAIL = {"class": "marketing", "subject": "Hello {{ customer.first_name }}", "html": HTML}
FOOT = {"html": "<p>{{ links.unsubscribe }} {{ postal_address }}</p>"}


@pytest.fixture
def perennial() -> Iterator[Perennial]:
    read = settings.read(dict.fromkeys(settings.variables(), "test"))
    made = Perennial(
        replace(read, sender="Shop <hello@shop.example>", allowed_recipients=("*@shop.example",), stage="prod"),
        Ports(db=MemoryDatabase(), queues=MemoryQueues(), clock=lambda: NOW),
    )
    wiring.run(made)
    yield made
    wiring.run(None)


@pytest.fixture
def call(perennial: Perennial) -> Iterator[Call]:
    scopes = ["definitions:read", "definitions:write", "customers:read"]
    key = perennial.keys.create(KeyKind.SECRET, "test", scopes, NOW)
    with Client(app) as client:

        def send(method: str, path: str, body: object = None, key: str = key) -> HTTPResponse:
            headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
            return client.http.request(method, path, headers=headers, body=json.dumps(body or {}).encode())

        yield send


def customer(perennial: Perennial, id: str = "u#bob", **traits: str) -> None:
    held = {name: Trait(value, NOW, "m") for name, value in {"first_name": "Bob", **traits}.items()}
    perennial.customers.save_profile(Profile(id, held))
    perennial.customers.save(State(id, v=1, stage="lead"))


def refused(answer: HTTPResponse) -> tuple[int, str]:
    return answer.status_code, answer.json_body["code"]


def test_what_is_put_is_read_as_it_was_written(call: Call, perennial: Perennial) -> None:
    put = call("PUT", "/v1/templates/hello", MAIL).json_body
    assert put["advice"] == []
    read = call("GET", "/v1/templates/hello").json_body
    assert read["definition"] == put["definition"] == {"name": "hello", "locale": "en", **MAIL}
    kept = perennial.templates.template("hello", None)
    assert kept is not None
    assert kept.compiled is not None


def test_a_template_is_tried_with_real_people(call: Call, perennial: Perennial) -> None:
    customer(perennial, visits="none")
    broken = {**MAIL, "text": "{% if customer.visits %}{{ 1 | divided_by: customer.visits }}{% endif %}" + HTML}
    answer = call("PUT", "/v1/templates/hello", broken)
    assert refused(answer) == (400, "invalid_template")
    assert "customer 1 of 1" in answer.json_body["details"][0]["problem"]
    assert "bob" not in json.dumps(answer.json_body)


def test_a_block_that_changes_changes_what_holds_it(call: Call) -> None:
    held = {**MAIL, "html": "<p>Hello</p>{% block 'foot' %}"}
    assert refused(call("PUT", "/v1/templates/hello", held)) == (400, "invalid_template")
    assert call("PUT", "/v1/blocks/foot", FOOT).json_body["remade"] == []
    assert call("PUT", "/v1/templates/hello", held).json_body["version"] == 1
    again = call("PUT", "/v1/blocks/foot", {"html": "<hr>" + FOOT["html"]}).json_body
    assert (again["version"], again["remade"]) == (2, ["hello"])
    assert call("GET", "/v1/templates/hello").json_body["version"] == 2
    assert "<hr>" in call("POST", "/v1/templates/hello/preview").json_body["html"]
    assert "<hr>" not in call("POST", "/v1/templates/hello/preview", {"version": 1}).json_body["html"]
    assert [one["name"] for one in call("GET", "/v1/blocks").json_body["definitions"]] == ["foot"]


def test_a_block_that_would_break_a_template_is_not_in_force(call: Call) -> None:
    call("PUT", "/v1/blocks/foot", FOOT)
    call("PUT", "/v1/templates/hello", {**MAIL, "html": "<p>Hello</p>{% block 'foot' %}"})
    answer = call("PUT", "/v1/blocks/foot", {"html": "<p>{{ postal_address }}</p>"})
    assert refused(answer) == (400, "invalid_block")
    assert answer.json_body["details"][0]["path"] == "template hello: html"
    assert call("GET", "/v1/blocks/foot").json_body["version"] == 1
    assert call("GET", "/v1/templates/hello").json_body["version"] == 1


@pytest.mark.parametrize(
    ("body", "subject"),
    [
        ({}, "Hello Ada"),
        ({"sample": {"customer": {"first_name": "Eve"}}}, "Hello Eve"),
        ({"customer": "u#bob"}, "Hello Bob"),
        ({"customer": "u#bob", "locale": "it-CH"}, "Ciao Bob"),
        ({"definition": {**MAIL, "subject": "New"}}, "New"),
        ({"sample": {"customer": "nobody", "now": [], "links": None, "facts": 7}}, "Hello"),
    ],
)
def test_a_preview_is_what_somebody_would_get(
    call: Call, perennial: Perennial, body: dict[str, Any], subject: str
) -> None:
    customer(perennial)
    italian = {"subject": "Ciao {{ customer.first_name }}", "html": HTML, "sender": "Bottega <ciao@shop.example>"}
    call("PUT", "/v1/templates/hello", {**MAIL, "locales": {"it": italian}})
    answer = call("POST", "/v1/templates/hello/preview", body).json_body
    assert answer["subject"] == subject
    assert answer["sender"] == ("Bottega <ciao@shop.example>" if "locale" in body else "Shop <hello@shop.example>")
    assert answer["html_bytes"] == len(answer["html"].encode())
    assert answer["problems"] == []


def test_a_draft_is_shown_with_what_its_checks_find(call: Call) -> None:
    draft = {"definition": {**MAIL, "html": '<p>Hello</p><img src="https://shop.example/i.png">'}}
    answer = call("POST", "/v1/templates/new/preview", draft).json_body
    assert {finding["problem"] for finding in answer["problems"]} >= {
        "marketing must show {{ links.unsubscribe }} in its html, whoever the customer is",
        "An image has no alt text: https://shop.example/i.png",
    }
    assert refused(call("GET", "/v1/templates/new")) == (404, "template_not_found")


@pytest.mark.parametrize(
    ("path", "body", "expected"),
    [
        ("none/preview", {}, (404, "template_not_found")),
        ("No%20name/preview", {}, (404, "template_not_found")),
        ("hello/preview", {"version": 9}, (404, "version_not_found")),
        ("hello/preview", {"customer": "u#nobody"}, (404, "customer_not_found")),
        ("hello/preview", {"definition": {"class": "marketing"}}, (400, "invalid_template")),
        (
            "hello/preview",
            {"sample": {"customer": {"first_name": "x"}, "now": []}, "version": 0},
            (400, "invalid_body"),
        ),
        ("hello/preview", {"what": 1}, (400, "invalid_body")),
        ("hello/test", {"to": "ada@example.com"}, (400, "not_allowed_recipient")),
        ("none/test", {"to": "me@shop.example"}, (404, "template_not_found")),
        ("hello/test", {}, (400, "invalid_body")),
    ],
)
def test_errors_keep_the_conventions(call: Call, path: str, body: object, expected: tuple[int, str]) -> None:
    call("PUT", "/v1/templates/hello", MAIL)
    assert refused(call("POST", f"/v1/templates/{path}", body)) == expected


@pytest.mark.parametrize("what", ["preview", "test"])
def test_a_real_customer_asks_for_the_scope_of_customers(call: Call, perennial: Perennial, what: str) -> None:
    customer(perennial)
    call("PUT", "/v1/templates/hello", MAIL)
    key = perennial.keys.create(KeyKind.SECRET, "writer", ["definitions:read", "definitions:write"], NOW)
    body = {"customer": "u#bob"} | ({"to": "me@shop.example"} if what == "test" else {})
    assert refused(call("POST", f"/v1/templates/hello/{what}", body, key=key)) == (403, "forbidden")


def test_a_test_is_a_row_of_the_ledger_of_nobody(call: Call, perennial: Perennial) -> None:
    customer(perennial)
    call("PUT", "/v1/templates/hello", MAIL)
    asked = {"to": "Me@shop.example", "customer": "u#bob", "locale": "it"}
    planned = call("POST", "/v1/templates/hello/test", asked).json_body
    assert planned["customer"].startswith(trial.SUBJECT)
    row = SendStore(perennial.db).get(planned["customer"], planned["send"])
    assert row is not None
    assert row.test == {"to": "Me@shop.example", "as": "u#bob", "locale": "it"}
    assert (row.journey, row.template, row.template_version) == (trial.JOURNEY, "hello", 1)
    assert isinstance(perennial.queues, MemoryQueues)
    assert perennial.queues.take(resources.TRANSACTIONAL) == [planned]


def test_what_comes_with_the_code_can_be_seen(call: Call) -> None:
    answer = call("POST", "/v1/templates/confirm-subscription/preview").json_body
    assert "confirm.invalid" in answer["html"]
