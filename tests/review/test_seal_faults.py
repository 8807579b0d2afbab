"""Events are forgotten whoever dies over it, and whatever else happens at the same moment."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any, cast

import pytest

from chalicelib.aws.database import Database
from chalicelib.customers.store import CustomerStore
from chalicelib.resources import CUSTOMERS
from chalicelib.review.rebuild import Rebuilder
from chalicelib.review.store import EventLog
from tests.customers.events import DAY, event
from tests.customers.people import identify
from tests.review.faults import Crash, crashing, failing, intruded
from tests.review.years import KEPT, RULED, SUBJECTS, Years, browsing, but_intents


def history() -> Years:
    """Somebody with a device, who is due to be sealed."""
    world = Years()
    phone = {"user_id": None, "anonymous_id": "x"}
    world.live([*browsing(12), *browsing(12, 5, phone), identify("ann", "x", 60 * 24 * 13)])
    world.now = DAY + timedelta(days=KEPT + 40)
    return world


def spoilt(world: Years, spoil: Callable[[Database], Database]) -> bool:
    """Whether a review died, or found no answer."""
    try:
        world.reviewed(spoil(world.db))
    except Crash:
        return True
    except Exception:  # noqa: BLE001 whatever it is, the queue brings the message again
        return True
    return False


@pytest.mark.parametrize("acknowledged", [False, True])
@pytest.mark.parametrize("way", [crashing, failing])
def test_a_sealing_may_die_anywhere(way: Callable[..., Database], acknowledged: bool) -> None:
    whole = history()
    whole.reviewed()
    whole.agrees()
    said = {"acknowledged": acknowledged} if way is crashing else {"done": acknowledged}
    for at in range(500):
        world = history()
        before = but_intents(world.state().facts)
        died = spoilt(world, partial(way, at=at, **said))
        assert [each for each in world.check() if "intents" not in each and "rebuild" not in each] == [], at
        for _ in range(3):
            world.until(world.now + timedelta(hours=2))
        world.agrees()
        assert but_intents(world.state().facts) == before == but_intents(whole.state().facts)
        assert sorted(each.key for each in world.left()) == sorted(each.key for each in whole.left())
        if not died:
            assert at > 20
            return
    pytest.fail("it never came to its end")


def test_two_who_seal_at_one_moment_seal_once() -> None:
    for at in range(200):
        world = history()
        before = but_intents(world.state().facts)
        came = list[int]()

        def meanwhile(world: Years = world, came: list[int] = came) -> None:
            came.append(1)
            world.reviewed()

        world.reviewed(intruded(world.db, at, before=meanwhile, after=lambda: None))
        world.until(world.now + timedelta(hours=2))
        world.agrees()
        assert but_intents(world.state().facts) == before
        assert sum(base.count for subject in ("u#ann", "a#x") for base in world.bases(subject)) == 14
        if not came:
            return
    pytest.fail("it never came to its end")


def test_what_is_counted_while_a_sealing_is_under_way_is_not_lost() -> None:
    for at in range(200):
        world = history()
        before, came = world.state().facts.sessions.pages, list[int]()

        def meanwhile(world: Years = world, came: list[int] = came) -> None:
            came.append(1)
            now = [event("Page", world.now, message_id=f"now{n}", received_at=world.now, **SUBJECTS[n]) for n in (0, 1)]
            world.project(world.store(now), rules=RULED)

        world.reviewed(intruded(world.db, at, before=meanwhile, after=lambda: None))
        world.until(world.now + timedelta(hours=2))
        world.agrees()
        assert world.state().facts.sessions.pages == before + 2 * bool(came)
        if not came:
            return
    pytest.fail("it never came to its end")


class Dying:
    """A database under a worker that dies before it saves anybody's state."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def __getattr__(self, name: str) -> Any:
        return getattr(self._db, name)

    def put(self, table: str, item: dict[str, Any], **given: Any) -> None:
        if table == CUSTOMERS and item["sk"] == "state":
            raise Crash
        self._db.put(table, item, **given)


def test_a_rebuild_beside_a_sealing_that_dies_misses_nothing() -> None:
    """Events are deleted while it reads, and nobody has raised the version: what it reads no more is in a base."""
    for at in range(100):
        world = history()
        before, came = but_intents(world.state().facts), list[int]()

        def meanwhile(world: Years = world, came: list[int] = came) -> None:
            came.append(1)
            with pytest.raises(Crash):
                world.reviewed(cast(Database, Dying(world.db)))

        db = intruded(world.db, at, before=meanwhile, after=lambda: None)
        Rebuilder(CustomerStore(db), EventLog(db)).rebuild("u#ann", RULED, world.now)
        assert but_intents(world.state().facts) == before, at
        world.until(world.now + timedelta(hours=2))
        world.agrees()
        if not came:
            return
    pytest.fail("it never came to its end")
