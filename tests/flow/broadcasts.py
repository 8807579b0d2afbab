"""The corner of broadcasts: one that recurs, to somebody who agreed to it, and to somebody else at her own time."""

from __future__ import annotations

from datetime import timedelta

from tests.fakes.world import World
from tests.flow.story import joins, says

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
