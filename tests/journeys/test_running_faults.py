"""A journey that is paused, published anew and stopped while every call may fail: nothing is sent twice, nothing is
lost that should be sent, and the figures stay exact."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib import resources, times
from chalicelib.aws.streams import Record, new_images
from chalicelib.errors import Transient
from chalicelib.journeys.enrol import start_journeys
from chalicelib.journeys.enrolment import Enrolment
from chalicelib.journeys.proceed import proceed
from chalicelib.journeys.settle import settle
from tests.journeys.definitions import journey, send, wait
from tests.journeys.faults import FAULTS, Crash, Fault, Faults, Faulty
from tests.journeys.test_running import OLD, Shop
from tests.journeys.world import World
from tests.segments.people import DAY

NEW = journey(send("hello"), wait("days", "P4D"), send("extra"), wait("more", "P3D"), send("last"))
ACTS = ("pause", "send", "skip", "replan", "stay", "move", "leave", "stop", "settle", "said")


class Faulted:
    """A shop whose workers die. What somebody decides is decided; what workers do may fail at any call."""

    def __init__(self, faults: Faults) -> None:
        self.shop, self.faults = Shop(), faults
        waits = {"id": "days", "do": "wait_until", "event": "Order Completed", "within": "P3D"}
        self.shop.version(OLD)
        self.shop.version(journey(send("hello"), waits, send("nudge"), wait("more", "P3D"), send("last")))
        self.number = 0
        self.tell({"id": "identified", "kind": "identified"})

    def worker(self) -> World:
        made = World(Faulty(self.shop.db, self.faults), Faulty(self.shop.queues, self.faults))
        made.now = self.shop.now
        return made

    def tell(self, said: dict[str, Any]) -> None:
        since = len(self.shop.db.changes)
        self.shop.customer(fx=({"at": times.text(self.shop.now), **said},))
        records: list[Record] = new_images(self.shop.db.stream(resources.CUSTOMERS, since))
        for _ in range(40):
            try:
                if not start_journeys(records, self.worker().engine):
                    return
            except Crash:
                pass
            self.shop.later(timedelta(seconds=7))
        raise AssertionError("the stream was never acknowledged")

    def act(self, act: str) -> None:
        """One thing that happens; a refusal is none."""
        publisher, now = self.shop.publisher, self.shop.now
        standing = publisher.journeys.pointer("trial")
        assert standing is not None
        match act:
            case "pause":
                publisher.pause("trial", now)
            case "send" | "skip" | "replan" if not standing.live and not standing.run.get("stopped"):
                publisher.resume("trial", act, now)
            case "stay" | "move" | "leave":
                self.number += 1
                plan = NEW if self.number % 2 else OLD
                self.shop.version(plan, act)
            case "stop":
                publisher.stop("trial", now)
            case "settle":
                self.settle()
            case "said":
                self.number += 1
                said = {"id": f"event#{self.number}", "kind": "event", "name": "Order Completed", "properties": {}}
                self.tell(said)
        self.shop.later(timedelta(minutes=1))

    def settle(self) -> None:
        for item in self.shop.db.items(resources.ENROLMENTS):
            for _ in range(10):
                try:
                    settle(Enrolment.from_item(item), self.worker().engine)
                    break
                except (Crash, Transient):
                    continue

    def tick(self, span: timedelta) -> None:
        self.shop.later(span)
        for shard in {item["due_shard"] for item in self.shop.db.items(resources.ENROLMENTS) if "due_shard" in item}:
            try:
                proceed({"shard": shard, "until": times.text(self.shop.now)}, self.worker().engine)
            except (Crash, Transient):
                continue  # the next tick finds it

    def live(self, acts: list[str]) -> None:
        for act in acts:
            self.act(act)
            self.tick(timedelta(hours=13))
        pointer = self.shop.publisher.journeys.pointer("trial")
        assert pointer is not None
        if not pointer.live and not pointer.run.get("stopped"):
            self.act("send")
        for _ in range(40):
            self.tick(timedelta(hours=13))
        self.settle()

    def audit(self) -> None:
        self.shop.audit()
        for item in self.shop.db.items(resources.ENROLMENTS):
            assert item["status"] != "active", "everybody comes to an end"


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(ACTS), max_size=8), st.sampled_from(FAULTS), st.sets(st.integers(0, 150), max_size=10))
def test_nothing_is_sent_twice_whatever_is_decided_and_whatever_fails(
    acts: list[str], fault: Fault, at: set[int]
) -> None:
    world = Faulted(Faults(fault, at))
    world.live(acts)
    world.audit()


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("acts", [["pause", "replan"], ["pause", "skip"], ["move", "settle"], ["said", "stop"]])
def test_a_fault_at_any_one_call_repeats_nothing(acts: list[str], fault: Fault) -> None:
    sure = Faulted(Faults("refused"))
    sure.live(acts)
    sure.audit()
    steps = sorted(row["step"] for row in sure.shop.db.items(resources.SENDS))
    for call in range(0, sure.faults.calls, 7):
        world = Faulted(Faults(fault, {call}))
        world.live(acts)
        world.audit()
        assert sorted(row["step"] for row in world.shop.db.items(resources.SENDS)) == steps


def test_a_pause_of_days_puts_off_and_loses_nothing() -> None:
    world = Faulted(Faults("refused"))
    world.act("pause")
    for _ in range(9):
        world.tick(DAY)
    world.live(["replan"])
    world.audit()
    assert len(world.shop.db.items(resources.SENDS)) == 3
