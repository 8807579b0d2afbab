"""The corner of telephones: text messages and push messages by every sender, what becomes of them, and what people
write back."""

from __future__ import annotations

import json
from datetime import timedelta

from chalicelib import resources
from chalicelib.customers import devices
from chalicelib.customers.profile import Profile
from chalicelib.customers.state import State
from chalicelib.journeys.send import planned
from chalicelib.tracking.tags import customer_tag
from tests.fakes.world import World
from tests.flow.story import says

TEMPLATE = {
    "class": "transactional",
    "sms": {"text": "Your parcel is there, {{ customer.firstName }}."},
    "push": {"title": "Your parcel is there", "body": "Come and get it.", "url": "shop://parcels"},
}
NUMBER = "+40721000000"
STRANGER = "+40722000000"
ASKING = "+40723000000"


def telephones(world: World) -> None:
    """One person with a number and a device, which is lost by and by."""
    assert world.ask("PUT", "/v1/settings/sms", {"prices": {"+40": 0.07}}).status == 200
    assert world.ask("PUT", "/v1/templates/parcel", TEMPLATE).status == 200
    preview = world.ask("POST", "/v1/templates/parcel/preview", {"customer": "u#una"})
    assert preview.json()["sms"]["costs"] == {"+40": 0.07}
    _asks(world)
    says(world, "identify", "tel", traits={"firstName": "Tel", "phone": NUMBER}, messageId="tel-identify")
    for queue in (resources.TRANSACTIONAL, resources.JOURNEYS, resources.BULK):
        _by(world, queue)
    assert world.ask("POST", "/v1/templates/parcel/test", {"to": NUMBER, "channel": "sms"}).status == 200
    world.settle()
    _written(world, NUMBER, "STOP", "in-1")
    _written(world, STRANGER, "Stop", "in-2")
    world.settle()
    (state,) = [item for item in world.items(resources.CUSTOMERS) if (item["pk"], item["sk"]) == ("u#tel", "state")]
    assert State.from_item(state).facts.consent_status("sms") == "withdrawn"
    (profile,) = [item for item in world.items(resources.CUSTOMERS) if (item["pk"], item["sk"]) == ("u#tel", "profile")]
    assert devices.of(Profile.from_item(profile).values) == []


def _asks(world: World) -> None:
    """Two with one number ask for text messages, and the second confirms."""
    setting = world.ask("GET", "/v1/settings/consent").json()["setting"]
    asked = {**setting, "double_opt_in": sorted({*setting.get("double_opt_in", []), "sms"})}
    assert world.ask("PUT", "/v1/settings/consent", asked).status == 200
    world.wait(timedelta(minutes=2))  # workers hear of a setting by and by
    for user in ("tea", "tim"):
        says(world, "identify", user, traits={"phone": ASKING}, messageId=f"{user}-identify")
        says(world, "track", user, event="Subscribed", properties={"channel": "sms"}, messageId=f"{user}-subscribed")
        world.settle()
        world.wait(timedelta(minutes=1))
    _written(world, ASKING, "Yes", "in-0")
    world.settle()
    assert [one["status"] for one in world.customer("tim")["consents"]] == ["granted"]


def _by(world: World, queue: str) -> None:
    """One sender: a text message that arrives, a push message, and one to a device that is gone."""
    token = f"{queue:x<20}"
    device = {"id": f"phone-{queue}", "type": "ios", "token": token}
    opened = {"event": "Application Opened", "context": {"device": device}}
    world.wait(timedelta(minutes=1))
    says(world, "track", "tel", messageId=f"tel-{queue}", **opened)
    world.settle()
    _leaves(world, queue, "sms", 1)
    world.report_anything(json.dumps(_delivered(queue)))
    _leaves(world, queue, "push", 2)
    world.platform.lose_device(token)
    world.wait(timedelta(minutes=1))
    _leaves(world, queue, "push", 3)
    world.settle()
    assert world.platform.texted()[-1]["DestinationPhoneNumber"] == NUMBER


def _leaves(world: World, queue: str, channel: str, number: int) -> None:
    row = planned(
        customer="u#tel",
        message_class="transactional",
        channel=channel,
        template="parcel",
        journey="parcels",
        step="there",
        enrolment="parcels#!1",
        origin=queue,
        occurrence=number,
        now=world.now,
        worth=timedelta(days=2),
    )
    world.platform.put(resources.SENDS, row.to_item())
    world.hint(queue, {"customer": row.customer, "send": row.id})
    world.settle()
    (kept,) = [item for item in world.items(resources.SENDS) if item["sk"] == row.id]
    assert kept["status"] == ("sent" if number < 3 else "failed"), kept


def _delivered(queue: str) -> dict[str, object]:
    context = {"customer": customer_tag("u#tel"), "send": f"of-{queue}", "journey": "parcels"}
    return {"eventType": "TEXT_DELIVERED", "eventTimestamp": 1795345200000, "messageId": queue, "context": context}


def _written(world: World, number: str, text: str, id: str) -> None:
    said = {"originationNumber": number, "destinationNumber": "+40700000000", "messageBody": text}
    world.report_anything(json.dumps({**said, "inboundMessageId": id}))
