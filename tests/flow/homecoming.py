"""A visitor in the middle of a journey turns out to be somebody, a wrong merge is undone, a lost identify is found."""

from __future__ import annotations

from datetime import timedelta

from chalicelib.customers.state import State
from chalicelib.resources import CUSTOMERS, ENROLMENTS, EVENTS
from tests.fakes.world import World
from tests.flow.story import says

MINUTES = timedelta(minutes=1)
MAIL = "noa@example.com"


def somebody_comes_home(world: World) -> None:
    """She asks for news as a visitor, waits, logs in meanwhile, and gets them once, as herself."""
    for type, fields in (
        ("identify", {"traits": {"email": MAIL, "phone": "+40721234567"}}),
        ("track", {"event": "Subscribed", "properties": {"channel": "email"}}),
        ("track", {"event": "News Asked For"}),
    ):
        says(world, type, "", anonymousId="noas-browser", messageId=f"noa-{fields}", **fields)
    world.settle()
    world.wait(5 * MINUTES)
    says(world, "identify", "noa", anonymousId="noas-browser", traits={"email": MAIL}, messageId="noa-login")
    world.settle()
    world.pass_through(world.now + 6 * MINUTES)
    world.tick()
    world.settle()
    assert len(world.mails(MAIL)) == 1
    assert [
        row["pk"] for row in world.items(ENROLMENTS) if row.get("reason") == "completed" and "noa" in row["pk"]
    ] == ["u#noa"]
    says(world, "track", "noa", event="News Asked For", messageId="noa-again")
    world.settle()


def a_wrong_merge(world: World) -> None:
    """Two people are taken for one, and apart again; each is found by what is known of her."""
    for user in ("pia", "quin"):
        says(world, "identify", user, traits={"email": f"{user}@example.com"})
    world.settle()
    assert world.ask("POST", "/v1/customers/pia/merge", {"with": "quin"}).status == 200
    world.settle()
    assert world.ask("GET", "/v1/customers/pia/subjects").json()["subjects"][0]["subject"] == "u#quin"
    assert world.ask("POST", "/v1/customers/pia/split", {"subject": "quin"}).status == 200
    world.settle()
    assert world.ask("GET", "/v1/lookup", email="quin@example.com").json() == {"customers": ["u#quin"]}


def an_identify_that_the_stream_lost(world: World) -> None:
    """The due index rebuilds whom nobody has counted, address and all."""
    says(world, "identify", "rae", traits={"email": "rae@example.com"})
    world.lose_records(EVENTS)
    marked = State("u#rae", v=1, rebuild="lost", due_at=world.now).to_item()
    world.platform.put(CUSTOMERS, marked)
    world.tick()
    world.settle()
    assert world.ask("GET", "/v1/lookup", email="rae@example.com").json() == {"customers": ["u#rae"]}
