"""The corner of lists that leave: audiences for advertising networks, and numbers that nobody is to call."""

from __future__ import annotations

from datetime import timedelta

from tests.fakes.world import World
from tests.flow.story import says

MINUTE = timedelta(minutes=1)


def audiences_are_exported(world: World) -> None:
    """Of one person, who agrees and takes it back; and a number of a register."""
    says(world, "identify", "adv", traits={"email": "adv@example.com", "phone": "+40723000000", "advertised": True})
    said = {"channel": "advertising", "source": "banner"}
    assert world.ask("POST", "/v1/customers/adv/consents", {"action": "subscribe", **said}).status == 200
    segment = {"title": "Advertised", "rule": {"trait": "advertised", "equals": True}}
    assert world.ask("PUT", "/v1/segments/advertised", segment).status == 200
    world.wait(MINUTE)
    world.settle()
    audience = {"title": "Advertised", "network": "google", "segments": ["advertised"]}
    assert world.ask("PUT", "/v1/audiences/advertised", audience).status == 200
    assert _exported(world, "full") == {"members": 1}
    assert world.ask("POST", "/v1/customers/adv/consents", {"action": "unsubscribe", **said}).status == 200
    world.settle()
    assert _exported(world, "difference") == {"members": 0, "removed": 1}
    assert world.ask("POST", "/v1/do-not-call", {"add": ["+40723000000"], "remove": ["+40724000000"]}).status == 202
    world.settle()
    assert world.ask("GET", "/v1/do-not-call", phone="+40723000000").json()["listed"]


def _exported(world: World, mode: str) -> dict[str, int]:
    """How many rows the files of an export have."""
    world.wait(MINUTE)
    job = world.ask("POST", "/v1/audiences/advertised/exports", {"mode": mode}).json()["id"]
    world.settle()
    files = world.ask("GET", f"/v1/audiences/advertised/exports/{job}").json()["files"]
    return {one["what"]: one["rows"] for one in files}
