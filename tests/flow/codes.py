"""Codes in messages of both classes, budgets, orders that use codes, friends, a shop's products: a corner by itself."""

from __future__ import annotations

from datetime import timedelta

from tests.fakes import vendors
from tests.fakes.world import World
from tests.flow.story import joins, orders, says

SECRET = vendors.SECRETS["shopify"]
LANTERN = {"id": 91, "title": "Lantern", "published_at": "2026-01-01T00:00:00Z", "variants": [{"price": "9.00"}]}


def codes_are_given_and_used(world: World) -> None:
    """Two letters with a code each, under a budget; the codes are used; a friend comes by a code."""
    coupon = {"title": "Ten off", "codes": {"kind": "pool"}, "discount": {"percent": 10}}
    assert world.ask("PUT", "/v1/coupons/ten", coupon).status == 200
    assert world.ask("POST", "/v1/coupons/ten/codes", {"codes": ["TEN-A", "TEN-B", "TEN-C"]}).status == 202
    assert world.ask("PUT", "/v1/referrals/friends", {"title": "Friends"}).status == 200
    for message_class in ("marketing", "transactional"):
        name = f"code-{message_class}"
        text = "{{ coupon.code }} {{ links.unsubscribe }} {{ postal_address }}"
        steps = [{"id": "letter", "do": "send", "template": name, "coupon": "ten"}]
        trigger = {"on": "event", "name": "Code Asked For"}
        budget = {"budget": {"amount": 50, "currency": "EUR"}, "cost": {"per_message": 0.5, "currency": "EUR"}}
        journey = {"name": name, "title": name, "class": message_class, "trigger": trigger, "steps": steps, **budget}
        world.define(journey, {name: {"class": message_class, "subject": name, "text": text}})
    joins(world, "val")
    joins(world, "zed")
    orders(world, "val", "V-1", "10")
    world.settle()
    world.wait(25 * timedelta(hours=1))  # the welcome was one a day
    says(world, "track", "val", event="Code Asked For", messageId="val-code")
    assert world.ask("POST", "/v1/referrals/friends/codes", {"customer": "val"}).status == 200
    world.settle()
    letters = [mail for mail in world.mails("val@example.com") if mail.subject.startswith("code-")]
    codes = {str(mail.text).split()[0] for mail in letters}
    assert len(codes) == 2
    assert codes < {"TEN-A", "TEN-B", "TEN-C"}
    own = world.ask("POST", "/v1/referrals/friends/codes", {"customer": "val"}).json()["code"]
    for who, used in (("val", codes.pop()), ("zed", own)):
        properties = {"order_id": f"{who}-c", "total": "9", "currency": "EUR", "coupon": used, "discount": "1"}
        says(world, "track", who, event="Order Completed", messageId=f"{who}-c", properties=properties)
    world.settle()
    assert world.ask("GET", "/v1/coupons/ten").json()["off"] == {"EUR": "1.00"}
    assert world.ask("GET", "/v1/referrals/friends").json()["credited"] == 1
    for path in ("/v1/customers/val/codes", f"/v1/codes/{own}", "/v1/customers/val/recommendations"):
        assert world.ask("GET", path).status == 200
    assert world.ask("PUT", "/v1/sources/lamps", {"reads": "shopify"}).status == 200
    assert world.ask("PUT", "/v1/sources/lamps/secret", {"secret": SECRET}).status == 200
    assert vendors.signed("shopify", "products/create", LANTERN, world.now).to(world, "lamps").status == 200
    world.settle()
    assert world.ask("GET", "/v1/products/91").json()["title"] == "Lantern"
