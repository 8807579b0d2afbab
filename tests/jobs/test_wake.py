"""After marketing was resumed, what waited for it leaves with the next tick, and nothing else is moved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib import resources
from chalicelib.jobs.job import Job
from chalicelib.jobs.kind import Tools
from chalicelib.jobs.kinds.wake import EVERY, Request, plugin
from chalicelib.journeys.send import Send
from chalicelib.messages import ledger
from chalicelib.messages.store import SendStore
from tests.fakes.database import MemoryDatabase
from tests.fakes.files import MemoryFiles
from tests.fakes.platforms import over_fakes
from tests.fakes.queues import MemoryQueues
from tests.fakes.secrets import MemorySecrets
from tests.fakes.world import World
from tests.flow.story import joins
from tests.messages.samples import DAY, MINUTE, NOW, send

HOUR = timedelta(hours=1)


@pytest.fixture
def world() -> Iterator[World]:
    with over_fakes() as made:
        yield made


def test_what_waited_leaves_with_the_next_tick(world: World) -> None:
    world.publish("welcome")
    assert world.ask("POST", "/v1/sending/pause", {"why": "fire"}).json()["job"] is None
    joins(world, "ada")
    world.settle()
    world.wait(timedelta(minutes=1))
    resumed = world.ask("POST", "/v1/sending/resume", {}).json()
    world.settle()
    job = world.ask("GET", f"/v1/jobs/{resumed['job']}").json()
    assert (job["status"], job["counts"]) == ("done", {"woken": 1})
    world.tick()
    world.settle()
    assert len(world.mails("ada@example.com")) == 1


def test_resuming_what_was_not_paused_starts_nothing(world: World) -> None:
    assert world.ask("POST", "/v1/sending/resume", {}).json()["job"] is None


def _plan(db: MemoryDatabase, *rows: Send) -> None:
    for row in rows:
        db.put(resources.SENDS, row.to_item())


def _wake(db: MemoryDatabase, channel: str = "all", slices: int = 1) -> list[int]:
    """Do it in at least so many slices: the clock says that the time is up after each step."""
    job, woken = Job.new("wake", {"channel": channel}, "marketing", NOW), []
    until = NOW + DAY if slices == 1 else NOW
    while True:
        tools = Tools(db, MemoryFiles(), MemoryQueues(), MemorySecrets(), lambda: NOW, until)
        done = plugin.work(Request(channel=channel), job, tools)
        woken.append(done.counts.get("woken", 0))
        job = job.worked(done, NOW)
        if done.cursor is None:
            return woken


WAITS = ledger.postpone(send(), "paused", NOW + 20 * MINUTE)


def test_only_what_waits_for_the_brake_is_moved_and_only_on_that_channel() -> None:
    db = MemoryDatabase()
    others = [
        ledger.postpone(send(id="20261122T0901-capped"), "capped", NOW + 20 * MINUTE),
        send(id="20261122T0902-new", due_at=NOW + 2 * MINUTE),
        ledger.hold(ledger.claim(send(id="20261122T0903-held"), "me", NOW), "sandbox", NOW),
        replace(WAITS, id="20261122T0904-sms", channel="sms"),
        replace(WAITS, id="20261122T0905-due", due_at=NOW - MINUTE),
    ]
    bulk = replace(WAITS, id="20261122T0906-bulk", bulk=True)
    _plan(db, WAITS, bulk, *others)
    assert _wake(db, "email") == [2]
    kept = {row.id: row for row in SendStore(db).of("u#ada", limit=20)}
    assert kept[WAITS.id].due_at == kept[bulk.id].due_at == NOW
    assert [kept[row.id] for row in others] == others
    assert _wake(db, "email") == [0], "once more is the same as once"
    assert _wake(db) == [1]


def test_it_goes_on_where_it_was_stopped() -> None:
    db = MemoryDatabase()
    _plan(db, *(replace(WAITS, customer=f"u#{number}") for number in range(300)))
    woken = _wake(db, slices=2)
    assert (sum(woken), len(woken)) == (300, len(EVERY))
