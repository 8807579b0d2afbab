"""What a shop says of itself, and of no person: stored under the source, listed, counted, and nobody's fact."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.resources import CUSTOMERS, EVENTS, WORK
from chalicelib.tracking.pipeline import LONGEST_EVENT
from chalicelib.tracking.webhooks.store import RETRIED_FOR
from tests.fakes import vendors
from tests.fakes.world import World
from tests.jobs.test_erase import _request
from tests.tracking.webhooks.test_particulars import names, parked, payload, route, send

OF_SOURCES = [
    ("shopify", "product_created", "products/create"),
    ("shopify", "product_deleted_says_no_time", "products/delete"),
    ("shopify", "app_uninstalled", "app/uninstalled"),
    ("shopify", "inventory_level_updated", "inventory_levels/update"),
    ("shopify", "location_with_a_telephone", "locations/update"),
    ("woocommerce", "product_updated", "product.updated"),
    ("woocommerce", "action", "action.woocommerce_add_to_cart"),
    ("stripe", "product_created", "product.created"),
    ("stripe", "balance_available", "balance.available"),
    ("stripe", "account_updated_has_the_merchants_address", "account.updated"),
    ("standard", "about_nobody", "catalogue.changed"),
]


@pytest.mark.parametrize(("source", "recording", "name"), OF_SOURCES)
def test_it_is_stored_as_itself_and_makes_nobody_known(world: World, source: str, recording: str, name: str) -> None:
    for _ in range(3):
        send(world, source, recording)
        world.wait(timedelta(minutes=5))
    world.settle()
    assert [(item["pk"], item["name"]) for item in world.items(EVENTS)] == [(f"s#{source}", name)]
    assert world.items(CUSTOMERS) == []
    assert parked(world) == []
    (counted,) = world.ask("GET", "/v1/sources/activity", source=source, per="day").json()["activity"]
    assert (counted["source"], counted["events"], counted["parked"]) == (source, 1, {})


def test_what_is_too_long_is_kept_without_its_largest_properties(world: World) -> None:
    variants = [{"id": number, "title": "x" * 400} for number in range(200)]
    for _ in range(2):
        send(world, "shopify", "product_created", variants=variants, body_html="y" * 30_000)
        world.wait(timedelta(minutes=1))
    (event,) = world.ask("GET", "/v1/events", source="shopify", itself="true").json()["events"]
    assert event["properties"]["left_out"] == ["body_html", "variants"]
    assert event["properties"]["title"] == "Brass lantern"
    assert parked(world) == []
    send(world, "shopify", "product_created", title="longer", body_html="y" * 26_000)
    assert "left_out" not in world.ask("GET", "/v1/events", source="shopify", itself="true").json()["events"][-1]


@pytest.mark.parametrize("names", [1, 5_000])
def test_it_is_never_longer_than_an_event_may_be(world: World, names: int) -> None:
    held = {f"{number:05}" + "n" * (300 if names > 1 else 40_000): "v" for number in range(names)}
    send(world, "shopify", "product_created", **held)
    (event,) = world.ask("GET", "/v1/events", source="shopify", itself="true").json()["events"]
    assert len(json.dumps(event)) <= LONGEST_EVENT + 1_000
    assert len(event["properties"]["left_out"]) == min(names, 20)


def listed(world: World, **query: Any) -> list[tuple[Any, str]]:
    answer = world.ask("GET", "/v1/events", **query)
    assert answer.status == 200, answer.text
    return [(event["customer"], event["name"]) for event in answer.json()["events"]]


def test_it_is_listed_as_it_comes_and_as_it_is_stored(world: World) -> None:
    send(world, "shopify", "product_created")
    send(world, "shopify", "order_created")
    send(world, "stripe", "product_created")
    own = (None, "products/create")
    assert own in listed(world, after="oldest")
    assert listed(world, after="oldest", source="shopify", name="products/create") == [own]
    assert listed(world, source="shopify", itself="true") == [own]
    assert listed(world, source="shopify", itself="true", after="oldest") == [own]
    page = world.ask("GET", "/v1/events", source="shopify", itself="true").json()
    send(world, "shopify", "product_created", title="Tin lantern", updated_at="2026-11-22T12:00:00+02:00")
    assert listed(world, source="shopify", itself="true", after=page["cursor"]) == [own]


@pytest.mark.parametrize("query", [{"itself": "true"}, {"itself": "true", "source": "shopify", "customer": "ann"}])
def test_only_one_source_is_asked_about_itself(world: World, query: dict[str, str]) -> None:
    answer = world.ask("GET", "/v1/events", **query)
    assert (answer.status, answer.code) == (400, "invalid_parameters")


@pytest.mark.parametrize("id", ["s#shopify", "s%23shopify"])
def test_a_source_is_no_customer(world: World, id: str) -> None:
    send(world, "shopify", "product_created")
    world.settle()
    assert world.ask("GET", f"/v1/customers/{id.replace('#', '%23')}").status == 404
    assert listed(world, customer="s#shopify") == []


def test_what_says_no_time_is_one_until_nobody_sends_it_again(world: World) -> None:
    for _ in range(2):
        send(world, "woocommerce", "product_deleted_says_no_time")
        world.wait(RETRIED_FOR - timedelta(hours=1))
    assert names(world) == ["product.deleted"]
    world.wait(timedelta(days=2))
    for _ in range(2):
        send(world, "woocommerce", "product_deleted_says_no_time")
        world.wait(timedelta(hours=1))
    assert names(world) == ["product.deleted", "product.deleted"]


@pytest.mark.parametrize(
    ("source", "recording"), [("shopify", "return_of_an_order"), ("stripe", "payment_of_a_customer_not_known_yet")]
)
def test_what_names_an_order_or_a_customer_waits_to_be_somebodys(world: World, source: str, recording: str) -> None:
    send(world, source, recording)
    assert (names(world), parked(world)) == ([], ["no_user_anon_id"])


def test_a_return_is_taken_in_when_its_order_comes(world: World) -> None:
    send(world, "shopify", "return_of_an_order", order={"id": payload("shopify", "order_created")["id"]})
    send(world, "shopify", "order_created")
    assert "returns/request" in names(world)
    assert not [item for item in world.items(EVENTS) if item["pk"].startswith("s#")]


@pytest.mark.parametrize(
    ("source", "topic"),
    [("shopify", "orders/create"), ("shopify", ""), ("woocommerce", "order.updated"), ("stripe", "")],
)
def test_a_topic_that_is_known_and_has_another_shape_is_parked(world: World, source: str, topic: str) -> None:
    body = {"id": 7} if source != "stripe" else {"id": "evt_7", "livemode": False, "data": {"object": {"id": "x"}}}
    assert vendors.signed(source, topic, body, world.now).to(world).status == 200
    assert (names(world), parked(world)) == ([], ["no_user_anon_id"])


def test_a_preview_shows_it(world: World) -> None:
    sample = {"payload": payload("shopify", "product_created"), "topic": route("shopify", "product_created")}
    (event,) = world.ask("POST", "/v1/sources/shopify/preview", sample).json()["events"]
    assert (event["user_id"], event["anonymous_id"], event["name"]) == (None, None, "products/create")


def test_a_mapping_names_what_none_of_its_events_fits(world: World) -> None:
    mapping = {"topic": "$.kind", "events": []}
    assert world.ask("PUT", "/v1/sources/club", {"reads": "standard", "mapping": mapping}).status == 200
    vendors.entrust(world, "club", vendors.SECRETS["standard"])
    body = {"kind": "season.opened", "at": "2026-11-22"}
    answer = vendors.signed("standard", "", body, world.now).to(world, "club")
    assert answer.status == 200, answer.text
    assert [(item["pk"], item["name"]) for item in world.items(EVENTS)] == [("s#club", "season.opened")]


def test_it_goes_when_the_shop_asks_for_it_and_by_itself_after_its_days(world: World) -> None:
    send(world, "shopify", "app_uninstalled")
    send(world, "stripe", "product_created")
    held = {item["pk"]: item for item in world.items(EVENTS)}
    assert all(item["expires"] for item in held.values())
    world.containers["api"].privacy.start(_request("erase_shop", reference="gone"), "shopify")
    world.settle()
    assert [item["pk"] for item in world.items(EVENTS)] == ["s#stripe"]
    (job,) = (item for item in world.items(WORK) if item["pk"] == "job")
    assert job["status"] == "done"
