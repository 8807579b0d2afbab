"""Schemathesis over the whole API: whatever comes, good or bad, nothing fails on our side, an error has the form of
errors and a code that the document names, and a good answer is what the document promises.

In process, bounded, and the same requests each time: those that the document's own limits suggest, then some that are
generated for each operation, then chains of calls.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest
import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema

from chalicelib import api
from tests.fakes.platforms import over_fakes
from tests.flow.story import joins, orders

EACH = 6  # generated requests for each operation; `make fuzz` is for many
GATEWAYS = {"not_found", "too_large", "unsupported_media_type"}  # codes that API Gateway answers by itself
CODES = {(endpoint.method, endpoint.path): set(endpoint.codes) for endpoint in api.endpoints()}
PAGES = {(each.method, each.path) for each in api.endpoints() if each.content_type.startswith("text/html")}
TAKING = sorted({endpoint.tag for endpoint in api.endpoints() if endpoint.write_key})

OFF = {"enabled": False}
CHECKS = {
    # A definition that fits its schema may still be refused: it must mean something, too; and a cursor is ours.
    "positive_data_acceptance": OFF,
    # API Gateway answers 404 to a method that it does not know, and that is a line of infra/resources.yaml.
    "unsupported_method": OFF,
    # Calls the application again without a server's address, which it cannot; tests/api/test_conventions.py does this.
    "ignored_auth": OFF,
    "object_level_authorization": OFF,
}


@dataclass(frozen=True)
class Exchange:
    """One request and its answer."""

    method: str
    path: str
    status: int
    content_type: str
    content: bytes
    request: str


@dataclass(frozen=True)
class Run:
    """What a whole run saw. `failures`: what Schemathesis itself objects to."""

    exchanges: list[Exchange]
    failures: list[str]


def config(secret_key: str) -> SchemathesisConfig:
    return SchemathesisConfig.from_dict(
        {
            "seed": 1,
            "color": False,
            "headers": {"Authorization": f"Bearer {secret_key}"},
            "continue-on-failure": True,
            "generation": {"max-examples": EACH, "deterministic": True, "database": "none", "no-shrink": True},
            "checks": CHECKS,
            "phases": {"stateful": {"generation": {"max-examples": EACH, "deterministic": True, "database": "none"}}},
            # What tracking cannot accept is parked and answered with 200: clients retry or crash on anything else.
            "operations": [
                {"include-tag": TAKING, "checks": {**CHECKS, "negative_data_rejection": OFF}},
                # Every way to bend a rule, in every place of a journey that takes one, are 10,000 requests: rules are
                # bent where segments take them.
                {"include-method": "PUT", "include-path": "/v1/journeys/{name}", "phases": {"coverage": OFF}},
            ],
        }
    )


@cache
def run() -> Run:
    """The one run that all tests here look at."""
    found = Run([], [])
    with over_fakes() as world:
        world.publish("welcome", "win_back")
        joins(world, "ada")
        orders(world, "ada", "A-1", "40.00")
        world.settle()
        schema = schemathesis.openapi.from_wsgi("/v1/openapi.json", world.http, config=config(world.secret_key))
        for event in from_schema(schema).execute():
            if isinstance(event, events.NonFatalError | events.FatalError):
                found.failures.append(str(event))
            if isinstance(event, events.ScenarioFinished):
                found.exchanges.extend(_exchanges(event.recorder))
                found.failures.extend(_objections(event.recorder))
    return found


def test_it_was_a_run_over_everything() -> None:
    seen = Counter((exchange.method, exchange.path) for exchange in run().exchanges)
    assert set(CODES) <= set(seen)
    assert sum(seen.values()) > 500


def test_the_document_is_kept() -> None:
    assert run().failures == []


def test_nothing_fails_on_our_side() -> None:
    assert [exchange for exchange in run().exchanges if exchange.status >= 500] == []


@pytest.mark.parametrize("word", [b"Traceback", b'"Code"', b'"Message"', b"chalicelib/", b"site-packages"])
def test_nothing_shows_of_our_inside(word: bytes) -> None:
    assert [exchange for exchange in run().exchanges if word in exchange.content and exchange.status >= 400] == []


def test_a_refusal_has_the_form_of_errors_and_a_code_that_the_document_names() -> None:
    for exchange in run().exchanges:
        page = (exchange.method, exchange.path) in PAGES and exchange.content_type.startswith("text/html")
        if exchange.status < 400 or page:
            continue
        assert exchange.content_type == "application/json", exchange
        body = json.loads(exchange.content)
        assert set(body) == {"code", "message", "details"}, exchange
        named = CODES.get((exchange.method, exchange.path), set())
        assert body["code"] in named | GATEWAYS, exchange


def _exchanges(recorder: Any) -> Iterator[Exchange]:
    for id, interaction in recorder.interactions.items():
        case, response = recorder.cases[id].value, interaction.response
        content_type = str(response.headers.get("content-type", [""])[0])
        request = f"{case.path_parameters} {case.query} {case.body}"[:500]
        yield Exchange(case.method, case.path, response.status_code, content_type, response.content, request)


def _unsaid(query: Any) -> bool:
    """Whether what is wrong with a query never travels: an object with an empty key is sent as `=value`, which names no
    parameter."""
    return isinstance(query, Mapping) and any(isinstance(held, Mapping) and "" in held for held in query.values())


def _objections(recorder: Any) -> Iterator[str]:
    for id, checks in recorder.checks.items():
        for check in checks:
            case = recorder.cases[id].value
            if check.failure_info is not None and not (check.name == "negative_data_rejection" and _unsaid(case.query)):
                yield f"{case.method} {case.path}: {check.failure_info.failure} {case.query} {case.body}"
