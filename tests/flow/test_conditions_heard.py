"""From an event to what a journey waits for, through every function: a rule that becomes true is heard at once, and
what was true before a journey was published starts nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.fakes.platforms import over_fakes
from tests.fakes.world import World
from tests.flow.story import joins, orders, says

SPENT = {"fact": "revenue", "at_least": 100}


def _journey(name: str, **fields: Any) -> dict[str, Any]:
    steps = [{"id": "days", "do": "wait", "for": "P9D"}]
    trigger = {"on": "event", "name": "Plan Chosen"}
    return {"name": name, "title": name, "class": "transactional", "trigger": trigger, "steps": steps, **fields}


@pytest.fixture
def world() -> Any:
    with over_fakes() as made:
        joins(made, "kim")
        orders(made, "kim", "K-1", "150")
        joins(made, "lou")
        made.settle()
        made.ask("PUT", "/v1/segments/spenders", {"title": "Spenders", "rule": SPENT})
        waits = {"id": "days", "do": "wait_until", "rule": SPENT, "within": "P9D"}
        made.define(_journey("exits", exit_when={"trait": "plan", "equals": "free"}), {})
        made.define(_journey("aims", goal={"when": SPENT}), {})
        made.define(_journey("waits", steps=[waits]), {})
        made.define(_journey("joined", trigger={"on": "segment", "entered": "spenders"}), {})
        made.settle()
        made.wait(timedelta(minutes=1))
        yield made


def _stand(world: World, who: str) -> dict[str, str]:
    rows = world.ask("GET", f"/v1/customers/{who}/enrolments").json()["enrolments"]
    return {row["journey"]: row["status"] for row in rows}


def test_what_becomes_true_is_heard_at_once_and_what_was_true_starts_nothing(world: World) -> None:
    assert _stand(world, "kim") == {}, "she was in the segment before anybody listened"
    for who in ("kim", "lou"):
        says(world, "track", who, event="Plan Chosen")
    world.settle()
    assert _stand(world, "kim") == {"exits": "active", "waits": "done"}, "the goal was reached before"
    assert _stand(world, "lou") == {"exits": "active", "aims": "active", "waits": "active"}
    orders(world, "lou", "L-1", "100")
    world.settle()
    assert _stand(world, "lou") == {"exits": "active", "aims": "exited", "waits": "done", "joined": "active"}
    says(world, "identify", "lou", traits={"plan": "free"}, messageId="lou-free")
    world.settle()
    assert _stand(world, "lou")["exits"] == "exited"
