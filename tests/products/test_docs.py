"""docs/PRODUCTS.md and docs/COUPONS.md: their examples come out as they say."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.fakes.world import World
from tests.flow.story import joins, says

DOCS = Path(__file__).parents[2] / "docs"


def example(page: str, name: str) -> Any:
    """The block under `<!-- example: name -->`."""
    text = (DOCS / page).read_text(encoding="utf-8").split(f"<!-- example: {name} -->")[1]
    found = re.search(r"```(\w+)\n(.*?)```", text, re.DOTALL)
    assert found is not None
    return json.loads(found[2]) if found[1] == "json" else found[2].strip()


def ask(world: World, method: str, path: str, body: object = None) -> Any:
    answer = world.ask(method, path, body)
    assert answer.status in (200, 202), answer.text
    return answer.json()


def orders(world: World, who: str, id: str, *products: str, **said: Any) -> None:
    listed = {"products": [{"product_id": product} for product in products]} if products else {}
    properties = {"order_id": id, "total": "36.00", "currency": "EUR", **listed, **said}
    says(world, "track", who, event="Order Completed", messageId=id, properties=properties)


def test_the_feed_and_what_is_recommended(world: World) -> None:
    assert world.ask("PUT", "/v1/settings/products", example("PRODUCTS.md", "setting")).status == 200
    assert ask(world, "PUT", "/v1/products", example("PRODUCTS.md", "feed")) == example("PRODUCTS.md", "kept")
    ask(world, "PUT", "/v1/products", {"products": [{"id": "bag", "title": "Bag"}]})
    for number in range(12):
        orders(world, f"two{number}", f"two-{number}", "lantern", "wick")
    for number in range(20):
        orders(world, f"one{number}", f"one-{number}", "bag")
    joins(world, "ann")
    orders(world, "ann", "ann-1", "wick")
    world.settle()
    world.night()
    found = world.ask("GET", "/v1/customers/ann/recommendations", locale="it").json()["products"]
    assert [{"id": each["id"], "because": each["because"]} for each in found] == example("PRODUCTS.md", "recommended")
    assert found[0]["title"] == "Lanterna di ottone"


def test_the_coupon_in_a_journey_with_a_budget_and_in_an_order(world: World) -> None:
    ask(world, "PUT", "/v1/coupons/back-10", example("COUPONS.md", "coupon"))
    ask(world, "POST", "/v1/coupons/back-10/codes", {"codes": ["BACK-1", "BACK-2", "BACK-3"]})
    text = f"{example('COUPONS.md', 'letter')} {{{{ links.unsubscribe }}}} {{{{ postal_address }}}}"
    journey = {
        "name": "come-back",
        "title": "Come back",
        "class": "transactional",
        "trigger": {"on": "event", "name": "Offer Asked For"},
        "steps": [example("COUPONS.md", "step")],
        **example("COUPONS.md", "budget"),
    }
    world.define(journey, {"come-back": {"class": "transactional", "subject": "Yours", "text": text}})
    joins(world, "ann")
    says(world, "track", "ann", event="Offer Asked For", messageId="ann-asks")
    world.settle()
    (mail,) = [mail for mail in world.mails("ann@example.com") if mail.subject == "Yours"]
    code, until = re.findall(r"^(\S+) is yours until (\S+)", str(mail.text))[0]
    assert until == (world.now + timedelta(days=14)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    orders(world, "ann", "ann-1", coupon=code, discount="4.00")
    world.settle()
    state, shown = ask(world, "GET", "/v1/coupons/back-10"), example("COUPONS.md", "state")
    assert {name: state[name] for name in shown} == shown
    spending = ask(world, "GET", "/v1/journeys/come-back/spending")
    assert (spending["budget"], spending["spent"], spending["reached"]) == ("500", "4.70", False)


def test_the_referral(world: World) -> None:
    ask(world, "PUT", "/v1/referrals/friends", example("COUPONS.md", "referral"))
    joins(world, "ada")
    world.settle()
    ask(world, "POST", "/v1/referrals/friends/codes", {"customer": "ada"})
    world.settle()
    code = ask(world, "POST", "/v1/referrals/friends/codes", {"customer": "ada"})["code"]
    orders(world, "bob", "bob-1", coupon=code)
    world.settle()
    assert ask(world, "GET", "/v1/referrals/friends")["credited"] == 1
