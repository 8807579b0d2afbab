"""Some months of the demonstration's shop, live: a few of its customers, and journeys that meet them, on fakes.

Nothing is late in it: whatever falls due is done at its very moment, as within seconds in a deployment.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Final

from chalicelib import resources, times
from chalicelib.ids import fraction
from infra.demo import history
from infra.demo.shop import Call, stamped
from tests.fakes.platforms import over_fakes
from tests.fakes.world import NOW, World
from tests.rehearsal.stored import Remains

DUE: Final = (resources.CUSTOMERS, resources.ENROLMENTS, resources.SENDS)
SHOPPERS: Final = 8
LENGTH: Final = timedelta(days=240)
TEXT: Final = {"class": "marketing", "subject": "News", "text": "{{ links.unsubscribe }} {{ postal_address }}"}


@cache
def shoppers() -> tuple[str, ...]:
    """A few customers who do something in the first months of the history."""
    first: dict[str, Call] = {}
    for call in history.calls():
        if call.user_id:
            first.setdefault(call.user_id, call)
    begin = min(call.at for call in first.values())
    early = [user for user, call in first.items() if call.at < begin + LENGTH / 2 and not user.startswith("synthetic")]
    return tuple(sorted(early, key=lambda user: fraction("shopper", user))[:SHOPPERS])


def calls() -> list[tuple[datetime, Call]]:
    """What they do, moved so that the history begins now."""
    hers = set(shoppers())
    made = [call for call in history.calls() if call.user_id in hers]
    by = NOW - min(call.at for call in made)
    return [(call.at + by, call) for call in made if call.at + by < NOW + LENGTH]


def post(world: World, at: datetime, call: Call) -> None:
    """One call of the shop's website, of its moment."""
    world.now = at
    said = {
        "type": call.kind,
        "userId": call.user_id,
        "messageId": call.message_id("live"),
        "timestamp": times.text(at),
    }
    body = stamped(call, at)
    said |= {"traits": body} if call.kind == "identify" else {"event": call.name, "properties": body}
    answer = world.post("/v1/batch", {"batch": [said], "sentAt": times.text(at)})
    assert answer.status == 200, answer.text
    world.settle()


def play(world: World, coming: Sequence[tuple[datetime, Call]], until: datetime) -> None:
    """Let everything happen at its moment, until then."""
    left = list(coming)
    while True:
        due = min(_dates(world), default=until)
        if left and left[0][0] < min(due, until):
            post(world, *left.pop(0))
        elif due < until:
            world.now = max(world.now, due)
            world.tick()
            world.settle()
        else:
            return


def _dates(world: World) -> Iterator[datetime]:
    for table in DUE:
        yield from (times.parse(item["due_at"]) for item in world.platform.items(table) if "due_at" in item)


@cache
def played(*journeys: str) -> Remains:
    """The months with these journeys of JOURNEYS and playbooks, and what they left."""
    with over_fakes() as world:
        world.publish("welcome", "win_back")
        for name in journeys:
            world.define({"name": name, "title": name, **JOURNEYS[name]}, {"news": TEXT})
        play(world, calls(), NOW + LENGTH)
        return Remains({table: world.items(table) for table in resources.TABLES}, NOW + LENGTH)


JOURNEYS: Final[Mapping[str, Any]] = {
    "thanks": {
        "class": "marketing",
        "trigger": {"on": "event", "name": "Order Completed"},
        "re_entry": {"after": "P20D"},
        "entry": {"fact": "order_count", "above": 1},
        "steps": [
            {"id": "a-day", "do": "wait", "for": "P1D"},
            {"id": "news", "do": "send", "template": "news", "within": "P2D"},
            {"id": "two-hours", "do": "wait", "for": "PT2H"},
            {"id": "more", "do": "send", "template": "news", "within": "PT6H"},
        ],
    },
}
