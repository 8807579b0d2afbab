"""A few months of a small shop, step by step: everybody who shops, reads, ignores, bounces and leaves.

Each step ends where nothing is on its way any more, and is yielded by its name, so that a test can look, repeat what
was delivered, or go on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from chalicelib import times
from chalicelib.resources import EVENTS
from infra.local.mailbox.mail import Mail
from tests.fakes.world import World

DAY = timedelta(days=1)
RECEIPT = {
    "name": "receipt",
    "title": "Receipt",
    "class": "transactional",
    "trigger": {"on": "event", "name": "Order Completed"},
    "re_entry": "always",
    "steps": [{"id": "thanks", "do": "send", "template": "receipt"}],
}
TEMPLATES = {
    "receipt": {"class": "transactional", "subject": "Your order {{ event.order_id }}", "text": "We have it."},
}


def tell(world: World) -> Iterator[str]:
    """The whole story."""
    world.publish("welcome", "win_back")
    world.define(RECEIPT, TEMPLATES)

    joins(world, "ada")
    orders(world, "ada", "A-1", "40.00")
    world.settle()
    yield "ada joins, agrees to mail and orders"

    world.wait(timedelta(minutes=5))
    for mail in world.mails("ada@example.com"):
        for kind in ("Send", "Delivery", "Open"):
            world.report(mail, kind)
        world.report(mail, "Click", link="https://shop.example/new")
    world.settle()
    yield "ada reads her mails"

    joins(world, "bob")
    world.settle()
    yield "bob joins"

    world.wait(timedelta(minutes=5))
    unsubscribes(world, "bob")
    world.settle()
    yield "bob unsubscribes"

    joins(world, "cyd")
    world.settle()
    (mail,) = world.mails("cyd@example.com")
    world.report(mail, "Bounce", subtype="General")
    world.settle()
    yield "cyd's address does not exist"

    says(world, "page", "", anonymousId="visitor", name="Home")
    world.settle()
    yield "a visitor looks around"

    world.pass_through(world.now + 3 * DAY)
    yield "three days later nobody is nudged who must not be"

    for stage in ("waiting", "at_risk"):
        world.pass_through(times.parse(world.customer("ada")["lifecycle"]["next_change"]["at"]))
        yield f"ada is {stage}, because nothing happened"

    world.pass_through(world.now + 7 * DAY)
    yield "a week later ada is asked once more"

    orders(world, "ada", "A-2", "25.50")
    world.settle()
    yield "ada comes back"


def says(world: World, type: str, user: str, **fields: Any) -> None:
    """One call, of now."""
    who = {"userId": user} if user else {}
    call = {"type": type, "messageId": f"{user}-{type}", "timestamp": times.text(world.now), **who, **fields}
    answer = world.post("/v1/batch", {"batch": [call], "sentAt": times.text(world.now)})
    assert (answer.status, answer.json()) == (200, {"success": True})


def joins(world: World, user: str, again: bool = False) -> None:
    """Somebody registers and agrees to mail."""
    number = f"{user}-again" if again else user
    traits = {"email": f"{user}@example.com", "firstName": user.title()}
    says(world, "identify", user, traits=traits, messageId=f"{number}-identify")
    says(world, "track", user, event="Subscribed", properties={"channel": "email"}, messageId=f"{number}-subscribed")


def orders(world: World, user: str, order: str, total: str) -> None:
    """Somebody buys something."""
    properties = {"order_id": order, "total": total, "currency": "GBP"}
    says(world, "track", user, event="Order Completed", messageId=f"{user}-{order}", properties=properties)


def unsubscribe_path(mail: Mail) -> str:
    """The path of the link with which a mail can be ended, as its header has it."""
    header = mail.header("List-Unsubscribe")
    assert header is not None
    found = re.fullmatch(r"<(https://shop\.example/api(/u/[A-Za-z0-9_-]+))>", header)
    assert found is not None, header
    assert urlsplit(found[1]).scheme == "https"
    return found[2]


def unsubscribes(world: World, user: str) -> None:
    """Somebody's mail program unsubscribes by one click (RFC 8058)."""
    mail = world.mails(f"{user}@example.com")[-1]
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = world.http.request("POST", unsubscribe_path(mail), headers=headers, body=b"List-Unsubscribe=One-Click")
    assert answer.status == 200


def events_of(world: World, user: str) -> list[dict[str, Any]]:
    """The items of what is stored of a user."""
    return [item for item in world.items(EVENTS) if item["pk"] == f"u#{user}"]
