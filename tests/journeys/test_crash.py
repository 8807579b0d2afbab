"""A journey under faults: whatever call fails, in whatever way, nothing is lost and nothing is decided twice.

The world around the workers does what AWS does: what was not acknowledged is delivered again, a little later; the
tick looks every minute; each delivery is a new process. The auditor looks only at what is stored and queued.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib import resources, times
from chalicelib.aws.streams import Record, new_images
from chalicelib.errors import Transient
from chalicelib.journeys.enrol import start_journeys
from chalicelib.journeys.proceed import proceed
from tests.fakes.database import MemoryDatabase
from tests.fakes.queues import MemoryQueues
from tests.journeys.definitions import branch, journey, send, wait
from tests.journeys.faults import FAULTS, Crash, Fault, Faults, Faulty
from tests.journeys.world import World
from tests.segments.people import DAY, NOW

BOUGHT = {"fact": "order_count", "above": 0}
PLANS = (
    journey(
        send("hello"),
        wait("pause", "P3D"),
        branch("b", (BOUGHT, []), otherwise=[send("nudge"), send("more")]),
        wait("week", "P7D"),
        send("last"),
        name="once",
    ),
    journey(send("receipt"), wait("hour", "PT1H"), name="gated", re_entry={"after": "P30D"}, class_="transactional"),
)
EXPECTED = Counter(["hello", "nudge", "more", "last", "receipt"])
DELIVERIES = 40


class Shop:
    """The durable part: tables, queues, and the stream that is delivered until it is acknowledged."""

    def __init__(self, faults: Faults) -> None:
        self.db, self.queues, self.faults = MemoryDatabase(), MemoryQueues(), faults
        world = World(self.db)
        world.publish(*PLANS)
        since = len(self.db.changes)
        world.customer(fx=({"id": "identified", "kind": "identified", "at": times.text(NOW)},))
        self.records = new_images(self.db.stream(resources.CUSTOMERS, since))
        self.now = NOW

    def worker(self) -> World:
        """A new process."""
        made = World(Faulty(self.db, self.faults), Faulty(self.queues, self.faults))
        made.now = self.now
        return made

    def live(self) -> None:
        """From the trigger until nothing is due any more."""
        self._deliver(self.records)
        while (due := self._next_due()) is not None:
            self.now = max(self.now + timedelta(minutes=1), due)
            self._tick()

    def _deliver(self, records: list[Record]) -> None:
        for _ in range(DELIVERIES):
            try:
                if not start_journeys(records, self.worker().engine):
                    return
            except Crash:
                pass
            self.now += timedelta(seconds=7)
        raise AssertionError("the stream was never acknowledged")

    def _tick(self) -> None:
        shards = {item["due_shard"] for item in self._due()}
        for shard in shards:
            try:
                proceed({"shard": shard, "until": times.text(self.now)}, self.worker().engine)
            except (Crash, Transient):
                continue  # the next tick finds it

    def _next_due(self) -> Any:
        assert self.now < NOW + 60 * DAY, "somebody stays due for ever"
        return min((times.parse(item["due_at"]) for item in self._due()), default=None)

    def _due(self) -> list[dict[str, Any]]:
        return [item for item in self.db.items(resources.ENROLMENTS) if "due_at" in item]

    def audit(self) -> None:
        """Everything that should be sent is in the ledger once, and nothing else; all of it will be looked at."""
        rows = self.db.items(resources.SENDS)
        assert Counter(row["step"] for row in rows) == EXPECTED
        assert all({"due_at", "due_shard"} <= row.keys() for row in rows), "the due index is the guarantee"
        ids = {row["sk"] for row in rows}
        told = [sent.body["send"] for sent in self.queues.sent if sent.queue != resources.WALKS]
        assert set(told) <= ids, "nothing is announced that was not decided"
        assert len(told) == len(set(told)) or self.faults.at, "without faults nothing is announced twice"
        for item in self.db.items(resources.ENROLMENTS):
            assert item["sk"].startswith("!") or item["status"] == "done"


def lived(faults: Faults) -> Shop:
    """A shop after everything has happened, audited."""
    shop = Shop(faults)
    shop.live()
    shop.audit()
    return shop


CALLS = lived(Faults("refused")).faults.calls


def test_without_faults_every_send_is_announced() -> None:
    shop = lived(Faults("refused"))
    assert len([sent for sent in shop.queues.sent if sent.queue != resources.WALKS]) == EXPECTED.total()
    assert CALLS > 20, "the faults below have something to hit"


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_at_any_one_call_loses_and_repeats_nothing(fault: Fault) -> None:
    for call in range(CALLS):
        lived(Faults(fault, {call}))


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(FAULTS), st.sets(st.integers(0, 2 * CALLS), max_size=12))
def test_many_faults_lose_and_repeat_nothing(fault: Fault, at: set[int]) -> None:
    lived(Faults(fault, at))


class Careless(Shop):
    """The guard taken away: the sends are written apart from the enrolment's next state."""

    def worker(self) -> World:
        made = super().worker()
        move = made.engine.enrolments.move

        def torn(standing: Any, progress: Any) -> bool:
            won = move(standing, replace(progress, sends=()))
            for row in progress.sends:
                made.db.put(resources.SENDS, row.to_item())
            return won

        made.engine.enrolments.move = torn  # type: ignore[method-assign]  # the very thing under test
        return made


def test_the_auditor_notices_when_saving_and_sending_are_not_one() -> None:
    def lost_something(call: int) -> bool:
        shop = Careless(Faults("crash before", {call}))
        shop.live()
        try:
            shop.audit()
        except AssertionError:
            return True
        return False

    assert any(lost_something(call) for call in range(CALLS))
