"""The corner of visitors: the playbook asks on the site for an address, and the letter follows the confirmation."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any, Final

from tests.fakes.world import World

VISITOR: Final = "vera-browser"
ADDRESS: Final = "vera@example.com"


def visitors_are_asked(world: World) -> None:
    """Vera looks around, leaves her address where the page asks for it, and confirms; and nobody asks her again."""
    before = _setting(world)
    changed = {**before, "double_opt_in": sorted({*before.get("double_opt_in", []), "email"})}
    assert world.ask("PUT", "/v1/settings/consent", changed).status == 200
    coupon = {"title": "For your address", "codes": {"kind": "shared", "code": "HELLO"}, "discount": {"percent": 10}}
    assert world.ask("PUT", "/v1/coupons/for-an-address", coupon).status == 200
    installed = {"settings": {"coupon": "for-an-address"}, "publish": True}
    assert world.ask("POST", "/v1/playbooks/visitor_capture/install", installed).status == 200
    world.settle()
    world.wait(timedelta(minutes=2))
    for number in range(4):
        body = {"anonymousId": VISITOR, "event": "Product Viewed", "messageId": f"vera-{number}"}
        assert world.post("/v1/track", body).status == 200
    world.settle()
    (message,) = _waiting(world)
    assert message["title"] == "Possiamo scriverti?"
    assert "un codice per il primo ordine" in message["text"]
    assert _done(world, message, "viewed") == 200
    assert _done(world, message, "submitted", email=ADDRESS, consent=True) == 200
    world.settle()
    assert _waiting(world) == []
    (mail,) = world.mails(ADDRESS)
    (path,) = re.findall(r"https://shop\.example/api(/c/[A-Za-z0-9_-]+)", str(mail.text))
    world.wait(timedelta(minutes=1))
    assert world.http.request("POST", path).status == 200
    world.settle()
    _, letter = world.mails(ADDRESS)  # it leaves once the consent is confirmed, and not before
    assert "HELLO" in str(letter.text)
    world.wait(timedelta(minutes=1))
    assert world.ask("PUT", "/v1/settings/consent", before).status == 200


def _setting(world: World) -> dict[str, Any]:
    held: dict[str, Any] = world.ask("GET", "/v1/settings/consent").json()["setting"]
    return held


def _waiting(world: World) -> list[dict[str, Any]]:
    query = {"writeKey": world.write_key, "anonymousId": VISITOR, "locale": "it-IT"}
    answer = world.http.request("GET", "/v1/onsite", query=query)
    assert answer.status == 200, answer.text
    messages: list[dict[str, Any]] = answer.json()["messages"]
    return messages


def _done(world: World, message: dict[str, Any], did: str, **more: Any) -> int:
    said = {"writeKey": world.write_key, "anonymousId": VISITOR, "id": message["id"], "did": did, "locale": "it"}
    return world.http.request("POST", "/v1/onsite", body=json.dumps(said | more).encode()).status
