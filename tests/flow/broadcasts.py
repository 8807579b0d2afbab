"""The corner of broadcasts: one that recurs, to somebody who agreed to it, and to somebody else at her own time."""

from __future__ import annotations

from datetime import timedelta

from chalicelib import resources
from tests.fakes.world import World
from tests.flow.story import joins, orders, says

SEGMENT = {"title": "Who asked for the paper", "rule": {"trait": "paper", "equals": True}}
TEMPLATE = {"class": "marketing", "subject": "The paper", "text": "{{ links.unsubscribe }} {{ postal_address }}"}

DUE = {"class": "transactional", "subject": "Your paper is to be renewed", "text": "By the end of the month."}


def a_broadcast(world: World) -> None:
    """From the draft to the mailbox; approved because it is large."""
    for reader, zone in (("pam", "Europe/Rome"), ("pat", "Pacific/Honolulu")):
        joins(world, reader)
        says(world, "identify", reader, traits={"paper": True, "timezone": zone}, messageId=f"{reader}-paper")
    assert world.ask("PUT", "/v1/segments/paper", SEGMENT).status == 200
    assert world.ask("PUT", "/v1/templates/paper", TEMPLATE).status == 200
    assert world.ask("PUT", "/v1/templates/due", DUE).status == 200
    world.settle()
    world.wait(timedelta(minutes=2))
    at = (world.now + timedelta(days=1)).replace(hour=9, minute=0, second=0, microsecond=0)
    paper = {
        "title": "Paper",
        "segment": "paper",
        "template": "paper",
        "at": f"{at:%Y-%m-%dT%H:%M}",
        "approve_above": 1,
    }
    assert world.ask("PUT", "/v1/broadcasts/paper", {**paper, "zone": "local"}).status == 200
    assert world.ask("POST", "/v1/broadcasts/paper/schedule", {"version": 1}).status == 200
    world.settle()
    world.now = at - timedelta(hours=14)
    world.tick()
    world.settle()
    assert world.ask("GET", "/v1/broadcasts/paper").json()["progress"]["state"] == "needs_approval"
    assert world.ask("POST", "/v1/broadcasts/paper/approve").status == 200
    world.settle()
    assert world.ask("GET", "/v1/broadcasts/paper").json()["progress"]["entered"] == 2
    now = {**paper, "zone": "UTC"}
    for name, said in (("paper-now", now), ("paper-due", {**now, "class": "transactional", "template": "due"})):
        assert world.ask("PUT", f"/v1/broadcasts/{name}", said).status == 200
        assert world.ask("POST", f"/v1/broadcasts/{name}/schedule", {"version": 1}).status == 200
    world.now = at
    world.tick()
    world.settle()
    for name in ("paper-now", "paper-due"):
        assert world.ask("POST", f"/v1/broadcasts/{name}/approve").status == 200
    world.settle()
    for name in ("paper", "paper-now"):
        assert world.ask("POST", f"/v1/broadcasts/{name}/cancel").status == 200
    world.settle()


COURSE = {
    "class": "marketing",
    "subject": "Your course {{ coupon.code }}",
    "html": "<p>{{ cart.items[0].title }} {{ lifecycle.since }} {{ account.id }} {{ products.size }}</p>"
    "<p>{{ links.unsubscribe }} {{ postal_address }}</p>",
}


def a_course_for_many(world: World) -> None:
    """A schedule's journey that asks for all there is, under a budget: one letter whose message is lost, another that
    somebody is woken for, and a webhook."""
    coupon = {"title": "Course", "codes": {"kind": "pool"}, "discount": {"percent": 10}}
    assert world.ask("PUT", "/v1/coupons/course", coupon).status == 200
    assert world.ask("POST", "/v1/coupons/course/codes", {"codes": ["C-1", "C-2", "C-3"]}).status == 202
    assert world.ask("PUT", "/v1/products", {"products": [{"id": "shirt", "title": "Linen shirt"}]}).status == 200
    joins(world, "vic")
    said = {"product_id": "shirt", "price": 20, "currency": "GBP"}
    says(world, "identify", "vic", traits={"course": True}, messageId="vic-course")
    wanted = {"title": "Who wants the course", "rule": {"trait": "course", "equals": True}}
    assert world.ask("PUT", "/v1/segments/course", wanted).status == 200
    world.settle()
    world.wait(timedelta(hours=25))  # the welcome was one a day
    orders(world, "vic", "V-9", "10")
    world.settle()
    at = (world.now + timedelta(days=1)).replace(hour=9, minute=0, second=0, microsecond=0)
    steps = [
        {"id": "letter", "do": "send", "template": "course", "coupon": "course"},
        {"id": "moment", "do": "wait", "for": "PT30S"},
        {"id": "tell", "do": "webhook", "url": "https://crm.example.com/hooks"},
        {"id": "ready", "do": "wait_until", "event": "Course Begun", "within": "P20D"},
        {"id": "again", "do": "send", "template": "course", "coupon": "course"},
    ]
    journey = {
        "name": "course",
        "title": "Course",
        "class": "marketing",
        "priority": 1,
        "trigger": {"on": "schedule", "segment": "course", "at": f"{at:%Y-%m-%dT%H:%M}", "zone": "UTC"},
        "budget": {"amount": 50, "currency": "EUR"},
        "cost": {"per_message": 0.5, "currency": "EUR"},
        "steps": steps,
    }
    world.define(journey, {"course": COURSE})
    world.now = at - timedelta(minutes=10)
    says(world, "track", "vic", event="Product Added", messageId="vic-cart", properties=said)
    world.settle()
    world.now = at
    world.tick()
    for _ in range(2):
        while world.drain_streams() or world.drain_queues(("walk_due",)):
            pass
        world.wait(timedelta(seconds=30))
        world.tick()
    lost = world.lose_messages()
    assert {message.queue for message in lost} >= {resources.BULK}
    world.pass_through(at + timedelta(minutes=2))
    world.wait(timedelta(minutes=1))
    world.settle()
    assert len([mail for mail in world.mails("vic@example.com") if "C-" in mail.subject]) == 1
    world.wait(timedelta(days=8))
    says(world, "track", "vic", event="Course Begun", messageId="vic-begun")
    world.settle()
    assert len([mail for mail in world.mails("vic@example.com") if "C-" in mail.subject]) == 2
