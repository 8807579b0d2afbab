"""Corner: segments and a list, each with what the API says and does of it, until they are ended."""

from __future__ import annotations

from datetime import timedelta

from tests.fakes.world import World
from tests.flow.story import says


def segments_come_and_go(world: World) -> None:
    """A rule that needs history, a list, a segment of both; entered, left, counted, tried out, ended."""
    spent = {"event": "Order Completed", "where": [{"property": "total", "at_least": 20}], "within": "P30D"}
    for name, definition in (
        ("spenders", {"title": "Spenders", "rule": spent}),
        ("friends", {"title": "Friends", "of": "list"}),
        ("either", {"title": "Either", "rule": {"any": [{"segment": "spenders"}, {"segment": "friends"}]}}),
        ("italians", {"title": "Italians", "rule": {"trait": "country", "equals": "IT"}}),
    ):
        assert world.ask("PUT", f"/v1/segments/{name}", definition).status == 200
    world.wait(timedelta(minutes=2))
    world.settle()
    says(world, "track", "gil", event="Order Completed", properties={"order_id": "g1", "total": 30}, messageId="gil-1")
    world.settle()
    assert world.ask("POST", "/v1/segments/friends/members", {"add": ["gil", "hal"]}).status == 200
    world.settle()
    page = world.ask("GET", "/v1/segments/either/members").json()
    assert {"u#gil", "u#hal"} <= {member["customer"] for member in page["members"]}
    world.pass_through(world.now + timedelta(days=30))
    tried = world.ask("POST", "/v1/segments/preview", {"rule": spent, "exact": True})
    assert tried.status == 200, tried.text
    world.settle()
    world.night()
    assert world.ask("GET", "/v1/segments/friends/sizes").json()["sizes"]
    for name in ("italians", "either", "friends", "spenders"):
        assert world.ask("GET", f"/v1/segments/{name}").status == 200
        assert world.ask("DELETE", f"/v1/segments/{name}").status == 200
    assert world.ask("GET", "/v1/segments").status == 200
