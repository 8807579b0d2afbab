"""Some months of the demonstration's shop, live: a few of its customers, and journeys that meet them, on fakes.

Nothing is late in it: whatever falls due is done at its very moment, as within seconds in a deployment.
"""

from __future__ import annotations

from collections import Counter
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
    """A few customers who do something in the first months of the history, the last two of them regulars."""
    orders: Counter[str] = Counter()
    made = history.calls()
    for call in made:
        if call.user_id and call.at < made[0].at + LENGTH / 2 and not call.user_id.startswith("synthetic"):
            orders[call.user_id] += call.name == "Order Completed"
    drawn = sorted(orders, key=lambda user: fraction("shopper", user))
    regulars = [user for user in drawn if 4 <= orders[user] <= 6]
    others = [user for user in drawn if user not in regulars]
    return (*others[: SHOPPERS - 2], *regulars[:2])


def calls() -> list[tuple[datetime, Call]]:
    """What they do, moved so that the history begins now."""
    hers = set(shoppers())
    made = [call for call in history.calls() if call.user_id in hers]
    by = NOW - min(call.at for call in made)
    return [(call.at + by, call) for call in made if call.at + by < NOW + LENGTH]


def post(world: World, at: datetime, call: Call) -> None:
    """One call of the shop's website, of its moment."""
    world.now = at
    said: dict[str, Any] = {
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
            world.define({"name": name, "title": name, "class": "marketing", **JOURNEYS[name]}, {"news": TEXT})
        play(world, calls(), NOW + LENGTH)
        return Remains({table: world.items(table) for table in resources.TABLES}, NOW + LENGTH)


NEWS: Final = {"do": "send", "template": "news", "within": "P2D"}
JOURNEYS: Final[Mapping[str, Any]] = {
    "thanks": {
        "trigger": {"on": "event", "name": "Order Completed", "where": [{"property": "total", "at_least": 20}]},
        "re_entry": {"after": "P20D"},
        "entry": {"fact": "order_count", "above": 1},
        "steps": [
            {"id": "a-day", "do": "wait", "for": "P1D"},
            {"id": "news", **NEWS},
            {"id": "two-hours", "do": "wait", "for": "PT2H"},
            {"id": "more", **NEWS, "within": "PT6H"},
        ],
    },
    "again": {
        "trigger": {"on": "event", "name": "Order Completed", "key": "order_id"},
        "goal": {"when": {"event": "Order Completed"}, "within": "P60D", "value": "total"},
        "group": "care",
        "priority": 60,
        "steps": [
            {"id": "morning", "do": "wait", "for": "P5D",
             "window": {"weekdays": ["mon", "tue"], "from": "09:00", "to": "17:00"}},
            {"id": "lot", "do": "split", "ways": [
                {"name": "a", "share": 50, "steps": [{"id": "one", **NEWS}]},
                {"name": "b", "share": 50, "steps": [{"id": "mark", "do": "set_traits", "traits": {"offer": "b"}}]}]},
            {"id": "back", "do": "wait_until", "event": "Order Refunded", "key": "order_id", "within": "P10D",
             "timeout": [{"id": "late", **NEWS}]},
        ],
    },
    "care": {
        "trigger": {"on": "score", "score": "churn_risk", "above": 0.5},
        "re_entry": "always",
        "group": "care",
        "priority": 70,
        "exit_when": {"event": "Order Completed", "within": "P2D"},
        "steps": [
            {"id": "some", "do": "holdout", "share": 20},
            {"id": "two", "do": "wait_until", "rule": {"fact": "order_count", "at_least": 6}, "within": "P6D",
             "timeout": [{"id": "hello", **NEWS}]},
            {"id": "then", "do": "start", "journey": "called"},
        ],
    },
    "called": {
        "trigger": {"on": "call"},
        "re_entry": "always",
        "steps": [
            {"id": "vip", "do": "branch", "branches": [
                {"when": {"trait": "offer", "equals": "b"}, "steps": [{"id": "b", **NEWS}]}]},
            {"id": "quiet", "do": "wait_until", "rule": {"fact": "days_since_last_order", "above": 100},
             "within": "P50D"},
            {"id": "end", **NEWS},
        ],
    },
    "month": {
        "trigger": {"on": "date", "trait": "createdAt", "offset": "P30D", "at": "09:00"},
        "goal": {"when": {"event": "Order Completed", "count": {"at_least": 3}}},
        "steps": [
            {"id": "a-month", **NEWS, "channel": "preferred"},
            {"id": "wait", "do": "wait", "until": {"at": "18:30"}}, {"id": "b", **NEWS}],
    },
}  # fmt: skip
