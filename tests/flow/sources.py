"""A corner of the flow: what brings events: a shop, a browser, a file."""

from __future__ import annotations

from chalicelib import times
from tests.fakes import vendors
from tests.fakes.world import World


def a_shop_is_connected(world: World) -> None:
    """A shop's webhooks: an order of a visitor becomes a known person's, and a refund finds its way to her."""
    secret = vendors.SECRETS["shopify"]
    assert world.ask("PUT", "/v1/sources/outlet", {"reads": "shopify"}).status == 200
    assert world.ask("PUT", "/v1/sources/outlet/secret", {"secret": secret}).status == 200
    guest = {"id": 71, "line_items": [], "total_price": "9.00", "currency": "EUR", "email": "mia@example.com"}
    refund = {"id": 72, "order_id": 71, "transactions": [{"kind": "refund", "status": "success", "amount": "4.00"}]}
    for topic, body in (
        ("orders/create", {**guest, "created_at": times.text(world.now)}),
        ("orders/updated", {**guest, "created_at": times.text(world.now), "customer": {"id": 7}}),
        ("refunds/create", {**refund, "created_at": times.text(world.now)}),
    ):
        assert vendors.signed("shopify", topic, body, world.now).to(world, "outlet").status == 200
    world.settle()
    orders = world.customer("7")["orders"]
    assert (orders["count"], orders["revenue"]) == (1, "5.00")


def browsers_get_ready(world: World) -> None:
    """The settings of an SDK say where this deployment is."""
    assert world.http.request("GET", f"/v1/projects/{world.write_key}/settings").status == 200


def an_import(world: World) -> None:
    """A file is brought inline, with a row that names nobody; another one is to be uploaded."""
    data = "id,email,created_at\nlea,lea@example.com,2024-01-02\n,,2024-01-02\n"
    job = world.ask("POST", "/v1/imports", {"kind": "customers", "format": "csv", "data": data}).json()["id"]
    world.settle()
    assert world.ask("GET", f"/v1/jobs/{job}").json()["counts"]["refused"] == 1
    assert world.ask("GET", f"/v1/imports/{job}/report").status == 200
    assert world.ask("POST", "/v1/imports/uploads").status == 200
    world.ask("POST", "/v1/imports", {"kind": "customers", "format": "csv", "data": data})
