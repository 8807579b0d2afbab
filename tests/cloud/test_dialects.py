"""Dialects through the real gateway: what it does to paths, queries and labels before a function sees them."""

from __future__ import annotations

import gzip
import json
from base64 import b64encode
from urllib.parse import quote

import pytest

from chalicelib.customers.consent import CHANNELS
from tests.cloud.asking import Api, ask, eventually
from tests.cloud.deployed import Deployed

SUCCESS = (200, {"success": True})


def basic(api: Api, key: str | None = None) -> dict[str, str]:
    """As Customer.io's clients introduce themselves."""
    credentials = b64encode(f"site:{key or api.write_key}".encode()).decode()
    return {"Authorization": f"Basic {credentials}", "Content-Type": "application/json"}


@pytest.mark.parametrize("id", ["ivy 1", "ivy@shop.example", "ivy+1", "ïvy", "ivy#1"])
def test_an_id_in_a_path_may_be_anything(deployed: Deployed, id: str) -> None:
    url = f"{deployed.api.endpoint}/api/v1/customers/{quote(id, safe='')}/events"
    body = json.dumps({"name": "clicked", "id": "the-click"}).encode()
    answer = ask("POST", url, basic(deployed.api), body)
    assert (answer.status, answer.json()) == SUCCESS
    assert deployed.stored(f"u#{id}") == ["the-click"]


def test_a_suppressed_customer_is_unsubscribed(deployed: Deployed) -> None:
    api = deployed.api
    for method, path, body in (
        ("PUT", "/api/v1/customers/jo", b'{"email": "jo@shop.example"}'),
        ("POST", "/api/v1/customers/jo/suppress", b""),
    ):
        answer = ask(method, api.endpoint + path, basic(api, api.secret_key), body)
        assert (answer.status, answer.json()) == SUCCESS
    eventually("jo's events are counted", lambda: api.find("jo") and not deployed.differences("u#jo"))
    said = {consent["to"]: consent["granted"] for consent in api.find("jo")["consents"]}
    assert said == dict.fromkeys(CHANNELS, False)


@pytest.mark.parametrize("path", ["/sourceConfig", "/sourceConfig/"])
def test_rudderstack_gets_its_settings(deployed: Deployed, path: str) -> None:
    api = deployed.api
    answer = ask("GET", f"{api.endpoint}{path}?p=npm&v=3.34.1&writeKey={api.write_key}", {})
    assert (answer.status, answer.json()["source"]["writeKey"]) == (200, api.write_key)
    assert answer.headers["access-control-allow-origin"] == "*"


def test_settings_lead_back_here(deployed: Deployed) -> None:
    api = deployed.api
    answer = ask("GET", f"{api.endpoint}/v1/projects/{api.write_key}/settings", {})
    there = answer.json()["integrations"]["Segment.io"]
    assert f"{there.get('protocol', 'https')}://{there['apiHost']}" == f"{api.endpoint}/v1"
    assert answer.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize("path", ["/analytics.js/v1/any/analytics.min.js", "/p.js"])
def test_a_browsers_file_is_there_or_it_is_said_that_it_is_not(deployed: Deployed, path: str) -> None:
    answer = ask("GET", deployed.api.endpoint + path, {})
    if answer.status == 200:
        assert answer.headers["content-type"].startswith("text/javascript")
        assert len(answer.body) > 50_000
    else:
        assert (answer.status, answer.json()["code"]) == (404, "not_in_this_deployment")


def test_a_file_outside_is_not_there(deployed: Deployed) -> None:
    for file in ("..%2f..%2fapi%2fhttp.py", "%2e%2e%2f%2e%2e%2fapi%2fhttp.py", "....js"):
        answer = ask("GET", f"{deployed.api.endpoint}/analytics-next/bundles/{file}", {})
        assert answer.status == 404
        assert b"import" not in answer.body


def test_a_gzipped_body_that_says_that_it_is_a_form(deployed: Deployed) -> None:
    calls = [{"type": "track", "event": "Seen", "userId": "kay", "messageId": f"kay-{number}"} for number in range(9)]
    headers = {**deployed.api.writes, "Content-Type": "application/x-www-form-urlencoded", "Content-Encoding": "gzip"}
    body = gzip.compress(json.dumps({"batch": calls}).encode())
    answer = ask("POST", f"{deployed.api.endpoint}/v1/batch", headers, body)
    assert (answer.status, answer.json()) == SUCCESS
    assert len(deployed.stored("u#kay")) == 9
