"""A corner of the flow: somebody is exported and erased, and what is old is forgotten."""

from __future__ import annotations

import json
from datetime import timedelta

from chalicelib import resources
from chalicelib.resources import CUSTOMERS
from tests.fakes.world import Delivery, World
from tests.flow.story import events_of, joins, orders, says
from tests.operations.test_failures import batch


def somebody_is_exported_and_erased(world: World) -> None:
    """A visitor becomes somebody with an order, has all of it sent, and asks to be forgotten; a parked call as well,
    and what was given up of him and of somebody else."""
    says(world, "page", "", anonymousId="ned-device", messageId="ned-page", name="Home")
    joins(world, "ned")
    says(world, "identify", "ned", anonymousId="ned-device", messageId="ned-identify-2")
    says(world, "identify", "max", anonymousId="ned-device", messageId="max-identify")
    orders(world, "ned", "N-1", "10")
    assert world.post("/v1/batch", {"batch": [{"type": "nothing", "userId": "ned"}, 7]}).status == 200
    world.settle()
    assert world.ask("GET", "/v1/customers/ned/export").status == 200
    job = world.containers["api"].privacy.start_for("export", "u#ned", "a shop")
    world.settle()
    answer = world.ask("GET", "/v1/customers/ned/export", job=job.id).json()
    assert answer["job"]["status"] == "done"
    assert len(answer["files"]) == 1
    outboxes = [_of(delivery, "u#ned") for delivery in world.delivered if delivery.function == "start_journeys"]
    for who in ("u#ned", "u#max"):
        world.platform.give_up(resources.WALKS, {"customer": who, "enrolment": "news#1"})
    for number, subjects in enumerate((("u#ned", "u#max"), ("u#ned",))):
        records = [{"dynamodb": {"Keys": {"pk": {"S": subject}}}} for subject in subjects]
        held = batch(payload=json.dumps({"Records": records}))
        world.platform.give_up_batch(f"aws/lambda/of-ned-{number}", json.loads(held))
    assert world.ask("DELETE", "/v1/customers/ned").status == 202
    world.settle()
    assert world.ask("GET", "/v1/customers/ned").status == 404
    for place in ("letters", "batches"):
        (one,) = world.ask("GET", "/v1/failures", place=place).json()["failures"]
        assert (one["count"], world.ask("POST", f"/v1/failures/{one['id']}/discard", {}).status) == (1, 200)
    world.redeliver(outboxes)
    assert not [item for item in world.items(CUSTOMERS) if item["pk"] == "u#ned"]


def browsing_is_forgotten(world: World) -> None:
    """The workspace keeps what people look at for ninety days."""
    assert world.ask("PUT", "/v1/settings/retention", {"events": 90}).status == 200
    world.wait(timedelta(seconds=31))
    for number in range(3):
        says(world, "page", "liv", messageId=f"liv-{number}", name="Home")
    orders(world, "liv", "L-1", "10")
    world.settle()
    world.wait(91 * timedelta(days=1))
    world.tick()
    world.settle()
    assert [item["name"] for item in events_of(world, "liv") if item["name"] != "Stage Changed"] == ["Order Completed"]
    assert world.customer("liv")["sessions"]["pages"] == 3


def _of(delivery: Delivery, pk: str) -> Delivery:
    """The same, with nothing but what is about one customer."""
    records = [each for each in delivery.event["Records"] if each["dynamodb"]["NewImage"]["pk"] == {"S": pk}]
    return Delivery(delivery.function, {"Records": records})
