"""Webhooks on the real deployment: secrets in SSM, signatures over what the gateway passes on, facts by the stream."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from chalicelib.aws.secrets import SsmSecrets
from chalicelib.resources import EVENTS
from infra import source_secrets
from tests.cloud.asking import Answer, ask, eventually
from tests.cloud.deployed import Deployed
from tests.fakes import vendors
from tests.tracking.test_sources import HERE


@dataclass(frozen=True)
class Sale:
    """One vendor's delivery of an order of a person: a recording, told of somebody and something of this test."""

    source: str
    recording: str
    person: str
    total: str

    def delivery(self, secret: str | None = None) -> vendors.Signed:
        recorded = json.loads((HERE / self.source / f"{self.recording}.json").read_text())
        body = self._mine(recorded["payload"])
        return vendors.signed(self.source, recorded["route"], body, datetime.now(UTC), secret)

    def _mine(self, body: dict[str, Any]) -> dict[str, Any]:
        if self.source == "shopify":
            return {**body, "id": 7700000001, "customer": {**body["customer"], "id": self.person}}
        if self.source == "stripe":
            session = {**body["data"]["object"], "id": "cs_7701", "payment_intent": "pi_7701"}
            return {**body, "id": "evt_7701", "data": {"object": {**session, "client_reference_id": self.person}}}
        order = {"orderId": "7702", "userId": self.person, "total": self.total, "currency": "EUR"}
        return {"type": "order.paid", "timestamp": "2026-11-20T09:00:00Z", "data": order}


MAPPING = {
    "events": [
        {
            "when": {"$.type": "order.paid"},
            "event": "Order Completed",
            "userId": "$.data.userId",
            "messageId": "$.data.orderId",
            "timestamp": "$.timestamp",
            "properties": {"order_id": "$.data.orderId", "total": "$.data.total", "currency": "$.data.currency"},
        }
    ]
}
SALES = [
    Sale("shopify", "order_created", "7700000100", "39.80"),
    Sale("stripe", "checkout_paid", "stripe-buyer", "26.00"),
    Sale("standard", "about_a_user", "standard-buyer", "12.50"),
]


@pytest.fixture(scope="module")
def shops(deployed: Deployed) -> Deployed:
    """Every vendor's secret is put: by the API, or as the engineer's command does, straight into SSM."""
    answer = deployed.api.ask("PUT", "/v1/sources/standard", {"reads": "standard", "mapping": MAPPING})
    assert answer.status == 200, answer.text
    for source in ("shopify", "standard"):
        answer = deployed.api.ask("PUT", f"/v1/sources/{source}/secret", {"secret": vendors.SECRETS[source]})
        assert (answer.status, answer.json()["secrets"]) == (200, 1), answer.text
    ssm = SsmSecrets(deployed.aws("ssm"), "/perennial/local/secrets", "/perennial/local/public-url")
    assert source_secrets.put(ssm, "stripe", vendors.SECRETS["stripe"]) == 1
    return deployed


def post(deployed: Deployed, signed: vendors.Signed) -> Answer:
    url = f"{deployed.api.endpoint}/webhooks/{signed.source}"
    return ask("POST", url, {"Content-Type": "application/json", **signed.headers}, signed.body)


def stored(deployed: Deployed, subject: str) -> list[str]:
    return [item["name"] for item in deployed.database.query(EVENTS, subject, consistent=True).items]


@pytest.mark.parametrize("sale", SALES, ids=lambda sale: sale.source)
def test_what_is_wrongly_signed_is_401_and_nothing_is_stored(shops: Deployed, sale: Sale) -> None:
    good = sale.delivery()
    unsigned = vendors.Signed(sale.source, {}, good.body)
    other = sale.delivery("whsec_b3RoZXIgc2VjcmV0IGVudGlyZWx5")
    altered = vendors.Signed(sale.source, good.headers, good.body.replace(b'"', b' "', 1))
    person = f"{sale.person}-forged"
    forged = Sale(sale.source, sale.recording, person, sale.total).delivery("whsec_b3RoZXIgc2VjcmV0IGVudGlyZWx5")
    for bad in (unsigned, other, altered, forged):
        answer = post(shops, bad)
        assert (answer.status, answer.json()["code"]) == (401, "invalid_signature"), answer.text
    assert stored(shops, f"u#{person}") == []
    parked = shops.api.get(f"/v1/parked?source={sale.source}")["parked"]
    assert not [one for one in parked if person in json.dumps(one)]


@pytest.mark.parametrize("sale", SALES, ids=lambda sale: sale.source)
def test_an_order_rightly_signed_becomes_facts_once_however_often_it_is_delivered(shops: Deployed, sale: Sale) -> None:
    for _ in range(3):
        answer = post(shops, sale.delivery())
        assert (answer.status, answer.json()) == (200, {"success": True}), answer.text
    customer = f"u#{sale.person}"
    eventually(
        "the order is counted", lambda: (shops.api.find(sale.person) or {"orders": {"count": 0}})["orders"]["count"]
    )
    eventually("nothing is on its way", lambda: not shops.differences(customer))
    assert stored(shops, customer).count("Order Completed") == 1
    assert shops.api.find(sale.person)["orders"]["count"] == 1
    assert post(shops, sale.delivery()).status == 200
    eventually("the repetition is passed over", lambda: not shops.differences(customer))
    assert shops.api.find(sale.person)["orders"]["count"] == 1


def test_what_a_shop_says_of_itself_is_listed_and_is_nobody(shops: Deployed) -> None:
    recorded = json.loads((HERE / "shopify" / "product_created.json").read_text())
    for _ in range(2):
        signed = vendors.signed("shopify", recorded["route"], recorded["payload"], datetime.now(UTC))
        assert post(shops, signed).status == 200
    found = shops.api.get("/v1/events?source=shopify&itself=true")["events"]
    assert [(event["customer"], event["name"]) for event in found] == [(None, "products/create")]
    assert stored(shops, "s#shopify") == ["products/create"]
    eventually("it is counted by source", lambda: _counted_after_another(shops, recorded), every=2)
    assert shops.api.ask("GET", "/v1/customers/s%23shopify").status == 404


def test_an_unknown_source_and_one_without_a_secret_believe_nothing(shops: Deployed) -> None:
    delivery = vendors.signed("woocommerce", "order.created", {"id": 7}, datetime.now(UTC))
    answer = post(shops, delivery)
    assert (answer.status, answer.json()["code"]) == (401, "invalid_signature")
    unknown = vendors.Signed("nothing-here", delivery.headers, delivery.body)
    assert post(shops, unknown).status == 404


def _counted_after_another(deployed: Deployed, recorded: Any) -> bool:
    """A busy worker writes its counts with what comes later (tally.py): so there is another product each time."""
    product = {**recorded["payload"], "id": time.monotonic_ns()}
    assert post(deployed, vendors.signed("shopify", recorded["route"], product, datetime.now(UTC))).status == 200
    found = deployed.api.get("/v1/sources/activity?source=shopify")["activity"]
    return any(one["key"] is None and one["events"] for one in found)
